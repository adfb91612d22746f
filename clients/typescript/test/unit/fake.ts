/** A Dashboard of answers that a test has written down. */

import { Dashboard, type DashboardOptions } from "../../src/index.js";

export const SERVER = "http://dashboard.test";
export const SESSION = { sessionid: "sess_0123456789abcdef", token: "a".repeat(64) };
export const ACCOUNTID = "acct_0123456789abcdef";

export interface Sent {
  readonly method: string;
  readonly address: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Return a fetch that gives these answers one after another, and the requests that it got. */
export function answering(...answers: (() => Response | Promise<Response>)[]): { sent: Sent[]; fetch: typeof fetch } {
  const sent: Sent[] = [];
  const answer = async (address: URL | RequestInfo, request: RequestInit = {}): Promise<Response> => {
    const body = typeof request.body === "string" ? JSON.parse(request.body) : undefined;
    sent.push({ method: request.method ?? "GET", address: String(address), headers: new Headers(request.headers), body });
    const next = answers.shift();
    if (!next) throw new Error("There is no answer left.");
    return next();
  };
  return { sent, fetch: answer };
}

/** Return a client of such answers, and the requests that it sent. */
export function client(
  answers: (() => Response | Promise<Response>)[],
  options: Partial<DashboardOptions> = {},
): { sent: Sent[]; dashboard: Dashboard } {
  const { sent, fetch } = answering(...answers);
  return { sent, dashboard: new Dashboard({ server: SERVER, fetch, ...options }) };
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => {
  return (): Response => new Response(JSON.stringify(body), { status, headers });
};

export const error = (status: number, message: string, headers: Record<string, string> = {}, fields: object = {}) => {
  return json({ object: "error", message, detail: "A sentence.", ...fields }, status, headers);
};

export const signInRequired = json({ object: "auth", message: "Sign in required" }, 401);

/** The answer of a check of SESSION. */
export const checked = (headers: Record<string, string> = {}) => (): Response => {
  return new Response(null, {
    status: 204,
    headers: {
      "X-Account-Id": ACCOUNTID,
      "X-Session-Id": SESSION.sessionid,
      "X-Account-Administrator": "false",
      "X-Account-Owner": "false",
      ...headers,
    },
  });
};
