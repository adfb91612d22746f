/** What the middleware for Hono adds to answers, however a handler makes them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { dashboard, type DashboardMiddleware } from "../../src/hono.js";
import { ACCOUNTID, answering, checked, error, json, SERVER, SESSION } from "./fake.js";

const HEADERS = { Cookie: `sessionid=${SESSION.sessionid}; token=${SESSION.token}` };
const CREATED = { ...SESSION, object: "session", accountid: ACCOUNTID, expiresAt: new Date(Date.now() + 1_900_000) };

function application(...answers: (() => Response)[]): { app: Hono; auth: DashboardMiddleware } {
  const auth = dashboard({ server: SERVER, fetch: answering(...answers).fetch });
  const app = new Hono();
  app.use(auth);
  app.onError(auth.errors);
  return { app, auth };
}

test("what a guard lets through is kept by no cache, unless the handler says otherwise", async () => {
  const { app, auth } = application(checked(), checked(), checked(), checked(), checked());
  const own = { "Cache-Control": "private, max-age=5" };
  app.get("/text", auth.signedIn, (c) => c.text("hello"));
  app.get("/response", auth.signedIn, () => new Response("hello"));
  app.get("/redirect", auth.signedIn, () => Response.redirect("http://app.test/"));
  app.get("/own-text", auth.signedIn, (c) => c.text("hello", 200, own));
  app.get("/own-response", auth.signedIn, () => new Response("hello", { headers: own }));
  for (const path of ["/text", "/response", "/redirect"]) {
    assert.equal((await app.request(path, { headers: HEADERS })).headers.get("cache-control"), "private, no-store", path);
  }
  for (const path of ["/own-text", "/own-response"]) {
    assert.equal((await app.request(path, { headers: HEADERS })).headers.get("cache-control"), "private, max-age=5", path);
  }
});

test("a page that reads the account is kept by no cache, unless the handler says otherwise", async () => {
  const { app } = application(...Array.from({ length: 7 }, () => checked()));
  app.get("/get", (c) => c.text(c.get("account")?.accountid ?? "nobody"));
  app.get("/var", (c) => new Response(c.var.account?.accountid ?? "nobody", { headers: { Vary: "Accept" } }));
  app.get("/client", (c) => c.text(String(c.get("dashboard") !== undefined)));
  app.get("/own", (c) => c.text(c.get("account")?.accountid ?? "", 200, { "Cache-Control": "max-age=5" }));
  app.get("/untouched", (c) => c.text("hello"));
  app.get("/error", (c) => {
    throw new Error(c.get("account")?.accountid);
  });
  app.onError((error, c) => c.text(error.message, 500));
  const kept = async (path: string, headers: Record<string, string> = HEADERS) => {
    const answer = await app.request(path, { headers });
    return [await answer.text(), answer.headers.get("cache-control"), answer.headers.get("vary")];
  };
  const own = "private, no-store";
  assert.deepEqual(await kept("/get"), [ACCOUNTID, own, "Cookie"]);
  assert.deepEqual(await kept("/get", {}), ["nobody", own, "Cookie"]);
  assert.deepEqual(await kept("/var"), [ACCOUNTID, own, "Accept, Cookie"]);
  assert.deepEqual(await kept("/client"), ["true", own, "Cookie"]);
  assert.deepEqual(await kept("/error"), [ACCOUNTID, own, "Cookie"]);
  assert.deepEqual(await kept("/own"), [ACCOUNTID, "max-age=5", "Cookie"]);
  assert.deepEqual(await kept("/untouched"), ["hello", null, null]);
});

test("an application may give a request another account", async () => {
  const { app } = application(checked());
  app.use(async (c, next) => {
    const account = c.get("account");
    if (account) c.set("account", { ...account, accountid: "another" });
    c.set("theme" as never, "dark" as never);
    await next();
  });
  app.get("/", (c) => c.json([c.get("account")?.accountid, c.var.account?.accountid, c.get("theme" as never)]));
  const answer = await app.request("/", { headers: HEADERS });
  assert.deepEqual(await answer.json(), ["another", "another", "dark"]);
});

test("other variables stay, and reading them is not reading the account", async () => {
  const { app } = application(checked());
  app.get("/", (c) => {
    c.set("theme" as never, "dark" as never);
    return c.json([c.get("theme" as never), c.var["theme" as never], Object.keys(c.var).sort()]);
  });
  const answer = await app.request("/", { headers: HEADERS });
  assert.deepEqual(await answer.json(), ["dark", "dark", ["account", "dashboard", "theme"]]);
  assert.equal(answer.headers.get("cache-control"), null);
});

test("errors that are none of Dashboard's are answered as Hono does, and logged", async (context) => {
  const log = context.mock.method(console, "error", () => undefined);
  const { app } = application(error(401, "invalid-password"), error(403, "insufficient-scope"));
  app.get("/own", () => {
    throw new HTTPException(418, { message: "A teapot." });
  });
  app.get("/fault", () => {
    throw new Error("A fault.");
  });
  app.get("/scope", async (c) => c.json(await c.get("dashboard").administrator.accountsCount()));
  app.get("/refused", async (c) => c.json(await c.get("dashboard").errors()));
  const answer = async (path: string) => {
    const { status } = await app.request(path);
    return [status, log.mock.callCount()];
  };
  assert.deepEqual(await answer("/own"), [418, 0]);
  assert.deepEqual(await answer("/fault"), [500, 1]);
  assert.deepEqual(await answer("/refused"), [401, 1]);
  assert.deepEqual(await answer("/scope"), [500, 2]);
});

test("cookies are set once, whatever a handler answers with", async () => {
  const { app, auth } = application(json(CREATED), checked(), json(CREATED), checked());
  const fields = { username: "ada-example", password: "a password of hers" };
  app.post("/text", async (c) => c.text((await auth.signIn(c, fields)).sessionid));
  app.post("/response", async (c) => {
    await auth.signIn(c, fields);
    return new Response(null, { status: 303, headers: { Location: "/", "Set-Cookie": "theme=dark" } });
  });
  const names = (response: Response) => response.headers.getSetCookie().map((it) => it.split("=")[0]);
  const text = await app.request("/text", { method: "POST" });
  assert.deepEqual(names(text), ["sessionid", "token"]);
  assert.equal(text.headers.get("cache-control"), "private, no-store");
  assert.deepEqual(names(await app.request("/response", { method: "POST" })), ["theme", "sessionid", "token"]);
});

test("who signs in or out is known, or unknown, for the rest of the request", async () => {
  const { app, auth } = application(json(CREATED), checked(), checked(), json(SESSION), json(CREATED), error(503, "service-unavailable"));
  const fields = { username: "ada-example", password: "a password of hers" };
  app.post("/in", async (c) => {
    const before = c.get("account")?.accountid ?? "nobody";
    await auth.signIn(c, fields);
    return c.json([before, c.get("account")?.accountid, c.var.account?.sessionid]);
  });
  app.post("/out", async (c) => {
    const before = c.get("account")?.accountid;
    await auth.signOut(c);
    return c.json([before, c.get("account")?.accountid ?? "nobody"]);
  });
  const entered = await app.request("/in", { method: "POST" });
  assert.deepEqual(await entered.json(), ["nobody", ACCOUNTID, SESSION.sessionid]);
  const left = await app.request("/out", { method: "POST", headers: HEADERS });
  assert.deepEqual(await left.json(), [ACCOUNTID, "nobody"]);
  const unknown = await app.request("/in", { method: "POST" });
  assert.equal(unknown.status, 503);
  assert.equal(unknown.headers.getSetCookie().length, 2);
});
