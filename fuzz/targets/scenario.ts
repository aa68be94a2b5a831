/**
 * The scenario language as a target: documents drawn from its schema and examples with damage. Each is a scenario, which
 * then decides on messages, or a list of what is wrong and where.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { stringify } from "yaml";
import { dryRun } from "../../receiver/decide/dry_run.ts";
import { asConsidered, asPlannedSteps } from "../../receiver/journal/planned_form.ts";
import { matcherOf } from "../../receiver/matcher.ts";
import { MOST_ISSUES, ScenarioError } from "../../receiver/scenario/issue.ts";
import { parseScenario } from "../../receiver/scenario/parse.ts";
import type { Scenario } from "../../receiver/scenario/scenario.ts";
import type { Files } from "../../receiver/steps/step.ts";
import { SCHEMA } from "../../test/receiver/scenario/grammar.ts";
import { bytesOf, damaged, sequence } from "../bytes.ts";
import { type Json, schemaCase } from "../schema_case.ts";
import type { Met, Target } from "../target.ts";

/** A scenario's text. */
interface TextCase {
  readonly text: string;
}

const REPLY = "MSH|^~\\&|B|||||||X|P|2.5\rMSA|AA|\r";
/** Any path is a file, but for one. */
const FILES: Files = {
  resolve: (path) => `/scenarios/${path}`,
  read(path) {
    if (path.endsWith("missing.hl7")) throw new RangeError(`Cannot read the file '${path}': it is not there`);
    return path.includes("reply") ? REPLY : "10ms\n2s\n";
  },
};

/** Messages that most conditions can be met with. */
export const MESSAGES: readonly Uint8Array[] = [
  "MSH|^~\\&|ADT|NORTH|LAB|MAIN|20261122||ADT^A01|MSG1|P|2.5\rPID|1||4711^^^HOSP||Muster^Marta\r",
  "MSH|^~\\&|ADT|NORTH|LAB|MAIN|20261122||ADT^A01|MSG1|P|2.5\rPID|1||4711^^^HOSP||Muster^Marta\r",
  "MSH|^~\\&|LAB|NORTH|EHR|MAIN|20261122||ORU^R01|MSG2|P|2.3\rPID|1||0815\rOBX|1|NM|GLU||5.4\rOBX|2|NM|K||90\r",
  "MSH|^~\\&|A|B|C|D|20261122||QBP^K22^QBP_K21|MSG3|P|2.5.1|||AL|AL\r",
  "MSH|^~\\&|A|B|C|D|20261122||ACK|MSG4|P|2.5\rMSA|AA|MSG1\r",
  "MSH|^~\\&|A|B|C|D|20261122||ADT^A08||P|2.5\r",
  "no HL7",
  "",
].map(bytesOf);

/** What an error for people never says. */
const NONSENSE = /undefined|\[object |\bNaN\b|Infinity/;

/** Checks a text; the scenario, or null where it is none. */
export function checkText(text: string, met: Met): Scenario | null {
  let scenario: Scenario;
  try {
    scenario = parseScenario(text, { file: "f.yaml", seed: 7, files: FILES, matcher: matcherOf() });
  } catch (error) {
    assert.ok(error instanceof ScenarioError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.issues.length > 0 && error.issues.length <= MOST_ISSUES && error.found >= error.issues.length);
    const lines = text.replace(/^\ufeff/, "").split("\n");
    for (const { line, column, message, file } of error.issues) {
      assert.equal(file, "f.yaml");
      assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}: ${message}`);
      assert.ok(column >= 1 && column <= lines[line - 1].length + 1, `column ${column} of line ${line}: ${message}`);
      assert.ok(message !== "" && !NONSENSE.test(message.replaceAll(/'[^]*?'/g, "")), `told: ${message}`);
    }
    met(error.issues.some(({ message }) => message.startsWith("it is no YAML")) ? "no_yaml" : "issues");
    return null;
  }
  met("scenario");
  return scenario;
}

/** Decides on messages; what was planned must be what a journal gives back. */
export function checkDecisions(scenario: Scenario, met: Met): void {
  const decide = () => [...dryRun(scenario, MESSAGES, { matcher: matcherOf() })];
  const decisions = decide();
  assert.equal(JSON.stringify(decide()), JSON.stringify(decisions), "decided twice it is another");
  for (const { plan } of decisions) {
    if (plan.rule !== null) met("ruled");
    const written: unknown = JSON.parse(JSON.stringify(plan.steps));
    // The location of an error stands there with its parts, and is read as the text that it was made of.
    const wanted = JSON.parse(
      JSON.stringify(written),
      (key, value) => key === "location" ? value.text ?? value : value,
    );
    const read: unknown = JSON.parse(JSON.stringify(asPlannedSteps(written)));
    assert.deepEqual(read, wanted, "a plan read from a journal is another");
    asConsidered(JSON.parse(JSON.stringify(plan.considered)));
    for (const { verb } of plan.steps) met(verb);
  }
}

/** Ids of rules must differ, and a rule without a condition leaves nothing for those after it: so it is, mostly. */
function apart(rules: Json, own: boolean): Json {
  if (!Array.isArray(rules) || own) return rules;
  return rules.map((rule: Json, i) => {
    if (rule === null || typeof rule !== "object" || Array.isArray(rule)) return rule;
    const bare = !("when" in rule || "trigger" in rule);
    return { ...rule, id: `rule-${i}`, ...(bare ? { when: { "MSH-10": `MSG${i + 1}` } } : {}) };
  });
}
const sometimes = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const document = fc.tuple(schemaCase(SCHEMA, ["rules"]), sometimes).map(([value, own]): Json => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const { rules, ...rest } = value as Record<string, Json>;
  return { version: 1, ...rest, ...(rules === undefined ? {} : { rules: apart(rules, own) }) };
});
const text = fc.tuple(document, fc.constantFrom("json", "json 2", "yaml")).map(([value, form]) =>
  form === "yaml" ? stringify(value) : JSON.stringify(value, null, form === "json" ? undefined : 2)
);

/** Documents of the schema. */
export const scenarioTarget: Target<TextCase> = {
  name: "scenario",
  about: "a document of the schema is a scenario that decides on any message, or issues with their places",
  cases: text.map((text) => ({ text })),
  meets: ["scenario", "issues", "ruled", "reply", "delay"],
  check({ text }, met) {
    const scenario = checkText(text, met);
    if (scenario !== null) checkDecisions(scenario, met);
  },
};

const folder = new URL("../../examples/", import.meta.url);
const EXAMPLES = readdirSync(folder).filter((name) => name.endsWith(".yaml")).sort()
  .map((name) => readFileSync(new URL(name, folder), "utf8"));
const LINES = [...new Set(EXAMPLES.flatMap((example) => example.split("\n")))].filter((line) => line.trim() !== "");

/** Lines moved, dropped, doubled, from other examples, further in or out. */
const lines = fc.tuple(
  fc.constantFrom(...EXAMPLES),
  fc.array(
    fc.tuple(fc.constantFrom("drop", "double", "other", "in", "out", "swap"), fc.nat(99), fc.constantFrom(...LINES)),
    {
      maxLength: 3,
    },
  ),
).map(([example, edits]) =>
  edits.reduce((all, [how, at, line]) => {
    const i = at % all.length;
    if (how === "drop") return all.toSpliced(i, 1);
    if (how === "double") return all.toSpliced(i, 0, all[i]);
    if (how === "other") return all.toSpliced(i, 0, line);
    if (how === "in") return all.with(i, `  ${all[i]}`);
    if (how === "out") return all.with(i, all[i].replace(/^ {2}/, ""));
    return all.with(i, all.at(i - 1) ?? "").with(i - 1, all[i]);
  }, example.split("\n")).join("\n")
);
const PIECES = [
  ...[
    "&a ",
    "*a",
    "<<: *a",
    "- ",
    "? ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "|\n",
    ">\n",
    "# ",
    "'",
    '"',
    "!!str ",
    "!x ",
    "%YAML 1.2\n",
  ],
  ...[
    "---\n",
    "...\n",
    "\t",
    "\r\n",
    "\x00",
    "\x1b[31m",
    "\u00a0",
    "\ufeff",
    "~",
    "null",
    "100%",
    "-1ms",
    "0s",
    "\\x41",
    "🙂",
  ],
];

/** Examples with damage. */
export const scenarioTextTarget: Target<TextCase> = {
  name: "scenario-text",
  about: "an example with damage, as text: a scenario, or issues with their places, and nothing else ever",
  cases: damaged(lines, sequence(fc.constantFrom(...PIECES), 2)).map((text) => ({ text })),
  meets: ["scenario", "issues", "no_yaml", "ruled"],
  check({ text }, met) {
    const scenario = checkText(text, met);
    if (scenario !== null) checkDecisions(scenario, met);
  },
};
