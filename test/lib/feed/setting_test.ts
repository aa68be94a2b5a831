import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { applySettings, parseSetting } from "../../../lib/feed/setting.ts";
import type { Skeleton } from "../../../lib/feed/skeleton.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { template } from "./fixtures.ts";

const MESSAGE = "MSH|^~\\&|A|B\rPID|1||417^^^X~9||M^A\rOBX|1|NM|C|1|5\rOBX|2|NM|C|2|6\r";

function set(text: string, ...settings: string[]): string {
  const message = { bytes: utf8(text), slots: [] };
  return latin1(applySettings(message, settings.map(parseSetting), "adt.hl7").bytes);
}

const SET: readonly (readonly [string, string, string])[] = [
  ["MSH-5=LAB", "MSH|^~\\&|A|B\r", "MSH|^~\\&|A|B|LAB\r"],
  ["MSH-3=LAB", "MSH|^~\\&|A|B\r", "MSH|^~\\&|LAB|B\r"],
  ["PID-3=8", "PID|1||417^^^X~9||M^A\r", "PID|1||8~9||M^A\r"],
  ["PID-3[2]=8", "PID|1||417^^^X~9||M^A\r", "PID|1||417^^^X~8||M^A\r"],
  ["PID-3[4]=8", "PID|1||417^^^X~9||M^A\r", "PID|1||417^^^X~9~~8||M^A\r"],
  ["PID-3[*].4=Y", "PID|1||417^^^X~9||M^A\r", "PID|1||417^^^Y~9^^^Y||M^A\r"],
  ["PID-3.1=", "PID|1||417^^^X~9||M^A\r", "PID|1||^^^X~9||M^A\r"],
  ["PID-4.2.3=q", "PID|1||417^^^X~9||M^A\r", "PID|1||417^^^X~9|^&&q|M^A\r"],
  ["PID-8=F", "PID|1||417^^^X~9||M^A\r", "PID|1||417^^^X~9||M^A|||F\r"],
  ["OBX-5=7", "OBX|1|NM|C|1|5\rOBX|2|NM|C|2|6\r", "OBX|1|NM|C|1|7\rOBX|2|NM|C|2|6\r"],
  ["OBX[2]-5=7", "OBX|1|NM|C|1|5\rOBX|2|NM|C|2|6\r", "OBX|1|NM|C|1|5\rOBX|2|NM|C|2|7\r"],
  ["OBX-5?=7", "OBX|1|NM|C|1|5\rOBX|2|NM|C|2|6\r", "OBX|1|NM|C|1|7\rOBX|2|NM|C|2|6\r"],
  ["NK1-2?=7", "OBX|1", "OBX|1"],
  ["OBX[3]-5 ?=7", "OBX|1", "OBX|1"],
  ["OBX[*]-5=7^8", "OBX|1|NM|C|1|5\rOBX|2|NM|C|2|6\r", "OBX|1|NM|C|1|7^8\rOBX|2|NM|C|2|7^8\r"],
];
for (const [setting, before, after] of SET) {
  test(`applySettings: ${setting}`, () => assert.equal(set(MESSAGE, setting), MESSAGE.replace(before, after)));
}

test("applySettings: a later one has the last word, and no final segment end is needed", () => {
  assert.equal(set("MSH|^~\\&|A\rPID|1", "PID-3.4=X", "PID-3.1=Y", "PID-3.1=Z"), "MSH|^~\\&|A\rPID|1||Z^^^X");
  assert.equal(set("MSH|^~\\&|A\rZZZ", "ZZZ-2=Y"), "MSH|^~\\&|A\rZZZ||Y");
});

test("applySettings finds every path it has set, and leaves every other field", () => {
  const others = ["MSH-3", "PID-1", "PID-5.1", "PID-5.2", "OBX[2]-5"].map(parsePath);
  const number = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(number, number, number, number, (field, repetition, component, subcomponent) => {
      const text = `OBX-${field + 6}[${repetition}].${component}.${subcomponent}`;
      const bytes = utf8(set(MESSAGE, `${text}=value`));
      assert.equal(latin1(parsePath(text).first(bytes)!), "value");
      for (const other of others) assert.deepEqual(other.first(bytes), other.first(utf8(MESSAGE)));
    }),
    { seed: 7 },
  );
});

/** A skeleton as a template again. */
function shown({ bytes, slots }: Skeleton): string {
  let text = "";
  let done = 0;
  for (const { at, text: slot } of slots) {
    text += `${latin1(bytes, done, at)}{{${slot}}}`;
    done = at;
  }
  return text + latin1(bytes, done);
}

const SLOTTED: readonly (readonly [string, string])[] = [
  ["PID-1=X", "X|{{uuid}}|{{seq 2}}^{{seq 3}}|"],
  ["PID-2=X{{seq 9}}Y", "{{seq}}|X{{seq 9}}Y|{{seq 2}}^{{seq 3}}|"],
  ["PID-3=X", "{{seq}}|{{uuid}}|X|"],
  ["PID-3.2=X", "{{seq}}|{{uuid}}|{{seq 2}}^X|"],
  ["PID-3.3={{int 1 1}}", "{{seq}}|{{uuid}}|{{seq 2}}^{{seq 3}}^{{int 1 1}}|"],
  ["PID-4=X", "{{seq}}|{{uuid}}|{{seq 2}}^{{seq 3}}|X"],
  ["PID-5={{seq 4}}", "{{seq}}|{{uuid}}|{{seq 2}}^{{seq 3}}||{{seq 4}}"],
];
for (const [setting, after] of SLOTTED) {
  test(`applySettings takes a slot for the value of its field: ${setting}`, () => {
    const { skeleton } = template("MSH|^~\\&|A\rPID|{{seq}}|{{uuid}}|{{seq 2}}^{{seq 3}}|\r");
    assert.equal(shown(applySettings(skeleton, [parseSetting(setting)], "adt.hl7")), `MSH|^~\\&|A\rPID|${after}\r`);
  });
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["PID-3", /Cannot read 'PID-3' as a field to set: wanted PATH=VALUE/],
  ["PID=X", /Cannot set PID: wanted a field of it, such as PID-3/],
  ["pid-3=X", /Cannot read the path "pid-3"/],
  ["MSH-1=X", /Cannot set MSH-1: every other field is read by the separators/],
  ["MSH-2=X", /Cannot set MSH-2/],
  ["PID-3=a\rb", /the value holds a control character/],
  ["PID-3={{sqe}}", /PID-3 at character 7: cannot use the slot {{sqe}}: .* did you mean {{seq 8}}\?/],
];
for (const [text, error] of REFUSED) {
  test(`parseSetting refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseSetting(text), error));
}

test("applySettings names the message and the path that do not go together", () => {
  assert.throws(() => set(MESSAGE, "NK1-2=X"), /Cannot set NK1-2 of adt\.hl7: it has no NK1 segment$/);
  assert.throws(() => set(MESSAGE, "OBX[3]-5=X"), /Cannot set OBX\[3\]-5 of adt\.hl7: it has no OBX segment number 3$/);
  assert.throws(() => set(MESSAGE, "PID-3=a|b"), /the value holds the message's field separator "\|"/);
  assert.throws(() => set("PING", "PID-3=a"), /Cannot set PID-3 of adt\.hl7: it does not begin with a readable MSH/);
  assert.throws(() => set("MSH|^~|A\rPID|1\r", "PID-3.1.2=a"), /the message declares no separator for a subcomponent/);
});
