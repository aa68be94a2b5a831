import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Command } from "../../cli/command.ts";
import { UsageError } from "../../cli/exit_code.ts";
import { helpText, longName, parseArguments } from "../../cli/parser.ts";
import { outputFlags } from "../../cli/shared_flags.ts";
import { MLLP_RULES } from "../../lib/framing/rules.ts";
import { plain } from "../../lib/text.ts";
import { anyCommand, fakeCommand } from "./fake_command.ts";

function parse(line: string) {
  const parsed = parseArguments(fakeCommand, line.split(" "));
  assert.notEqual(parsed, "help");
  return parsed as Exclude<typeof parsed, "help">;
}

describe("parseArguments", () => {
  test("parseArguments gives operands in order and every flag its default", () => {
    const { operands, flags, given } = parse("a b c");
    assert.deepEqual(operands, ["a", "b", "c"]);
    assert.equal(flags.retries, 0);
    assert.equal(flags.wait, undefined);
    assert.deepEqual(flags.backoff, [2000, 3000]);
    assert.deepEqual(flags.set, []);
    assert.equal(flags.framing, "mllp");
    assert.equal(flags.maxFrame, 16 * 2 ** 20);
    assert.equal(flags.json, false);
    assert.equal(given("retries"), false);
  });

  test("parseArguments reads values with their type, apart or behind an equals sign, between operands", () => {
    const { operands, flags, given } = parse("a --retries 3 --wait=250ms b --json --max-frame 64KB --no-color");
    assert.deepEqual(operands, ["a", "b"]);
    assert.equal(flags.retries, 3);
    assert.equal(given("retries"), true);
    assert.equal(flags.wait, 250);
    assert.equal(flags.json, true);
    assert.equal(flags.noColor, true);
    assert.equal(flags.maxFrame, 64_000);
  });

  test("parseArguments lets the last of a flag win, joins lists, collects what may be repeated", () => {
    const { flags } = parse("a --retries 1 --tries 2 --backoff 1s --backoff 2s,4s --set x=1 --set y=1,2");
    assert.equal(flags.retries, 2);
    assert.deepEqual(flags.backoff, [1000, 2000, 4000]);
    assert.deepEqual(flags.set, ["x=1", "y=1,2"]);
  });

  test("parseArguments takes everything behind -- as operands, and - as one", () => {
    assert.deepEqual(parse("a - -- --json").operands, ["a", "-", "--json"]);
    assert.equal(parse("a -- --json").flags.json, false);
  });

  test("parseArguments is asked for help by --help and -h, whatever else is wrong", () => {
    for (const line of ["--help", "-h", "a --help"]) assert.equal(parseArguments(fakeCommand, line.split(" ")), "help");
  });

  const REFUSED: [string, RegExp][] = [
    ["", /^ENDPOINT is missing: wanted mllp try ENDPOINT \[FILE\.\.\.\]; 'mllp help try' shows the usage$/],
    ["a --retires 3", /^unknown option '--retires'; did you mean --retries\?$/],
    ["a --trie 3", /^unknown option '--trie'; did you mean --tries\?$/],
    ["a --json=yes", /^--json takes no value, found 'yes'$/],
    ["a --secret=", /^--secret takes no value, found ''$/],
    ["a --jsn=yes", /^unknown option '--jsn=yes'; did you mean --json\?$/],
    ["a --secrets", /^unknown option '--secrets'; the nearest is --(?!secret)/],
    ["a --file x", /^unknown option '--file'; FILE is an operand: mllp try ENDPOINT \[FILE\.\.\.\]$/],
    ["a -q", /^unknown option '-q'; did you mean --quiet\?$/],
    ["a -hst x", /^unknown option '-hst'; did you mean -host\?$/],
    ["a --frobnicate", /^unknown option '--frobnicate'; the nearest is --[a-z-]+, and 'mllp help try' shows all$/],
    ["a --retries", /^--retries: its value is missing, wanted --retries N; 'mllp help try' shows the usage$/],
    ["a --retries many", /^--retries: Cannot read 'many' as a count: wanted a whole number/],
    ["a --tries many", /^--tries: Cannot read 'many' as a count/],
    ["a --backoff 1s,2", /^--backoff: Cannot read '2' as a duration/],
    [
      "a --framing mlpp",
      /^--framing: Cannot read 'mlpp': wanted one of mllp, mllp2, hllp, x328, illp, none; did you mean mllp\?$/,
    ],
    ["a --allow no-fianl-cr", /^--allow: Cannot read 'no-fianl-cr': wanted one of .*; did you mean no-final-cr\?$/],
  ];
  for (const [line, message] of REFUSED) {
    test(`parseArguments refuses '${line}' in one line that names what is wrong`, () => {
      assert.throws(
        () => parseArguments(fakeCommand, line.split(" ").filter((word) => word !== "")),
        (error: Error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, message);
          assert.ok(!error.message.includes("\n"));
          return true;
        },
      );
    });
  }
});

test("parseArguments refuses an operand too many in plain words, with the command's advice if it has any", () => {
  const bare = { ...anyCommand, operands: [] };
  const pair = { ...anyCommand, operands: [{ name: "FROM", about: "a", required: true }, { name: "TO", about: "b" }] };
  const rows: [Command, string, string][] = [
    [bare, "x", "unexpected 'x': there are no operands; 'mllp help try' shows the usage"],
    [
      { ...bare, advise: (operand) => `write --wait ${operand}` },
      "5s",
      "unexpected '5s': there are no operands; write --wait 5s",
    ],
    [pair, "a b c d", "unexpected 'c': wanted mllp try FROM [TO]; 'mllp help try' shows the usage"],
  ];
  for (const [command, line, message] of rows) {
    assert.throws(() => parseArguments(command, line.split(" ")), new UsageError(message));
  }
});

describe("helpText", () => {
  const help = plain(helpText(anyCommand));

  test("helpText shows purpose, usage, groups with defaults, notes and examples within 80 columns", () => {
    const lines = help.split("\n");
    for (const line of lines) assert.ok(line.length <= 80, line);
    assert.equal(lines[0], "Usage: mllp try [options] <ENDPOINT> [FILE...]");
    assert.ok(lines.includes("Say what was given."));
    const headings = lines.filter((line) => /^[A-Z].*:$/.test(line));
    assert.deepEqual(headings, ["Arguments:", "Trying:", "Framing:", "Output:", "Examples:"]);
    assert.match(help, /--retries <N> +tries after the first; also --tries\s+\(default: 0\)/);
    assert.match(help, /--backoff <DURATION,...> +waits between tries \(default: 2s,3s\)/);
    assert.ok(
      help.endsWith(
        "A note.\n\nExamples:\n  # one\n  mllp try a\n  # two\n  mllp try a b\n  # three\n  mllp try a --retries 3",
      ),
    );
  });

  test("helpText lists the words of a value below the options, where their line does not", () => {
    const lines = help.split("\n");
    const first = lines.findIndex((line) => line.startsWith("RULE of --allow and --deny: leading-bytes, "));
    const listed = lines.slice(first, lines.indexOf("A note.") - 1).join(" ").replace(/^RULE of [^:]*: /, "");
    assert.deepEqual(listed.split(/, +/), MLLP_RULES.map(({ name }) => name));
    assert.ok(!help.includes("of --framing"));
  });

  test("helpText calls the group of --help by what else is in it", () => {
    const secret = Object.values(outputFlags).map((flag, i) => [`x${i}`, { ...flag, hidden: true }]);
    const bare = plain(helpText({ ...anyCommand, flags: Object.fromEntries(secret) }));
    assert.match(bare, /\nOptions:\n {2}-h, --help {2}show this text\n/);
    assert.ok(!bare.includes("Output:"));
  });

  test("helpText hides hidden flags and other names", () => {
    assert.ok(!help.includes("--secret"));
    assert.ok(!/^ {2}--tries/m.test(help));
  });
});

test("longName writes a key as a long option", () => {
  assert.equal(longName("maxFrame"), "--max-frame");
  assert.equal(longName("noColor"), "--no-color");
  assert.equal(longName("json"), "--json");
});
