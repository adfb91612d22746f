// Runs every flow of the API guide against a server: node docs/examples/guide.mjs http://localhost:8000
//
// Needs Node 20 or later and nothing else. On an empty server it creates the owner, administrator with the password
// change-this. On a server whose administrator is somebody else, set ADMINISTRATOR_USERNAME and ADMINISTRATOR_PASSWORD.
// Each run registers another Alice.
//
// To include the part of the application server, set APPLICATION_SERVER and APPLICATION_SERVER_TOKEN to the same values
// as for the server.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

// Shared code

const api = `${process.argv[2] ?? "http://localhost:8000"}/api`;

// An error response: its HTTP status, its code, and a sentence for people.
class RefusedError extends Error {
  constructor(status, code, detail = "") {
    super(`${status} ${code}`);
    Object.assign(this, { status, code, detail });
  }
}

// Calls a route and returns its JSON. Throws RefusedError for an error response.
async function call(method, address, fields, headers) {
  const body = fields && new URLSearchParams(fields);
  const response = await fetch(`${api}/${address}`, { method, body, headers });
  const answer = await response.json();
  if (!response.ok) throw new RefusedError(response.status, answer.message, answer.detail);
  return answer;
}

const bearer = ({ sessionid, token }) => ({ Authorization: `Bearer ${sessionid}.${token}` });

// An administrator, who creates a reset code later

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

// Says what to do, instead of printing a stack, when the server cannot be reached or refuses a request.
process.on("uncaughtException", (fault) => {
  if (fault instanceof RefusedError) stop(`Stopped: ${fault.message}: ${fault.detail}`);
  if (fault instanceof TypeError && fault.message === "fetch failed" || fault instanceof SyntaxError) {
    stop(`No Dashboard responds at ${api}. Start one with make run, or name its address.`);
  }
  stop(fault.stack);
});

const credentials = {
  username: process.env.ADMINISTRATOR_USERNAME ?? "administrator",
  password: process.env.ADMINISTRATOR_PASSWORD ?? "change-this",
};
try {
  const created = await call("POST", "user/create-account", credentials);
  if (!created.owner) { // there were accounts already: leave none behind that nobody wants
    const ofNobody = bearer(await call("POST", "user/create-session", credentials));
    await call("PATCH", `user/set-account-deleted?accountid=${created.accountid}`, credentials, ofNobody);
  }
} catch (refusal) {
  if (!["duplicate-username", "registration-disabled"].includes(refusal.code)) throw refusal;
}
let ofAdministrator;
try {
  ofAdministrator = bearer(await call("POST", "user/create-session", credentials));
  await call("GET", "administrator/accounts-count", null, ofAdministrator);
} catch (refusal) {
  stop(
    `${credentials.username} with this password is not an administrator of this server (${refusal.message}).` +
      " Set ADMINISTRATOR_USERNAME and ADMINISTRATOR_PASSWORD to those of one.",
  );
}

// Register

const username = `alice-${randomBytes(4).toString("hex")}`;
const { accountid } = await call("POST", "user/create-account", { username, password: "first password" });
console.log("registered:", accountid);

try {
  await call("POST", "user/create-account", { username, password: "another password" });
} catch (refusal) {
  console.log("registered again:", refusal.message);
}

// Sign in

let session = await call("POST", "user/create-session", {
  username,
  password: "first password",
  remember: "hours",
});
console.log("signed in:", session.sessionid, "for", session.duration, "seconds");

let account = await call("GET", `user/account?accountid=${accountid}`, null, bearer(session));
console.log("last signed in at", account.lastSignedInAt);

// Check a session on each request

// Returns the session that a browser's cookies authenticate, or null.
async function sessionOf({ sessionid, token }) {
  if (!sessionid || !token) return null;
  try {
    return await call("GET", `user/session?sessionid=${encodeURIComponent(sessionid)}`, null, bearer({ sessionid, token }));
  } catch (refusal) {
    if (refusal.status === 401) return null;
    throw refusal;
  }
}

// Express middleware: app.use(signedIn)
async function signedIn(request, response, next) {
  try {
    const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
    request.session = await sessionOf(Object.fromEntries(pairs));
  } catch (fault) {
    return next(fault);
  }
  if (request.session) return next();
  response.writeHead(302, { Location: "/sign-in" }).end();
}

// The protected application: it greets the signed-in account.
const application = createServer((request, response) =>
  signedIn(request, response, (fault) =>
    fault ? response.writeHead(500).end() : response.end(`Hello, ${request.session.accountid}`),
  ),
);
await new Promise((resolve) => application.listen(0, "localhost", resolve));
const page = `http://localhost:${application.address().port}/`;

const stranger = await fetch(page, { redirect: "manual" });
console.log("the application, to a stranger:", stranger.status);
const signIn = await fetch(`${api}/user/create-session`, {
  method: "POST",
  body: new URLSearchParams({ username, password: "first password" }),
});
const cookie = signIn.headers.getSetCookie().map((line) => line.split(";")[0]).join("; "); // as a browser keeps them
console.log("the application, to Alice:", await (await fetch(page, { headers: { cookie } })).text());

// Sign out

const ended = await call("PATCH", `user/set-session-ended?sessionid=${session.sessionid}`, null, bearer(session));
console.log("signed out at", ended.endedAt);

try {
  await call("GET", `user/account?accountid=${accountid}`, null, bearer(session));
} catch (refusal) {
  console.log("after that:", refusal.message);
}

// Sign out everywhere else

session = await call("POST", "user/create-session", { username, password: "first password" });
const count = await call("PATCH", `user/end-other-sessions?accountid=${accountid}`, null, bearer(session));
console.log("ended elsewhere:", count);
console.log("the application, to the browser:", (await fetch(page, { headers: { cookie }, redirect: "manual" })).status);

// Change the password

const change = { "new-password": "second password", password: "first password" };
account = await call("PATCH", `user/set-account-password?accountid=${accountid}`, change, bearer(session));
console.log("password changed at", account.passwordLastChangedAt);

// Reset a lost password

const secretCode = randomBytes(8).toString("hex");
const code = await call(
  "POST",
  `administrator/create-reset-code?accountid=${accountid}`,
  { "secret-code": secretCode },
  ofAdministrator,
);
console.log("reset code made:", code.codeid);

const reset = { username, "new-password": "third password", "secret-code": secretCode };
console.log("password reset:", await call("PATCH", "user/reset-account-password", reset));

try {
  await call("PATCH", "user/reset-account-password", reset);
} catch (refusal) {
  console.log("reset again:", refusal.message);
}

// Schedule an account's deletion, and restore it

const alice = { username, password: "third password" };
session = await call("POST", "user/create-session", alice);
const proof = { password: "third password" };
account = await call("PATCH", `user/set-account-deleted?accountid=${accountid}`, proof, bearer(session));
console.log("will be deleted at", account.deletedAt);

try {
  await call("POST", "user/create-session", alice);
} catch (refusal) {
  console.log("signing in meanwhile:", refusal.message);
}

account = await call("PATCH", "user/reset-account-deleted", alice);
console.log("restored, deletedAt is gone:", !("deletedAt" in account));
session = await call("POST", "user/create-session", alice);

// Walk a list

// Yields every row of a list, page by page.
async function* rows(address, headers) {
  let url = `${api}/${address}`;
  while (url) {
    const response = await fetch(url, { headers });
    const answer = await response.json();
    if (!response.ok) throw new RefusedError(response.status, answer.message);
    yield* answer;
    const next = response.headers.get("link")?.match(/<([^>]*)>; rel="next"/);
    url = next && new URL(next[1], url);
  }
}

const sessions = [];
for await (const row of rows(`administrator/sessions?accountid=${accountid}&limit=2`, ofAdministrator)) {
  sessions.push(row.ended);
}
console.log("sessions:", sessions);
const counted = await call("GET", `administrator/sessions-count?accountid=${accountid}`, null, ofAdministrator);
console.log("sessions counted:", counted);

// Call on behalf of a user, as the application server

const onBehalfOf = ({ accountid, sessionid }) => ({
  "x-application-server": process.env.APPLICATION_SERVER,
  "x-application-server-token": process.env.APPLICATION_SERVER_TOKEN,
  "x-accountid": accountid,
  "x-sessionid": sessionid,
});

if (process.env.APPLICATION_SERVER_TOKEN) {
  account = await call("GET", `user/account?accountid=${accountid}`, null, onBehalfOf(session));
  console.log("on behalf of", account.accountid);
}

application.close();
