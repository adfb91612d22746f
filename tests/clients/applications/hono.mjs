// A page of each guard, with Hono. Bun and Deno serve what it exports; node.mjs serves it with Node.
import { Hono } from "hono";
import { dashboard } from "dashboard-client/hono";

const auth = dashboard({ server: process.env.DASHBOARD });
const app = new Hono();
app.use(auth);
const who = (c) => c.json(c.get("account") ?? null);
app.get("/public", who);
app.get("/members", auth.signedIn, who);
app.get("/manage", auth.administrator, who);
app.get("/proven", auth.verified(600), who);
app.get("/unproven", auth.verified(0), who);
app.post("/sign-in", async (c) => c.json(await auth.signIn(c, await c.req.json())));
app.post("/complete", async (c) => c.json(await auth.completeSignIn(c, await c.req.json())));
app.post("/verify", async (c) => c.json(await auth.verify(c, await c.req.json())));
app.post("/sign-out", async (c) => {
  await auth.signOut(c);
  return c.json(null);
});
app.onError((error, c) => {
  return error.code === "second-factor-required" ? c.json({ challenge: error.challenge }, 401) : auth.errors(error, c);
});

export default { fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT) };
