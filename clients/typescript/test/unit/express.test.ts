/** What the middleware for Express gives requests and adds to answers. */

import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import express, { type Express } from "express";
import { dashboard, type DashboardMiddleware } from "../../src/express.js";
import { ACCOUNTID, answering, checked, error, json, type Sent, SERVER, SESSION } from "./fake.js";

const HEADERS = { Cookie: `sessionid=${SESSION.sessionid}; token=${SESSION.token}` };
const FIELDS = { username: "ada-example", password: "a password of hers" };
const CREATED = { ...SESSION, object: "session", accountid: ACCOUNTID, expiresAt: new Date(Date.now() + 1_900_000) };

interface Application {
  readonly app: Express;
  readonly auth: DashboardMiddleware;
  readonly sent: Sent[];
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Serve an application until the end of the test. */
async function application(context: TestContext, ...answers: (() => Response)[]): Promise<Application> {
  const { sent, fetch: answer } = answering(...answers);
  const auth = dashboard({ server: SERVER, fetch: answer });
  const app = express().use(auth);
  const server = app.listen(0, "127.0.0.1");
  context.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);
  return { app, auth, sent, ask };
}

test("a page that reads the account is kept by no cache, unless the application says otherwise", async (context) => {
  const { app, auth, ask } = await application(context, ...Array.from({ length: 8 }, () => checked()));
  app.get("/account", (request, response) => void response.send(request.account?.accountid ?? "nobody"));
  app.get("/client", (request, response) => void response.send(String(request.dashboard !== undefined)));
  app.get("/guarded", auth.signedIn, (_, response) => void response.vary("Accept").send("hello"));
  app.get("/untouched", (_, response) => void response.send("hello"));
  app.get("/missing", (request, _, next) => (request.account ? next() : undefined));
  app.get("/own-before", (request, response) => {
    response.set("Cache-Control", "max-age=5").vary("Accept");
    response.send(request.account?.accountid);
  });
  app.get("/own-after", (request, response) => {
    const accountid = request.account?.accountid;
    response.writeHead(200, { "Cache-Control": "max-age=5" }).end(accountid);
  });
  app.get("/late", (request, response) => {
    response.write("hello ");
    response.end(request.account?.accountid);
  });
  const kept = async (path: string, headers: Record<string, string> = HEADERS) => {
    const answer = await ask(path, { headers });
    return [await answer.text(), answer.headers.get("cache-control"), answer.headers.get("vary")];
  };
  const own = "private, no-store";
  assert.deepEqual(await kept("/account"), [ACCOUNTID, own, "Cookie"]);
  assert.deepEqual(await kept("/account", {}), ["nobody", own, "Cookie"]);
  assert.deepEqual(await kept("/client"), ["true", own, "Cookie"]);
  assert.deepEqual(await kept("/guarded"), ["hello", own, "Cookie, Accept"]);
  assert.deepEqual((await kept("/missing")).slice(1), [own, "Cookie"]);
  assert.deepEqual(await kept("/own-before"), [ACCOUNTID, "max-age=5", "Accept, Cookie"]);
  assert.deepEqual(await kept("/own-after"), [ACCOUNTID, "max-age=5", "Cookie"]);
  assert.deepEqual(await kept("/late"), [`hello ${ACCOUNTID}`, null, null]);
  assert.deepEqual(await kept("/untouched", {}), ["hello", null, null]);
});

test("an application may give a request another account", async (context) => {
  const { app, ask } = await application(context, checked());
  app.use((request, _, next) => {
    if (request.account) request.account = { ...request.account, accountid: "another" };
    next();
  });
  app.get("/", (request, response) => void response.send(request.account?.accountid));
  assert.equal(await (await ask("/", { headers: HEADERS })).text(), "another");
});

test("an answer with the cookies of a session is kept by no cache", async (context) => {
  const { app, auth, ask } = await application(context, json(CREATED));
  app.post("/in", async (request, response) => {
    await auth.signIn(request, response, FIELDS);
    response.send("hello");
  });
  const { headers } = await ask("/in", { method: "POST" });
  assert.equal(headers.getSetCookie().length, 2);
  assert.deepEqual([headers.get("cache-control"), headers.get("vary")], ["private, no-store", "Cookie"]);
});

test("who signs in is known for the rest of the request", async (context) => {
  const other = { ...CREATED, sessionid: "sess_fedcba9876543210", token: "b".repeat(64), accountid: "acct_fedcba9876543210" };
  const isOther = checked({
    "X-Account-Id": other.accountid,
    "X-Session-Id": other.sessionid,
    "X-Account-Administrator": "true",
  });
  const answers = [checked(), json(other), json(SESSION), isOther, json([])];
  const { app, auth, sent, ask } = await application(context, ...answers);
  app.post("/in", async (request, response, next) => {
    response.locals["before"] = request.account?.accountid;
    await auth.signIn(request, response, FIELDS);
    next();
  });
  app.post("/in", auth.administrator, async (request, response) => {
    await request.dashboard.user.sessions({ accountid: other.accountid });
    response.json([response.locals["before"], request.account]);
  });
  const { accountid, sessionid } = other;
  const account = { accountid, sessionid, administrator: true, owner: false };
  assert.deepEqual(await (await ask("/in", { method: "POST", headers: HEADERS })).json(), [ACCOUNTID, account]);
  assert.equal(sent[4]?.headers.get("authorization"), `Bearer ${other.sessionid}.${other.token}`);
});

test("who has signed out is unknown for the rest of the request", async (context) => {
  const { app, auth, sent, ask } = await application(context, checked(), json(SESSION), checked(), json([]));
  app.post("/out", async (request, response, next) => {
    response.locals["before"] = request.account?.accountid;
    await auth.signOut(request, response);
    next();
  });
  app.post("/forget", (request, response, next) => {
    response.locals["before"] = request.account?.accountid;
    auth.forget(request, response);
    next();
  });
  app.post("/out", (request, response) => void response.json([response.locals["before"], request.account ?? "nobody"]));
  app.post("/forget", async (request, _, next) => {
    await request.dashboard.errors();
    next();
  });
  app.post("/forget", auth.signedIn, (_, response) => void response.send("let through"));
  const left = await ask("/out", { method: "POST", headers: HEADERS });
  assert.deepEqual(await left.json(), [ACCOUNTID, "nobody"]);
  assert.equal((await ask("/forget", { method: "POST", headers: HEADERS })).status, 401);
  assert.equal(sent[3]?.headers.get("authorization"), null);
});

test("a new token is the client's at once", async (context) => {
  const renewed = { ...CREATED, token: "d".repeat(64) };
  const { token: _, ...kept } = renewed;
  const { app, auth, sent, ask } = await application(
    context,
    ...[checked(), json(renewed), checked(), json([]), checked(), json(kept), checked(), json([])],
  );
  app.post("/verify", async (request, response) => {
    await auth.verify(request, response, FIELDS);
    await request.dashboard.errors();
    response.send(request.account?.accountid);
  });
  for (const token of [renewed.token, SESSION.token]) {
    assert.equal(await (await ask("/verify", { method: "POST", headers: HEADERS })).text(), ACCOUNTID);
    assert.equal(sent.at(-1)?.headers.get("authorization"), `Bearer ${SESSION.sessionid}.${token}`);
  }
});

test("cookies are set although Dashboard cannot tell who they are of, and nobody is let through", async (context) => {
  const down = error(503, "service-unavailable");
  const { app, auth, ask } = await application(context, json(CREATED), down, json(CREATED), down);
  app.post("/in", async (request, response, next) => {
    await auth.signIn(request, response, FIELDS);
    if (request.query["redirect"]) response.redirect(303, "/");
    else next();
  });
  app.post("/in", (request, response) => void response.send(request.account?.accountid));
  app.use(auth.errors);
  for (const [path, status] of [["/in", 503], ["/in?redirect=1", 303]] as const) {
    const answer = await ask(path, { method: "POST", redirect: "manual" });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.getSetCookie().length, 2);
  }
});

test("an answer in place of a handler's has its own length and encoding", async (context) => {
  const { app, auth, ask } = await application(context, error(503, "service-unavailable"));
  app.get("/export", async (request, response) => {
    response.set({ "Content-Length": "5", "Content-Encoding": "gzip", "Content-Range": "bytes 0-4/5" });
    await request.dashboard.errors();
  });
  app.use(auth.errors);
  const answer = await ask("/export");
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /service-unavailable/);
  assert.equal(answer.headers.get("content-range"), null);
});
