/** Middleware for Hono. */

import type { Context, ErrorHandler, MiddlewareHandler } from "hono";
import type { HTTPException } from "hono/http-exception";
import type { Dashboard } from "./dashboard.js";
import type { Schemas } from "./generated/routes.js";
import { keepPrivate } from "./middleware/caching.js";
import { type Cookie, serialized } from "./middleware/cookies.js";
import type { Incoming } from "./middleware/incoming.js";
import {
  type Account,
  type CompleteSignInFields,
  type Demand,
  demandOf,
  type Identity,
  Protection,
  type ProtectionOptions,
  type SignedIn,
  type SignInFields,
  type VerifyFields,
} from "./middleware/protection.js";
import { incomingOf, responseOf, type WebOptions } from "./middleware/web.js";

export { localPath } from "./middleware/incoming.js";
export type { Account, ProtectionOptions } from "./middleware/protection.js";
export * from "./index.js";

declare module "hono" {
  interface ContextVariableMap {
    /** The caller; undefined if nobody is signed in. */
    account: Account | undefined;
    /** A client that calls the API in the session of the request, if there is one. */
    dashboard: Dashboard;
  }
}

type Name = "account" | "dashboard";

/** What is known of a request, and what its answer is to have. */
interface Visit {
  identity: Promise<Identity> | undefined;
  readonly cookies: string[];
  /** Whether the response depends on the caller. */
  isPrivate: boolean;
}

/** The middleware, its guards, and what signs people in and out. */
export interface DashboardMiddleware extends MiddlewareHandler {
  /** A client for requests of the application itself, with its credential. */
  readonly client: Dashboard;
  /** A client of the application itself, on behalf of a caller, whose address counts, as it does in `signIn`. */
  service(c: Context): Dashboard;
  /** Lets signed-in callers through. Redirects others to the sign-in page, or answers 401. */
  readonly signedIn: MiddlewareHandler;
  /** Lets administrators through, and the owner. Answers others with 403. */
  readonly administrator: MiddlewareHandler;
  /** Lets callers through who have verified their password within so many seconds. */
  verified(seconds: number): MiddlewareHandler;
  /** Answers requests that ended in an error of Dashboard, and others as Hono does: `app.onError(auth.errors)`. */
  readonly errors: ErrorHandler;
  /** Sign in, and set the cookies. Throws SecondFactorRequired for an account that has one. */
  signIn(c: Context, fields: SignInFields): Promise<Schemas["Session"]>;
  /** Take the second step of a sign-in, and set the cookies. */
  completeSignIn(c: Context, fields: CompleteSignInFields): Promise<Schemas["Session"]>;
  /** Verify the password again, and set the cookies anew. */
  verify(c: Context, fields: VerifyFields): Promise<Schemas["Session"]>;
  /** End the session, and clear the cookies. */
  signOut(c: Context): Promise<void>;
  /** Clear the cookies of a session that has ended already. */
  forget(c: Context): void;
}

/** Return the middleware, which sets `c.get("account")` and `c.get("dashboard")`. */
export function dashboard(options: ProtectionOptions & WebOptions): DashboardMiddleware {
  const protection = new Protection(options);
  const visits = new WeakMap<Context, Visit>();
  const incoming = (c: Context): Incoming => incomingOf(c.req.raw, options);
  const visitOf = (c: Context): Visit => {
    const visit = visits.get(c) ?? { identity: undefined, cookies: [], isPrivate: false };
    visits.set(c, visit);
    return visit;
  };

  // One check a request, however many of these handlers it passes.
  const identify = async (c: Context): Promise<Identity> => {
    const visit = visitOf(c);
    if (visit.identity) return visit.identity;
    visit.identity = protection.identify(incoming(c));
    become(c, await visit.identity);
    return visit.identity;
  };
  // Also after the request has signed somebody in or out: the rest of it belongs to the account of the new cookies.
  const become = (c: Context, identity: Identity): void => {
    const visit = visitOf(c);
    visit.identity = Promise.resolve(identity);
    expose(c, (name) => {
      visit.isPrivate = true;
      return identity[name];
    });
  };
  const handler = (demand: Demand | undefined): MiddlewareHandler => async (c, next) => {
    const visit = visitOf(c);
    try {
      const identity = await identify(c);
      if (demand) {
        await protection.admit(identity, demand);
        visit.isPrivate = true;
      }
    } catch (error) {
      const answer = protection.answer(error, incoming(c));
      if (!answer) throw error;
      return responseOf(answer);
    }
    await next();
    complete(c, visit);
    return undefined;
  };
  const setCookies = (c: Context, cookies: readonly Cookie[]): void => {
    const lines = cookies.map(serialized);
    for (const line of lines) c.header("Set-Cookie", line, { append: true });
    const visit = visitOf(c);
    visit.cookies.push(...lines);
    visit.isPrivate = true;
  };
  const signingIn = <Fields>(sign: (incoming: Incoming, fields: Fields) => Promise<SignedIn>) => {
    return async (c: Context, fields: Fields): Promise<Schemas["Session"]> => {
      const { session, credentials, cookies } = await sign(incoming(c), fields);
      setCookies(c, cookies);
      become(c, await protection.identifyAgain(incoming(c), credentials));
      return session;
    };
  };

  return Object.assign(handler(undefined), {
    client: protection.service,
    service: (c: Context) => protection.serviceFor(incoming(c)),
    signedIn: handler({}),
    administrator: handler({ administrator: true }),
    verified: (seconds: number) => handler(demandOf({ verified: seconds })),
    errors: (error: unknown, c: Context): Response => {
      const answer = protection.answer(error, incoming(c));
      return answer ? responseOf(answer) : answerTo(error, c);
    },
    signIn: signingIn<SignInFields>((it, fields) => protection.signIn(it, fields)),
    completeSignIn: signingIn<CompleteSignInFields>((it, fields) => protection.completeSignIn(it, fields)),
    verify: signingIn<VerifyFields>((it, fields) => protection.verify(it, fields)),
    signOut: async (c: Context): Promise<void> => {
      setCookies(c, await protection.signOut(incoming(c)));
      become(c, protection.nobody(incoming(c)));
    },
    forget: (c: Context): void => {
      setCookies(c, protection.forget(incoming(c)));
      become(c, protection.nobody(incoming(c)));
    },
  });
}

/** Answer an error that is not Dashboard's as Hono itself does: onError cannot pass it on. */
function answerTo(error: unknown, c: Context): Response {
  if (error instanceof Error && "getResponse" in error) {
    const response = (error as HTTPException).getResponse();
    return c.newResponse(response.body, response);
  }
  console.error(error);
  return c.text("Internal Server Error", 500);
}

/** Let handlers read the account and the client, by `c.get` or `c.var`, and be told when they do. */
function expose(c: Context, read: (name: Name) => unknown): void {
  const { get, set } = c;
  const given = new Map<string, unknown>(); // by the application, in place of ours
  const isOurs = (name: string): name is Name => name === "account" || name === "dashboard";
  const find = (name: Name): unknown => (given.has(name) ? given.get(name) : read(name));
  const variables = (): object => {
    const property = (name: Name): PropertyDescriptor => ({ enumerable: true, get: () => find(name) });
    const others: object = Reflect.get(Object.getPrototypeOf(c), "var", c);
    return Object.defineProperties(others, { account: property("account"), dashboard: property("dashboard") });
  };
  Object.defineProperties(c, {
    get: { value: (name: string) => (isOurs(name) ? find(name) : get(name as never)) },
    set: {
      value: (name: string, value: unknown) => {
        if (isOurs(name)) given.set(name, value);
        else set(name as never, value as never);
      },
    },
    var: { configurable: true, get: variables },
  });
}

/** Give an answer what it lacks: Hono drops headers that were set before a handler has returned a Response of its own. */
function complete(c: Context, { isPrivate, cookies }: Visit): void {
  if (c.res.status === 101) return; // a WebSocket has been opened
  if (isPrivate) {
    keepPrivate({ get: (name) => c.res.headers.get(name), set: (name, value) => c.header(name, value) });
  }
  const given = c.res.headers.getSetCookie();
  for (const line of cookies.filter((it) => !given.includes(it))) c.header("Set-Cookie", line, { append: true });
}
