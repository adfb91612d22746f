// Generated from Dashboard's OpenAPI document by scripts/generate.mjs. Do not edit.
import type { Call, CallOptions } from "../call.js";
import type { List } from "../list.js";
import type { Input } from "../names.js";
import type { components, operations } from "./schema.js";

export type Schemas = components["schemas"];
type Query<K extends keyof operations> = NonNullable<operations[K]["parameters"]["query"]>;

/** The codes of Dashboard's errors. */
export const CODES = [
  "account-locked",
  "administrator-required",
  "duplicate-username",
  "feed-overtaken",
  "feed-restarted",
  "insufficient-scope",
  "invalid-account",
  "invalid-accountid",
  "invalid-action",
  "invalid-all",
  "invalid-challenge",
  "invalid-code",
  "invalid-company-name",
  "invalid-company-name-length",
  "invalid-condition",
  "invalid-contact-email",
  "invalid-content-type",
  "invalid-credential",
  "invalid-credentialid",
  "invalid-credentials",
  "invalid-cursor",
  "invalid-deliveryid",
  "invalid-display-email",
  "invalid-display-name",
  "invalid-display-name-length",
  "invalid-dob",
  "invalid-eventid",
  "invalid-expiry",
  "invalid-factor",
  "invalid-factor-type",
  "invalid-factorid",
  "invalid-full-name",
  "invalid-full-name-length",
  "invalid-key",
  "invalid-keys",
  "invalid-limit",
  "invalid-location",
  "invalid-method",
  "invalid-name",
  "invalid-network",
  "invalid-new-password",
  "invalid-new-password-length",
  "invalid-new-username",
  "invalid-new-username-length",
  "invalid-occupation",
  "invalid-offset",
  "invalid-origin",
  "invalid-password",
  "invalid-password-length",
  "invalid-phone",
  "invalid-profile",
  "invalid-profileid",
  "invalid-reader",
  "invalid-request",
  "invalid-request-length",
  "invalid-reset-code",
  "invalid-reset-codeid",
  "invalid-route",
  "invalid-scope",
  "invalid-secret-code",
  "invalid-secret-code-length",
  "invalid-session",
  "invalid-sessionid",
  "invalid-url",
  "invalid-username",
  "invalid-username-length",
  "invalid-wait",
  "invalid-webhook",
  "invalid-webhookid",
  "invalid-website",
  "owner-required",
  "permission-denied",
  "readers-behind",
  "registration-disabled",
  "second-factor-enrolment-required",
  "second-factor-required",
  "service-unavailable",
  "too-many-requests",
  "too-many-reset-codes",
  "too-many-second-factors",
  "unknown-error",
  "verification-required",
  "weak-password",
] as const;

/** The routes below /api/administrator. */
export class AdministratorRoutes {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Return an account. For an administrator. */
  account(
    parameters: Input<Query<"administrator-account">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "GET", path: "/api/administrator/account", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List accounts, newest first. For an administrator. */
  accounts(
    parameters: Input<Query<"administrator-accounts">> = {},
    options?: CallOptions,
  ): List<Schemas["Account"]> {
    const route = { method: "GET", path: "/api/administrator/accounts", query: ["offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count accounts. For an administrator. */
  accountsCount(
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/accounts-count", query: [] } as const;
    return this.#call.json(route, {}, options);
  }

  /** List administrators' accounts, newest first. For an administrator. */
  administratorAccounts(
    parameters: Input<Query<"administrator-administrator-accounts">> = {},
    options?: CallOptions,
  ): List<Schemas["Account"]> {
    const route = { method: "GET", path: "/api/administrator/administrator-accounts", query: ["offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count administrators. For an administrator. */
  administratorAccountsCount(
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/administrator-accounts-count", query: [] } as const;
    return this.#call.json(route, {}, options);
  }

  /** Create a reset code for an account, with which a forgotten password can be replaced. For an administrator. */
  createResetCode(
    parameters: Input<Query<"administrator-create-reset-code">, Schemas["AdministratorCreateResetCodeBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["ResetCode"]> {
    const route = { method: "POST", path: "/api/administrator/create-reset-code", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Delete an account immediately, with its sessions, reset codes and profiles. For an administrator. */
  deleteAccount(
    parameters: Input<Query<"administrator-delete-account">>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "DELETE", path: "/api/administrator/delete-account", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Revoke a reset code. For an administrator. */
  deleteResetCode(
    parameters: Input<Query<"administrator-delete-reset-code">>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "DELETE", path: "/api/administrator/delete-reset-code", query: ["codeid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List accounts that are scheduled for deletion, newest first. For an administrator. */
  deletedAccounts(
    parameters: Input<Query<"administrator-deleted-accounts">> = {},
    options?: CallOptions,
  ): List<Schemas["Account"]> {
    const route = { method: "GET", path: "/api/administrator/deleted-accounts", query: ["offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count accounts that are scheduled for deletion. For an administrator. */
  deletedAccountsCount(
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/deleted-accounts-count", query: [] } as const;
    return this.#call.json(route, {}, options);
  }

  /** List events, newest first. For an administrator, or a service with a credential of the scope `read-events`. */
  events(
    parameters: Input<Query<"administrator-events">> = {},
    options?: CallOptions,
  ): List<Schemas["Event"]> {
    const route = { method: "GET", path: "/api/administrator/events", query: ["accountid", "action", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count events. For an administrator, or a service with a credential of the scope `read-events`. */
  eventsCount(
    parameters: Input<Query<"administrator-events-count">> = {},
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/events-count", query: ["accountid", "action"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return metrics: counts of accounts, sessions and reset codes in total, or in a year, a month or a day. For an administrator. */
  metricKeys(
    parameters: Input<Query<"administrator-metric-keys">>,
    options?: CallOptions,
  ): Promise<Schemas["Metric"][]> {
    const route = { method: "GET", path: "/api/administrator/metric-keys", query: ["keys"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return a profile. For an administrator. */
  profile(
    parameters: Input<Query<"administrator-profile">>,
    options?: CallOptions,
  ): Promise<Schemas["Profile"]> {
    const route = { method: "GET", path: "/api/administrator/profile", query: ["profileid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List profiles, newest first. For an administrator. */
  profiles(
    parameters: Input<Query<"administrator-profiles">> = {},
    options?: CallOptions,
  ): List<Schemas["Profile"]> {
    const route = { method: "GET", path: "/api/administrator/profiles", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count profiles. For an administrator. */
  profilesCount(
    parameters: Input<Query<"administrator-profiles-count">> = {},
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/profiles-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Remove all second factors and recovery codes of an account whose owner has lost them; end its sessions. For an administrator. */
  removeSecondFactors(
    parameters: Input<Query<"administrator-remove-second-factors">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/remove-second-factors", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Revoke an account's administrator role. Only the owner can. For an administrator. */
  resetAccountAdministrator(
    parameters: Input<Query<"administrator-reset-account-administrator">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/reset-account-administrator", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Cancel the scheduled deletion of an account before it is due. For an administrator. */
  resetAccountDeleted(
    parameters: Input<Query<"administrator-reset-account-deleted">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/reset-account-deleted", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return a reset code. For an administrator. */
  resetCode(
    parameters: Input<Query<"administrator-reset-code">>,
    options?: CallOptions,
  ): Promise<Schemas["ResetCode"]> {
    const route = { method: "GET", path: "/api/administrator/reset-code", query: ["codeid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List reset codes, newest first. For an administrator. */
  resetCodes(
    parameters: Input<Query<"administrator-reset-codes">> = {},
    options?: CallOptions,
  ): List<Schemas["ResetCode"]> {
    const route = { method: "GET", path: "/api/administrator/reset-codes", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count reset codes. For an administrator. */
  resetCodesCount(
    parameters: Input<Query<"administrator-reset-codes-count">> = {},
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/reset-codes-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** End every session of an account by giving it a new session key. For an administrator. */
  resetSessionKey(
    parameters: Input<Query<"administrator-reset-session-key">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/reset-session-key", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return a session. For an administrator. */
  session(
    parameters: Input<Query<"administrator-session">>,
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "GET", path: "/api/administrator/session", query: ["sessionid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List sessions, newest first. For an administrator. */
  sessions(
    parameters: Input<Query<"administrator-sessions">> = {},
    options?: CallOptions,
  ): List<Schemas["Session"]> {
    const route = { method: "GET", path: "/api/administrator/sessions", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count sessions, including ended ones. For an administrator. */
  sessionsCount(
    parameters: Input<Query<"administrator-sessions-count">> = {},
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/administrator/sessions-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Make an account an administrator. For an administrator. */
  setAccountAdministrator(
    parameters: Input<Query<"administrator-set-account-administrator">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/set-account-administrator", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Schedule an account for deletion in DELETE_DELAY days, and end its sessions. For an administrator. */
  setAccountDeleted(
    parameters: Input<Query<"administrator-set-account-deleted">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/set-account-deleted", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Transfer ownership to an account. Only the owner can, and stays an administrator. For an administrator. */
  setOwnerAccount(
    parameters: Input<Query<"administrator-set-owner-account">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/administrator/set-owner-account", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** End a session. For an administrator. */
  setSessionEnded(
    parameters: Input<Query<"administrator-set-session-ended">>,
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "PATCH", path: "/api/administrator/set-session-ended", query: ["sessionid"] } as const;
    return this.#call.json(route, parameters, options);
  }
}

/** The routes below /api/service. */
export class ServiceRoutes {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Create a reset code for somebody who has forgotten the password, to be sent where only they read it. It works for an hour. Accounts with a role are refused. For a service with a credential of the scope `create-reset-codes`. */
  createResetCode(
    parameters: Input<Query<"service-create-reset-code">, Schemas["ServiceCreateResetCodeBody"]> = {},
    options?: CallOptions,
  ): Promise<Schemas["NewResetCode"]> {
    const route = { method: "POST", path: "/api/service/create-reset-code", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return the credential of the request, whatever its scopes: for instance when it expires. For a service with a credential. */
  credential(
    options?: CallOptions,
  ): Promise<Schemas["ServiceCredential"]> {
    const route = { method: "GET", path: "/api/service/credential", query: [] } as const;
    return this.#call.json(route, {}, options);
  }
}

/** The routes below /api/user. */
export class UserRoutes {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Return the caller's account. For a signed-in account. */
  account(
    parameters: Input<Query<"user-account">>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "GET", path: "/api/user/account", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Take the second step of a sign-in, with a code or a passkey. Answer as create-session does. For anybody. */
  completeSession(
    parameters: Input<Schemas["UserCompleteSessionBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "POST", path: "/api/user/complete-session", query: [] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Add a second factor to the caller's account, by a code of the app or what the passkey has signed. With the first one, every other session of the account ends. For a signed-in account. */
  confirmSecondFactor(
    parameters: Input<Query<"user-confirm-second-factor">, Schemas["UserConfirmSecondFactorBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["SecondFactor"]> {
    const route = { method: "PATCH", path: "/api/user/confirm-second-factor", query: ["factorid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Register. With FIRST_ACCOUNT_IS_OWNER the first account becomes the owner. With REQUIRE_PROFILE the fields create a default profile. For anybody. */
  createAccount(
    parameters: Input<Schemas["UserCreateAccountBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "POST", path: "/api/user/create-account", query: [] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Create a profile with the fields of USER_PROFILE_FIELDS. As the default profile with another email address, it takes a password that was verified recently. For a signed-in account. */
  createProfile(
    parameters: Input<Query<"user-create-profile">, Schemas["UserCreateProfileBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Profile"]> {
    const route = { method: "POST", path: "/api/user/create-profile", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Create ten recovery codes, each of which takes the second step once. They replace those before. For a signed-in account. */
  createRecoveryCodes(
    parameters: Input<Query<"user-create-recovery-codes">>,
    options?: CallOptions,
  ): Promise<Schemas["RecoveryCodes"]> {
    const route = { method: "POST", path: "/api/user/create-recovery-codes", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Create a reset code for the caller's account, with which a forgotten password can be replaced. For a signed-in account. */
  createResetCode(
    parameters: Input<Query<"user-create-reset-code">, Schemas["UserCreateResetCodeBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["ResetCode"]> {
    const route = { method: "POST", path: "/api/user/create-reset-code", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Create a second factor. It counts once confirm-second-factor has confirmed it, within ten minutes. For a signed-in account. */
  createSecondFactor(
    parameters: Input<Query<"user-create-second-factor">, Schemas["UserCreateSecondFactorBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["SecondFactor"]> {
    const route = { method: "POST", path: "/api/user/create-second-factor", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Sign in. Return a session with its token, which is never returned again, and set the two cookies. For an account with a second factor, second-factor-required has the challenge for complete-session. For anybody. */
  createSession(
    parameters: Input<Schemas["UserCreateSessionBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "POST", path: "/api/user/create-session", query: [] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Delete one of the caller's profiles. The default profile cannot be deleted. For a signed-in account. */
  deleteProfile(
    parameters: Input<Query<"user-delete-profile">>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "DELETE", path: "/api/user/delete-profile", query: ["profileid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Revoke one of the caller's reset codes. For a signed-in account. */
  deleteResetCode(
    parameters: Input<Query<"user-delete-reset-code">>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "DELETE", path: "/api/user/delete-reset-code", query: ["codeid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Remove one of the caller's second factors. With the last one, its recovery codes go, too. For a signed-in account. */
  deleteSecondFactor(
    parameters: Input<Query<"user-delete-second-factor">>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "DELETE", path: "/api/user/delete-second-factor", query: ["factorid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** End every other session of the caller's account. Return how many were ended. For a signed-in account. */
  endOtherSessions(
    parameters: Input<Query<"user-end-other-sessions">>,
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "PATCH", path: "/api/user/end-other-sessions", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List the events of the caller's account, newest first, without the id and address of other accounts. For a signed-in account. */
  events(
    parameters: Input<Query<"user-events">>,
    options?: CallOptions,
  ): List<Schemas["Event"]> {
    const route = { method: "GET", path: "/api/user/events", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count the events of the caller's account. For a signed-in account. */
  eventsCount(
    parameters: Input<Query<"user-events-count">>,
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/user/events-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Stream everything that is stored about the caller, as one JSON document. For a signed-in account. */
  exportAccount(
    parameters: Input<Query<"user-export-account">>,
    options?: CallOptions,
  ): Promise<Schemas["AccountExport"]> {
    const route = { method: "GET", path: "/api/user/export-account", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return one of the caller's profiles. For a signed-in account. */
  profile(
    parameters: Input<Query<"user-profile">>,
    options?: CallOptions,
  ): Promise<Schemas["Profile"]> {
    const route = { method: "GET", path: "/api/user/profile", query: ["profileid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List the caller's profiles, newest first. For a signed-in account. */
  profiles(
    parameters: Input<Query<"user-profiles">>,
    options?: CallOptions,
  ): List<Schemas["Profile"]> {
    const route = { method: "GET", path: "/api/user/profiles", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count the caller's profiles. For a signed-in account. */
  profilesCount(
    parameters: Input<Query<"user-profiles-count">>,
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/user/profiles-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Count the caller's recovery codes that are not used. For a signed-in account. */
  recoveryCodesCount(
    parameters: Input<Query<"user-recovery-codes-count">>,
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/user/recovery-codes-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Cancel the scheduled deletion of an account with its username and password, before it is due. For anybody. */
  resetAccountDeleted(
    parameters: Input<Schemas["UserResetAccountDeletedBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/user/reset-account-deleted", query: [] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Set a new password with a reset code, which can be used once, and end every session of the account. For anybody. */
  resetAccountPassword(
    parameters: Input<Schemas["UserResetAccountPasswordBody"]>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "PATCH", path: "/api/user/reset-account-password", query: [] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Return one of the caller's reset codes. For a signed-in account. */
  resetCode(
    parameters: Input<Query<"user-reset-code">>,
    options?: CallOptions,
  ): Promise<Schemas["ResetCode"]> {
    const route = { method: "GET", path: "/api/user/reset-code", query: ["codeid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List the caller's reset codes, newest first. For a signed-in account. */
  resetCodes(
    parameters: Input<Query<"user-reset-codes">>,
    options?: CallOptions,
  ): List<Schemas["ResetCode"]> {
    const route = { method: "GET", path: "/api/user/reset-codes", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count the caller's reset codes. For a signed-in account. */
  resetCodesCount(
    parameters: Input<Query<"user-reset-codes-count">>,
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/user/reset-codes-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** End every session of the caller's account, including the one that makes the request. For a signed-in account. */
  resetSessionKey(
    parameters: Input<Query<"user-reset-session-key">>,
    options?: CallOptions,
  ): Promise<true> {
    const route = { method: "PATCH", path: "/api/user/reset-session-key", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List the caller's second factors, newest first, without those that are not confirmed. For a signed-in account. */
  secondFactors(
    parameters: Input<Query<"user-second-factors">>,
    options?: CallOptions,
  ): List<Schemas["SecondFactor"]> {
    const route = { method: "GET", path: "/api/user/second-factors", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Return one of the caller's sessions. With the id of the current session, check that it is valid. For a signed-in account. */
  session(
    parameters: Input<Query<"user-session">> = {},
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "GET", path: "/api/user/session", query: ["sessionid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** List the caller's sessions, newest first. For a signed-in account. */
  sessions(
    parameters: Input<Query<"user-sessions">>,
    options?: CallOptions,
  ): List<Schemas["Session"]> {
    const route = { method: "GET", path: "/api/user/sessions", query: ["accountid", "offset", "limit", "all", "after"] } as const;
    return this.#call.list(route, parameters, options);
  }

  /** Count the caller's sessions, including ended ones. For a signed-in account. */
  sessionsCount(
    parameters: Input<Query<"user-sessions-count">>,
    options?: CallOptions,
  ): Promise<number> {
    const route = { method: "GET", path: "/api/user/sessions-count", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Schedule the caller's account for deletion in DELETE_DELAY days, and end its sessions. For a signed-in account. */
  setAccountDeleted(
    parameters: Input<Query<"user-set-account-deleted">, Schemas["UserSetAccountDeletedBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/user/set-account-deleted", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Change the caller's password, and end every other session of the account. For a signed-in account. */
  setAccountPassword(
    parameters: Input<Query<"user-set-account-password">, Schemas["UserSetAccountPasswordBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/user/set-account-password", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Set the caller's default profile. One with another email address takes a password that was verified recently. For a signed-in account. */
  setAccountProfile(
    parameters: Input<Query<"user-set-account-profile">, Schemas["UserSetAccountProfileBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/user/set-account-profile", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Change the caller's username. For a signed-in account. */
  setAccountUsername(
    parameters: Input<Query<"user-set-account-username">, Schemas["UserSetAccountUsernameBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Account"]> {
    const route = { method: "PATCH", path: "/api/user/set-account-username", query: ["accountid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** End one of the caller's sessions, for example to sign out. The cookies of the ended session are deleted. For a signed-in account. */
  setSessionEnded(
    parameters: Input<Query<"user-set-session-ended">>,
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "PATCH", path: "/api/user/set-session-ended", query: ["sessionid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Confirm the caller's username and password again, in the session that makes the request. For a signed-in account. */
  setSessionVerified(
    parameters: Input<Query<"user-set-session-verified">, Schemas["UserSetSessionVerifiedBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Session"]> {
    const route = { method: "PATCH", path: "/api/user/set-session-verified", query: ["sessionid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Update one of the caller's profiles: all fields of USER_PROFILE_FIELDS. Another email address takes a password that was verified recently. For a signed-in account. */
  updateProfile(
    parameters: Input<Query<"user-update-profile">, Schemas["UserUpdateProfileBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["Profile"]> {
    const route = { method: "PATCH", path: "/api/user/update-profile", query: ["profileid"] } as const;
    return this.#call.json(route, parameters, options);
  }

  /** Rename one of the caller's second factors. For a signed-in account. */
  updateSecondFactor(
    parameters: Input<Query<"user-update-second-factor">, Schemas["UserUpdateSecondFactorBody"]>,
    options?: CallOptions,
  ): Promise<Schemas["SecondFactor"]> {
    const route = { method: "PATCH", path: "/api/user/update-second-factor", query: ["factorid"] } as const;
    return this.#call.json(route, parameters, options);
  }
}

/** A method for each route. */
export class Routes {
  readonly administrator: AdministratorRoutes;
  readonly service: ServiceRoutes;
  readonly user: UserRoutes;
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
    this.administrator = new AdministratorRoutes(call);
    this.service = new ServiceRoutes(call);
    this.user = new UserRoutes(call);
  }

  /** Check the caller's session, and tell in headers whose it is. Every condition has to hold. For a proxy or an application that checks a session. */
  check(
    parameters: Input<Query<"check">> = {},
    options?: CallOptions,
  ): Promise<Headers> {
    const route = { method: "GET", path: "/api/check", query: ["administrator", "owner", "verified"] } as const;
    return this.#call.headers(route, parameters, options);
  }

  /** List every error code with each of its statuses and reasons. For anybody. */
  errors(
    options?: CallOptions,
  ): Promise<Schemas["ErrorCode"][]> {
    const route = { method: "GET", path: "/api/errors", query: [] } as const;
    return this.#call.json(route, {}, options);
  }

  /** Return the events that come after a cursor, in the order in which they were committed, and the next cursor. Where there are none yet, wait for some, and else answer without any. For an administrator, or a service with a credential of the scope `read-events`. */
  feed(
    parameters: Input<Query<"feed">> = {},
    options?: CallOptions,
  ): Promise<Schemas["Feed"]> {
    const route = { method: "GET", path: "/api/feed", query: ["after", "wait", "action", "limit", "reader"] } as const;
    return this.#call.json(route, parameters, options);
  }
}
