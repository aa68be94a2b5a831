import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { meantCommand, meantOption, type Vocabulary } from "../../cli/meant.ts";
import { longName } from "../../cli/parser.ts";

const vocabularies = new Map<string, Vocabulary>();
for (const { name, load } of COMMANDS) {
  const { flags, operands } = await load();
  vocabularies.set(name, { options: Object.keys(flags).map(longName), operands: operands.map(({ name }) => name) });
}

describe("meantOption", () => {
  const ROWS: [command: string, written: string, meant: string][] = [
    // As other programs say.
    ["spam", "--conns", "--connections"],
    ["spam", "--threads", "--connections"],
    ["spam", "--qps", "--rate"],
    ["spam", "--time", "--duration"],
    ["spam", "-n", "--count"],
    ["spam", "--file", "FILE"],
    ["send", "--file", "FILE"],
    ["send", "--address", "ENDPOINT"],
    ["send", "--verbose", "--show-payload"],
    ["send", "--time", "--timeout"],
    ["send", "-k", "--insecure"],
    ["receive", "--port", "--listen :PORT"],
    ["receive", "-p", "--listen :PORT"],
    ["receive", "--host", "--listen HOST:PORT"],
    ["receive", "--file", "--reply file:PATH"],
    ["receive", "--duration", "--for"],
    // Begun, or a word in common.
    ["spam", "--conn", "--connections"],
    ["spam", "--dur", "--duration"],
    ["send", "--payload", "--show-payload"],
    ["send", "--cert-file", "--cert"],
    ["spam", "--reply-timeout", "--timeout"],
    ["receive", "--no-reply", "--reply"],
    ["send", "--color", "--no-color"],
    // Slips.
    ["send", "--retires", "--retries"],
    ["send", "--conect-timeout", "--connect-timeout"],
    ["send", "--maxFrame", "--max-frame"],
    ["send", "--max_frame", "--max-frame"],
    ["receive", "--lisen", "--listen"],
    ["receive", "-d", "--delay"],
    // A part of it, as other programs say.
    ["spam", "--max-users", "--connections"],
  ];
  for (const [command, written, meant] of ROWS) {
    test(`meantOption takes ${written} of mllp ${command} for ${meant}`, () => {
      assert.deepEqual(meantOption(written, vocabularies.get(command)!), { text: meant, likely: true });
    });
  }

  test("meantOption names the nearest where nothing is near, and never --help where there is an option", () => {
    const { text, likely } = meantOption("--frobnicate", vocabularies.get("receive")!);
    assert.equal(likely, false);
    assert.ok(vocabularies.get("receive")!.options.includes(text));
    const two = { options: ["--help", "--json"], operands: [] };
    assert.deepEqual(meantOption("--hel", two), { text: "--json", likely: false });
    assert.deepEqual(meantOption("--json5", { options: [], operands: [] }), { text: "--help", likely: false });
  });
});

describe("meantCommand", () => {
  const names = [...COMMANDS.map(({ name }) => name), "help"];
  const ROWS: [string, string | null][] = [
    ["listen", "receive"],
    ["server", "receive"],
    ["mock", "receive"],
    ["bench", "spam"],
    ["test", "spam"],
    ["Attack", "spam"],
    ["post", "send"],
    ["sned", "send"],
    ["recieve", "receive"],
    ["hepl", "help"],
    ["xyzzy", null],
    ["frobnicate", null],
  ];
  for (const [word, meant] of ROWS) {
    test(`meantCommand takes '${word}' for ${meant ?? "nothing there is"}`, () => {
      assert.equal(meantCommand(word, names), meant);
    });
  }

  test("meantCommand names no command that there is not", () => {
    assert.equal(meantCommand("listen", ["try"]), null);
  });
});
