// middleware.ts, as Next.js calls it since version 16.
import { auth } from "./lib/auth.js";

export const proxy = (request) => auth.middleware(request);
export const config = { matcher: "/guarded" };
