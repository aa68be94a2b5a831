/**
 * `swap`, `reorder` and `join`: replies that leave together with others. Who waits for others stands aside: the
 * connection's later replies do not wait for it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount, formatDuration, parsePositive } from "../../lib/values.ts";
import { type Form, map, scalar, shapedAs } from "../scenario/form.ts";
import { wait, yes } from "../scenario/units.ts";
import type { Gathering } from "./way.ts";

/** How long others are waited for (our decision: longer than a busy sender takes for a message, shorter than most time-outs of one). */
export const GATHER_WITHIN_MS = 10_000;

const isMap = (input: unknown) => input !== null && typeof input === "object" && !Array.isArray(input);

const swap = map("a swap", { within: wait });

/** The value behind `swap`: `true` or `{within: 10s}`. */
export const swapForm: Form<Gathering> = v.pipe(
  shapedAs<number>(
    v.union([yes, swap]),
    (input) =>
      isMap(input)
        ? v.pipe(swap, v.transform(({ within }: { within: number }) => within))
        : v.pipe(yes, v.transform(() => GATHER_WITHIN_MS)),
  ),
  v.transform((withinMs: number): Gathering => ({ kind: "swap", count: 2, withinMs })),
);

const several: Form<number> = scalar("a whole number from 2 on, this message counted", (text) => {
  const count = parsePositive(text);
  if (count > 1) return count;
  throw new RangeError(`Cannot gather ${count} message: wanted 2 or more, this one counted`);
}, { type: ["integer", "string"], pattern: "^[0-9]+(_[0-9]+)*$", minimum: 2 });

function counted(kind: "reorder" | "join"): Form<Gathering> {
  const whole = map(`what to ${kind}`, { count: several, within: v.optional(wait) });
  type Whole = v.InferOutput<typeof whole>;
  const ofMap = v.pipe(
    whole,
    v.transform(({ count, within: withinMs = GATHER_WITHIN_MS }: Whole): Gathering => ({ kind, count, withinMs })),
  );
  const ofCount = v.pipe(
    several,
    v.transform((count: number): Gathering => ({ kind, count, withinMs: GATHER_WITHIN_MS })),
  );
  return shapedAs<Gathering>(v.union([several, whole]), (input) => isMap(input) ? ofMap : ofCount);
}

/** The value behind `reorder`: `3` or `{count: 3, within: 10s}`. */
export const reorderForm: Form<Gathering> = counted("reorder");

/** The value behind `join`: `3` or `{count: 3, within: 10s}`. */
export const joinForm: Form<Gathering> = counted("join");

/**
 * A gathering in words, to stand behind the reply.
 *
 * @example
 * ```ts
 * import { tellGathering } from "./gather.ts";
 * import assert from "node:assert/strict";
 *
 * const told = tellGathering({ kind: "join", count: 3, withinMs: 10_000 });
 * assert.equal(told, "in one write with 2 others, waiting 10s at most");
 * ```
 */
export function tellGathering({ kind, count, withinMs }: Gathering): string {
  const others = count === 2 ? "another one" : `${formatCount(count - 1)} others`;
  const words = { join: "in one write with", reorder: "in reverse order with", swap: "exchanged with" };
  const waiting = withinMs === Infinity ? "" : `, waiting ${formatDuration(withinMs)} at most`;
  return `${words[kind]} ${others}${waiting}`;
}
