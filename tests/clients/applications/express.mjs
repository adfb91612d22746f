// A page of each guard, with Express.
import express from "express";
import { dashboard } from "dashboard-client/express";

const auth = dashboard({ server: process.env.DASHBOARD });
const app = express();
app.use(express.json(), auth);
const who = (request, response) => response.json(request.account ?? null);
app.get("/public", who);
app.get("/members", auth.signedIn, who);
app.get("/manage", auth.administrator, who);
app.get("/proven", auth.verified(600), who);
app.get("/unproven", auth.verified(0), who);
app.post("/sign-in", async (request, response) => response.json(await auth.signIn(request, response, request.body)));
app.post("/complete", async (request, response) => response.json(await auth.completeSignIn(request, response, request.body)));
app.post("/verify", async (request, response) => response.json(await auth.verify(request, response, request.body)));
app.post("/sign-out", async (request, response) => {
  await auth.signOut(request, response);
  response.json(null);
});
app.use((error, request, response, next) => {
  if (error.code === "second-factor-required") response.status(401).json({ challenge: error.challenge });
  else auth.errors(error, request, response, next);
});
app.listen(Number(process.env.PORT), "127.0.0.1");
