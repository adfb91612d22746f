/** Middleware for Express, and for any other framework on top of Node's http module. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dashboard } from "./dashboard.js";
import type { Schemas } from "./generated/routes.js";
import { keepPrivate, PRIVATE } from "./middleware/caching.js";
import { serialized, type Cookie } from "./middleware/cookies.js";
import type { Answer, Incoming } from "./middleware/incoming.js";
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

export { localPath } from "./middleware/incoming.js";
export type { Account, ProtectionOptions } from "./middleware/protection.js";
export * from "./index.js";

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express's types are extended in this way
  namespace Express {
    interface Request {
      /** The caller; undefined if nobody is signed in. */
      account?: Account | undefined;
      /** A client that calls the API in the session of the request, if there is one. */
      dashboard: Dashboard;
    }
  }
}

interface Request extends IncomingMessage {
  account?: Account | undefined;
  dashboard?: Dashboard;
  originalUrl?: string;
  ip?: string | undefined;
  secure?: boolean;
}

type Next = (error?: unknown) => void;
export type Handler = (request: Request, response: ServerResponse, next: Next) => void;
export type ErrorHandler = (error: unknown, request: Request, response: ServerResponse, next: Next) => void;

/** The middleware, its guards, and what signs people in and out. */
export interface DashboardMiddleware extends Handler {
  /** A client for requests of the application itself, with its credential. */
  readonly client: Dashboard;
  /** A client of the application itself, on behalf of a caller, whose address counts, as it does in `signIn`. */
  service(request: Request): Dashboard;
  /** Lets signed-in callers through. Redirects others to the sign-in page, or answers 401. */
  readonly signedIn: Handler;
  /** Lets administrators through, and the owner. Answers others with 403. */
  readonly administrator: Handler;
  /** Lets callers through who have verified their password within so many seconds. */
  verified(seconds: number): Handler;
  /** Answers requests that ended in an error of Dashboard. It stands after all routes. */
  readonly errors: ErrorHandler;
  /** Sign in, and set the cookies. Throws SecondFactorRequired for an account that has one. */
  signIn(request: Request, response: ServerResponse, fields: SignInFields): Promise<Schemas["Session"]>;
  /** Take the second step of a sign-in, and set the cookies. */
  completeSignIn(request: Request, response: ServerResponse, fields: CompleteSignInFields): Promise<Schemas["Session"]>;
  /** Verify the password again, and set the cookies anew. */
  verify(request: Request, response: ServerResponse, fields: VerifyFields): Promise<Schemas["Session"]>;
  /** End the session, and clear the cookies. */
  signOut(request: Request, response: ServerResponse): Promise<void>;
  /** Clear the cookies of a session that has ended already. */
  forget(request: Request, response: ServerResponse): void;
}

/** Return the middleware, which sets `request.account` and `request.dashboard`. */
export function dashboard(options: ProtectionOptions): DashboardMiddleware {
  const protection = new Protection(options);
  const identities = new WeakMap<Request, Promise<Identity>>();

  // One check a request, however many of these handlers it passes.
  const identify = (request: Request): Promise<Identity> => {
    const identity = identities.get(request) ?? protection.identify(incomingOf(request));
    identities.set(request, identity);
    return identity;
  };
  const handler = (demand: Demand | undefined): Handler => {
    const handle = async (request: Request, response: ServerResponse): Promise<boolean> => {
      try {
        const identity = await identify(request);
        expose(request, response, identity);
        if (demand) {
          await protection.admit(identity, demand);
          response.setHeader("Cache-Control", PRIVATE);
          markPrivate(response);
        }
        return true;
      } catch (error) {
        const answer = protection.answer(error, incomingOf(request));
        if (!answer) throw error;
        send(response, answer);
        return false;
      }
    };
    return (request, response, next) => {
      handle(request, response).then((goesOn) => goesOn && next(), next);
    };
  };
  // The rest of the same request belongs to the account of the new cookies.
  const become = (request: Request, response: ServerResponse, identity: Identity): void => {
    identities.set(request, Promise.resolve(identity));
    expose(request, response, identity);
  };
  const signingIn = <Fields>(sign: (incoming: Incoming, fields: Fields) => Promise<SignedIn>) => {
    return async (request: Request, response: ServerResponse, fields: Fields): Promise<Schemas["Session"]> => {
      const incoming = incomingOf(request);
      const { session, credentials, cookies } = await sign(incoming, fields);
      setCookies(response, cookies);
      become(request, response, await protection.identifyAgain(incoming, credentials));
      return session;
    };
  };

  return Object.assign(handler(undefined), {
    client: protection.service,
    service: (request: Request) => protection.serviceFor(incomingOf(request)),
    signedIn: handler({}),
    administrator: handler({ administrator: true }),
    verified: (seconds: number) => handler(demandOf({ verified: seconds })),
    errors: (error: unknown, request: Request, response: ServerResponse, next: Next): void => {
      const answer = response.headersSent ? undefined : protection.answer(error, incomingOf(request));
      if (answer) send(response, answer);
      else next(error);
    },
    signIn: signingIn<SignInFields>((incoming, fields) => protection.signIn(incoming, fields)),
    completeSignIn: signingIn<CompleteSignInFields>((incoming, fields) => protection.completeSignIn(incoming, fields)),
    verify: signingIn<VerifyFields>((incoming, fields) => protection.verify(incoming, fields)),
    signOut: async (request: Request, response: ServerResponse): Promise<void> => {
      const incoming = incomingOf(request);
      setCookies(response, await protection.signOut(incoming));
      become(request, response, protection.nobody(incoming));
    },
    forget: (request: Request, response: ServerResponse): void => {
      const incoming = incomingOf(request);
      setCookies(response, protection.forget(incoming));
      become(request, response, protection.nobody(incoming));
    },
  });
}

function incomingOf(request: Request): Incoming {
  const { headers, socket } = request;
  return {
    method: request.method ?? "GET",
    path: request.originalUrl ?? request.url ?? "/",
    host: headers.host,
    secure: request.secure ?? "encrypted" in socket,
    address: request.ip ?? socket.remoteAddress,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
  };
}

/** Give a request its account and its client. A page that reads one of them is private. */
function expose(request: Request, response: ServerResponse, identity: Identity): void {
  const property = <K extends "account" | "dashboard">(name: K): PropertyDescriptor => ({
    configurable: true,
    enumerable: true,
    get: (): Identity[K] => {
      markPrivate(response);
      return identity[name];
    },
    set: (value: unknown): void => {
      Object.defineProperty(request, name, { configurable: true, enumerable: true, writable: true, value });
    },
  });
  Object.defineProperties(request, { account: property("account"), dashboard: property("dashboard") });
}

function markPrivate(response: ServerResponse): void {
  if (response.headersSent) return;
  keepPrivate({
    get: (name) => response.getHeader(name)?.toString(),
    set: (name, value) => response.setHeader(name, value),
  });
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  for (const name of ["Content-Encoding", "Content-Length", "Content-Range"]) response.removeHeader(name); // a handler's
  response.writeHead(status, { ...headers }).end(body);
}

function setCookies(response: ServerResponse, cookies: readonly Cookie[]): void {
  for (const cookie of cookies) response.appendHeader("Set-Cookie", serialized(cookie));
  markPrivate(response);
}
