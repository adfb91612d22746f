/** What server actions of Next.js have of a request: its headers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard } from "../../src/next.js";
import { ACCOUNTID, answering, json, SERVER, SESSION } from "./fake.js";

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
