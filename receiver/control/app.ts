/**
 * The control API: the table of routes behind a guard, as a function from requests to answers. It knows no socket.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { EventHub } from "./event_hub.ts";
import { guard, type GuardOptions } from "./guard.ts";
import { ReceiverMetrics } from "./metrics.ts";
import { Problem, problemOf } from "./problem.ts";
import { Call, json, type Route, type Services } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { ControlSurface } from "./surface.ts";

/** What an API is made of. */
export interface AppOptions extends GuardOptions {
  /** The program's version. */
  readonly version: string;
  readonly clock?: Clock;
  /** Hears of a bug, of which the client hears only the kind. */
  readonly onBug?: (error: unknown) => void;
}

/** The API of one receiver. */
export interface ControlApp {
  fetch(request: Request): Promise<Response>;
  /** Answers who waits and ends the streams of events. */
  close(): void;
}

/**
 * The API of a receiver.
 *
 * @example
 * ```ts
 * import { controlApp } from "./app.ts";
 * import assert from "node:assert/strict";
 *
 * const app = controlApp({} as never, { host: "127.0.0.1", token: null, version: "1.0.0" });
 * const answer = await app.fetch(new Request("http://127.0.0.1:8575/v2"));
 * assert.equal(answer.status, 404);
 * app.close();
 * ```
 */
export function controlApp(surface: ControlSurface, options: AppOptions): ControlApp {
  const { clock = systemClock, version, onBug = () => {} } = options;
  const closing = new AbortController();
  const hub = new EventHub({ subscribe: (listener) => surface.subscribe(listener) }, clock);
  const services: Services = {
    surface,
    version,
    clock,
    hub,
    metrics: new ReceiverMetrics(surface),
    closing: closing.signal,
    patient: 0,
    routes: ROUTES,
    described: null,
  };
  const check = guard(options);
  const app = new Hono({ strict: true });
  app.use(async (context, next) => {
    check(context.req.raw);
    await next();
  });
  for (const route of ROUTES) {
    app.on(route.method, patternOf(route.path), (context) => {
      const parameters = parametersOf(route, context);
      return route.run(new Call({ services, route, request: context.req.raw, parameters }));
    });
  }
  for (const path of new Set(ROUTES.map(({ path }) => path))) {
    const methods: string[] = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
    if (methods.includes("GET")) methods.push("HEAD");
    app.all(patternOf(path), ({ req }) => {
      throw new Problem("wrong_method", `${req.path} takes ${methods.join(", ")}, found ${req.method}`, {
        headers: { Allow: methods.join(", ") },
      });
    });
  }
  app.notFound(({ req }) => {
    const paths = [...new Set(ROUTES.map(({ path }) => path))].join(" ");
    throw new Problem("not_found", `There is nothing at ${req.path}: there are ${paths}`);
  });
  app.onError((error) => {
    const problem = problemOf(error);
    if (problem.code === "internal") onBug(error);
    return json(problem.body, problem.status, problem.headers);
  });
  return {
    async fetch(request) {
      const answer = await app.fetch(request);
      // Who is kept waiting for another request would hold up the end.
      if (closing.signal.aborted) answer.headers.set("Connection", "close");
      return answer;
    },
    close() {
      closing.abort();
      hub.close();
    },
  };
}

/** A path as the router has it. */
function patternOf(path: string): string {
  return path.replace(
    /\{(\w+)\}(\.\w+)?/g,
    (_whole, name: string, extension?: string) =>
      extension === undefined ? `:${name}` : `:${name}{[^/]+\\${extension}}`,
  );
}

function parametersOf({ path }: Route, { req }: Context): Record<string, string> {
  return Object.fromEntries(
    Array.from(path.matchAll(/\{(\w+)\}(\.\w+)?/g), ([, name, extension = ""]) => {
      const value = req.param(name) ?? "";
      return [name, value.slice(0, value.length - extension.length)];
    }),
  );
}
