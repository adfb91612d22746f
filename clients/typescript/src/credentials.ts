/** The credentials of a request, and the headers that carry them. */

/** The id and the token of a session, such as `createSession` returns. */
export interface SessionCredentials {
  readonly sessionid: string;
  readonly token?: string | undefined;
}

/** A bearer token as it is: a service credential, or `<sessionid>.<token>`. */
export interface BearerCredentials {
  readonly bearer: string;
}

/** The application server that Dashboard knows by APPLICATION_SERVER and APPLICATION_SERVER_TOKEN. */
export interface ApplicationServerCredentials {
  readonly applicationServer: string;
  readonly applicationServerToken: string;
  /** The account and the session on whose behalf the request is made; neither for routes that are open to everybody. */
  readonly accountid?: string;
  readonly sessionid?: string;
}

/** `"cookies"` is for a page of another origin that Dashboard lists in CORS_ALLOWED_ORIGINS. */
export type Credentials = SessionCredentials | BearerCredentials | ApplicationServerCredentials | "cookies";

const VALUE = /^(?:Bearer )?[\x21-\x7e]+$/;

/** Return the headers of these credentials. Throws TypeError, without the value, for what no header can have. */
export function headersOf(credentials: Credentials | undefined): Record<string, string> {
  const headers = credentials === undefined || credentials === "cookies" ? {} : namedHeaders(credentials);
  for (const [name, value] of Object.entries(headers)) {
    if (!VALUE.test(value)) throw new TypeError(`The credentials have no valid value for the header ${name}.`);
  }
  return headers;
}

/** Whether the application server makes a request as itself, on behalf of no account. */
export function isApplication(credentials: Credentials | undefined): boolean {
  return typeof credentials === "object" && "applicationServer" in credentials && credentials.accountid === undefined;
}

function namedHeaders(credentials: Exclude<Credentials, "cookies">): Record<string, string> {
  if ("bearer" in credentials) return { Authorization: `Bearer ${credentials.bearer}` };
  if ("applicationServer" in credentials) {
    const { applicationServer, applicationServerToken, accountid, sessionid } = credentials;
    return {
      "x-application-server": applicationServer,
      "x-application-server-token": applicationServerToken,
      ...(accountid === undefined ? {} : { "x-accountid": accountid }),
      ...(sessionid === undefined ? {} : { "x-sessionid": sessionid }),
    };
  }
  if (!credentials.token) throw new TypeError("The session has no token: only the answer that creates it does.");
  return { Authorization: `Bearer ${credentials.sessionid}.${credentials.token}` };
}
