/**
 * Conditions, triggers and rules in words, for `--explain` and wherever a decision is reasoned about.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatCount, formatDuration, formatPercent, formatRate, formatSize } from "../../lib/values.ts";
import { type StepSpec, tellStep } from "../steps/registry.ts";
import { formatDelay } from "./delay.ts";
import type { ControlSpec, EventKind, Rule, Scope, Trigger } from "./scenario.ts";
import type { SizeBound, Test, When } from "./when.ts";

const SIZE_WORDS: Readonly<Record<SizeBound["op"], string>> = {
  ">": "larger than",
  ">=": "of at least",
  "<": "smaller than",
  "<=": "of at most",
  "=": "of exactly",
};

/** What a rule looks at, in the plural. */
const SUBJECTS: Readonly<Record<EventKind, string>> = {
  message: "messages",
  open: "connections that open",
  tls: "TLS connections",
  frame_fault: "damaged frames",
  idle: "connections that fall silent",
  close: "connections that close",
};

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(" or ");
}

function joined(parts: readonly string[], word: string): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} ${word} ${parts[parts.length - 1]}`;
}

/**
 * A test in words, to stand behind what is tested.
 *
 * @example
 * ```ts
 * import { tellTest } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellTest({ starts: ["HOSP"] }), "starts with 'HOSP'");
 * ```
 */
export function tellTest(test: Test): string {
  const { is, starts, ends, contains, matches, above, below, exists, empty } = test;
  const parts = [
    ...is === undefined ? [] : [`is ${quoted(is)}`],
    ...starts === undefined ? [] : [`starts with ${quoted(starts)}`],
    ...ends === undefined ? [] : [`ends with ${quoted(ends)}`],
    ...contains === undefined ? [] : [`contains ${quoted(contains)}`],
    ...matches === undefined ? [] : [`matches '${matches}'`],
    ...above === undefined ? [] : [`is above ${above}`],
    ...below === undefined ? [] : [`is below ${below}`],
    ...exists === undefined ? [] : [exists ? "has a value" : "is absent"],
    ...empty === undefined ? [] : [empty ? "is empty" : "is not empty"],
  ];
  return joined(parts, "and");
}

/**
 * Each condition in words, in the order in which they are looked at.
 *
 * @example
 * ```ts
 * import { tellConditions } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * const when = { type: ["ADT^A0*"], fields: [{ path: "MSH-6", test: { starts: ["HOSP"] } }] };
 * assert.deepEqual(tellConditions(when), ["of type ADT^A0*", "whose MSH-6 starts with 'HOSP'"]);
 * ```
 */
export function tellConditions(when: When): string[] {
  const { type, listener, peer, duplicate, frame, size, version, tlsCn, fields = [], any, all, not, raw } = when;
  return [
    ...type === undefined ? [] : [`of type ${joined(type, "or")}`],
    ...listener === undefined ? [] : [`on the listener ${joined(listener, "or")}`],
    ...peer === undefined ? [] : [`from ${joined(peer, "or")}`],
    ...duplicate === undefined ? [] : [duplicate ? "whose control id has come before" : "whose control id is new"],
    ...frame === undefined ? [] : [`whose frame is ${joined(frame, "or")}`],
    ...size === undefined ? [] : [`${SIZE_WORDS[size.op]} ${formatSize(size.bytes)}`],
    ...version === undefined ? [] : [`whose version ${tellTest(version)}`],
    ...tlsCn === undefined ? [] : [`whose certificate's name ${tellTest(tlsCn)}`],
    ...fields.map(({ path, test }) => `whose ${path} ${tellTest(test)}`),
    ...any === undefined ? [] : [`(${any.map(tellWhen).join(") or (")})`],
    ...all === undefined ? [] : all.map((each) => `(${tellWhen(each)})`),
    ...not === undefined ? [] : [`not (${tellWhen(not)})`],
    ...raw === undefined ? [] : [`whose text ${tellTest(raw)}`],
  ];
}

/**
 * Conditions in words.
 *
 * @example
 * ```ts
 * import { tellWhen } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellWhen({ type: ["ORU^R01"], size: { op: ">", bytes: 1e6 } }), "of type ORU^R01 and larger than 1MB");
 * ```
 */
export function tellWhen(when: When): string {
  return joined(tellConditions(when), "and");
}

/**
 * A scope in words.
 *
 * @example
 * ```ts
 * import { tellScope } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellScope("control_id"), "for each control id");
 * ```
 */
export function tellScope(scope: Scope): string {
  if (scope === "scenario") return "over all";
  return typeof scope === "string" ? `for each ${scope.replace("_", " ")}` : `for each value of ${scope.path}`;
}

/** A number with its ending: 1st, 2nd, 3rd, 11th. */
function nth(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${formatCount(n)}${teen ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th"}`;
}

/**
 * A trigger in words; empty for "always".
 *
 * @example
 * ```ts
 * import { tellTrigger } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellTrigger({ chance: 1, every: 50, per: "connection" }), "every 50th, counted for each connection");
 * assert.equal(tellTrigger({ chance: 0.1 }), "10% of them");
 * ```
 */
export function tellTrigger(trigger: Trigger): string {
  const { chance, burst, ramp, nth: numbers, every, first, after, times, betweenMs, overPerSecond, per } = trigger;
  const drawn = chance < 1 || ramp !== undefined;
  const parts = [
    ...numbers === undefined ? [] : [`the ${joined(numbers.map(nth), "and")}`],
    ...every === undefined ? [] : [every === 1 ? "every one" : `every ${nth(every)}`],
    ...first === undefined ? [] : [`the first ${first === 1 ? "one" : formatCount(first)}`],
    ...after === undefined ? [] : [`those after the ${nth(after)}`],
    ...betweenMs === undefined
      ? []
      : [`from ${formatDuration(betweenMs[0])} to ${formatDuration(betweenMs[1])} after the start`],
    ...overPerSecond === undefined ? [] : [`those beyond ${formatRate(overPerSecond)}`],
    ...times === undefined ? [] : [times === 1 ? "once" : `at most ${formatCount(times)} times`],
    ...ramp === undefined ? [] : [
      `${formatPercent(ramp.from)} of them, changing to ${formatPercent(ramp.to)} over ${formatDuration(ramp.overMs)}`,
    ],
    ...chance < 1 && ramp === undefined ? [`${formatPercent(chance)} of them`] : [],
    ...burst === undefined || burst < 2
      ? []
      : [`${burst} ${per === undefined ? "tries of the same message" : "in a row"} each time`],
  ];
  const counted = [numbers, every, first, after, times, overPerSecond].some((part) => part !== undefined);
  const scope = per !== undefined ? tellScope(per) : counted ? tellScope("listener") : "";
  if (parts.length === 0) return "";
  return scope === "" ? parts.join(", ") : `${parts.join(", ")}, ${counted || !drawn ? "counted" : "drawn"} ${scope}`;
}

/**
 * Steps in words, in order.
 *
 * @example
 * ```ts
 * import { tellSteps } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellSteps([{ verb: "hold" }, { verb: "close" }]), "say nothing, then close (FIN)");
 * ```
 */
export function tellSteps(steps: readonly StepSpec[]): string {
  const told: string[] = [];
  for (let i = 0; i < steps.length; i++) {
    // Standing aside is told as a part of the reply that it is for.
    if (steps[i].verb === "aside") continue;
    const [wait, reply] = [steps[i], steps[i + 1]];
    if (wait.verb === "delay" && reply?.verb === "reply" && reply.late !== undefined) {
      told.push(`${tellStep(reply)} by ${formatDelay(wait.delay)}`);
      i++;
    } else told.push(tellStep(steps[i]));
  }
  return told.length === 0 ? "nothing" : told.join(", then ");
}

/**
 * A rule in one sentence.
 *
 * @example
 * ```ts
 * import { tellRule } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * const rule = {
 *   id: "reject-a40",
 *   on: "message",
 *   when: { type: ["ADT^A40"] },
 *   trigger: { chance: 0.5 },
 *   do: [{ verb: "reply", reply: [{ reply: "AR", weight: 1 }] }],
 *   then: "stop",
 * } as const;
 * assert.equal(tellRule(rule), "reject-a40: messages of type ADT^A40, 50% of them: reply AR");
 * ```
 */
export function tellRule(rule: Rule): string {
  const { id, on, when, trigger, sequence, then, inState, toState, enabled, ttlMs, note } = rule;
  const subject = when === undefined ? `all ${SUBJECTS[on]}` : `${SUBJECTS[on]} ${tellWhen(when)}`;
  const which = tellTrigger(trigger);
  const scope = sequence === undefined ? "" : `, in turn ${tellScope(sequence.per ?? trigger.per ?? "listener")}`;
  const parts = [
    `${id}: ${inState === undefined ? "" : `in the state ${inState}, `}${subject}${which === "" ? "" : `, ${which}`}`,
    sequence === undefined ? `: ${tellSteps(rule.do)}` : `${scope}: ${tellSequence(sequence)}`,
    then === "continue" ? "; later rules decide too" : "",
    toState === undefined ? "" : `; from then on the state is ${toState}`,
    ttlMs === undefined ? "" : `; ends by itself after ${formatDuration(ttlMs)}`,
    enabled === false ? "; switched off" : "",
    note === undefined ? "" : ` (${note})`,
  ];
  return parts.join("");
}

function tellSequence({ steps, atEnd }: NonNullable<Rule["sequence"]>): string {
  const told = steps.map((each, i) => {
    const last = i === steps.length - 1 && atEnd === "last";
    return `the ${nth(i + 1)}${last ? " and later" : ""}: ${tellSteps(each)}`;
  });
  const end = { last: "", cycle: "; then from the first anew", fall_through: "; then the rule no longer holds" }[atEnd];
  return told.join("; ") + end;
}

/**
 * In-band control in one sentence.
 *
 * @example
 * ```ts
 * import { tellInBand } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   tellInBand({ path: "MSH-8", prefix: "fault:", maxDelayMs: 30_000, maxActive: 5 }),
 *   "in_band: messages whose MSH-8 starts with 'fault:', before all rules: what stands behind it, such as " +
 *     "delay=2s:50;code=AE:10; no delay beyond 30s; at most 5 messages at a time",
 * );
 * ```
 */
export function tellInBand({ path, prefix, maxDelayMs, maxActive }: NonNullable<ControlSpec["inBand"]>): string {
  const what = tellWhen({ fields: [{ path, test: { starts: [prefix] } }] });
  const parts = [
    `in_band: messages ${what}, before all rules: what stands behind it, such as delay=2s:50;code=AE:10`,
    maxDelayMs === undefined ? "" : `; no delay beyond ${formatDuration(maxDelayMs)}`,
    maxActive === undefined
      ? ""
      : `; at most ${formatCount(maxActive)} ${maxActive === 1 ? "message" : "messages"} at a time`,
  ];
  return parts.join("");
}
