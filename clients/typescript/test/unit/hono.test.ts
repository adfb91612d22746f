/** What the middleware for Hono adds to answers, however a handler makes them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { dashboard, type DashboardMiddleware } from "../../src/hono.js";
import { ACCOUNTID, answering, checked, json, SERVER, SESSION } from "./fake.js";

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

test("cookies are set once, whatever a handler answers with", async () => {
  const { app, auth } = application(json(CREATED), json(CREATED));
  const fields = { username: "ada-example", password: "a password of hers" };
  app.post("/text", async (c) => c.text((await auth.signIn(c, fields)).sessionid));
  app.post("/response", async (c) => {
    await auth.signIn(c, fields);
    return new Response(null, { status: 303, headers: { Location: "/", "Set-Cookie": "theme=dark" } });
  });
  const names = (response: Response) => response.headers.getSetCookie().map((it) => it.split("=")[0]);
  assert.deepEqual(names(await app.request("/text", { method: "POST" })), ["sessionid", "token"]);
  assert.deepEqual(names(await app.request("/response", { method: "POST" })), ["theme", "sessionid", "token"]);
});
