/** Who is let through: the rules that every framework's middleware applies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard as inExpress } from "../../src/express.js";
import { dashboard as inHono } from "../../src/hono.js";
import { DashboardError, DashboardUnavailable, isDashboardError, SignInRequired } from "../../src/index.js";
import { type Incoming, isCrossOrigin, localPath } from "../../src/middleware/incoming.js";
import { serialized } from "../../src/middleware/cookies.js";
import { dashboard as inNext } from "../../src/next.js";
import { Protection, type ProtectionOptions } from "../../src/middleware/protection.js";
import { ACCOUNTID, answering, checked, error, json, SERVER, SESSION, signInRequired } from "./fake.js";

const COOKIE = `sessionid=${SESSION.sessionid}; token=${SESSION.token}`;
const CREATED = {
  object: "session",
  sessionid: "sess_fedcba9876543210",
  token: "b".repeat(64),
  accountid: ACCOUNTID,
  expiresAt: new Date(Date.now() + 1_900_000).toISOString(),
};

function incoming(headers: Record<string, string> = {}, given: Partial<Incoming> = {}): Incoming {
  const header = (name: string): string | undefined => headers[name];
  return { method: "GET", path: "/a?b=c", host: "app.test", secure: false, address: "192.0.2.7", header, ...given };
}

function protecting(answers: (() => Response)[], options: Partial<ProtectionOptions> = {}) {
  const { sent, fetch } = answering(...answers);
  return { sent, protection: new Protection({ server: SERVER, fetch, ...options }) };
}

test("a session is checked with Dashboard, and a request without one is not", async () => {
  const { sent, protection } = protecting([checked({ "X-Account-Administrator": "true" })]);
  const { account } = await protection.identify(incoming({ cookie: `theme=dark; ${COOKIE}` }));
  assert.deepEqual(account, { accountid: ACCOUNTID, sessionid: SESSION.sessionid, administrator: true, owner: false });
  assert.equal(sent[0]?.address, `${SERVER}/api/check`);
  assert.equal(sent[0]?.headers.get("authorization"), `Bearer ${SESSION.sessionid}.${SESSION.token}`);
  const without = ["", "sessionid=", `token=${SESSION.token}`, `${COOKIE}; token=${SESSION.token}`, "sessionid=sess_1; token=x"];
  for (const cookie of without) assert.equal((await protection.identify(incoming({ cookie }))).account, undefined);
  assert.equal(sent.length, 1);
});

test("an ended session is nobody's", async () => {
  const { protection } = protecting([signInRequired]);
  const identity = await protection.identify(incoming({ cookie: COOKIE }));
  assert.equal(identity.account, undefined);
  await assert.rejects(protection.admit(identity, {}), SignInRequired);
});

test("nobody is signed in or out where Dashboard cannot tell", async () => {
  const page = (): Response => new Response("<html>", { status: 200 });
  const other = checked({ "X-Session-Id": "sess_ffffffffffffffff" });
  const empty = (): Response => new Response(null, { status: 204 });
  const failing = (): Response => {
    throw new TypeError("fetch failed");
  };
  const faults = [page, other, empty, failing, error(503, "service-unavailable"), error(500, "unknown-error"), error(400, "invalid-request")];
  for (const fault of faults) {
    const { protection } = protecting([fault]);
    const request = incoming({ cookie: COOKIE, accept: "text/html" });
    const thrown = await protection.identify(request).catch((it: unknown) => it);
    assert.ok(thrown instanceof DashboardUnavailable, String(thrown));
    assert.equal(protection.answer(thrown, request)?.status, 503);
    assert.equal(protection.answer(thrown, request)?.headers["Retry-After"], "2");
    assert.equal(protection.answer(thrown, request)?.headers["Set-Cookie"], undefined);
  }
});

test("guards", async () => {
  const { sent, protection } = protecting([checked(), checked(), error(403, "verification-required")]);
  const identity = await protection.identify(incoming({ cookie: COOKIE }));
  assert.equal((await protection.admit(identity, {})).accountid, ACCOUNTID);
  await assert.rejects(protection.admit(identity, { administrator: true }), { status: 403, code: "administrator-required" });
  await protection.admit(identity, { verified: 60 });
  await assert.rejects(protection.admit(identity, { verified: 60 }), { status: 403, code: "verification-required" });
  assert.equal(sent[1]?.address, `${SERVER}/api/check?verified=60`);
});

test("a guard that wants a proof wants to know how old it may be", async () => {
  const { fetch } = answering(checked());
  const [express, hono, next] = [inExpress, inHono, inNext].map((dashboard) => dashboard({ server: SERVER, fetch }));
  for (const seconds of [undefined, null, NaN, Infinity, -1, "600"] as unknown as number[]) {
    for (const auth of [express, hono, next]) assert.throws(() => auth?.verified(seconds), TypeError, String(seconds));
  }
  const request = new Request("http://app.test/", { headers: { cookie: COOKIE } });
  await assert.rejects(inNext({ server: SERVER, fetch }).middleware(request, { verified: undefined as never }), TypeError);
});

test("an account that lacks an obligatory second factor gets through no guard", async () => {
  const { protection } = protecting([error(403, "second-factor-enrolment-required")]);
  const identity = await protection.identify(incoming({ cookie: COOKIE }));
  assert.equal(identity.account, undefined);
  await assert.rejects(protection.admit(identity, {}), { code: "second-factor-enrolment-required" });
});

test("who is not signed in is led to the sign-in page, or answered with 401", () => {
  const { protection } = protecting([], { verifyPath: "/verify?step=1" });
  const html = { accept: "text/html,application/xhtml+xml" };
  const required = new SignInRequired();
  const led = protection.answer(required, incoming(html));
  assert.deepEqual([led?.status, led?.headers["Location"]], [303, "/sign-in?next=%2Fa%3Fb%3Dc"]);
  const others: [Record<string, string>, Partial<Incoming>][] = [[{ accept: "*/*" }, {}], [{}, {}], [html, { method: "POST" }]];
  for (const [headers, given] of others) assert.equal(protection.answer(required, incoming(headers, given))?.status, 401);
  const old = new DashboardError(403, "verification-required", "Verify it again.");
  assert.equal(protection.answer(old, incoming(html))?.headers["Location"], "/verify?step=1&next=%2Fa%3Fb%3Dc");
  assert.equal(protecting([]).protection.answer(old, incoming(html))?.status, 403);
  assert.equal(protection.answer(new Error("another"), incoming()), undefined);
  const fault = new DashboardError(403, "insufficient-scope", "It lacks a scope.");
  assert.equal(protection.answer(fault, incoming()), undefined);
});

test("pages of other origins make no unsafe requests", async () => {
  const refused: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "http://app.test" },
    { origin: "https://evil.test" },
    { origin: "null" },
    { origin: "http://app.test.evil.test" },
    { origin: "http://app.test:81" },
  ];
  for (const headers of refused) {
    assert.ok(isCrossOrigin(incoming(headers, { method: "POST" }), []), JSON.stringify(headers));
    assert.ok(!isCrossOrigin(incoming(headers), []));
    const { protection } = protecting([]);
    const request = incoming(headers, { method: "DELETE" });
    const fields = { username: "ada-example", password: "secret" };
    await assert.rejects(protection.identify(request), { code: "invalid-origin" });
    await assert.rejects(protection.signIn(request, fields), { code: "invalid-origin" });
    await assert.rejects(protection.verify(request, fields), { code: "invalid-origin" });
    await assert.rejects(protection.signOut(request), { code: "invalid-origin" });
  }
  const allowed: Record<string, string>[] = [
    {},
    { "sec-fetch-site": "same-origin", origin: "https://behind-a-proxy.test" },
    { "sec-fetch-site": "none" },
    { origin: "http://app.test" },
    { "sec-fetch-site": "same-site", origin: "https://trusted.test" },
  ];
  for (const headers of allowed) {
    assert.ok(!isCrossOrigin(incoming(headers, { method: "POST" }), ["https://trusted.test"]), JSON.stringify(headers));
  }
});

test("an origin is the same with the default port of its scheme", () => {
  const cases: [string, string | undefined, boolean][] = [
    ["https://app.test", "app.test:443", false],
    ["http://app.test", "app.test:80", false],
    ["https://app.test", "APP.test", false],
    ["https://app.test:8443", "app.test:8443", false],
    ["http://[::1]", "[::1]:80", false],
    ["https://app.test", "app.test:80", true],
    ["http://app.test", "app.test:443", true],
    ["https://app.test:8443", "app.test:443", true],
    ["https://app.test", "app.test:8443", true],
    ["https://evil.test", "app.test:443", true],
    ["http://undefined", undefined, true],
    ["https://app.test", "", true],
    ["https://app.test", "app.test:x", true],
    ["other://app.test", "app.test", true],
  ];
  for (const [origin, host, isRefused] of cases) {
    for (const secure of [false, true]) {
      const request = incoming({ origin }, { method: "POST", host, secure });
      assert.equal(isCrossOrigin(request, []), isRefused, `${origin} ${host}`);
    }
  }
});

test("the WebSocket of another origin is refused", async () => {
  const { protection } = protecting([checked()]);
  const opening = { upgrade: "WebSocket", cookie: COOKIE };
  assert.ok((await protection.identify(incoming({ ...opening, origin: "http://app.test" }))).account);
  for (const headers of [{ origin: "https://evil.app.test" }, { "sec-fetch-site": "same-site" }]) {
    await assert.rejects(protection.identify(incoming({ ...opening, ...headers })), { code: "invalid-origin" });
  }
  assert.ok(!isCrossOrigin(incoming({ origin: "https://evil.test" }), []));
});

test("a guarded sign-in page does not lead to itself", () => {
  const { protection } = protecting([], { signInPath: "/account?step=1" });
  const html = { accept: "text/html" };
  const elsewhere = protection.answer(new SignInRequired(), incoming(html));
  assert.equal(elsewhere?.headers["Location"], "/account?step=1&next=%2Fa%3Fb%3Dc");
  const there = protection.answer(new SignInRequired(), incoming(html, { path: "/account?step=1&next=%2F" }));
  assert.deepEqual([there?.status, there?.headers["Location"]], [401, undefined]);
});

test("trusted origins are not the parts of one", () => {
  const origins = "https://www.example.com" as unknown as string[];
  assert.throws(() => protecting([], { origins }), TypeError);
});

test("signing in sets the cookies, tells Dashboard the browser, and keeps the token to itself", async () => {
  const browser = "__Secure-dashboard_browser=known.1234; Max-Age=31536000; Path=/accounts; HttpOnly; Secure";
  const { sent, protection } = protecting([json(CREATED, 200, { "Set-Cookie": browser })]);
  const headers = { cookie: "__Host-dashboard_browser=known.0123", "user-agent": "Firefox" };
  const request = incoming(headers, { method: "POST", secure: true });
  const { session, cookies } = await protection.signIn(request, { username: "ada-example", password: "secret" });
  assert.equal(session.token, undefined);
  const names = ["__Host-dashboard_browser", "dashboard_browser", "__Secure-dashboard_browser"];
  assert.equal(sent[0]?.headers.get("cookie"), names.map((name) => `${name}=known.0123`).join("; "));
  assert.equal(sent[0]?.headers.get("user-agent"), "Firefox");
  assert.equal(sent[0]?.headers.get("x-client-address"), null);
  const lines = cookies.map((it) => serialized(it));
  const attributes = "Path=/; HttpOnly; SameSite=Lax; Secure";
  assert.match(lines[0] ?? "", new RegExp(`^__Host-sessionid=${CREATED.sessionid}; Max-Age=1\\d{3}; ${attributes}$`));
  assert.match(lines[1] ?? "", new RegExp(`^__Host-token=${CREATED.token}; Max-Age=1\\d{3}; ${attributes}$`));
  assert.equal(lines[2], `__Host-dashboard_browser=known.1234; Max-Age=31536000; ${attributes}`);
});

test("cookies last as long as the session, whatever the application's clock says", async () => {
  const date = new Date(Date.now() - 7_200_000);
  const created = { ...CREATED, expiresAt: new Date(date.getTime() + 1_200_000).toISOString() };
  const { protection } = protecting([json(created, 200, { Date: date.toUTCString() })]);
  const { cookies } = await protection.signIn(incoming(), { username: "ada-example", password: "secret" });
  assert.ok(cookies.length >= 2);
  for (const { options } of cookies) assert.ok(Math.abs(options.maxAge - 1_200) <= 1, String(options.maxAge));
});

test("under https, only cookies that are bound to the host count", async () => {
  const { protection } = protecting([checked()]);
  const bound = `__Host-sessionid=${SESSION.sessionid}; __Host-token=${SESSION.token}`;
  const [plain, secure] = [{ cookie: COOKIE }, { cookie: `${bound}; ${COOKIE}` }];
  assert.equal((await protection.identify(incoming(plain, { secure: true }))).account, undefined);
  assert.equal((await protection.identify(incoming(secure, { secure: true }))).account?.accountid, ACCOUNTID);
});

test("cookies can have other names", async () => {
  const names = { sessionid: "app_session", token: "app_token" };
  const { protection } = protecting([checked()], { cookieNames: names, secure: true });
  const cookie = `app_session=${SESSION.sessionid}; app_token=${SESSION.token}`;
  assert.equal((await protection.identify(incoming({ cookie }))).account?.accountid, ACCOUNTID);
  assert.deepEqual(protection.forget(incoming()).map(({ name }) => name), ["app_session", "app_token"]);
});

test("signing in ends the session that it replaces, even if that fails", async () => {
  for (const end of [json({}), signInRequired, error(503, "service-unavailable")]) {
    const { sent, protection } = protecting([json(CREATED), end]);
    const request = incoming({ cookie: COOKIE }, { method: "POST" });
    const { session } = await protection.signIn(request, { username: "ada-example", password: "secret" });
    assert.equal(session.sessionid, CREATED.sessionid);
    assert.equal(sent[1]?.address, `${SERVER}/api/user/set-session-ended?sessionid=${SESSION.sessionid}`);
  }
});

test("a service names the address of the browser, and calls as itself", async () => {
  const answers = [json(CREATED), json({}), checked(), json({}), json(7)];
  const { sent, protection } = protecting(answers, { credential: "dsk_1_secret" });
  await protection.signIn(incoming(), { username: "ada-example", password: "secret" });
  await protection.service.administrator.createResetCode({ accountid: ACCOUNTID, secretCode: "0123456789" });
  await protection.identify(incoming({ cookie: COOKIE }));
  await protection.serviceFor(incoming()).service.createResetCode({ username: "ada-example" });
  await (await protection.identify(incoming())).dashboard.administrator.accountsCount();
  const authorization = sent.map(({ headers }) => headers.get("authorization"));
  const [service, session] = ["Bearer dsk_1_secret", `Bearer ${SESSION.sessionid}.${SESSION.token}`];
  assert.deepEqual(authorization, [service, service, session, service, null]);
  const addresses = sent.map(({ headers }) => headers.get("x-client-address"));
  assert.deepEqual(addresses, ["192.0.2.7", null, null, "192.0.2.7", null]);
});

test("an application server names the address of the browser", async () => {
  const applicationServer = { applicationServer: "https://app.test", applicationServerToken: "secret" };
  const { sent, protection } = protecting([json(CREATED)], { applicationServer });
  await protection.signIn(incoming(), { username: "ada-example", password: "secret" });
  assert.equal(sent[0]?.headers.get("x-client-address"), "192.0.2.7");
  assert.equal(sent[0]?.headers.get("x-application-server-token"), "secret");
});

test("a wrong credential of the application is not a person who has to sign in", async () => {
  const applicationServer = { applicationServer: "https://app.test", applicationServerToken: "wrong" };
  const { protection } = protecting([signInRequired], { applicationServer });
  const request = incoming({ accept: "text/html" }, { path: "/in" });
  const refused = await protection.signIn(request, { username: "ada-example", password: "secret" }).catch((it: unknown) => it);
  assert.ok(isDashboardError(refused, "invalid-credential"));
  assert.equal(protection.answer(refused, request), undefined);
});

test("cookies are secure where the browser's connection is", async () => {
  const secure = (request: Incoming, options: Partial<ProtectionOptions> = {}): boolean | undefined => {
    return protecting([], options).protection.forget(request)[0]?.options.secure;
  };
  assert.equal(secure(incoming()), false);
  assert.equal(secure(incoming({}, { secure: true })), true);
  assert.equal(secure(incoming({ "x-forwarded-proto": "https, http" })), true);
  assert.equal(secure(incoming(), { secure: true }), true);
});

test("signing out ends the session before it clears the cookies", async () => {
  for (const answers of [[json(SESSION)], [signInRequired], [error(409, "invalid-session")]]) {
    const { sent, protection } = protecting(answers);
    const cookies = await protection.signOut(incoming({ cookie: COOKIE }, { method: "POST" }));
    assert.equal(sent[0]?.address, `${SERVER}/api/user/set-session-ended?sessionid=${SESSION.sessionid}`);
    const cleared = ["sessionid=; Max-Age=0", "token=; Max-Age=0"].map((it) => `${it}; Path=/; HttpOnly; SameSite=Lax`);
    assert.deepEqual(cookies.map((it) => serialized(it)), cleared);
  }
  const { protection } = protecting([error(503, "service-unavailable")]);
  await assert.rejects(protection.signOut(incoming({ cookie: COOKIE }, { method: "POST" })), DashboardUnavailable);
});

test("verifying the password again sets the token that Dashboard has renewed", async () => {
  const { protection } = protecting([json({ ...CREATED, ...SESSION, token: "d".repeat(64) })]);
  const { cookies } = await protection.verify(incoming({ cookie: COOKIE }, { method: "POST" }), {
    username: "ada-example",
    password: "secret",
  });
  assert.deepEqual(cookies.map(({ name, value }) => [name, value]), [["sessionid", SESSION.sessionid], ["token", "d".repeat(64)]]);
});

test("the password is verified in the session of the request, whatever a form says", async () => {
  const { sent, protection } = protecting([json({ ...CREATED, ...SESSION })]);
  const form = { username: "ada-example", password: "secret", sessionid: CREATED.sessionid };
  await protection.verify(incoming({ cookie: COOKIE }, { method: "POST" }), form);
  assert.equal(sent[0]?.address, `${SERVER}/api/user/set-session-verified?sessionid=${SESSION.sessionid}`);
});

test("an answer that is no session signs nobody in or out", async () => {
  const { token: _, ...withoutToken } = CREATED;
  const inCookie = { ...CREATED, sessionid: `${CREATED.sessionid}; Domain=evil.test` };
  const answers = [null, [], "x", {}, withoutToken, inCookie, { ...CREATED, token: "x" }, { ...CREATED, expiresAt: "soon" }];
  const fields = { username: "ada-example", password: "secret" };
  for (const answer of answers) {
    const { protection } = protecting([json(answer), json(answer), json(answer), json(answer)]);
    const request = incoming({ cookie: COOKIE }, { method: "POST" });
    for (const unclear of [
      protection.signIn(incoming(), fields),
      protection.completeSignIn(incoming(), { challenge: "c", code: "123456" }),
      protection.verify(request, fields),
      protection.signOut(request),
    ]) {
      await assert.rejects(unclear, DashboardUnavailable, JSON.stringify(answer));
    }
  }
});

test("an answer that is no session leaves the former session as it is", async () => {
  const { sent, protection } = protecting([json({})]);
  const request = incoming({ cookie: COOKIE }, { method: "POST" });
  await assert.rejects(protection.signIn(request, { username: "ada-example", password: "secret" }), DashboardUnavailable);
  assert.equal(sent.length, 1);
});

test("an origin without a host is that of another site, also where the request has no host", () => {
  for (const origin of ["null", "file://", "", "http://"]) {
    for (const host of [undefined, "", "app.test"]) {
      assert.equal(isCrossOrigin(incoming({ origin }, { method: "POST", host }), []), true, `${origin} ${host}`);
    }
  }
});

test("only paths of the application are local", () => {
  for (const path of ["/", "/members", "/a/b?c=d#e"]) assert.equal(localPath(path), path);
  const foreign = ["", "members", "https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test", "/a\nb", "/..//evil.test", ["/a"], undefined];
  for (const path of foreign) assert.equal(localPath(path, "/home"), "/home");
});
