/**
 * A scenario of flags as a document: what a file would have to say for the same. So a run without a file can be looked at and
 * changed like any other. It writes what flags can say and nothing else: a file's own document stays as it was written.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Endpoint, formatEndpoint } from "../../lib/transport/endpoint.ts";
import { formatDuration, formatPercent } from "../../lib/values.ts";
import { type Delay, formatDelay } from "./delay.ts";
import type { Document, Json } from "./document.ts";
import type { Fault, FaultName } from "./fault.ts";
import type { ScenarioFlags } from "./from_flags.ts";
import { formatReply } from "./reply.ts";
import type { Limits, ListenerSpec } from "./scenario.ts";

/** What each fault's name is short for, as a file has it. */
const WRITTEN_FAULTS: Readonly<Record<FaultName, Json>> = {
  "no-reply": ["hold"],
  "close-before-ack": ["close"],
  "reset-before-ack": ["reset"],
  "close-mid-ack": [{ send: { part: "50%" } }, "close"],
  "close-after-ack": ["reply", "close"],
  "link-nak": ["link_nak", "reply"],
  "bad-bcc": ["bad_bcc", "reply"],
  "bad-count": ["bad_count", "reply"],
  "unchecked": ["unchecked", "reply"],
  "eot": ["eot", "reply"],
  "wrong-ack": ["wrong_ack", "reply"],
  "rint": ["rint", "reply"],
  "enq-storm": ["enq_storm", "reply"],
  "no-eot": ["no_eot", "reply"],
};

/**
 * A document with some flags over it, as `withFlags` puts them over a scenario.
 *
 * @param base the document of a file; for flags alone, nothing
 *
 * @example
 * ```ts
 * import { writeFlags } from "./write.ts";
 * import assert from "node:assert/strict";
 *
 * const faults = [{ name: "no-reply", chance: 0.1 }] as const;
 * assert.deepEqual(writeFlags({ seed: 7, faults }), {
 *   version: 1,
 *   seed: 7,
 *   rules: [{ id: "no-reply", trigger: { chance: "10%" }, do: ["hold"] }],
 * });
 * ```
 */
export function writeFlags(flags: Partial<ScenarioFlags>, base: Document = { version: 1 }): Document {
  const { seed, listeners, reply, delay, faults = [], limits } = flags;
  const defaults = {
    ...mapOf(base.defaults),
    ...reply === undefined ? {} : { reply: formatReply(reply) },
    ...delay === undefined ? {} : { delay: writeDelay(delay) },
  };
  const rules = [...Array.isArray(base.rules) ? base.rules : [], ...faults.map(writeFault)];
  const bounds = { ...mapOf(base.limits), ...limits === undefined ? {} : writeLimits(limits) };
  return {
    ...base,
    ...seed === undefined ? {} : { seed },
    ...listeners === undefined ? {} : { listeners: listeners.map(writeListener) },
    ...isEmpty(defaults) ? {} : { defaults },
    ...rules.length === 0 ? {} : { rules },
    ...isEmpty(bounds) ? {} : { limits: bounds },
  };
}

function mapOf(value: Json | undefined): Document {
  return value !== undefined && value !== null && typeof value === "object" && !Array.isArray(value)
    ? value as Document
    : {};
}

function isEmpty(document: Document): boolean {
  return Object.keys(document).length === 0;
}

function writeListener({ name, endpoint, link: { framing = "mllp" } }: ListenerSpec): Json {
  const { framing: _, ...options } = endpoint.options;
  const written: Endpoint = { ...endpoint, options };
  return { ...name === undefined ? {} : { name }, endpoint: formatEndpoint(written), framing };
}

/** A flag cannot ask for a ramp or a trace, which have no form as a text; a file's own delays are not written here. */
function writeDelay(delay: Delay): Json {
  return formatDelay(delay);
}

/** A chance of 0 is no rule that could ever act, and so no rule of a file; it is written switched off. */
function writeFault({ name, chance }: Fault): Json {
  const steps = { do: WRITTEN_FAULTS[name] };
  if (chance <= 0) return { id: name, enabled: false, ...steps };
  return { id: name, ...chance >= 1 ? {} : { trigger: { chance: formatPercent(chance) } }, ...steps };
}

function writeLimits({ maxConnections, idleTimeoutMs = Infinity, maxPending }: Partial<Limits>): Document {
  return {
    ...maxConnections === undefined ? {} : { max_connections: maxConnections },
    ...idleTimeoutMs === Infinity ? {} : { idle_timeout: formatDuration(idleTimeoutMs) },
    ...maxPending === undefined ? {} : { max_pending: maxPending },
  };
}
