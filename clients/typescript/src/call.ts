/** One call of a route: the request, its time limit, its one retry, and the answer or the error. */

import { type Credentials, headersOf, isApplication } from "./credentials.js";
import { DashboardError, DashboardUnavailable, errorOf, SignInRequired } from "./errors.js";
import { List, type Page } from "./list.js";
import { kebab } from "./names.js";

/** How a client calls Dashboard. */
export interface DashboardOptions {
  /** The address of Dashboard, such as `https://accounts.example.com`; it may have a path. */
  readonly server: string;
  readonly credentials?: Credentials | undefined;
  /** Milliseconds within which an answer has to be complete. */
  readonly timeout?: number | undefined;
  /** The longest Retry-After, in milliseconds, that a GET waits for before its one retry. 0: it is never retried. */
  readonly longestWait?: number | undefined;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** What one call can have of its own. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Fields of the body, by their names on the wire, that the document does not have: the profile's of your settings. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Is told the headers of the answer. */
  readonly received?: ((headers: Headers) => void) | undefined;
}

/** A route, with the names of the parameters that travel in the query. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
}

interface Answer {
  readonly response: Response;
  readonly text: string;
}

type Parameters = Readonly<Record<string, unknown>>;

const TIMEOUT = 10_000;
const LONGEST_WAIT = 5_000;
const NEXT = /<([^>]*)>;\s*rel="next"/;

export class Call {
  readonly #options: DashboardOptions;
  readonly #server: URL;

  /** Throws TypeError if `server` is not an http or https address. */
  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#server = new URL(options.server.replace(/\/*$/, "/"));
    if (!/^https?:$/.test(this.#server.protocol)) throw new TypeError("The server is not an http or https address.");
    headersOf(options.credentials);
  }

  /** Return the JSON of the answer. Parameters that JavaScript has left out are none. */
  async json<T>(route: Route, given: Parameters | undefined, options: CallOptions = {}): Promise<T> {
    const parameters = given ?? {};
    const body = bodyOf(route, parameters, options.fields);
    const patient = { ...options, timeout: this.#timeout(route, parameters, options) };
    return parsed(await this.#send(route.method, this.#address(route, parameters), body, patient)) as T;
  }

  /** Return the headers of an answer without a body. */
  async headers(route: Route, parameters: Parameters, options: CallOptions = {}): Promise<Headers> {
    const { response } = await this.#send(route.method, this.#address(route, parameters), undefined, options);
    return response.headers;
  }

  list<T>(route: Route, parameters: Parameters, options: CallOptions = {}): List<T> {
    return new List(() => this.#page(this.#address(route, parameters), options));
  }

  async #page<T>(address: URL, options: CallOptions): Promise<Page<T>> {
    const answer = await this.#send("GET", address, undefined, options);
    const next = NEXT.exec(answer.response.headers.get("link") ?? "")?.[1];
    if (next === undefined) return { rows: parsed(answer) as T[], next: undefined };
    const following = new URL(address);
    following.search = new URL(next, address).search; // a proxy may have another path for the route
    return { rows: parsed(answer) as T[], next: () => this.#page<T>(following, options) };
  }

  /** A request that asks Dashboard to wait has so many seconds more. */
  #timeout({ query }: Route, { wait }: Parameters, { timeout = this.#options.timeout ?? TIMEOUT }: CallOptions): number {
    return query.includes("wait") && typeof wait === "number" ? timeout + wait * 1_000 : timeout;
  }

  #address({ path, query }: Route, parameters: Parameters): URL {
    const address = new URL(path.slice(1), this.#server);
    for (const [name, value] of onTheWire(parameters)) {
      if (query.includes(name) && value !== null) address.searchParams.set(name, String(value));
    }
    return address;
  }

  /** Send a request; retry a GET once, after a 503 that names a time not too far off. */
  async #send(method: string, address: URL, body: string | undefined, options: CallOptions): Promise<Answer> {
    const { longestWait = LONGEST_WAIT } = this.#options;
    let answer = await this.#exchange(method, address, body, options);
    const wait = (secondsOf(answer.response) ?? Infinity) * 1_000;
    if (method === "GET" && answer.response.status === 503 && wait <= longestWait && longestWait > 0) {
      await pause(wait, options.signal);
      answer = await this.#exchange(method, address, body, options);
    }
    options.received?.(answer.response.headers);
    if (answer.response.ok) return answer;
    const error = errorOf(answer.response.status, jsonOf(answer.text), detailsOf(answer.response));
    throw error instanceof SignInRequired && isApplication(this.#options.credentials) ? refused(error) : error;
  }

  /** Send one request, and read its answer to the end. Throws DashboardUnavailable if there is none in time. */
  async #exchange(method: string, address: URL, body: string | undefined, options: CallOptions): Promise<Answer> {
    const { credentials, fetch: send = fetch, headers, timeout = TIMEOUT } = this.#options;
    const limit = new AbortController();
    const abort = (): void => limit.abort(options.signal?.reason);
    options.signal?.throwIfAborted();
    options.signal?.addEventListener("abort", abort);
    const milliseconds = options.timeout ?? timeout;
    const timer = setTimeout(() => limit.abort(new DOMException("Timed out.", "TimeoutError")), milliseconds);
    const request: RequestInit = {
      method,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
        ...options.headers,
        ...headersOf(credentials),
      },
      redirect: "manual", // Dashboard never redirects
      signal: limit.signal,
      ...(body === undefined ? {} : { body }),
      ...(credentials === "cookies" ? { credentials: "include" } : {}),
    };
    try {
      const response = await send(address, request);
      return { response, text: await response.text() };
    } catch (cause) {
      options.signal?.throwIfAborted();
      const reason = limit.signal.aborted ? `did not answer within ${milliseconds} ms` : "could not be reached";
      throw new DashboardUnavailable(`Dashboard ${reason}.`, { cause });
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
    }
  }
}

function bodyOf({ method, query }: Route, parameters: Parameters, fields: CallOptions["fields"]): string | undefined {
  const given = onTheWire(parameters).filter(([name]) => !query.includes(name));
  const body = { ...Object.fromEntries(given), ...fields };
  return method === "GET" || Object.keys(body).length === 0 ? undefined : JSON.stringify(body);
}

function onTheWire(parameters: Parameters): [string, unknown][] {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => [kebab(name), value]);
}

function parsed({ response, text }: Answer): unknown {
  const answer = jsonOf(text);
  if (answer === undefined) throw errorOf(response.status, undefined, detailsOf(response));
  return answer;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function detailsOf(response: Response): { retryAfter: number | undefined; requestId: string | undefined } {
  return { retryAfter: secondsOf(response), requestId: response.headers.get("x-request-id") ?? undefined };
}

/** Return the error of an application that calls as itself: no person could sign in. */
function refused({ status, requestId, retryAfter }: SignInRequired): DashboardError {
  const detail = "Dashboard does not accept the credential of this application.";
  return new DashboardError(status, "invalid-credential", detail, { requestId, retryAfter });
}

function secondsOf(response: Response): number | undefined {
  const value = response.headers.get("retry-after") ?? "";
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
