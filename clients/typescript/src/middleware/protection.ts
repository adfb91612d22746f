/** The protection of an application, which each framework's middleware applies. */

import type { DashboardOptions } from "../call.js";
import type { ApplicationServerCredentials, Credentials } from "../credentials.js";
import { Dashboard } from "../dashboard.js";
import { DashboardError, DashboardUnavailable, isDashboardError, SIGN_IN_REQUIRED, SignInRequired } from "../errors.js";
import type { Schemas } from "../generated/routes.js";
import type { Input } from "../names.js";
import { answerTo, type Paths } from "./answers.js";
import * as cookies from "./cookies.js";
import { type Answer, type Incoming, isCrossOrigin } from "./incoming.js";

/** How an application is protected. */
export interface ProtectionOptions extends Omit<DashboardOptions, "credentials" | "headers"> {
  /** The page on which people sign in. */
  readonly signInPath?: string | undefined;
  /** The page on which people verify their password again. Without it, they are refused with 403. */
  readonly verifyPath?: string | undefined;
  /** Names of the cookies. By default Dashboard's own, so that both know the same session on one host. */
  readonly cookieNames?: Partial<cookies.CookieNames> | undefined;
  /** Whether cookies are Secure. By default, they are if the request came by https. */
  readonly secure?: boolean | undefined;
  /** Origins whose pages may make unsafe requests: the application's own where a proxy replaces the host. */
  readonly origins?: readonly string[] | undefined;
  /**
   * A service credential, `dsk_…`, with the scope `act-for-users`. With it, Dashboard records the address of each browser,
   * and counts its limits for each. `client` makes its requests with it, too, and can do what its other scopes allow.
   */
  readonly credential?: string | undefined;
  /** The application server that Dashboard knows by APPLICATION_SERVER_TOKEN, in place of a credential. */
  readonly applicationServer?: ApplicationServerCredentials | undefined;
}

/** A caller. */
export interface Account {
  readonly accountid: string;
  readonly sessionid: string;
  readonly administrator: boolean;
  readonly owner: boolean;
}

/** What a guard demands besides a valid session. */
export interface Demand {
  readonly administrator?: boolean;
  /** Seconds within which the password was verified. */
  readonly verified?: number;
}

/** Return a demand. Throws TypeError if its seconds are not a number, since no proof would then be required. */
export function demandOf(demand: Demand): Demand {
  if ("verified" in demand && !(Number.isFinite(demand.verified) && demand.verified >= 0)) {
    throw new TypeError("The seconds within which the password was verified have to be a number.");
  }
  return demand;
}

/** A caller, and the client that acts for them. `refusal` says why a caller with a session is refused. */
export interface Identity {
  readonly account: Account | undefined;
  readonly dashboard: Dashboard;
  readonly refusal: DashboardError | undefined;
}

/** A session without its token, what proves it from now on, and the cookies to set. */
export interface SignedIn {
  readonly session: Schemas["Session"];
  readonly credentials: cookies.Credentials;
  readonly cookies: cookies.Cookie[];
}

export type SignInFields = Input<object, Schemas["UserCreateSessionBody"]>;
export type CompleteSignInFields = Input<object, Schemas["UserCompleteSessionBody"]>;
export type VerifyFields = Input<object, Schemas["UserSetSessionVerifiedBody"]>;

const LONGEST_WAIT = 1_000; // people are waiting
const ACCOUNTID = /^acct_[0-9a-f]{16}$/;

export class Protection {
  /** The client of the application itself. */
  readonly service: Dashboard;
  readonly #dashboard: Dashboard;
  readonly #credentials: Credentials | undefined;
  readonly #options: ProtectionOptions;
  readonly #paths: Paths;

  constructor(options: ProtectionOptions) {
    if (typeof options.origins === "string") throw new TypeError("origins has to be an array, also with one origin.");
    this.#dashboard = new Dashboard({ longestWait: LONGEST_WAIT, ...clientOptions(options) });
    this.#credentials = options.credential ? { bearer: options.credential } : options.applicationServer;
    this.service = this.#dashboard.as(this.#credentials);
    this.#options = options;
    this.#paths = { signIn: options.signInPath ?? "/sign-in", verify: options.verifyPath };
  }

  /** Identify the caller. Throws DashboardUnavailable if Dashboard cannot tell. */
  async identify(incoming: Incoming): Promise<Identity> {
    this.#refuseOtherOrigins(incoming);
    const credentials = this.#sessionOf(incoming);
    return credentials ? this.#check(incoming, credentials) : this.nobody(incoming);
  }

  /**
   * Find out who makes the rest of a request that has signed in. If Dashboard cannot tell, `account` throws that: the
   * cookies are to be set all the same.
   */
  async identifyAgain(incoming: Incoming, credentials: cookies.Credentials): Promise<Identity> {
    try {
      return await this.#check(incoming, credentials);
    } catch (error) {
      if (!isDashboardError(error)) throw error;
      const account = (): never => {
        throw error;
      };
      const dashboard = this.#dashboard.as(credentials, this.#forwarded(incoming));
      return Object.defineProperty({ account: undefined, dashboard, refusal: error }, "account", { get: account });
    }
  }

  /** Return the identity of a request without a session. */
  nobody(incoming: Incoming): Identity {
    const dashboard = this.#dashboard.as(undefined, this.#forwarded(incoming)); // the application's authority is not theirs
    return { account: undefined, dashboard, refusal: undefined };
  }

  async #check(incoming: Incoming, credentials: cookies.Credentials): Promise<Identity> {
    const dashboard = this.#dashboard.as(credentials, this.#forwarded(incoming));
    try {
      return { account: accountOf(await dashboard.check(), credentials), dashboard, refusal: undefined };
    } catch (error) {
      if (error instanceof SignInRequired) return this.nobody(incoming);
      if (isDashboardError(error) && error.status === 403) return { account: undefined, dashboard, refusal: error };
      throw isDashboardError(error, "service-unavailable") ? error : unclear(error);
    }
  }

  /** Return the account of a request that meets a demand. Throws the error of what it lacks. */
  async admit({ account, dashboard, refusal }: Identity, { administrator, verified }: Demand): Promise<Account> {
    if (refusal) throw refusal;
    if (!account) throw new SignInRequired();
    if (administrator && !account.administrator) {
      throw new DashboardError(403, "administrator-required", "The account is not an administrator.");
    }
    if (verified !== undefined) accountOf(await dashboard.check({ verified }), account);
    return account;
  }

  /** Return the answer to a request that ended in this error, or undefined if it is for the application to handle. */
  answer(error: unknown, incoming: Incoming): Answer | undefined {
    return answerTo(error, incoming, this.#paths);
  }

  /** Sign in. Throws SecondFactorRequired, with the challenge for `completeSignIn`, for an account that has one. */
  async signIn(incoming: Incoming, fields: SignInFields): Promise<SignedIn> {
    return this.#signIn(incoming, (dashboard, options) => dashboard.user.createSession(fields, options));
  }

  /** Take the second step of a sign-in, with a code or a passkey's credential. */
  async completeSignIn(incoming: Incoming, fields: CompleteSignInFields): Promise<SignedIn> {
    return this.#signIn(incoming, (dashboard, options) => dashboard.user.completeSession(fields, options));
  }

  /** Verify the password again. Dashboard may give the session a new token. */
  async verify(incoming: Incoming, fields: VerifyFields): Promise<SignedIn> {
    this.#refuseOtherOrigins(incoming);
    const credentials = this.#sessionOf(incoming);
    if (!credentials) throw new SignInRequired();
    const dashboard = this.#dashboard.as(credentials, this.#forwarded(incoming));
    const parameters = { ...fields, sessionid: credentials.sessionid }; // the fields may be all that a form has
    return this.#signedIn(incoming, await dashboard.user.setSessionVerified(parameters), undefined, credentials);
  }

  /** End the session, and return what deletes its cookies. Throws DashboardUnavailable if it could not be ended. */
  async signOut(incoming: Incoming): Promise<cookies.Cookie[]> {
    this.#refuseOtherOrigins(incoming);
    const credentials = this.#sessionOf(incoming);
    if (credentials) {
      await this.#end(incoming, credentials).catch((error: unknown) => {
        if (!isDashboardError(error, SIGN_IN_REQUIRED, "invalid-session")) throw error; // ended already is ended
      });
    }
    return this.forget(incoming);
  }

  /** Return what deletes the cookies of a session that has ended already. */
  forget(incoming: Incoming): cookies.Cookie[] {
    return cookies.expiredCookies(this.#names(incoming), this.#isSecure(incoming));
  }

  async #end(incoming: Incoming, credentials: cookies.Credentials): Promise<void> {
    const { sessionid } = credentials;
    const dashboard = this.#dashboard.as(credentials, this.#forwarded(incoming));
    const ended: Partial<Schemas["Session"]> | null = await dashboard.user.setSessionEnded({ sessionid });
    if (ended?.sessionid !== sessionid) throw unclear(undefined);
  }

  async #signIn(
    incoming: Incoming,
    create: (
      dashboard: Dashboard,
      options: { headers: Record<string, string>; received: (headers: Headers) => void },
    ) => Promise<Schemas["Session"]>,
  ): Promise<SignedIn> {
    this.#refuseOtherOrigins(incoming);
    let received: Headers | undefined;
    const session = await create(this.serviceFor(incoming), {
      headers: cookies.browserHeader(incoming, this.#names(incoming)),
      received: (headers) => (received = headers),
    });
    const signedIn = this.#signedIn(incoming, session, received, undefined); // before anything changes
    const replaced = this.#sessionOf(incoming);
    if (replaced) await this.#end(incoming, replaced).catch(() => undefined); // it may have ended, and is out of use
    return signedIn;
  }

  /**
   * `former` is what proves a session that may not get a new token. Throws DashboardUnavailable for an answer that is no
   * session, or another one.
   */
  #signedIn(
    incoming: Incoming,
    answer: Schemas["Session"] | null,
    received: Headers | undefined,
    former: cookies.Credentials | undefined,
  ): SignedIn {
    const { token, ...session } = answer ?? ({} as Schemas["Session"]);
    const credentials = cookies.provenBy(session.sessionid, token ?? former?.token);
    const isOther = former !== undefined && former.sessionid !== session.sessionid;
    if (!answer || !credentials || isOther || Number.isNaN(Date.parse(session.expiresAt))) throw unclear(undefined);
    const set = cookies.sessionCookies(answer, received, this.#names(incoming), this.#isSecure(incoming));
    return { session, credentials, cookies: set };
  }

  /** Return the client of the application itself, on behalf of a caller: it names their address. */
  serviceFor(incoming: Incoming): Dashboard {
    const address = this.#credentials && incoming.address ? { "X-Client-Address": incoming.address } : {};
    return this.#dashboard.as(this.#credentials, { ...this.#forwarded(incoming), ...address });
  }

  /** What Dashboard records of the browser. */
  #forwarded(incoming: Incoming): Record<string, string> {
    const userAgent = incoming.header("user-agent");
    return userAgent === undefined ? {} : { "User-Agent": userAgent };
  }

  #refuseOtherOrigins(incoming: Incoming): void {
    if (isCrossOrigin(incoming, this.#options.origins ?? [])) {
      throw new DashboardError(403, "invalid-origin", "Another site may not make this request.");
    }
  }

  #sessionOf(incoming: Incoming): cookies.Credentials | undefined {
    return cookies.credentialsOf(incoming, this.#names(incoming));
  }

  #names(incoming: Incoming): cookies.CookieNames {
    return cookies.namesOf(this.#options.cookieNames ?? {}, this.#isSecure(incoming));
  }

  #isSecure(incoming: Incoming): boolean {
    const isForwarded = incoming.header("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
    return this.#options.secure ?? (incoming.secure || isForwarded);
  }
}

function clientOptions({ server, timeout, longestWait, fetch }: ProtectionOptions): DashboardOptions {
  return { server, timeout, fetch, ...(longestWait === undefined ? {} : { longestWait }) };
}

/** Return the account that a check names. Throws DashboardUnavailable unless it is a check of this session. */
function accountOf(checked: Headers, { sessionid }: { readonly sessionid: string }): Account {
  const accountid = checked.get("x-account-id") ?? "";
  if (!ACCOUNTID.test(accountid) || checked.get("x-session-id") !== sessionid) throw unclear(undefined);
  const [administrator, owner] = ["x-account-administrator", "x-account-owner"].map((it) => checked.get(it) === "true");
  return { accountid, sessionid, administrator: administrator === true, owner: owner === true };
}

function unclear(cause: unknown): DashboardUnavailable {
  return new DashboardUnavailable("Dashboard's answer did not say who it is.", { cause });
}
