import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { CsvTable } from "../../../lib/feed/csv_table.ts";
import { NO_KEY } from "../../../lib/feed/lane_key.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { header, rendered, slotMessage } from "./fixtures.ts";

const GENERATED = "0000007000000000012";
const NOW = "20260131120000.000";
const csv = new CsvTable("ids.csv", ["id"], [["A"], [""]]);

/** MSH-7 and MSH-10 of message 12. */
function timeAndId(text: string, more: Parameters<typeof slotMessage>[1] = {}): [string, string] {
  const message = slotMessage(text, more);
  const bytes = rendered(message, 12);
  const scan = new HeaderScan();
  assert.equal(scan.scan(Uint8Array.from(bytes, (char) => char.charCodeAt(0))), true);
  assert.equal(latin1(message.controlId), scan.text(10), "the control id is what stands in MSH-10");
  assert.equal(message.hasId, scan.text(10) !== "");
  return [scan.text(7), scan.text(10)];
}

test("SlotMessage gives MSH-10 and MSH-7 values of their own where no slot stands", () => {
  assert.deepEqual(timeAndId(`${header()}ZID|{{seq}}\r`), [NOW, GENERATED]);
  assert.deepEqual(timeAndId(`${header("")}ZID|{{seq}}\r`), [NOW, GENERATED]);
  assert.deepEqual(timeAndId(header("{{control_id}}")), [NOW, GENERATED]);
});

test("SlotMessage leaves slots in MSH-10 and MSH-7 to the template's author", () => {
  assert.deepEqual(timeAndId(header("X{{seq}}")), [NOW, "X12"]);
  assert.deepEqual(timeAndId(header("X{{seq 12}}")), [NOW, "X000000000012"]);
  assert.deepEqual(timeAndId(header("{{seq}}{{csv.id}}", ""), { csv }), [NOW, "12A"]);
  assert.deepEqual(timeAndId(header("{{seq}}").replace("20200101", "{{now -1d day}}")), ["20260130", "12"]);
  assert.deepEqual(timeAndId(header("{{seq}}"), { keepTime: true }), ["20200101", "12"]);
});

test("SlotMessage under raw leaves MSH-10 and MSH-7 alone, slots apart", () => {
  assert.deepEqual(timeAndId(`${header()}ZID|{{seq}}\r`, { raw: true }), ["20200101", "X"]);
  assert.deepEqual(timeAndId(header("Q{{csv.id}}"), { raw: true, csv }), ["20200101", "QA"]);
  assert.equal(slotMessage(header("{{csv.id}}"), { raw: true, csv }).hasId, false, "it may be empty");
  const cut = slotMessage("MSH|^~\\&|A\rZID|{{seq}}\r", { raw: true });
  assert.deepEqual([rendered(cut, 3), cut.hasId], ["MSH|^~\\&|A\rZID|3\r", false]);
});

test("SlotMessage refuses an MSH-10 that two messages could share", () => {
  assert.throws(
    () => slotMessage(header("X{{int 1 100}}")),
    /^RangeError: adt\.hl7:1:37: cannot use the slot {{int 1 100}}: alone it cannot make a control id that no other message has/,
  );
  assert.throws(
    () => slotMessage(header("{{csv.id}}"), { csv }),
    /wanted {{control_id}}, {{seq}}, {{seq 12}} or {{uuid}} in MSH-10/,
  );
  assert.throws(() => slotMessage(header("X{{seq 4}}")), /{{seq 4}}: alone it cannot make a control id/);
  assert.equal(slotMessage(header("X{{seq 4}}"), { raw: true }).hasId, true);
});

test("SlotMessage refuses a slot where separators are declared, and a header that ends too early", () => {
  assert.throws(
    () => slotMessage("MSH|^~\\&{{pick #}}|A|\r", { raw: true }),
    /1:9: .*no slot can stand before the end of MSH-2/,
  );
  assert.throws(() => slotMessage("{{seq}}MSH|^~\\&|A|\r", { raw: true }), /no slot can stand before/);
  assert.throws(
    () => slotMessage("MSH|^~\\&|A|{{seq}}\r"),
    /Cannot make messages of adt\.hl7: .*cut_short.*up to MSH-10/,
  );
  assert.throws(() => slotMessage("MSH#^~\\&#A#B#C#D###ADT#X#\rZID#{{pick a#b}}"), /holds the field separator/);
});

test("SlotMessage of a text that is not HL7 puts values in as they are, and has no id", () => {
  const table = new CsvTable("ids.csv", ["id"], [["a|b"]]);
  const message = slotMessage("{{csv.id}} PING {{seq}}", { raw: true, csv: table });
  assert.equal(rendered(message, 3), "a|b PING 3");
  assert.deepEqual([message.hasId, message.controlId.length, message.awaited], [false, 0, "application"]);
});

test("SlotMessage escapes by the separators of its own message", () => {
  const table = new CsvTable("ids.csv", ["id"], [["a|b#c.d"]]);
  const message = slotMessage("MSH#.~$&#A#B#C#D###ADT#X#\rZID#{{csv.id}}#{{now}}\r", { csv: table });
  assert.equal(
    rendered(message, 0),
    "MSH#.~$&#A#B#C#D#20260131120000##ADT#0000007000000000000#\rZID#a|b$F$c$S$d#20260131120000\r",
  );
  assert.throws(
    () => slotMessage("MSH=^~\\&=A=B=C=D===ADT=X=\rZID={{base64 9}}\r"),
    /"=" is a separator of the message/,
  );
});

test("SlotMessage tells which acknowledgement settles it, also where slots decide that", () => {
  assert.equal(slotMessage(`${header("X", "|P|2.5|||AL|NE")}ZID|{{seq}}\r`).awaited, "accept");
  const message = slotMessage(`${header("X", "|P|2.5|||{{pick AL|NE}}|NE")}ZID|{{seq}}\r`);
  const seen = new Map(
    Array.from({ length: 50 }, (_, k) => [rendered(message, k).split("\r")[0].split("|")[14], message.awaited]),
  );
  assert.deepEqual([...seen].sort(), [["AL", "accept"], ["NE", "none"]]);
  assert.equal(message.asksForBoth, true, "it could");
});

test("SlotMessage's lane is decided by the value at the path alone", () => {
  const message = slotMessage(
    `${header()}PID|{{seq}}||{{patient.mrn}}^^^X~{{visit.id}}||{{pick a^b|c^d}}\rZID|fixed\r`,
  );
  const hash = (path: string, k: number, stay: number) => message.laneKey(parsePath(path))!.hash(k, stay);
  assert.equal(hash("PID-3", 1, 42), hash("PID-3", 99, 42));
  assert.notEqual(hash("PID-3", 1, 42), hash("PID-3", 1, 43));
  assert.equal(hash("PID-3.1", 1, 5), hash("PID-3.1", 1, 105), "the same patient, another stay");
  assert.notEqual(hash("PID-3[2]", 1, 5), hash("PID-3[2]", 1, 105));
  assert.equal(hash("PID-3.3", 1, 5), NO_KEY, "empty");
  assert.equal(hash("ZID-1", 1, 5), hash("ZID-1", 2, 6));
  const picked = new Set(Array.from({ length: 40 }, (_, k) => hash("PID-5.2", k, 0)));
  assert.equal(picked.size, 2);
  for (const nowhere of ["PID-7", "NK1-2", "OBX[2]-5"]) {
    assert.equal(message.laneKey(parsePath(nowhere)), null, nowhere);
  }
});
