// Serves hono.mjs with Node.
import { serve } from "@hono/node-server";
import application from "./hono.mjs";

serve(application);
