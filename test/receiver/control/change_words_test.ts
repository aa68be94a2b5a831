/** What a change of the scenario was, in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeWords } from "../../../receiver/control/change_words.ts";
import { parseScenario } from "../../../receiver/scenario/parse.ts";

const read = (text: string) => parseScenario(`{version: 1, ${text}}`, { file: "test.yaml", seed: 1 });
const rules = (...ids: string[]) =>
  read(`rules: [${ids.map((id) => `{id: ${id}, when: {MSH-10: ${id}}, do: [hold]}`).join(", ")}]`);

test("changeWords names the rules that were added, removed and changed", () => {
  assert.equal(changeWords(rules("a"), rules("a", "late")), "the rule late was added");
  assert.equal(changeWords(rules("a", "b", "c"), rules("b")), "the rules a, c were removed");
  const off = read("rules: [{id: a, enabled: false, when: {MSH-10: a}, do: [hold]}]");
  assert.equal(changeWords(rules("a", "b"), off), "the rule b was removed, the rule a was changed");
  const defaults = read("defaults: {reply: AE}, rules: [{id: a, when: {MSH-10: a}, do: [hold]}]");
  assert.equal(changeWords(rules("a"), defaults), "the defaults were changed");
});

test("changeWords counts many rules, and says of anything else that it is the scenario", () => {
  assert.equal(changeWords(rules("z"), rules("a", "b", "c", "d", "e", "f", "z")), "6 rules were added");
  assert.equal(changeWords(rules("a", "b"), rules("b", "a")), "the scenario was changed");
});
