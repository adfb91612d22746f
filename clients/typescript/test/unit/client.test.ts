/** What a client sends, and what it makes of the answers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  AdministratorRequired,
  Dashboard,
  DashboardError,
  DashboardUnavailable,
  isDashboardError,
  SecondFactorRequired,
  SignInRequired,
} from "../../src/index.js";
import { ACCOUNTID, client, error, json, SERVER, SESSION, signInRequired } from "./fake.js";

test("parameters travel in the query, and fields in the body, by their names on the wire", async () => {
  const { sent, dashboard } = client([json({ object: "account" })]);
  const change = { accountid: ACCOUNTID, newPassword: "new & improved", password: "old" };
  await dashboard.as(SESSION).user.setAccountPassword(change);
  assert.equal(sent[0]?.method, "PATCH");
  assert.equal(sent[0]?.address, `${SERVER}/api/user/set-account-password?accountid=${ACCOUNTID}`);
  assert.deepEqual(sent[0]?.body, { "new-password": "new & improved", password: "old" });
  assert.equal(sent[0]?.headers.get("authorization"), `Bearer ${SESSION.sessionid}.${SESSION.token}`);
  assert.equal(sent[0]?.headers.get("content-type"), "application/json");
});

test("a parameter of the query that is null or undefined is left out", async () => {
  const { sent, dashboard } = client([json([]), json([]), json([])]);
  const nothing = { limit: null, after: undefined, offset: 0 } as never;
  await dashboard.administrator.sessions(nothing);
  await dashboard.check({ verified: null, administrator: undefined } as never);
  await dashboard.as(SESSION).user.setSessionEnded({ sessionid: null } as never);
  const [list, check, change] = sent.map(({ address }) => address);
  assert.equal(list, `${SERVER}/api/administrator/sessions?offset=0`);
  assert.equal(check, `${SERVER}/api/check`);
  assert.equal(change, `${SERVER}/api/user/set-session-ended`);
  assert.equal(sent[2]?.body, undefined);
});

test("the address of the server may have a path", async () => {
  for (const server of [`${SERVER}/accounts`, `${SERVER}/accounts/`]) {
    const { sent, dashboard } = client([json([])], { server });
    await dashboard.errors();
    assert.equal(sent[0]?.address, `${SERVER}/accounts/api/errors`);
  }
  assert.throws(() => new Dashboard({ server: "accounts.example.com:80" }), TypeError);
});

test("what is left out is for Dashboard to refuse", async () => {
  const { sent, dashboard } = client([error(400, "invalid-username")]);
  const refused = await rejection(dashboard.user.createAccount(undefined as never)); // the body of a request without one
  assert.ok(isDashboardError(refused, "invalid-username"));
  assert.equal(sent[0]?.body, undefined);
});

test("fields of a deployment's own are sent too", async () => {
  const { sent, dashboard } = client([json({ object: "account" })]);
  await dashboard.user.createAccount({ username: "ada-example", password: "secret" }, { fields: { "full-name": "Ada" } });
  assert.deepEqual(sent[0]?.body, { username: "ada-example", password: "secret", "full-name": "Ada" });
});

test("credentials of each kind", async () => {
  const { sent, dashboard } = client([json([]), json([]), json([])]);
  const applicationServer = { applicationServer: "https://app.example.com", applicationServerToken: "secret" };
  await dashboard.as({ bearer: "dsk_secret" }).errors();
  await dashboard.as({ ...applicationServer, accountid: ACCOUNTID, sessionid: SESSION.sessionid }).errors();
  await dashboard.as(undefined).errors();
  const [service, server, nobody] = sent.map(({ headers }) => headers);
  assert.equal(service?.get("authorization"), "Bearer dsk_secret");
  assert.equal(server?.get("x-application-server"), "https://app.example.com");
  assert.equal(server?.get("x-application-server-token"), "secret");
  assert.equal(server?.get("x-accountid"), ACCOUNTID);
  assert.equal(server?.get("x-sessionid"), SESSION.sessionid);
  assert.equal(nobody?.get("authorization"), null);
});

test("credentials that no header can have are refused, and not named", () => {
  const { dashboard } = client([]);
  for (const bearer of ["sec\nret", "", "sécret"]) {
    assert.throws(() => dashboard.as({ bearer }), (thrown: Error) => {
      return thrown instanceof TypeError && !/s.c\s?ret/.test(inspect(thrown).split("\n")[0] ?? "");
    });
  }
  assert.throws(() => dashboard.as({ sessionid: SESSION.sessionid }), TypeError);
});

test("each error has its class, its code and its status", async () => {
  const { dashboard } = client([
    error(409, "duplicate-username", { "X-Request-ID": "0123" }),
    signInRequired,
    json({ object: "auth", message: "Administrator required" }, 403),
    error(429, "account-locked", { "Retry-After": "60" }),
  ]);
  const fields = { username: "ada-example", password: "a secret of hers" };
  const taken = await rejection(dashboard.user.createAccount(fields));
  assert.ok(isDashboardError(taken, "duplicate-username"));
  assert.ok(!isDashboardError(taken, "invalid-username", "weak-password"));
  assert.deepEqual([taken.status, taken.detail, taken.requestId], [409, "A sentence.", "0123"]);
  assert.ok((await rejection(dashboard.user.account({ accountid: ACCOUNTID }))) instanceof SignInRequired);
  assert.ok((await rejection(dashboard.administrator.accountsCount())) instanceof AdministratorRequired);
  const locked = await rejection(dashboard.user.createSession(fields));
  assert.ok(locked instanceof DashboardError);
  assert.equal(locked.retryAfter, 60);
});

test("a second factor is asked for, and its challenge is not printed", async () => {
  const challenge = "c".repeat(64);
  const { sent, dashboard } = client([
    error(401, "second-factor-required", {}, { challenge, factors: ["totp", "recovery-code"] }),
    json({ object: "session" }),
  ]);
  const asked = await rejection(dashboard.user.createSession({ username: "ada-example", password: "secret" }));
  assert.ok(asked instanceof SecondFactorRequired);
  assert.deepEqual(asked.factors, ["totp", "recovery-code"]);
  assert.ok(!`${inspect(asked)}${JSON.stringify(asked)}`.includes(challenge));
  await dashboard.user.completeSession({ challenge: asked.challenge, code: "123456" });
  assert.deepEqual(sent[1]?.body, { challenge, code: "123456" });
});

test("no secret is in an error or in what a client prints", async () => {
  const down = (): Promise<Response> => Promise.reject(new TypeError("fetch failed"));
  const { dashboard } = client([error(401, "invalid-password"), down], { credentials: SESSION });
  const fields = { username: "the-name", password: "the secret" };
  for (const printed of [await rejection(dashboard.user.createSession(fields)), await rejection(dashboard.user.createSession(fields))]) {
    assert.doesNotMatch(`${inspect(printed)}${JSON.stringify(printed)}`, /the secret|the-name|aaaa/);
  }
  assert.doesNotMatch(`${inspect(dashboard, { depth: 9 })}${JSON.stringify(dashboard)}`, /aaaa/);
});

test("a GET is retried once after 503, and only if it is soon", async () => {
  const soon = { "Retry-After": "0" };
  const busy = error(503, "service-unavailable", soon);
  const again = client([busy, json(7)]);
  assert.equal(await again.dashboard.administrator.accountsCount(), 7);
  const twice = client([busy, busy, json(7)]);
  assert.ok((await rejection(twice.dashboard.administrator.accountsCount())) instanceof DashboardUnavailable);
  assert.equal(twice.sent.length, 2);
  const notSoon = [{}, { "Retry-After": "6" }, { "Retry-After": "Thu, 26 Nov 2026 20:00:00 GMT" }];
  for (const headers of notSoon) {
    const late = client([error(503, "service-unavailable", headers), json(7)]);
    assert.ok((await rejection(late.dashboard.administrator.accountsCount())) instanceof DashboardUnavailable);
    assert.equal(late.sent.length, 1);
  }
  const never = client([busy, json(7)], { longestWait: 0 });
  await rejection(never.dashboard.administrator.accountsCount());
  assert.equal(never.sent.length, 1);
});

test("an unsafe request is never retried", async () => {
  const { sent, dashboard } = client([error(503, "service-unavailable", { "Retry-After": "0" }), json(true)]);
  const unavailable = await rejection(dashboard.administrator.deleteAccount({ accountid: ACCOUNTID }));
  assert.ok(unavailable instanceof DashboardUnavailable);
  assert.equal(sent.length, 1);
});

test("an answer that does not come in time", async () => {
  const silent = (_: unknown, request: RequestInit = {}): Promise<Response> => {
    return new Promise((_, reject) => request.signal?.addEventListener("abort", () => reject(request.signal?.reason)));
  };
  const dashboard = new Dashboard({ server: SERVER, fetch: silent, timeout: 5 });
  assert.match(String(await rejection(dashboard.errors())), /did not answer within 5 ms/);
  const abort = new AbortController();
  const aborted = rejection(dashboard.errors({ signal: abort.signal, timeout: 60_000 }));
  abort.abort(new Error("Changed my mind."));
  assert.equal(((await aborted) as Error).message, "Changed my mind.");
});

test("only a request that Dashboard answers later has more time", async () => {
  const late = (_: unknown, request: RequestInit = {}): Promise<Response> => {
    return new Promise((resolve, reject) => {
      setTimeout(() => resolve(json([])()), 100);
      request.signal?.addEventListener("abort", () => reject(request.signal?.reason));
    });
  };
  const impatient = new Dashboard({ server: SERVER, fetch: late, timeout: 20 });
  const fields = { username: "ada-example", password: "secret", wait: 60 };
  assert.match(String(await rejection(impatient.user.createSession(fields))), /did not answer within 20 ms/);
  assert.deepEqual(await impatient.feed({ wait: 60 }), []);
});

test("an answer that is not Dashboard's is none", async () => {
  const page = (status: number) => (): Response => new Response("<html>", { status });
  const moved = (): Response => new Response(null, { status: 302, headers: { Location: "https://elsewhere.example.com" } });
  for (const answer of [page(200), page(401), page(404), page(502), moved, json({ message: "Forbidden" }, 403)]) {
    assert.ok((await rejection(client([answer]).dashboard.administrator.accountsCount())) instanceof DashboardUnavailable);
  }
});

test("a list is its first page, or every row", async () => {
  const next = (query: string) => ({ Link: `</api/administrator/sessions?${query}>; rel="next"` });
  const pages = () => [json([1, 2], 200, next("limit=2&after=b")), json([3, 4], 200, next("limit=2&after=d")), json([5])];
  const first = client(pages());
  assert.deepEqual(await first.dashboard.administrator.sessions({ limit: 2 }), [1, 2]);
  assert.equal(first.sent.length, 1);
  const all = client(pages(), { server: `${SERVER}/accounts` });
  const rows: unknown[] = [];
  for await (const row of all.dashboard.administrator.sessions({ limit: 2 })) rows.push(row);
  assert.deepEqual(rows, [1, 2, 3, 4, 5]);
  assert.equal(all.sent[2]?.address, `${SERVER}/accounts/api/administrator/sessions?limit=2&after=d`);
  assert.ok((await rejection(client([signInRequired]).dashboard.administrator.sessions())) instanceof SignInRequired);
});

async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("It was not rejected.");
}
