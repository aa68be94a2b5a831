import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { CsvTable } from "../../../lib/feed/csv_table.ts";
import { slotGuide, slotNamed, SLOTS } from "../../../lib/feed/slots.ts";
import { MessageBuffer } from "../../../lib/feed/message_buffer.ts";
import { header, NOON, rendered, slotMessage } from "./fixtures.ts";

/** The value of a slot in message `k`, in a field of its own. */
function valueOf(slot: string, k = 12, stay = k, more: Parameters<typeof slotMessage>[1] = {}): string {
  const message = rendered(slotMessage(`${header()}ZID|${slot}|end\r`, more), k, stay);
  return /ZID\|(.*)\|end/s.exec(message)![1];
}

const VALUES: readonly (readonly [string, string])[] = [
  ["{{control_id}}", "0000007000000000012"],
  ["{{now}}", "20260131120000.000"],
  ["{{now +1d}}", "20260201120000.000"],
  ["{{now -1d2h30m}}", "20260130093000.000"],
  ["{{now -2h second}}", "20260131100000"],
  ["{{now minute}}", "202601311200"],
  ["{{now day +28d}}", "20260228"],
  ["{{seq}}", "12"],
  ["{{seq 5}}", "00012"],
  ["{{patient.family}}", "Muster12"],
  ["{{patient.given}}", "Marta12"],
  ["{{patient.mrn}}", "900012"],
  ["{{patient.dob}}", "19000113"],
  ["{{patient.sex}}", "F"],
  ["{{patient.street}}", "12 Sample Street"],
  ["{{patient.city}}", "Testham 12"],
  ["{{patient.zip}}", "10012"],
  ["{{patient.phone}}", "5550112"],
  ["{{visit.id}}", "V000000012"],
  ["{{pick only}}", "only"],
  ["{{pick A^B}}", "A^B"],
  ["{{int -5 -5}}", "-5"],
  ["{{  seq   3 }}", "012"],
];

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["{{control_id 7}}", /found "7" behind the name, wanted nothing/],
  ["{{now tomorrow}}", /found "tomorrow", wanted a shift such as \+1d/],
  ["{{now +1x}}", /Cannot read '1x' as a duration/],
  ["{{now +99999999d}}", /wanted a shift of at most 36525d/],
  ["{{seq x}}", /found "x", wanted how many digits: 1 to 15/],
  ["{{seq 16}}", /1 to 15/],
  ["{{pick}}", /wanted choices/],
  ["{{int 1}}", /found "1", wanted two whole numbers/],
  ["{{int 9 1}}", /found 9 above 1, wanted the lower number first/],
  ["{{base64}}", /Cannot read '' as a size/],
  ["{{base64 2KB..1KB}}", /found "2KB..1KB", wanted a size or two/],
  ["{{base64 1GB}}", /from 1 to 64MiB/],
  ["{{csv.name}}", /there is no --csv-feed to take it from/],
];

describe("slots", () => {
  for (const [slot, value] of VALUES) {
    test(`slots: ${slot} stands for ${value}`, () => assert.equal(valueOf(slot), value));
  }

  for (const [slot, error] of WRONG) {
    test(`slots: ${slot} is refused with its place`, () => {
      assert.throws(() => valueOf(slot), (thrown: RangeError) => {
        assert.match(thrown.message, /^adt\.hl7:2:5: cannot use the slot /);
        assert.match(thrown.message, error);
        return true;
      });
    });
  }

  test("slots: every kind is in the guide and does what it says with its own form", () => {
    const csv = new CsvTable("beds.csv", ["COLUMN"], [["W1"]]);
    for (const { form } of SLOTS) assert.notEqual(valueOf(form, 3, 3, { csv }), "", form);
    assert.deepEqual(slotGuide().map(({ form }) => /^{{(\w+)/.exec(form)![1]), [
      "control_id",
      "now",
      "seq",
      "uuid",
      "patient",
      "visit",
      "pick",
      "int",
      "csv",
      "base64",
    ]);
  });

  test("slots with a mistyped name say which one was meant, others list all", () => {
    assert.throws(() => slotNamed("patient.mnr"), /there is no slot of that name; did you mean {{patient.mrn}}\?/);
    assert.throws(() => slotNamed("xyzzy"), /wanted one of {{control_id}}, .*{{patient.FIELD}}.*{{base64 64KB..2MB}}$/);
    assert.throws(() => slotNamed(""), /wanted one of/);
  });

  test("slots: pick and int reach every value, about as often, and draw anew in each message and each slot", () => {
    const message = slotMessage(`${header()}ZID|{{pick a|b|c}}|{{pick a|b|c}}|{{int 1 4}}\r`);
    const rows = Array.from({ length: 4000 }, (_, k) => rendered(message, k).split("\r")[1].split("|").slice(1));
    for (const [column, values] of [["a", "b", "c"], ["a", "b", "c"], ["1", "2", "3", "4"]].entries()) {
      for (const value of values) {
        const share = rows.filter((row) => row[column] === value).length / rows.length;
        assert.ok(Math.abs(share - 1 / values.length) < 0.03, `${value}: ${share}`);
      }
    }
    const same = rows.filter(([first, second]) => first === second).length / rows.length;
    assert.ok(Math.abs(same - 1 / 3) < 0.03, `two slots agree in ${same}`);
  });

  test("slots: uuid has the layout of version 4 and is another in each message and each run", () => {
    const message = slotMessage(`${header()}ZID|{{uuid}}|{{uuid}}\r`);
    const seen = new Set<string>();
    for (const k of [...Array(5000).keys(), 2 ** 32, 2 ** 32 + 1, 10 ** 12 - 1]) {
      const [, first, second] = rendered(message, k).split("\r")[1].split("|");
      assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(first, second);
      seen.add(first.slice(0, 8));
    }
    assert.ok(seen.size >= 5000);
    assert.equal(seen.size, 5003, "beyond 2^32 messages, too");
    assert.notEqual(valueOf("{{uuid}}"), valueOf("{{uuid}}", 12, 12, { seed: 8 }));
  });

  test("slots: base64 is canonical text of a document of the size asked for", () => {
    for (const size of [1, 2, 3, 100, 64_000, 300_001]) {
      const text = valueOf(`{{base64 ${size}}}`);
      assert.equal(atob(text).length, size);
      assert.equal(btoa(atob(text)), text);
    }
    const sizes = Array.from({ length: 300 }, (_, k) => atob(valueOf("{{base64 10..20}}", k)).length);
    assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [10, 20]);
  });

  test("slots: visit fields are the same for the same stay, whatever the message", () => {
    const form = "{{visit.ward}}^{{visit.room}}^{{visit.bed}}^{{visit.admitted}}";
    assert.equal(valueOf(form, 1, 42), valueOf(form, 999, 42));
    const beds = new Set(Array.from({ length: 200 }, (_, stay) => valueOf(form, 0, stay)));
    assert.ok(beds.size > 190);
    for (const bed of beds) assert.match(bed, /^[A-Z0-9]+\^1\d\d\^[1-4]\^2026013[01][0-2]\d[0-5]\d$/);
  });

  test("slots: an admission lies within the day before the message, at the stay's own time of day", () => {
    const message = slotMessage(`${header()}ZID|{{visit.admitted}}|end\r`);
    const admitted = (stay: number, epochMs: number) => {
      const [, text] = latin1(message.render(0, epochMs, 60, stay, new MessageBuffer())).split("\r")[1].split("|");
      return Date.parse(text.replace(/^(....)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:00+01:00"));
    };
    const HOUR_MS = 3_600_000;
    const times = new Set<number>();
    for (let stay = 0; stay < 300; stay++) {
      const began = admitted(stay, NOON);
      assert.ok(began <= NOON && began > NOON - 24 * HOUR_MS, new Date(began).toISOString());
      for (let hour = 0; hour < 48; hour++) {
        assert.equal((admitted(stay, NOON + hour * HOUR_MS) - began) % (24 * HOUR_MS), 0, "the same time of day");
      }
      assert.equal(admitted(stay, began + 23 * HOUR_MS), began, "the same admission until it comes round again");
      times.add(began);
    }
    assert.ok(times.size > 200);
  });

  test("slots: csv takes row k modulo the rows, with HL7's separators and line ends escaped", () => {
    const csv = new CsvTable("beds.csv", ["ward", "last name"], [["W1", "A|B^C"], ["W2", latin1(utf8("Zoë\r\n\\"))]]);
    const row = (k: number) => valueOf("{{csv.ward}}~{{csv.last name}}", k, 0, { csv });
    assert.equal(row(4), "W1~A\\F\\B\\S\\C");
    assert.equal(row(7), `W2~${latin1(utf8("Zoë"))}\\X0D\\\\X0A\\\\E\\`);
    assert.throws(
      () => valueOf("{{csv.wrad}}", 0, 0, { csv }),
      /^RangeError: adt\.hl7:2:5: cannot use the slot {{csv\.wrad}}: beds\.csv has no column "wrad"; there are: ward, last name; did you mean ward\?$/,
    );
  });
});
