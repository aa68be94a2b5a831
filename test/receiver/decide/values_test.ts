/** Values by path, found as `lib/hl7/path.ts` finds them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { MOST_VALUES, Values } from "../../../receiver/decide/values.ts";

/** Every value of a slot, as text. */
function all(values: Values, slot: number): string[] {
  const found: string[] = [];
  values.some(slot, (bytes, from, to) => {
    found.push(latin1(bytes, from, to));
    return false;
  });
  return found;
}

test("Values finds what a path finds, in any message", () => {
  const index = fc.constantFrom("", "[1]", "[2]", "[*]");
  const path = fc.tuple(
    fc.constantFrom("MSH", "PID", "OBX", "ZZZ"),
    index,
    fc.constantFrom("", "-1", "-2", "-3", "-5", "-9"),
    index,
    fc.constantFrom("", ".1", ".2", ".1.2"),
  ).map(([segment, n, field, r, c]) => field === "" ? segment + n : segment + n + field + r + c);
  const piece = fc.constantFrom("|", "^", "~", "&", "a", "bc", '""', "\r", "\rPID|", "\rOBX|", "\rOBX", "\n", "");
  const message = fc.tuple(
    fc.constantFrom("MSH|^~\\&", "MSH|^", "MSH$%~\\&", "FHS|^~\\&", "nonsense", ""),
    fc.array(piece, { maxLength: 60 }),
  )
    .map(([head, pieces]) => head + pieces.join(""));
  const values = new Values();
  const header = new HeaderScan();
  fc.assert(
    fc.property(
      fc.array(path, { minLength: 1, maxLength: 8 }),
      fc.array(message, { minLength: 1, maxLength: 3 }),
      (paths, messages) => {
        const slots = paths.map((each) => values.slot(each));
        for (const text of messages) {
          const bytes = utf8(text);
          header.scan(bytes);
          values.begin(header);
          for (const [i, each] of paths.entries()) {
            const expected = text.startsWith("MSH") ? parsePath(each).all(bytes).map((value) => latin1(value)) : [];
            assert.deepEqual(all(values, slots[i]), expected, `${each} in ${JSON.stringify(text)}`);
            assert.equal(values.count(slots[i]), expected.length);
            const first = values.first(slots[i]);
            assert.equal(first === null ? undefined : latin1(first), expected[0]);
          }
        }
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

test("Values looks at a bounded number of values", () => {
  const values = new Values();
  const slots = [values.slot("OBX[*]-5"), values.slot("PID-3[*]")];
  const header = new HeaderScan();
  header.scan(utf8(`MSH|^~\\&|A\rPID|1||${"x~".repeat(50_000)}\r${"OBX|1|NM|A||1\r".repeat(50_000)}`));
  values.begin(header);
  for (const slot of slots) assert.equal(values.count(slot), MOST_VALUES);
});
