/**
 * What a damaged frame is answered with (protocols.md section 1): one that is too long is rejected and the
 * connection goes on; at a strict fault it ends, and what can be told whose it is, is rejected before.
 *
 * @module
 */
import type { FrameFault } from "../lib/framing/framer.ts";
import type { Plan } from "./decide/decide.ts";
import type { Workbench } from "./workbench.ts";

const REJECT = { verb: "reply", items: ["AR"] } as const;
const REJECT_AND_CLOSE: Plan = { rule: null, considered: [], steps: [REJECT, { verb: "close" }] };
const REJECT_AND_GO_ON: Plan = { rule: null, considered: [], steps: [REJECT] };
const CLOSE: Plan = { rule: null, considered: [], steps: [{ verb: "close" }] };

/** An answer to damage. */
export interface DamageAnswer {
  readonly plan: Plan;
  /** MSA-3. */
  readonly text: string;
}

/**
 * The answer to a damaged frame; null where nothing is to be said. What is left of the frame is then what the
 * workbench has scanned last.
 *
 * @param stopped whether the framer reads no further
 *
 * @example
 * ```ts
 * import { answerToDamage } from "./damage.ts";
 *
 * const fault = { code: "truncated" } as never;
 * if (answerToDamage({} as never, fault, false) !== null) throw new Error("a message cut short gets no answer");
 * ```
 */
export function answerToDamage(bench: Workbench, fault: FrameFault, stopped: boolean): DamageAnswer | null {
  const tooLarge = fault.code === "frame_too_large";
  if (fault.code === "truncated" || (!stopped && !tooLarge)) return null;
  bench.scan(fault.bytes);
  // No acknowledgement is answered, a damaged one neither.
  if (!stopped && bench.msa.hasMsa) return null;
  const identified = hasControlId(bench) && !bench.msa.hasMsa;
  const text = tooLarge
    ? `The message is too long: wanted ${fault.wanted}`
    : `The frame is damaged (${fault.code}): wanted ${fault.wanted}`;
  return { plan: !stopped ? REJECT_AND_GO_ON : identified ? REJECT_AND_CLOSE : CLOSE, text };
}

/** Whether MSH-10 stands in what was scanned, whole: with something behind it. */
function hasControlId({ header }: Workbench): boolean {
  return header.start(10) < header.end(10) && header.end(10) < header.message.length;
}
