/** What Next.js leaves to the middleware: the headers of an answer, and a request of which only the headers are known. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard } from "../../src/next.js";
import { ACCOUNTID, answering, checked, json, SERVER, SESSION } from "./fake.js";

const CREATED = { ...SESSION, object: "session", accountid: ACCOUNTID, expiresAt: new Date(Date.now() + 1_900_000) };
const CREDENTIAL = `cred_0123456789abcdef.${"c".repeat(64)}`;

test("an action names the address of the browser, as a route does", async () => {
  const { sent, fetch } = answering(json(CREATED), json(CREATED));
  const auth = dashboard({
    server: SERVER,
    fetch,
    credential: CREDENTIAL,
    clientAddress: (request) => request.headers.get("x-real-ip") ?? undefined,
  });
  const headers = new Headers({ "X-Real-IP": "192.0.2.7" });
  const fields = { username: "ada-example", password: "a password of hers" };
  await auth.actions.signIn(headers, fields);
  await auth.signIn(new Request("http://app.test/in", { method: "POST", headers }), fields, new Response());
  assert.deepEqual(
    sent.map((it) => it.headers.get("x-client-address")),
    ["192.0.2.7", "192.0.2.7"],
  );
});

test("answers for one person alone are kept by no cache, unless the application says otherwise", async () => {
  const { fetch } = answering(checked(), checked(), checked(), json(CREATED));
  const auth = dashboard({ server: SERVER, fetch });
  const request = new Request("http://app.test/", {
    headers: { Cookie: `sessionid=${SESSION.sessionid}; token=${SESSION.token}` },
  });
  const kept = ({ headers }: Response) => [headers.get("cache-control"), headers.get("vary")];
  const own = { "Cache-Control": "max-age=5", Vary: "Accept" };
  assert.deepEqual(kept(await auth.signedIn(() => new Response())(request)), ["private, no-store", "Cookie"]);
  assert.deepEqual(kept(await auth.signedIn(() => new Response(null, { headers: own }))(request)), ["max-age=5", "Accept, Cookie"]);
  const who = auth.anybody((_, { account }) => new Response(account?.accountid ?? "nobody"));
  for (const [asked, name] of [[request, ACCOUNTID], [new Request("http://app.test/"), "nobody"]] as const) {
    const answer = await who(asked);
    assert.equal(await answer.text(), name);
    assert.deepEqual(kept(answer), ["private, no-store", "Cookie"]);
  }
  const stranger = new Request("http://app.test/", { method: "POST" });
  const fields = { username: "ada-example", password: "a password of hers" };
  assert.deepEqual(kept(await auth.signIn(stranger, fields, new Response())), ["private, no-store", "Cookie"]);
  assert.deepEqual(kept(auth.forget(stranger, new Response())), ["private, no-store", "Cookie"]);
});
