/** README.md and docs/: in step with the code, with links that lead somewhere. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { choice, defineCommand, group, listed, toggle, value } from "../../cli/command.ts";
import { outputFlags } from "../../cli/shared_flags.ts";
import { documents, fencesIn, readInfo } from "../examples.ts";
import { list, paragraph, table, withParts } from "../markdown.ts";
import { read, ROOT } from "../source.ts";
import { MANUAL } from "./make_manual.ts";
import { anchor, optionsOf, prose } from "./options.ts";
import { optionsPart, readmeParts } from "./parts.ts";

const readme = read(MANUAL);
const parts = await readmeParts();

test("the manual is what the code makes (deno run -A test/manual/make_manual.ts makes it anew)", () => {
  assert.equal(readme, withParts(readme, MANUAL, parts));
});

test("the manual has a section for each command, with its options under it", () => {
  for (const { name } of COMMANDS) {
    const section = new RegExp(`^### mllp ${name}$([\\s\\S]*?)^#{2,3} `, "m").exec(readme)?.[1] ?? "";
    assert.ok(section.includes(`<!-- generated: ${optionsPart(name)} -->`), name);
  }
});

test("the manual begins with the two commands that try it and test it, and answers four questions before all else", () => {
  const order = [
    "npx -y deno@2.9.6 task demo",
    "npx -y deno@2.9.6 task test",
    "### See why a receiver rejects a message",
    "### Run 500 messages a second for ten minutes, with a threshold in CI",
    "### Make a mock that fails the first two tries of each message",
    "### Bridge a serial analyser",
    "## Commands",
  ].map((text) => readme.indexOf(`\n${text}\n`));
  assert.ok(order.every((at, i) => at > (order[i - 1] ?? 0)), String(order));
});

test("the manual's parts are wanted each once, and no others", () => {
  const made = { one: () => "1" };
  const place = "<!-- generated: one -->\nold\n<!-- end of one -->\n";
  assert.equal(withParts(place, "x.md", made), "<!-- generated: one -->\n\n1\n\n<!-- end of one -->\n");
  assert.throws(() => withParts("", "x.md", made), /^Error: x\.md has no place for one$/);
  assert.throws(
    () => withParts(place + place, "x.md", made),
    /x\.md: 'one' is no part that is made, or was there before/,
  );
});

/** The anchors of a document's headings, as GitHub makes them; one that comes again has a number. */
function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const withoutFences = markdown.replace(/^```[\s\S]*?^```$/gm, "");
  return new Set(Array.from(withoutFences.matchAll(/^#{1,6} (.+)$/gm), ([, heading]) => {
    const plain = anchor(heading.replace(/[`*]/g, ""));
    const before = seen.get(plain) ?? 0;
    seen.set(plain, before + 1);
    return before === 0 ? plain : `${plain}-${before}`;
  }));
}

for (const path of documents()) {
  const document = read(path);

  test(`${path} has links that lead to files that are there, and to headings in them`, () => {
    const links = Array.from(document.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g));
    const lost = links.filter(([, file, heading]) => {
      const target = file === "" ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(ROOT, target))) return true;
      return heading !== undefined && !anchorsOf(read(target)).has(heading);
    });
    assert.deepEqual(lost.map(([link]) => link), []);
  });

  test(`${path} has fences of languages that a test reads, or that nobody runs`, () => {
    const known = ["sh", "console", "yaml", "ts", "json", "text"];
    const strange = fencesIn(document, path).filter((fence) => {
      readInfo(fence);
      return !known.includes(fence.language);
    });
    assert.deepEqual(strange.map(({ lineNumber, language }) => `${lineNumber}: ${language}`), []);
    for (const fence of fencesIn(document, path)) {
      if (fence.language === "json") JSON.parse(fence.lines.join("\n"));
    }
  });
}

test("prose marks as code what help texts have in quotes, options, and what Markdown would take for its own", () => {
  assert.equal(
    prose("find 'p99 > 1ms', or --rate: {{now}}, a*b. The host's own"),
    "find `p99 > 1ms`, or `--rate`: `{{now}}`, `a*b`. The host's own",
  );
  assert.equal(
    prose("files, - is standard input (--payload full)"),
    "files, `-` is standard input (`--payload full`)".replace("`--payload full`", "`--payload` full"),
  );
});

test("optionsOf gives operands, a heading for each group, defaults, words, and points to what commands share", () => {
  const command = defineCommand({
    name: "sample",
    purpose: "Show what options look like",
    operands: [{ name: "FILE", about: "what to read", many: true }],
    flags: {
      ...group("One", {
        maxSize: value("SIZE", "how much", String, "16MiB"),
        deny: listed("RULE,...", "not these (names: below)", String, "", { choices: ["leading", "final"] }),
        secret: toggle("not shown", { hidden: true }),
      }),
      ...group("Two", { how: choice("in which way", ["fast", "slow"], "fast", { aliases: ["way"] }) }),
      ...outputFlags,
    },
    examples: [],
    notes: ["What else."],
    run: () => Promise.resolve(0 as const),
  });
  assert.equal(
    optionsOf(command as unknown as Parameters<typeof optionsOf>[0]),
    [
      "- `[FILE...]`: what to read.",
      "#### sample: One",
      "- `--max-size SIZE`: how much. Default: `16MiB`.\n- `--deny RULE,...`: not these (names: below).",
      "#### sample: Two",
      "- `--how fast|slow`: in which way; also `--way`. Default: `fast`.",
      "`RULE` of `--deny`: `leading`, `final`.",
      "And, as other commands: [Output](#output).",
      "```text\nWhat else.\n```",
    ].join("\n\n"),
  );
});

test("tables, lists and paragraphs are as deno fmt has them", () => {
  assert.equal(table(["a", "what"], [["`x|y`", "1"]]), "| a      | what |\n| ------ | ---- |\n| `x\\|y` | 1    |");
  const long = `${"word ".repeat(24)}\`code that stays together\` end`;
  assert.deepEqual(paragraph(long).split("\n").map((line) => line.length), [119, 30]);
  assert.match(list([long]), /^- (?:word )+word\n {2}word `code that stays together` end$/);
});
