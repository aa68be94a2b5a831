/**
 * The table of routes of the control API.
 *
 * @module
 */
import type { Route } from "./route.ts";
import { behaviourRoutes } from "./routes/behaviour.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { messageRoutes } from "./routes/messages.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { watchingRoutes } from "./routes/watching.ts";

/** All routes, in the order in which they are tried. */
export const ROUTES: readonly Route[] = Object.freeze([
  ...behaviourRoutes,
  ...ruleRoutes,
  ...connectionRoutes,
  ...messageRoutes,
  ...watchingRoutes,
]);
