/**
 * What a change of the scenario was, in words.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { formatCount } from "../../lib/values.ts";
import type { Rule, Scenario } from "../scenario/scenario.ts";

/** Of more rules than this the number is told. */
const MOST_NAMED = 5;

/**
 * What differs between two scenarios: rules by their ids, the defaults, or that it is the scenario.
 *
 * @example
 * ```ts
 * import { changeWords } from "./change_words.ts";
 * import { parseScenario } from "../scenario/parse.ts";
 * import assert from "node:assert/strict";
 *
 * const read = (rules: string) => parseScenario(`{version: 1, rules: [${rules}]}`, { file: "a.yaml", seed: 1 });
 * const [one, two] = ["{id: bad, when: {MSH-10: B}, do: [hold]}", "{id: late, do: [hold]}"];
 * assert.equal(changeWords(read(one), read(`${one}, ${two}`)), "the rule late was added");
 * ```
 */
export function changeWords(before: Scenario, after: Scenario): string {
  const [was, is] = [before, after].map(({ rules }) => new Map(rules.map((rule) => [rule.id, rule])));
  const without = (some: Map<string, Rule>, others: Map<string, Rule>) =>
    [...some.keys()].filter((id) => !others.has(id));
  const changed = [...is].filter(([id, rule]) => was.has(id) && !isDeepStrictEqual(was.get(id), rule)).map(([id]) =>
    id
  );
  const parts = [
    ...said(without(is, was), "added"),
    ...said(without(was, is), "removed"),
    ...said(changed, "changed"),
    ...isDeepStrictEqual(before.defaults, after.defaults) ? [] : ["the defaults were changed"],
  ];
  return parts.length === 0 ? "the scenario was changed" : parts.join(", ");
}

function said(ids: readonly string[], verb: string): string[] {
  if (ids.length === 0) return [];
  if (ids.length === 1) return [`the rule ${ids[0]} was ${verb}`];
  return [
    ids.length > MOST_NAMED
      ? `${formatCount(ids.length)} rules were ${verb}`
      : `the rules ${ids.join(", ")} were ${verb}`,
  ];
}
