import { dashboard } from "dashboard-client/next";

export const auth = dashboard({ server: process.env.DASHBOARD });
