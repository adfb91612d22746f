/** Requests and answers of the Web standard (Fetch), for the frameworks that use it. */

import { type Cookie, serialized } from "./cookies.js";
import type { Answer, Incoming } from "./incoming.js";

/** What a framework of the Web standard leaves to the application. */
export interface WebOptions {
  /** Return the address of the browser, which the standard's Request does not have. */
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
}

export function incomingOf(request: Request, { clientAddress }: WebOptions): Incoming {
  const { protocol, host, pathname, search } = new URL(request.url);
  return {
    method: request.method,
    path: `${pathname}${search}`,
    host: request.headers.get("host") ?? host,
    secure: protocol === "https:",
    address: clientAddress?.(request),
    header: (name) => request.headers.get(name) ?? undefined,
  };
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body || null, { status, headers });
}

/** Return the same answer with these cookies. */
export function withCookies(response: Response, cookies: readonly Cookie[]): Response {
  const headers = new Headers(response.headers);
  for (const cookie of cookies) headers.append("Set-Cookie", serialized(cookie));
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
