/** The application's cookies: the session's id and token, and the one by which Dashboard's lockout knows a browser. */

import type { Schemas } from "../generated/routes.js";
import type { Incoming } from "./incoming.js";

export interface CookieNames {
  readonly sessionid: string;
  readonly token: string;
  readonly browser: string;
}

/** A cookie to set, as `cookies().set(name, value, options)` of Next.js takes it. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly options: {
    readonly httpOnly: true;
    readonly sameSite: "lax";
    readonly secure: boolean;
    readonly path: "/";
    /** Seconds; 0 deletes the cookie. */
    readonly maxAge: number;
  };
}

export interface Credentials {
  readonly sessionid: string;
  readonly token: string;
}

const HOST_PREFIX = "__Host-";
const BROWSER = "dashboard_browser";
/** What Dashboard can call the cookie of a browser, by its default settings. */
const BROWSER_NAMES = ["", HOST_PREFIX, "__Secure-"].map((prefix) => `${prefix}${BROWSER}`);

const SESSIONID = /^sess_[0-9a-f]{16}$/;
const TOKEN = /^[0-9a-f]{64}$/;
const SET_COOKIE = /^([^=;\s]+)=([\w.~+/=:-]+)(?:;|$)/;
const MAX_AGE = /;\s*max-age=(\d{1,10})/i;

/** Return names as Dashboard's own: under https, `__Host-` stands before them. A name that is given stays as it is. */
export function namesOf(given: Partial<CookieNames>, secure: boolean): CookieNames {
  const prefix = secure ? HOST_PREFIX : "";
  return { sessionid: `${prefix}sessionid`, token: `${prefix}token`, browser: `${prefix}${BROWSER}`, ...given };
}

/** Return what the cookies prove, or undefined. A cookie that is there twice proves nothing: which one would count? */
export function credentialsOf(incoming: Incoming, names: CookieNames): Credentials | undefined {
  return provenBy(cookieOf(incoming, names.sessionid), cookieOf(incoming, names.token));
}

/** Return an id and a token that have their form, or undefined. */
export function provenBy(sessionid: unknown, token: unknown): Credentials | undefined {
  if (typeof sessionid !== "string" || typeof token !== "string") return undefined;
  return SESSIONID.test(sessionid) && TOKEN.test(token) ? { sessionid, token } : undefined;
}

function cookieOf(incoming: Incoming, name: string): string | undefined {
  const pairs = (incoming.header("cookie") ?? "").split(";").map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** Return the header with which Dashboard is told which browser it is; none for a browser that it does not know. */
export function browserHeader(incoming: Incoming, { browser }: CookieNames): Record<string, string> {
  const value = cookieOf(incoming, browser);
  if (value === undefined || !SET_COOKIE.test(`${browser}=${value}`)) return {};
  return { Cookie: [...new Set([browser, ...BROWSER_NAMES])].map((name) => `${name}=${value}`).join("; ") };
}

/** Return the cookies of a new session, and the one by which its browser is known from now on. */
export function sessionCookies(
  session: Schemas["Session"],
  received: Headers | undefined,
  names: CookieNames,
  secure: boolean,
): Cookie[] {
  const now = Date.parse(received?.get("Date") ?? "") || Date.now(); // by the clock that `expiresAt` is by
  const maxAge = Math.max(1, Math.round((Date.parse(session.expiresAt) - now) / 1_000));
  const cookies = [cookie(names.sessionid, session.sessionid, maxAge, secure)];
  if (session.token !== undefined) cookies.push(cookie(names.token, session.token, maxAge, secure));
  for (const line of received?.getSetCookie() ?? []) {
    const [, name, value] = SET_COOKIE.exec(line) ?? [];
    if (name && value && [names.browser, ...BROWSER_NAMES].includes(name)) {
      cookies.push(cookie(names.browser, value, Number(MAX_AGE.exec(line)?.[1] ?? maxAge), secure));
    }
  }
  return cookies;
}

/** Return what deletes the cookies of a session. The browser's stays: it is no credential. */
export function expiredCookies(names: CookieNames, secure: boolean): Cookie[] {
  return [cookie(names.sessionid, "", 0, secure), cookie(names.token, "", 0, secure)];
}

/** Return the value of a Set-Cookie header (RFC 6265). */
export function serialized({ name, value, options: { maxAge, secure } }: Cookie): string {
  return `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

function cookie(name: string, value: string, maxAge: number, secure: boolean): Cookie {
  return { name, value, options: { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge } };
}
