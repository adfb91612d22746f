export type { CallOptions, DashboardOptions } from "./call.js";
export type {
  ApplicationServerCredentials,
  BearerCredentials,
  Credentials,
  SessionCredentials,
} from "./credentials.js";
export { Dashboard } from "./dashboard.js";
export {
  AdministratorRequired,
  type Code,
  DashboardError,
  DashboardUnavailable,
  isDashboardError,
  SecondFactorRequired,
  SignInRequired,
} from "./errors.js";
export { CODES, type Schemas } from "./generated/routes.js";
export type { List } from "./list.js";
