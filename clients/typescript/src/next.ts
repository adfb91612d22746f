/** Guards and sign-in for Next.js: of route handlers, server components, server actions, and middleware.ts. */

import type { Dashboard } from "./dashboard.js";
import { keepPrivate } from "./middleware/caching.js";
import type { Cookie } from "./middleware/cookies.js";
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
import { incomingOf, responseOf, withCookies } from "./middleware/web.js";

export { localPath } from "./middleware/incoming.js";
export type { Cookie } from "./middleware/cookies.js";
export type { Account, ProtectionOptions } from "./middleware/protection.js";
export * from "./index.js";

/** The caller, if signed in, and the client that calls the API in the session of the request. */
export interface Visitor {
  readonly account: Account | undefined;
  readonly dashboard: Dashboard;
}

/** A caller who is signed in. */
export interface Caller extends Visitor {
  readonly account: Account;
}

/** What `headers()` of Next.js returns. */
export interface ReadableHeaders {
  get(name: string): string | null;
}

/** What Next.js leaves to the application. */
export interface NextOptions {
  /** Return the address of the browser from the headers of a request; server actions have nothing else of it. */
  readonly clientAddress?: ((request: { readonly headers: ReadableHeaders }) => string | undefined) | undefined;
}

type Handler<R extends Request, Rest extends unknown[]> = (request: R, ...rest: Rest) => Promise<Response>;
type WrappedHandler<R extends Request, Who, Rest extends unknown[]> = (
  request: R,
  who: Who,
  ...rest: Rest
) => Response | Promise<Response>;
type Wrapper<Who> = <R extends Request, Rest extends unknown[]>(
  handler: WrappedHandler<R, Who, Rest>,
) => Handler<R, Rest>;
type Guard = Wrapper<Caller>;

/** The protection of an application. Each function checks the session with Dashboard. */
export interface DashboardProtection {
  /** A client for requests of the application itself, with its credential. */
  readonly client: Dashboard;
  /** A client of the application itself, on behalf of a caller, whose address counts, as it does in `signIn`. */
  service(request: Request): Dashboard;
  /** Wraps a route handler: calls it for everybody, with the caller's account, if any. */
  readonly anybody: Wrapper<Visitor>;
  /** Wraps a route handler: calls it for signed-in callers. Redirects others to the sign-in page, or answers 401. */
  readonly signedIn: Guard;
  /** Wraps a route handler for administrators, and the owner. Answers others with 403. */
  readonly administrator: Guard;
  /** Wraps a route handler for callers who have verified their password within so many seconds. */
  verified(seconds: number): Guard;
  /** For middleware.ts (proxy.ts since Next.js 16): the answer to a request that may not go on, or undefined. */
  middleware(request: Request, demand?: Demand): Promise<Response | undefined>;
  /** For server components and actions: the caller, by the headers; `await auth.account(await headers())`. */
  account(headers: ReadableHeaders): Promise<Account | undefined>;
  /** For server components and actions: a client that acts in the session of a request with these headers. */
  dashboard(headers: ReadableHeaders): Promise<Dashboard>;
  /** Return the answer to a request that ended in an error of Dashboard. Throws any other error. */
  errors(error: unknown, request: Request): Response;
  /** Sign in, and return the answer with the cookies. Throws SecondFactorRequired for an account that has one. */
  signIn(request: Request, fields: SignInFields, response: Response): Promise<Response>;
  /** Take the second step of a sign-in, and return the answer with the cookies. */
  completeSignIn(request: Request, fields: CompleteSignInFields, response: Response): Promise<Response>;
  /** Verify the password again, and return the answer with new cookies. */
  verify(request: Request, fields: VerifyFields, response: Response): Promise<Response>;
  /** End the session, and return the answer without its cookies. */
  signOut(request: Request, response: Response): Promise<Response>;
  /** Return the answer without the cookies of a session that has ended already. */
  forget(request: Request, response: Response): Response;
  /** The same for server actions, which set cookies themselves: `(await cookies()).set(name, value, options)`. */
  readonly actions: {
    signIn(headers: ReadableHeaders, fields: SignInFields): Promise<readonly Cookie[]>;
    completeSignIn(headers: ReadableHeaders, fields: CompleteSignInFields): Promise<readonly Cookie[]>;
    verify(headers: ReadableHeaders, fields: VerifyFields): Promise<readonly Cookie[]>;
    signOut(headers: ReadableHeaders): Promise<readonly Cookie[]>;
  };
}

/** Return the protection of an application: one object, in a module that its routes and pages import. */
export function dashboard(options: ProtectionOptions & NextOptions): DashboardProtection {
  const protection = new Protection(options);
  const incoming = (request: Request): Incoming => incomingOf(request, options);
  const errors = (error: unknown, request: Request): Response => {
    const answer = protection.answer(error, incoming(request));
    if (!answer) throw error;
    return responseOf(answer);
  };
  const wrapper = <Who>(admit: (identity: Identity) => Promise<Who>): Wrapper<Who> => (handler) => async (request, ...rest) => {
    try {
      const who = await admit(await protection.identify(incoming(request)));
      return kept(await handler(request, who, ...rest), []);
    } catch (error) {
      return errors(error, request);
    }
  };
  const guard = (demand: Demand): Guard => {
    return wrapper(async (identity) => ({
      account: await protection.admit(identity, demand),
      dashboard: identity.dashboard,
    }));
  };
  const answering = <Fields>(sign: (incoming: Incoming, fields: Fields) => Promise<SignedIn>) => {
    return async (request: Request, fields: Fields, response: Response): Promise<Response> => {
      return kept(response, (await sign(incoming(request), fields)).cookies);
    };
  };
  const acting = <Fields>(sign: (incoming: Incoming, fields: Fields) => Promise<SignedIn>) => {
    return async (headers: ReadableHeaders, fields: Fields): Promise<readonly Cookie[]> => {
      return (await sign(readOnly(headers, options), fields)).cookies;
    };
  };
  const signIn = protection.signIn.bind(protection);
  const completeSignIn = protection.completeSignIn.bind(protection);
  const verify = protection.verify.bind(protection);

  return {
    client: protection.service,
    service: (request) => protection.serviceFor(incoming(request)),
    anybody: wrapper(async ({ account, dashboard }) => ({ account, dashboard })),
    signedIn: guard({}),
    administrator: guard({ administrator: true }),
    verified: (seconds) => guard(demandOf({ verified: seconds })),
    middleware: async (request, demand = {}) => {
      try {
        await protection.admit(await protection.identify(incoming(request)), demandOf(demand));
        return undefined;
      } catch (error) {
        return absolute(errors(error, request), request);
      }
    },
    account: async (headers) => (await protection.identify(readOnly(headers, options))).account,
    dashboard: async (headers) => (await protection.identify(readOnly(headers, options))).dashboard,
    errors,
    signIn: answering(signIn),
    completeSignIn: answering(completeSignIn),
    verify: answering(verify),
    signOut: async (request, response) => kept(response, await protection.signOut(incoming(request))),
    forget: (request, response) => kept(response, protection.forget(incoming(request))),
    actions: {
      signIn: acting(signIn),
      completeSignIn: acting(completeSignIn),
      verify: acting(verify),
      signOut: (headers) => protection.signOut(readOnly(headers, options)),
    },
  };
}

/** Return an answer with these cookies that is for one person alone. */
function kept(response: Response, cookies: readonly Cookie[]): Response {
  const copy = withCookies(response, cookies);
  keepPrivate(copy.headers);
  return copy;
}

/** Return a redirection with its whole address, which Next.js wants in middleware.ts. It shortens it again. */
function absolute(response: Response, request: Request): Response {
  const location = response.headers.get("location");
  if (location !== null) response.headers.set("Location", new URL(location, request.url).href);
  return response;
}

/** A request of which only the headers are known. Next.js itself refuses actions of other origins. */
function readOnly(headers: ReadableHeaders, { clientAddress }: NextOptions): Incoming {
  return {
    method: "GET",
    path: "/",
    host: headers.get("host") ?? undefined,
    secure: headers.get("x-forwarded-proto") === "https",
    address: clientAddress?.({ headers }),
    header: (name) => headers.get(name) ?? undefined,
  };
}
