/**
 * The routes of who watches: expectations judged now or waited for, events as they happen, metrics, and the description of the
 * API itself.
 *
 * @module
 */
import { expectationForm } from "../../scenario/expectation.ts";
import { Problem } from "../problem.ts";
import { answer, type BodyKind, bodyOf, type Call, durationKey, json, type Route, textKey } from "../route.ts";
import * as shapes from "../shapes.ts";
import type { Standing } from "../../verify/verdict.ts";
import { waitFor } from "../wait.ts";

/** So many clients may wait or listen at a time (our decision: a test bench's worth). */
const MOST_PATIENT = 100;

/** How long is waited unless something else is asked for, and at most. */
const WAIT_MS = 30_000;
const MOST_WAIT_MS = 600_000;

const TIMEOUT = durationKey("timeout", "how long to wait at most, up to 10m; 30s if not given");
const TYPES = textKey("types", "only these events, with commas: message, fault, open, close, refused, ...", [
  "message,fault",
]);

const EXPECT: BodyKind = bodyOf("One item of a scenario's expect", expectationForm);

function verdictView({ surface }: Call, { expr, pass, decided, detail, nearest }: Standing): object {
  const memory = { entries: surface.recent().length, received: surface.status().totals.messages };
  return { expr, pass, decided, detail, ...nearest === undefined ? {} : { nearest }, memory };
}

/** Takes one of the places for who waits or listens; the call that comes back gives it back, once. */
function takePlace({ services }: Call): () => void {
  if (services.patient >= MOST_PATIENT) {
    throw new Problem("busy", `${MOST_PATIENT} clients wait or listen already`, { headers: { "Retry-After": "1" } });
  }
  services.patient++;
  let left = false;
  return () => {
    if (!left) services.patient--;
    left = true;
  };
}

async function wait(call: Call): Promise<Response> {
  const { surface, services, request } = call;
  const timeoutMs = call.ask(TIMEOUT) ?? WAIT_MS;
  if (timeoutMs > MOST_WAIT_MS) throw new Problem("bad_request", "Cannot wait so long: wanted 10m at most");
  const expectation = surface.live.expectation(await call.text());
  const leave = takePlace(call);
  try {
    const signal = AbortSignal.any([services.closing, request.signal]);
    const { verdict, waitedMs } = await waitFor(surface, expectation, { timeoutMs, signal, clock: services.clock });
    return json({ ...verdictView(call, verdict), waitedMs: Math.round(waitedMs) });
  } finally {
    leave();
  }
}

function events(call: Call): Response {
  const types = call.ask(TYPES);
  const { hub } = call.services;
  const leave = takePlace(call);
  const wanted = types === undefined ? null : new Set(types.split(",").map((type) => type.trim()));
  const stream = hub.open(wanted, { signal: call.request.signal, left: leave });
  return new Response(stream, {
    headers: {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
      // Without it the adapter would hold back the beginning to see whether that is all.
      "Transfer-Encoding": "chunked",
    },
  });
}

/** The routes. */
export const watchingRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/verify",
    about: "Judge an expectation by the messages in memory, now",
    body: EXPECT,
    answer: answer("Whether it passes, and what came closest", shapes.verdict),
    async run(call) {
      const expectation = call.surface.live.expectation(await call.text());
      await call.surface.settled();
      return json(verdictView(call, call.surface.verify(expectation)));
    },
  },
  {
    method: "POST",
    path: "/v1/wait",
    about: "Wait until an expectation passes, or never can, or the time is over",
    query: [TIMEOUT],
    body: EXPECT,
    answer: answer("Whether it passes, and what came closest", shapes.waited),
    run: wait,
  },
  {
    method: "GET",
    path: "/v1/events",
    about: "Hear of what happens, as server-sent events",
    query: [TYPES],
    answer: {
      status: 200,
      about: "A stream that does not end; who reads too slowly is dropped",
      type: "text/event-stream",
    },
    run: events,
  },
  {
    method: "GET",
    path: "/metrics",
    about: "Show counts and gauges for Prometheus",
    answer: { status: 200, about: "Metrics", type: "text/plain" },
    async run({ services: { metrics } }) {
      return new Response(await metrics.text(), { headers: { "Content-Type": metrics.contentType } });
    },
  },
  {
    method: "GET",
    path: "/v1/openapi.json",
    about: "Describe this API (OpenAPI 3.1)",
    answer: { status: 200, about: "The description", type: "application/json" },
    async run({ services }) {
      // It brings the schemas' own tools with it.
      const { describeApi } = await import("../openapi.ts");
      return json(services.described ??= describeApi(services.routes, services.version));
    },
  },
];
