/**
 * Triggers as written: which of the events that a rule's conditions hold for it acts on.
 * What they come to for one event is `decide/trigger.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { parsePath } from "../../lib/hl7/path.ts";
import { type Form, list, map, oneOrMore, type Read, scalar, shapedAs, unknownWord } from "./form.ts";
import type { Scope, Trigger } from "./scenario.ts";
import { count, duration, percent, positive, rate, wait } from "./units.ts";

/** The trigger of a rule that gives none: always. */
export const ALWAYS: Trigger = Object.freeze({ chance: 1 });

const SCOPES = ["scenario", "listener", "connection", "peer", "control_id"] as const;

/** Whose events are counted together. */
export const scopeForm: Form<Scope> = scalar(`${SCOPES.join(", ")}, or a path such as PID-3.1`, (text): Scope => {
  const known = SCOPES.find((scope) => scope === text);
  if (known !== undefined) return known;
  if (!/^[A-Z][A-Z0-9]{2}(\W|$)/.test(text)) throw new RangeError(unknownWord("scope", text, SCOPES));
  return { path: parsePath(text).text };
}, { type: "string" });

const chanceMap = map("a chance", { p: percent, burst: v.optional(positive) });

const chance: Form<{ readonly p: number; readonly burst?: number }> = shapedAs(
  v.union([percent, chanceMap]),
  (input) =>
    typeof input === "object" && input !== null
      ? chanceMap
      : v.pipe(percent, v.transform((p: number): { p: number; burst?: number } => ({ p }))),
);

const times = list(duration, "two durations such as [10s, 40s]");

const between: Form<[number, number]> = v.pipe(
  times,
  v.rawTransform<number[], [number, number]>(({ dataset, addIssue }) => {
    const [from, to, ...rest] = dataset.value;
    if (to === undefined || rest.length > 0) addIssue({ message: "wanted two durations, such as [10s, 40s]" });
    else if (from >= to) addIssue({ message: "can never fire: wanted the earlier time first, such as [10s, 40s]" });
    return [from, to];
  }),
);

const ENTRIES = {
  nth: v.optional(oneOrMore(positive)),
  every: v.optional(positive),
  first: v.optional(count),
  after: v.optional(count),
  times: v.optional(count),
  chance: v.optional(chance),
  between: v.optional(between),
  over: v.optional(rate),
  ramp: v.optional(map("a ramp", { from: percent, to: percent, over: wait })),
  per: v.optional(scopeForm),
};

const COUNTING = ["nth", "every", "first", "after", "times", "over", "chance", "ramp"] as const;

const triggerMap: Form<Trigger> = v.pipe(
  map("a trigger", ENTRIES),
  v.rawTransform<Read<typeof ENTRIES>, Trigger>(({ dataset, addIssue }) => {
    const { chance, ramp, between, over, ...counts } = dataset.value;
    const why = Object.keys(dataset.value).length === 0
      ? "found an empty trigger, wanted always, or one of nth, every, ..."
      : chance !== undefined && ramp !== undefined
      ? "chance and ramp exclude each other: a ramp is a chance that changes with time"
      : neverFires(dataset.value);
    if (why !== null) addIssue({ message: why });
    return {
      chance: chance?.p ?? 1,
      ...(chance?.burst === undefined ? {} : { burst: chance.burst }),
      ...(ramp === undefined ? {} : { ramp: { from: ramp.from, to: ramp.to, overMs: ramp.over } }),
      ...(between === undefined ? {} : { betweenMs: between }),
      ...(over === undefined ? {} : { overPerSecond: over }),
      ...counts,
    };
  }),
);

const bareTrigger = scalar("always, or a map such as {every: 5}", (text): Trigger => {
  if (text === "always") return ALWAYS;
  const value = COUNTING.find((key) => key === text);
  if (value !== undefined) throw new RangeError(`${value} needs a value: {${value}: ...}`);
  throw new RangeError(unknownWord("trigger", text, ["always", ...COUNTING]));
});

/** A trigger. */
export const triggerForm: Form<Trigger> = shapedAs<Trigger>(
  v.union([v.literal("always"), v.strictObject(ENTRIES)]),
  (input) => typeof input === "object" && input !== null ? triggerMap : bareTrigger,
);

/** Why a trigger can never hold; `null` if it can. */
function neverFires({ chance, ramp, first, times, nth, every, after }: Read<typeof ENTRIES>): string | null {
  if (first === 0) return "can never fire: first is 0, wanted 1 or more";
  if (times === 0) return "can never fire: times is 0, wanted 1 or more";
  if (chance?.p === 0) return "can never fire: the chance is 0%, wanted more";
  if (ramp?.from === 0 && ramp.to === 0) return "can never fire: the ramp goes from 0% to 0%, wanted more";
  const from = (after ?? 0) + 1;
  const to = first ?? Infinity;
  const step = every ?? 1;
  const holds = (n: number) => n >= from && n <= to && n % step === 0;
  const possible = nth === undefined ? Math.ceil(from / step) * step <= to : nth.some(holds);
  if (possible) return null;
  const parts = Object.entries({ nth, every, first, after }).filter(([, value]) => value !== undefined);
  return `can never fire: no event has a number that fits ${
    parts.map(([key, value]) => `${key}: ${value}`).join(", ")
  }`;
}
