/**
 * Faults by name, for the command line: each is short for a rule (cli.md, `mllp receive`). There
 * is no other path: what a name does is its steps and nothing else.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { nearest, parsePercent } from "../../lib/values.ts";
import type { StepSpec } from "../steps/registry.ts";

/** A fault and how often it strikes. */
export interface Fault {
  readonly name: FaultName;
  /** A fraction of the messages, 0 to 1. */
  readonly chance: number;
}

/** A step of the lower layer, and then the reply. */
function before(step: StepSpec): readonly StepSpec[] {
  return [step, { verb: "reply", reply: null }];
}

/** What each name is short for. */
export const FAULTS = {
  "no-reply": [{ verb: "hold" }],
  "close-before-ack": [{ verb: "close" }],
  "reset-before-ack": [{ verb: "reset" }],
  "close-mid-ack": [{ verb: "send", to: { part: 0.5 } }, { verb: "close" }],
  "close-after-ack": [{ verb: "reply", reply: null }, { verb: "close" }],
  // In the lower layer; each with what its bare word says (a test compares them).
  "link-nak": before({ verb: "link_nak", tries: 1 }),
  "bad-bcc": before({ verb: "bad_bcc", value: 1 }),
  "bad-count": before({ verb: "bad_count", value: 1 }),
  "unchecked": before({ verb: "unchecked", value: 1 }),
  "eot": before({ verb: "eot", tries: 1 }),
  "wrong-ack": before({ verb: "wrong_ack" }),
  "rint": before({ verb: "rint" }),
  "enq-storm": before({ verb: "enq_storm", value: 10 }),
  "no-eot": before({ verb: "no_eot", value: 1 }),
} as const satisfies Readonly<Record<string, readonly StepSpec[]>>;

/** A fault's name. */
export type FaultName = keyof typeof FAULTS;

/** All faults' names. */
export const FAULT_NAMES: readonly FaultName[] = Object.freeze(Object.keys(FAULTS) as FaultName[]);

/**
 * Reads a fault: `close-mid-ack:10%`; a name alone strikes always (our decision).
 *
 * @throws RangeError for an unknown name or a chance that is no percentage
 *
 * @example
 * ```ts
 * import { parseFault } from "./fault.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseFault("no-reply:0.5%"), { name: "no-reply", chance: 0.005 });
 * ```
 */
export function parseFault(text: string): Fault {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  if (!Object.hasOwn(FAULTS, name)) {
    const near = nearest(name, FAULT_NAMES);
    const cure = near === null ? `known are ${FAULT_NAMES.join(", ")}` : `did you mean '${near}'?`;
    throw new RangeError(`Cannot read '${text}' as a fault: unknown fault '${name}', ${cure}`);
  }
  return { name: name as FaultName, chance: colon < 0 ? 1 : parsePercent(text.slice(colon + 1)) };
}
