/**
 * Why each rule did or did not decide on a message, told afterwards. An entry has those rules alone whose conditions held: why the others
 * were passed over is found out anew, by the rules in force and by what is kept of the message. Once the rules have been changed, what
 * was written down is told alone: nobody knows what those of now would have been then.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type ConditionFound, type Considered, explain } from "../decide/decide.ts";
import { Moment } from "../decide/moment.ts";
import { compileWhen } from "../decide/when.ts";
import type { JournalMessage } from "../journal/entry.ts";
import type { Rule, Scenario } from "../scenario/scenario.ts";
import type { EntriesOptions } from "../verify/entries.ts";
import { checkWhen, EntryFacts, scopeOf } from "../verify/kept.ts";
import type { Explanation } from "./surface.ts";

/** Goes before the rules of a message that came before a change of them. */
const CHANGED = "the rules have been changed since: which of them were passed over is no longer told";

/**
 * The rules for a message, one on a line, and what came of it.
 *
 * @param scenario The rules by which the message was judged; null where they are in force no longer.
 *
 * @example
 * ```ts
 * import { reasonsFor } from "./reasons.ts";
 * import { parseScenario } from "../scenario/parse.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = parseScenario("{version: 1, rules: [{id: bad, when: {MSH-10: E1}, do: [hold]}]}", { file: "a.yaml", seed: 1 });
 * const entry = { n: 1, at: "2026-01-31T12:00:00.000Z", type: "ADT^A01", controlId: "M1", peer: "", bytesIn: 99, warnings: [] };
 * const told = reasonsFor({ ...entry, rule: null, considered: [], steps: [], outcome: "replied" } as never, scenario, { payload: "hash" });
 * assert.equal(told.lines[0], "bad: not whose MSH-10 is 'E1'");
 * ```
 */
export function reasonsFor(entry: JournalMessage, scenario: Scenario | null, options: EntriesOptions): Explanation {
  const { considered, rule: decided, plan, steps, outcome } = entry;
  const all: Considered[] = [];
  const rules = scenario?.rules ?? [];
  const lines = scenario === null ? [CHANGED] : [];
  const tell = (some: readonly Considered[]) => {
    all.push(...some);
    lines.push(...some.map(reasonLine));
  };
  // Those fired by hand go before all others.
  let told = considered.findIndex(({ fired }) => fired !== true);
  if (told < 0) told = considered.length;
  tell(considered.slice(0, told));
  const isDecided = all.some(({ rule }) => rule === decided);
  const isKnown = decided === null || rules.some(({ id }) => id === decided);
  for (const rule of isDecided ? [] : rules) {
    if (rule.on !== "message") continue;
    const at = considered.findIndex(({ rule: id }) => id === rule.id);
    if (at >= told) {
      tell(considered.slice(told, at + 1));
      told = at + 1;
    }
    if (rule.id === decided) break;
    if (at >= 0) continue;
    const found = passedOver(rule, entry, options);
    if (typeof found === "string") lines.push(`${rule.id}: ${found}`);
    // Behind a rule that is no longer here, who knows whether it was asked.
    else if (found.missed === "when" || isKnown) tell([found]);
  }
  tell(considered.slice(told));
  const so = lines.length === 0 ? "" : "so ";
  const did = steps.map(({ at_ms, verb, detail }) => `${at_ms} ms: ${verb}: ${detail}`);
  const who = decided === null ? "the defaults decide" : `${decided} decides`;
  // A plan is kept where it depends on something.
  const decision = plan === undefined ? who : explain({ rule: decided, considered: [], steps: plan });
  return { lines: [...lines, `${so}${decision}`, ...did, `it came to: ${outcome}`], considered: all };
}

/** Why a rule that had its turn was not even tried; in words where that can no longer be told. */
function passedOver(
  { id, when = {}, trigger }: Rule,
  entry: JournalMessage,
  options: EntriesOptions,
): Considered | string {
  const plain = { rule: id, chance: trigger.chance, draw: null, held: false } as const;
  let conditions: ConditionFound[];
  try {
    checkWhen(when, options.payload);
    const moment = new Moment();
    const listeners = (options.listeners ?? []).map(({ name }) => name);
    const compiled = compileWhen(when, { moment, listeners, matcher: options.matcher });
    moment.begin({ scope: scopeOf(entry), attempt: entry.attempt }, new EntryFacts(options).of(entry));
    conditions = compiled.map(({ text, holds }) => ({ text, held: holds(moment) }));
    moment.end();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `not tried, and why can no longer be told: ${error.message}`;
  }
  return conditions.every(({ held }) => held) ? { ...plain, missed: "off" } : { ...plain, missed: "when", conditions };
}

/** One rule of the sentence in which a plan is explained. */
function reasonLine(each: Considered): string {
  const sentence = explain({ rule: null, steps: [], considered: [each] });
  return sentence.slice(0, sentence.lastIndexOf("; so "));
}
