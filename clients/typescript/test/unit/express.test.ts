/** What the middleware for Express gives requests and adds to answers. */

import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import express, { type Express } from "express";
import { dashboard, type DashboardMiddleware } from "../../src/express.js";
import { ACCOUNTID, answering, checked, json, type Sent, SERVER, SESSION } from "./fake.js";

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
