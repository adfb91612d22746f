// A page of each guard, as route handlers.
import { auth } from "../../lib/auth.js";

const who = (request, { account }) => Response.json(account ?? null);
const PAGES = {
  public: auth.anybody(who),
  members: auth.signedIn(who),
  manage: auth.administrator(who),
  proven: auth.verified(600)(who),
  unproven: auth.verified(0)(who),
};
const ACTIONS = {
  "sign-in": async (request) => auth.signIn(request, await request.json(), Response.json(null)),
  complete: async (request) => auth.completeSignIn(request, await request.json(), Response.json(null)),
  verify: async (request) => auth.verify(request, await request.json(), Response.json(null)),
  "sign-out": async (request) => auth.signOut(request, Response.json(null)),
};

export const GET = async (request, { params }) => answer(PAGES, request, await params);
export const POST = async (request, { params }) => answer(ACTIONS, request, await params);

async function answer(handlers, request, { name }) {
  try {
    return await (handlers[name] ?? (() => new Response(null, { status: 404 })))(request);
  } catch (error) {
    if (error.code === "second-factor-required") return Response.json({ challenge: error.challenge }, { status: 401 });
    return auth.errors(error, request);
  }
}
