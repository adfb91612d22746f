// What a strict application in TypeScript says. It is compiled, and not run.
import express from "express";
import { Hono } from "hono";
import { type Code, Dashboard, isDashboardError, type Schemas, SecondFactorRequired } from "dashboard-client";
import { dashboard as expressDashboard } from "dashboard-client/express";
import { dashboard as honoDashboard } from "dashboard-client/hono";
import { dashboard as nextDashboard } from "dashboard-client/next";

const server = "http://localhost:8000";
const client = new Dashboard({ server });

export async function change(session: Schemas["Session"]): Promise<Code | undefined> {
  const { user } = client.as(session);
  const sessions: Schemas["Session"][] = await user.sessions({ accountid: session.accountid, limit: 5 });
  for await (const { ended } of user.sessions({ accountid: session.accountid })) console.log(ended satisfies boolean);
  try {
    await user.setAccountPassword({ accountid: sessions[0]!.accountid, password: "old", newPassword: "new" });
    // @ts-expect-error: the field is called newPassword
    await user.setAccountPassword({ accountid: session.accountid, password: "old", "new-password": "new" });
    // @ts-expect-error: the accountid is missing
    await user.account({});
  } catch (error) {
    if (isDashboardError(error, "weak-password")) return error.code satisfies "weak-password";
    // @ts-expect-error: there is no such code
    if (isDashboardError(error, "week-password")) return undefined;
    if (error instanceof SecondFactorRequired) console.log(error.challenge satisfies string);
  }
  return undefined;
}

const auth = expressDashboard({ server, signInPath: "/in" });
const app = express();
app.use(auth);
app.get("/members", auth.signedIn, (request, response) => {
  response.send(request.account?.accountid satisfies string | undefined);
});
app.get("/count", auth.administrator, auth.verified(900), async (request, response) => {
  response.json((await request.dashboard.administrator.accountsCount()) satisfies number);
});
app.use(auth.errors);

const honoAuth = honoDashboard({ server });
export const hono = new Hono().use(honoAuth).onError(honoAuth.errors);
hono.get("/members", honoAuth.signedIn, (c) => c.text(c.get("account")?.accountid ?? ""));

const nextAuth = nextDashboard({ server });
export const GET = nextAuth.verified(60)((request: Request, { account }, _: { params: Promise<{ id: string }> }) => {
  return Response.json({ url: request.url, account: account.accountid });
});
