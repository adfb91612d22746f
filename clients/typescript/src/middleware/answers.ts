/** What the middleware answers in place of the application. */

import { DashboardError, DashboardUnavailable, isDashboardError, SignInRequired } from "../errors.js";
import { type Answer, type Incoming, isSafe, wantsPage } from "./incoming.js";

/** Where people are led to. */
export interface Paths {
  /** The page on which people sign in; it gets the page that they wanted as `next`. */
  readonly signIn: string;
  /** The page on which people verify their password again. Without it, they are refused with 403. */
  readonly verify: string | undefined;
}

/** A fault of the application's credential, which is no concern of the caller. */
const FAULTS = ["invalid-credential", "invalid-network", "insufficient-scope"] as const;
const RETRY_AFTER = 2; // seconds
const VERIFICATION_REQUIRED = "verification-required";

/** Return the answer to a request that ended in this error, or undefined if it is for the application to handle. */
export function answerTo(error: unknown, incoming: Incoming, paths: Paths): Answer | undefined {
  if (!isDashboardError(error) || isDashboardError(error, ...FAULTS)) return undefined;
  const page = pageFor(error, paths);
  if (page && pathOf(page) !== pathOf(incoming.path) && isSafe(incoming) && wantsPage(incoming)) {
    const location = `${page}${page.includes("?") ? "&" : "?"}next=${encodeURIComponent(incoming.path)}`;
    return { status: 303, headers: { Location: location, "Cache-Control": "no-store", Vary: "Accept" }, body: "" };
  }
  return refusal(error.status >= 500 ? unavailable(error) : error, incoming);
}

function pathOf(address: string): string | undefined {
  return address.split(/[?#]/, 1)[0];
}

function pageFor(error: DashboardError, paths: Paths): string | undefined {
  if (error instanceof SignInRequired) return paths.signIn;
  return error.code === VERIFICATION_REQUIRED ? paths.verify : undefined;
}

function unavailable(error: DashboardError): DashboardError {
  const retryAfter = error.retryAfter ?? RETRY_AFTER;
  return new DashboardUnavailable("The service is temporarily unavailable. Try again later.", { retryAfter });
}

/** Return the error as text for a page, or else as JSON as Dashboard writes it. */
function refusal({ status, code, detail, retryAfter }: DashboardError, incoming: Incoming): Answer {
  const isPage = wantsPage(incoming);
  return {
    status,
    headers: {
      "Cache-Control": "no-store",
      "Content-Type": isPage ? "text/plain; charset=utf-8" : "application/json",
      Vary: "Accept",
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
    },
    body: isPage ? `${detail}\n` : JSON.stringify({ object: "error", message: code, detail }),
  };
}
