/** Errors, by their code. No message has a password, a token or a code that a request has sent. */

import type { CODES, Schemas } from "./generated/routes.js";

/** A code of Dashboard's catalogue of errors, or one of the two answers without a code. */
export type Code = (typeof CODES)[number] | typeof SIGN_IN_REQUIRED | typeof ADMINISTRATOR_REQUIRED;

export const SIGN_IN_REQUIRED = "Sign in required";
export const ADMINISTRATOR_REQUIRED = "Administrator required";
const UNAVAILABLE = 503;

/** What an error has besides its code. */
export interface ErrorDetails {
  /** Seconds after which a retry can succeed. */
  readonly retryAfter?: number | undefined;
  /** The id by which the server's log names the request. */
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** A request that Dashboard has refused. Nothing has changed. */
export class DashboardError<C extends Code = Code> extends Error {
  override readonly name: string = "DashboardError";
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    readonly status: number,
    readonly code: C,
    /** A sentence for people. */
    readonly detail: string,
    { retryAfter, requestId, cause }: ErrorDetails = {},
  ) {
    super(`${status} ${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }
}

/** There is no valid session. */
export class SignInRequired extends DashboardError<typeof SIGN_IN_REQUIRED> {
  override readonly name = "SignInRequired";

  constructor(details?: ErrorDetails) {
    super(401, SIGN_IN_REQUIRED, "Sign in first.", details);
  }
}

/** The session is not an administrator's. */
export class AdministratorRequired extends DashboardError<typeof ADMINISTRATOR_REQUIRED> {
  override readonly name = "AdministratorRequired";

  constructor(details?: ErrorDetails) {
    super(403, ADMINISTRATOR_REQUIRED, "Only administrators can do this.", details);
  }
}

/** The password is right, and the sign-in wants a second factor: `completeSession` takes the challenge and a code. */
export class SecondFactorRequired extends DashboardError<"second-factor-required"> {
  override readonly name = "SecondFactorRequired";
  readonly factors: readonly ("totp" | "passkey" | "recovery-code")[];
  /** PublicKeyCredentialRequestOptionsJSON (WebAuthn), if the account has a passkey. */
  readonly passkeyOptions: Record<string, unknown> | undefined;
  readonly #challenge: string;

  constructor(answer: Schemas["UnauthorizedError"], details?: ErrorDetails) {
    super(401, "second-factor-required", answer.detail, details);
    this.#challenge = answer.challenge ?? "";
    this.factors = answer.factors ?? [];
    this.passkeyOptions = answer.passkeyOptions;
  }

  /** For `completeSession`, within five minutes. It is a secret, so logs that print the error do not have it. */
  get challenge(): string {
    return this.#challenge;
  }
}

/**
 * Dashboard could not be asked, or cannot tell for the moment: no answer in time, 503, or an answer that is not its own.
 * It does not say whether somebody is signed in. After an unsafe request, find out what has happened before you repeat it.
 */
export class DashboardUnavailable extends DashboardError<"service-unavailable"> {
  override readonly name = "DashboardUnavailable";

  constructor(detail: string, details?: ErrorDetails) {
    super(UNAVAILABLE, "service-unavailable", detail, details);
  }
}

/** Whether this is an error of Dashboard, and of one of these codes, if any are given. */
export function isDashboardError<C extends Code = Code>(error: unknown, ...codes: C[]): error is DashboardError<C> {
  return error instanceof DashboardError && (codes.length === 0 || (codes as Code[]).includes(error.code));
}

/** Return the error that an answer of this status stands for; `answer` is its JSON, or undefined if it has none. */
export function errorOf(status: number, answer: unknown, details: ErrorDetails): DashboardError {
  const { object, message, detail } = (answer ?? {}) as { object?: unknown; message?: unknown; detail?: unknown };
  if (object === "auth" && status === 401) return new SignInRequired(details);
  if (object === "auth" && status === 403) return new AdministratorRequired(details);
  if (object !== "error" || typeof message !== "string" || typeof detail !== "string") {
    return new DashboardUnavailable(`An answer with status ${status} was not Dashboard's.`, details);
  }
  if (status === UNAVAILABLE) return new DashboardUnavailable(detail, details);
  if (message === "second-factor-required") {
    return new SecondFactorRequired(answer as Schemas["UnauthorizedError"], details);
  }
  return new DashboardError(status, message as Code, detail, details);
}
