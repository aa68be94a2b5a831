/** docs/scenarios.md and examples/: in step with the code, and right. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { matcherOf } from "../../../receiver/matcher.ts";
import { parseScenario } from "../../../receiver/scenario/parse.ts";
import { read, ROOT } from "../../source.ts";
import { GENERATED } from "./reference.ts";
import { REFERENCE, withGenerated } from "./make_reference.ts";

const document = read(REFERENCE);
const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".yaml")).sort();

test("the reference of scenarios is what the code makes (deno run -A test/receiver/scenario/make_reference.ts makes it anew)", () => {
  assert.equal(document, withGenerated(document));
});

test("the reference of scenarios wants every part that is made, once", () => {
  const [name] = Object.keys(GENERATED);
  const part = new RegExp(`<!-- generated: ${name} -->[\\s\\S]*?<!-- end of ${name} -->\n`);
  const without = document.replace(part, "");
  assert.throws(() => withGenerated(without), new RegExp(`has no place for ${name}$`));
  assert.throws(() => withGenerated(document + part.exec(document)![0]), new RegExp(`'${name}'.*was there before`));
});

test("the reference of scenarios has no line that is too long", () => {
  const long = document.split("\n").flatMap((line, i) => line.length > 130 ? [`${i + 1}: ${line.length}`] : []);
  assert.deepEqual(long, []);
});

test("the reference of scenarios names files that are there", () => {
  const named = Array.from(document.matchAll(/\]\((?!https?:)([^)#]+)\)/g), ([, path]) => path);
  assert.ok(named.length > examples.length);
  assert.deepEqual(named.filter((path) => !existsSync(join(ROOT, "docs", path))), []);
});

const options = {
  file: "snippet.yaml",
  seed: 1,
  matcher: matcherOf(),
  files: { resolve: (path: string) => path, read: () => "20ms\n" },
};

const snippets = Array.from(document.matchAll(/^```yaml\n([\s\S]*?)^```$/gm), ([, text]) => text);

for (const [i, text] of snippets.entries()) {
  test(`the reference of scenarios prints a scenario that is right, or rules of one: ${i + 1} of ${snippets.length}`, () => {
    // A list is one of rules.
    const rules = text.startsWith("- ") ? `version: 1\nrules:\n${text.replace(/^/gm, "  ")}` : text;
    assert.ok(parseScenario(rules, options).listeners.length > 0);
  });
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true })
  .compile(JSON.parse(read("docs/schema/mllp.scenario-1.schema.json")));

for (const name of examples) {
  test(`examples/${name} names the schema, says how it is run and what is seen, and is right`, () => {
    const text = read(`examples/${name}`);
    const [first, ...comment] = text.split(/^version: 1$/m)[0].trimEnd().split("\n");
    assert.equal(first, "# yaml-language-server: $schema=../docs/schema/mllp.scenario-1.schema.json");
    assert.ok(comment.some((line) => line.startsWith(`#   mllp receive examples/${name}`)));
    assert.ok(comment.some((line) => /^# The client sees\b/.test(line)));
    const written = parse(text);
    const { name: title, listeners: [{ endpoint }] } = written;
    assert.ok(validate(written), JSON.stringify(validate.errors));
    assert.equal(typeof title, "string");
    assert.match(endpoint, /^(tcp|tls):\/\/127\.0\.0\.1:257\d$/);
    assert.equal(parseScenario(text, { ...options, file: name }).name, title);
  });
}
