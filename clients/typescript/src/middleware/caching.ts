/** Responses that depend on the caller: no shared cache may give one person's response to another. */

/** Cache-Control of such an answer, unless the application says otherwise. */
export const PRIVATE = "private, no-store";

const VARIES = /(?:^|,)\s*(?:\*|cookie)\s*(?:,|$)/i;

/** The headers of an answer that has not been sent. */
export interface AnswerHeaders {
  get(name: string): string | null | undefined;
  set(name: string, value: string): void;
}

/** Keep an answer out of shared caches. One that the application lets them keep still varies by the cookies. */
export function keepPrivate(headers: AnswerHeaders): void {
  if (!headers.get("Cache-Control")) headers.set("Cache-Control", PRIVATE);
  const vary = headers.get("Vary");
  if (!VARIES.test(vary ?? "")) headers.set("Vary", vary ? `${vary}, Cookie` : "Cookie");
}
