/** The published JSON Schema of scenarios: in step with the code, and as strict as editors can be. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { WORDS } from "../../../receiver/steps/registry.ts";
import { BOTH, OPTIONS } from "../steps/reply/rows.ts";
import { EXAMPLES } from "./files.ts";
import { scenarioJsonSchema, SCHEMA_PATH } from "./make_schema.ts";

const published = readFileSync(SCHEMA_PATH, "utf8");
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const validate = ajv.compile(JSON.parse(published));

test("the scenarios' JSON Schema is what the code makes (deno run -A test/receiver/scenario/make_schema.ts makes it anew)", () => {
  assert.equal(published, scenarioJsonSchema());
});

for (const { name, text } of EXAMPLES) {
  test(`the scenarios' JSON Schema takes ${name}, which names it in its first lines`, () => {
    // As an editor reads it: numbers and truths are such.
    assert.ok(validate(parse(text)), ajv.errorsText(validate.errors));
    assert.match(
      text,
      /^(# yaml-language-server: \$schema=|\{\n {2}"\$schema": ")\.\.\/\.\.\/docs\/schema\/mllp\.scenario-1\.schema\.json/,
    );
  });
}

test("the scenarios' JSON Schema refuses what the parser refuses", () => {
  const wrong = [
    {},
    { version: 2 },
    { version: 1, rulse: [] },
    { version: 1, rules: [{ do: ["hold"] }] },
    { version: 1, rules: [{ id: "a", do: ["hodl"] }] },
    { version: 1, rules: [{ id: "a", do: [{ hodl: 1 }] }] },
    { version: 1, rules: [{ id: "a", do: [{ delay: { unifrom: [1, 2] } }] }] },
    { version: 1, rules: [{ id: "a", do: ["hold"], when: { tpye: "*" } }] },
    { version: 1, rules: [{ id: "a", do: ["hold"], when: { "PID-3": { strats: "x" } } }] },
    { version: 1, rules: [{ id: "a", do: ["hold"], trigger: { evry: 5 } }] },
    { version: 1, rules: [{ id: "a b", do: ["hold"] }] },
    { version: 1, rules: [{ id: "a", do: ["hold"], ttl: "5" }] },
    { version: 1, expect: [{ nothing: true }] },
    { version: 1, phases_at_end: "end" },
  ];
  for (const document of wrong) assert.equal(validate(document), false, JSON.stringify(document));
});

test("the scenarios' JSON Schema knows every step that is registered", () => {
  const { anyOf } = JSON.parse(published).$defs.step as {
    anyOf: { enum?: string[]; properties?: Record<string, unknown> }[];
  };
  const known = anyOf.flatMap((option) => option.enum ?? Object.keys(option.properties ?? {}));
  assert.deepEqual(new Set(known), new Set(WORDS));
});

const steps = (written: string) => parse(`{version: 1, rules: [{id: a, do: [${written}]}]}`);

test("the scenarios' JSON Schema takes every option of a reply, as one and as a step of its own", () => {
  const written = [
    ...[...BOTH, ...OPTIONS].map(([option]) => `{reply: {${option}}}`),
    ...BOTH.map(([option]) => `{${option}}`),
    "stale, swap, twice, hold, drop_reply, discard",
    "{send: start}, {send: {part: 50%}}, {send: rest}, {send: end_block}, {send: end_data}",
    "{drip: {bytes: 1, every: 20ms}}, {drip: {chunks: 5, over: 2s}}, {split_at: 40%}",
    "{enhanced: {commit: CA after 50ms, application: AA after 3s, order: reversed, on: new_connection, via: ':1'}}",
  ];
  for (const each of written) assert.ok(validate(steps(each)), `${each}: ${ajv.errorsText(validate.errors)}`);
});

test("the scenarios' JSON Schema refuses replies that are none, and what is only a part of others", () => {
  const wrong = [
    "{reply: {lat: 1s}}",
    "{stale: false}",
    "late",
    "aside",
    "{aside: true}",
    "{hold: true}",
    "{reorder: 1}",
    "{drip: {bytes: 1}}",
    "{drip: {bytes: 1, over: 1s}}",
    "{split_at: end_data}",
    "{send: end}",
    "{enhanced: {commit: AA}}",
    "{reply: {mutate: bmo}}",
  ];
  for (const each of wrong) assert.equal(validate(steps(each)), false, each);
});
