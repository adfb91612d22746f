/** The client: a method for each route. */

import { Call, type DashboardOptions } from "./call.js";
import type { Credentials } from "./credentials.js";
import { Routes } from "./generated/routes.js";

/**
 * A client of one Dashboard.
 *
 * `user` has the routes of users and their own data, and `administrator` those of administrators.
 */
export class Dashboard extends Routes {
  readonly #options: DashboardOptions;

  constructor(options: DashboardOptions) {
    super(new Call(options));
    this.#options = options;
  }

  /** Return a client that makes its requests with these credentials. */
  as(credentials: Credentials | undefined, headers?: Readonly<Record<string, string>>): Dashboard {
    return new Dashboard({ ...this.#options, credentials, headers: { ...this.#options.headers, ...headers } });
  }
}
