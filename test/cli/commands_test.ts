import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { helpText, longName, parseArguments } from "../../cli/parser.ts";
import { outputFlags } from "../../cli/shared_flags.ts";
import { plain } from "../../lib/text.ts";

for (const entry of COMMANDS) {
  describe(`mllp ${entry.name}`, () => {
    test(`mllp ${entry.name} says of itself what the overview says`, async () => {
      const command = await entry.load();
      assert.equal(command.name, entry.name);
      assert.equal(command.purpose, entry.purpose);
      assert.match(command.purpose, /^[A-Z][^\n]*[^.]$/);
    });

    test(`mllp ${entry.name} has a help of at most 80 columns, with three examples or more`, async () => {
      const command = await entry.load();
      for (const line of plain(helpText(command)).split("\n")) assert.ok(line.length <= 80, line);
      assert.ok(command.examples.length >= 3);
      for (const { line } of command.examples) assert.ok(line.startsWith(`mllp ${entry.name}`), line);
    });

    test(`mllp ${entry.name} explains each flag in a line without a full stop, and the default reads back`, async () => {
      const command = await entry.load();
      for (const [key, flag] of Object.entries(command.flags)) {
        assert.match(flag.about, /^[^\n]*[^.\s]$/, key);
        if (flag.shown !== "") assert.deepEqual(flag.read(flag.shown, undefined), flag.initial, longName(key));
      }
      const names = Object.entries(command.flags).flatMap(([key, flag]) => [key, ...flag.aliases]);
      assert.equal(new Set(names).size, names.length, "no name is given twice");
    });

    test(`mllp ${entry.name} takes the flags that every command takes`, async () => {
      const command = await entry.load();
      for (const key of Object.keys(outputFlags)) assert.ok(key in command.flags, key);
    });

    test(`mllp ${entry.name} shows its help for -h`, async () => {
      assert.equal(parseArguments(await entry.load(), ["-h"]), "help");
    });
  });
}

test("the overview lists the commands within 80 columns", () => {
  const longest = Math.max(...COMMANDS.map(({ name }) => name.length));
  for (const { purpose } of COMMANDS) assert.ok(longest + 4 + purpose.length <= 80, purpose);
});
