/**
 * What an expectation came to: verdicts as they stand in the summary, and the messages that came closest.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Moment } from "../decide/moment.ts";

/** A message that came close to what was wanted, or is what is wrong. Values stand here only where they were asked for. */
export interface Miss {
  /** Its number. */
  readonly n: number;
  /** MSH-10; empty where there is none, or where it is no longer known. */
  readonly controlId: string;
  /** MSH-9 as `ADT^A01`; empty likewise. */
  readonly type: string;
  /** What speaks against it, each in a few words: `not of type ADT^A01`. */
  readonly why: readonly string[];
}

/** What an expectation came to. Keys are public (cli.md). */
export interface Verdict {
  /** The expectation in one line. */
  readonly expr: string;
  readonly pass: boolean;
  /** One sentence with what was found. */
  readonly detail: string;
  /** Where it failed: at most three messages, the closest first. */
  readonly nearest?: readonly Miss[];
}

/** A verdict while messages may still come. */
export interface Standing extends Verdict {
  /** Whether nothing that may still come changes it. */
  readonly decided: boolean;
}

/** So many messages are named in a verdict. */
export const MOST_MISSES = 3;

/** What is said where an expectation is about messages of which none came. */
export const NOTHING_CAME = "no such message came";

/**
 * A message by name, as people know it.
 *
 * @example
 * ```ts
 * import { nameOf } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(nameOf({ n: 17, type: "ADT^A04", controlId: "MSG17" }), "message 17 (ADT^A04, MSG17)");
 * assert.equal(nameOf({ n: 17, type: "", controlId: "" }), "message 17");
 * ```
 */
export function nameOf({ n, type, controlId }: Pick<Miss, "n" | "type" | "controlId">): string {
  const known = [type, controlId].filter((part) => part !== "");
  return `message ${n}${known.length === 0 ? "" : ` (${known.join(", ")})`}`;
}

/**
 * The message of a moment as a miss.
 *
 * @example
 * ```ts
 * import { missOf } from "./verdict.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * assert.deepEqual(missOf(moment, 5, ["too late"]), { n: 5, controlId: "MSG1", type: "", why: ["too late"] });
 * ```
 */
export function missOf(moment: Moment, n: number, why: readonly string[]): Miss {
  const { scope } = moment;
  // What stands for an id that a message has not.
  return { n, controlId: scope.startsWith("\u0000") ? "" : scope, type: moment.type, why };
}

/**
 * A verdict's parts put together: the first of the misses ends its sentence.
 *
 * @example
 * ```ts
 * import { standing } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * const nearest = [{ n: 2, controlId: "B", type: "ADT^A04", why: ["not of type ADT^A01"] }];
 * const { detail } = standing("1 message of type ADT^A01", { pass: false, decided: false, detail: "found 0", nearest });
 * assert.equal(detail, "found 0; nearest: message 2 (ADT^A04, B), not of type ADT^A01");
 * ```
 */
export function standing(
  expr: string,
  { pass, decided, detail, nearest = [], lead = "nearest" }: {
    readonly pass: boolean;
    readonly decided: boolean;
    readonly detail: string;
    readonly nearest?: readonly Miss[];
    /** What the first of them is. */
    readonly lead?: string;
  },
): Standing {
  if (pass || nearest.length === 0) return { expr, pass, decided, detail };
  const [first] = nearest;
  const told = `${detail}; ${lead}: ${[nameOf(first), ...first.why].join(", ")}`;
  return { expr, pass, decided, detail: told, nearest };
}

/**
 * The verdict of a standing at the end.
 *
 * @example
 * ```ts
 * import { verdictOf } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * const verdict = { expr: "no message of type ACK", pass: true, detail: "found none" };
 * assert.deepEqual(verdictOf({ ...verdict, decided: true }), verdict);
 * ```
 */
export function verdictOf({ decided: _, ...verdict }: Standing): Verdict {
  return verdict;
}
