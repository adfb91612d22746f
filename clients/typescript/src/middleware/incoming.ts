/** What the middleware reads of a request and what it answers, in whichever framework. */

/** A request to the application. */
export interface Incoming {
  readonly method: string;
  /** The path with the query. */
  readonly path: string;
  readonly host: string | undefined;
  /** Whether the browser's connection is encrypted. */
  readonly secure: boolean;
  /** The address of the browser. */
  readonly address: string | undefined;
  header(name: string): string | undefined;
}

/** An answer instead of the application's. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

export function isSafe({ method }: Incoming): boolean {
  return SAFE.has(method.toUpperCase());
}

/** Whether a browser wants to show the answer as a page. */
export function wantsPage(incoming: Incoming): boolean {
  return /\btext\/html\b/i.test(incoming.header("accept") ?? "");
}

/**
 * Whether a page of another origin makes an unsafe request, or opens a WebSocket, whose messages can do anything.
 *
 * The browser says so by Sec-Fetch-Site or, without that header, by an Origin that is not the requested host. Who sends
 * neither is not a browser. `origins` are trusted: the application's own where a proxy replaces the host, and others'.
 */
export function isCrossOrigin(incoming: Incoming, origins: readonly string[]): boolean {
  const opensWebSocket = incoming.header("upgrade")?.toLowerCase() === "websocket";
  if (isSafe(incoming) && !opensWebSocket) return false;
  const origin = incoming.header("origin");
  if (origin !== undefined && origins.includes(origin)) return false;
  const site = incoming.header("sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  if (origin === undefined) return false;
  const [scheme] = /^https?:\/\//.exec(origin) ?? [];
  const host = scheme && hostOf(origin);
  return !host || host !== hostOf(`${scheme}${incoming.host ?? ""}`); // by one scheme: a proxy may hide that of the request
}

/** Return the host of an origin, with its port unless that is the default of the scheme; undefined if it has none. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/**
 * Return `path` if it leads to a page of this application, or else `otherwise`: for the parameter `next` of a sign-in page.
 */
export function localPath(path: unknown, otherwise = "/"): string {
  if (typeof path !== "string" || !/^\/(?![/\\])[^\\\s\u0000-\u001f]*$/.test(path)) return otherwise;
  const { pathname, search, hash } = new URL(path, "http://localhost"); // resolves `/..//example.com`
  return pathname.startsWith("//") ? otherwise : `${pathname}${search}${hash}`;
}
