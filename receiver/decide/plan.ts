/**
 * What a decision comes to: the steps, and the reasons, which can be put in words.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatPercent } from "../../lib/values.ts";
import { describeStep, type PlannedStep } from "../steps/registry.ts";
import { UNREAD, type Unread } from "./in_band_text.ts";
import type { Missed } from "./watch.ts";

/** A condition of a rule, and whether it held. */
export interface ConditionFound {
  /** In words: `whose MSH-6 starts with 'HOSP'`. */
  readonly text: string;
  readonly held: boolean;
  /** The value that was found, as ISO 8859-1; only where values were asked for, `null` where there was none. */
  readonly found?: string | null;
}

/** A rule that was tried for a message. */
export interface Considered {
  readonly rule: string;
  readonly chance: number;
  /** In [0, 1); the trigger held where it is below the chance. `null` where nothing needed to be drawn. */
  readonly draw: number | null;
  readonly held: boolean;
  /** Present where it was fired by hand, whatever its trigger. */
  readonly fired?: true;
  /** Present where it has conditions, and they held. */
  readonly matched?: true;
  /** The how-manieth event of its scope it was; absent where none is counted. */
  readonly ordinal?: number;
  /**
   * Why the trigger did not hold; `when` where a condition did not, `off` where the rule was switched off or in another state;
   * why what the message itself asks for cannot be read.
   */
  readonly missed?: Missed | "when" | "off" | Unread;
  /** Condition by condition; only where reasons were asked for. */
  readonly conditions?: readonly ConditionFound[];
}

/** What is done with a message, and why. */
export interface Plan {
  /** The rule that decided; `null` for the defaults. */
  readonly rule: string | null;
  readonly steps: readonly PlannedStep[];
  /** The rules tried, in order: those whose conditions held, or all of them where reasons were asked for. */
  readonly considered: readonly Considered[];
}

const MISSES: Readonly<Record<Exclude<Missed, "chance"> | Unread, string>> = {
  ...UNREAD,
  order: "not its turn",
  time: "not at this time",
  rate: "within the rate",
  times: "has acted as often as it may",
  sequence: "its sequence is over",
};

/**
 * A plan in one sentence for people.
 *
 * @example
 * ```ts
 * import { explain } from "./plan.ts";
 * import assert from "node:assert/strict";
 *
 * const plan = {
 *   rule: "close-before-ack",
 *   steps: [{ verb: "close" }],
 *   considered: [{ rule: "close-before-ack", chance: 0.1, draw: 0.0321, held: true }],
 * } as const;
 * assert.equal(explain(plan), "close-before-ack: drew 0.0321, below 10%; so close-before-ack decides: close (FIN)");
 * ```
 */
export function explain(plan: Plan): string {
  const tried = plan.considered.map((each) => `${each.rule}: ${reasonOf(each)}`);
  const doing = plan.steps.length === 0 ? "nothing" : plan.steps.map(describeStep).join(", then ");
  const why = plan.rule === null ? "the defaults decide" : `${plan.rule} decides`;
  return tried.length === 0 ? `${why}: ${doing}` : `${tried.join("; ")}; so ${why}: ${doing}`;
}

function reasonOf({ chance, draw, held, fired, matched, ordinal, missed, conditions = [] }: Considered): string {
  if (fired) return "fired by hand";
  if (missed === "off") return "switched off, or in another state";
  if (missed === "when") {
    const { text, found } = conditions.find((condition) => !condition.held) ?? { text: "what it looks at" };
    return `not ${text}${found === undefined ? "" : found === null ? " (nothing there)" : ` (found '${found}')`}`;
  }
  const number = ordinal === undefined ? "" : `number ${ordinal} of its count`;
  if (missed !== undefined && missed !== "chance") {
    return [number, MISSES[missed]].filter((part) => part !== "").join(", ");
  }
  if (draw === null) return number === "" ? held ? matched ? "matches" : "always" : "never" : number;
  const drew = `drew ${draw.toFixed(4)}, ${held ? "below" : "not below"} ${formatPercent(chance)}`;
  return number === "" ? drew : `${number}, ${drew}`;
}
