import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { excerpt, harmless, jsonText, paint, plain, printable, table, truncate, width, wrap } from "../../lib/text.ts";

const ESC = "\u001b";

describe("text", () => {
  test("paint paints and plain takes it off, and nothing else", () => {
    assert.equal(paint("red", "no"), `${ESC}[31mno${ESC}[39m`);
    assert.equal(plain(paint(["bold", "green"], "yes")), "yes");
    assert.equal(plain(`a${ESC}]0;title\u0007b`), `a${ESC}]0;title\u0007b`);
  });

  test("printable shows every control character, line ends and paint as escapes", () => {
    const hostile = `a\r\n\t${ESC}[31m\u0000\u007f\u009b\u202e\u2028\ud800é漢`;
    assert.equal(printable(hostile), "a\\r\\n\\t\\x1b[31m\\x00\\x7f\\x9b\\u202e\\u2028\\ud800é漢");
  });

  test("excerpt shows a text as printable does, and the beginning of a long one", () => {
    assert.equal(excerpt(`a${ESC}[8m`), "a\\x1b[8m");
    assert.equal(excerpt("\r".repeat(8), 8), "\\r".repeat(8));
    assert.equal(excerpt(`${"\r".repeat(8)}x`, 8), `${"\\r".repeat(8)}… (9 characters)`);
    assert.equal(excerpt("x".repeat(10_000_000)).length, 500 + "… (10000000 characters)".length);
  });

  test("jsonText is JSON of the same value, without a character that a terminal obeys", () => {
    const value = { id: `${ESC}]0;x\u0007\u009b31m\u007f\u202e\u2066\u200b\u2028\ufeff\ud800é漢\r` };
    const text = jsonText(value);
    assert.deepEqual(JSON.parse(text), value);
    assert.match(text, /^[ -~é漢]+$/);
    assert.equal(jsonText([1], 2), "[\n  1\n]");
  });

  test("harmless keeps lines and paint and disarms all else", () => {
    const text = `${paint("red", "a")}\n${ESC}[2J${ESC}]0;x\u0007\rb`;
    assert.equal(harmless(text), `${paint("red", "a")}\n\\x1b[2J\\x1b]0;x\\x07\\rb`);
  });

  test("harmless lets no control character through but line ends and paint, whatever the text", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(ESC, `${ESC}[1m`, `${ESC}[`, "\u009b1m", "\n"),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => !/[^\P{Cc}\n]/u.test(plain(harmless(pieces.join(""))))),
      { seed: 20261122, numRuns: 2000 },
    );
  });

  test("width counts columns: none for paint and accents on their own, two for wide characters", () => {
    for (
      const [text, columns] of [["", 0], ["abc", 3], [paint("red", "abc"), 3], ["e\u0301", 1], ["漢字", 4], [
        "🏥",
        2,
      ]] as const
    ) {
      assert.equal(width(text), columns, text);
    }
  });

  test("truncate cuts to the width with an ellipsis and leaves no paint open", () => {
    assert.equal(truncate("abcdef", 6), "abcdef");
    assert.equal(truncate("abcdef", 5), "abcd…");
    assert.equal(truncate("漢字漢字", 4), "漢…");
    assert.equal(truncate("abc", 0), "");
    assert.equal(truncate(`ab${paint("red", "cdef")}gh`, 4), `ab${ESC}[31mc${ESC}[39m…`);
  });

  test("truncate never leaves a line wider than asked", () => {
    const part = fc.oneof(
      fc.string({ unit: "grapheme" }).map(printable),
      fc.string().map((text) => paint("bold", printable(text))),
    );
    fc.assert(
      fc.property(fc.array(part), fc.nat(40), (parts, columns) => width(truncate(parts.join(""), columns)) <= columns),
      { seed: 20261122, numRuns: 2000 },
    );
  });

  test("table aligns columns by their width on the screen", () => {
    const rows = [["name", "count"], [paint("red", "漢"), "7"], ["x", ""]];
    assert.deepEqual(table(rows, { align: "lr", indent: 1 }).map(plain), [" name  count", " 漢        7", " x"]);
    assert.deepEqual(table([["a", "b"], ["ccc", "d"]], { gap: 3 }), ["a     b", "ccc   d"]);
  });

  test("wrap keeps every line within the columns, and every word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1 })),
        fc.integer({ min: 2, max: 40 }),
        (words, columns) => {
          const text = words.map((word) => printable(word).replaceAll(" ", "_")).join(" ");
          const lines = wrap(text, columns);
          for (const line of lines) assert.ok(width(line) <= columns);
          assert.equal(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
        },
      ),
      { seed: 7 },
    );
  });
});
