/**
 * A dry run: what would happen to each of some messages, on a clock that goes by itself. Nothing is sent.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { acksDueOf } from "../../lib/hl7/ack_mode.ts";
import { AckScan } from "../../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import { Attempts, payloadScope } from "../attempts.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type Asked, Decider, type Plan } from "./decide.ts";
import type { Matcher } from "./passes.ts";

/** How far apart the messages come (our decision: so slow that times and phases can be seen, and easy to count). */
export const SPACING_MS = 1000;

/** What would happen to a message. */
export interface DryDecision {
  /** From 1. */
  readonly n: number;
  /** Milliseconds since the start. */
  readonly atMs: number;
  readonly type: string;
  readonly controlId: string;
  readonly attempt: number;
  /** The phase it came in; `null` for none. */
  readonly phase: string | null;
  /** The state before it. */
  readonly state: string;
  readonly plan: Plan;
}

/**
 * Decides on messages one after the other, as if they came on one connection to the first listener, a second apart.
 *
 * @throws RangeError as `Decider` does
 *
 * @example
 * ```ts
 * import { dryRun } from "./dry_run.ts";
 * import { scenarioFromFlags } from "../scenario/from_flags.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 1 }] });
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r");
 * const [first, second] = dryRun(scenario, [message, message]);
 * assert.equal(first.plan.rule, "no-reply");
 * assert.deepEqual([second.atMs, second.attempt], [1000, 2]);
 * ```
 */
export function* dryRun(
  scenario: Scenario,
  messages: Iterable<Uint8Array>,
  options: { readonly matcher?: Matcher; readonly asked?: Asked } = {},
): Generator<DryDecision> {
  const decider = new Decider(scenario, { matcher: options.matcher });
  const header = new HeaderScan();
  const msa = new AckScan();
  const attempts = new Attempts();
  let n = 0;
  for (const message of messages) {
    const atMs = n++ * SPACING_MS;
    header.scan(message);
    msa.scan(message);
    const from = header.start(10);
    const to = header.end(10);
    const attempt = msa.hasMsa ? 1 : from < to ? attempts.seen(message, from, to) : attempts.seen(message);
    const controlId = header.text(10);
    decider.phases.advance(atMs);
    const phase = decider.phases.current?.name ?? null;
    const { state } = decider;
    const plan = decider.decide({
      due: acksDueOf(header, msa),
      isAnswer: msa.hasMsa,
      scope: controlId === "" ? payloadScope(message) : controlId,
      attempt,
      facts: { listener: 0, connection: 1, peer: "", tlsName: null, nowMs: atMs, message, header, warnings: [] },
    }, options.asked ?? null);
    yield { n, atMs, type: header.type, controlId, attempt, phase, state, plan };
  }
}
