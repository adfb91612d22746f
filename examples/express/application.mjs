// A small application: register, sign in, a page for members, my sessions, forgot password, delete me.
import express from "express";
import { dashboard, localPath, SecondFactorRequired } from "dashboard-client/express";

const { DASHBOARD = "http://localhost:8000", CREDENTIAL = "", PORT = "3000" } = process.env;
const auth = dashboard({ server: DASHBOARD, credential: CREDENTIAL }); // with the scopes act-for-users, create-reset-codes
const input = (name) => `<input name="${name}" type="${/password/i.test(name) ? "password" : "text"}" placeholder="${name}">`;
const form = (action, names, more = "") =>
  `<form method="post" action="${action}">${names.map(input).join("")}${more}<button>${action.split("?")[0]}</button></form>`;
const next = (request) => localPath(request.query.next, "/members");
const signIn = (request) => `/sign-in?next=${encodeURIComponent(next(request))}`;

const app = express().use(express.urlencoded({ extended: false }), auth);

app.get("/", (_, response) => {
  response.send(`<a href="/members">Members</a>${form("/register", ["username", "password"])}${form("/forgot", ["username"])}`);
});
app.post("/register", async (request, response) => {
  await auth.service(request).user.createAccount(request.body); // keep its accountid with your own records
  await auth.signIn(request, response, request.body);
  response.redirect(303, "/members");
});
app.get("/sign-in", (request, response) => response.send(form(signIn(request), ["username", "password"])));
app.post("/sign-in", async (request, response) => {
  try {
    await (request.body?.challenge ? auth.completeSignIn : auth.signIn)(request, response, request.body);
    response.redirect(303, next(request));
  } catch (error) {
    if (!(error instanceof SecondFactorRequired)) throw error;
    response.send(form(signIn(request), ["code"], `<input name="challenge" type="hidden" value="${error.challenge}">`));
  }
});
app.get("/members", auth.signedIn, ({ account }, response) => {
  response.send(`${account.accountid} <a href="/sessions">Sessions</a>${form("/sign-out", [])}${form("/delete-me", ["password"])}`);
});
app.get("/sessions", auth.signedIn, async ({ account: { accountid }, dashboard }, response) => {
  const sessions = await dashboard.user.sessions({ accountid });
  response.json(sessions.map(({ createdAt, userAgent, ended }) => ({ createdAt, userAgent, ended })));
});
app.post("/sign-out", (request, response) => auth.signOut(request, response).then(() => response.redirect(303, "/")));
app.post("/forgot", (request, response) => {
  response.send(form("/reset", ["username", "secretCode", "newPassword"])); // the same for unknown usernames
  const username = request.body?.username;
  const send = ({ secretCode }) => console.log(`To ${username}: your code is ${secretCode}`); // send it instead
  auth.service(request).service.createResetCode({ username }).then(send, (error) => console.error(String(error)));
});
app.post("/reset", async (request, response) => {
  await auth.service(request).user.resetAccountPassword(request.body);
  response.redirect(303, "/sign-in");
});
app.post("/delete-me", auth.signedIn, async (request, response) => {
  await request.dashboard.user.setAccountDeleted({ ...request.body, accountid: request.account.accountid });
  auth.forget(request, response);
  response.redirect(303, "/");
});
app.use(auth.errors).listen(Number(PORT), "127.0.0.1");
