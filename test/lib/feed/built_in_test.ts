import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { builtInGroup, composeFeed } from "../../../lib/feed/compose.ts";
import { PANELS } from "../../../lib/feed/panels.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { designOf, messagesOf, NOON } from "./fixtures.ts";

const sourceOf = (type: string) => composeFeed(designOf([builtInGroup(type, 1)]));
const bytesOf = (message: string) => Uint8Array.from(message, (char) => char.charCodeAt(0));
const all = (path: string, message: string) => parsePath(path).all(bytesOf(message)).map((value) => latin1(value));
const at = (path: string, message: string) => all(path, message)[0] ?? null;

/** The fields of each segment of that name, from the first on. */
const segments = (name: string, message: string) =>
  message.split("\r").filter((line) => line.startsWith(`${name}|`)).map((line) => line.split("|"));

describe("built-in messages", () => {
  test("built-in results hold what their panel says, and are flagged as value and range have it", () => {
    const known = new Set(
      PANELS.map(({ code, analytes, series }) =>
        [code, ...Array.from({ length: series }, () => analytes.map((analyte) => analyte.code)).flat()].join("\n")
      ),
    );
    const flags = new Map([["L", 0], ["N", 0], ["H", 0]]);
    const panels = new Set<string>();
    for (const message of messagesOf(sourceOf("oru"), 1040)) {
      const rows = segments("OBX", message);
      const panel = at("OBR-4", message)!;
      panels.add(panel);
      assert.ok(known.has([panel, ...rows.map((row) => row[3])].join("\n")), `${panel}: ${rows.map((row) => row[3])}`);
      for (const [i, row] of rows.entries()) {
        const [low, high] = row[7].split("-").map(Number);
        const value = Number(row[5]);
        assert.ok(row[5] !== "" && Number.isFinite(value) && low < high, row.join("|"));
        assert.equal(row[8], value < low ? "L" : value > high ? "H" : "N", row.join("|"));
        assert.deepEqual([row[1], row[2], row[11]], [String(i + 1), "NM", "F"]);
        flags.set(row[8], flags.get(row[8])! + 1);
      }
      const series = rows.map((row) => `${row[3]} ${row[4]}`);
      assert.equal(new Set(series).size, series.length, "a code and its sub-id once");
    }
    assert.ok(panels.size > 8);
    const total = [...flags.values()].reduce((sum, count) => sum + count);
    const abnormal = 1 - flags.get("N")! / total;
    assert.ok(abnormal > 0.08 && abnormal < 0.25, `${abnormal} are out of range`);
    assert.ok(flags.get("H")! > flags.get("L")! && flags.get("L")! > 0);
  });

  test("built-in stays begin with the event of their A01, change with A08 and end after they began", () => {
    const stays = new Map<string, string[]>();
    for (const message of messagesOf(sourceOf("adt"), 300)) {
      const visit = at("PV1-19.1", message)!;
      stays.set(visit, [...stays.get(visit) ?? [], message]);
    }
    const whole = [...stays.values()].filter(({ length }) => length === 3);
    assert.ok(whole.length > 60);
    for (const [admission, update, discharge] of whole) {
      assert.equal(at("EVN-6", admission), at("PV1-44", admission));
      const began = at("PV1-44", admission)!;
      assert.ok(began <= at("MSH-7", admission)!.slice(0, 12));
      assert.deepEqual([at("PV1-44", update), at("PV1-44", discharge)], [began, began]);
      assert.notEqual(at("PV1-7", update), at("PV1-7", admission));
      assert.equal(at("PV1-7", discharge), at("PV1-7", update));
      assert.ok(at("PV1-45", discharge)!.slice(0, 12) >= began);
    }
  });

  test("built-in appointments are at quarter hours of an office's day to come, the same in every segment", () => {
    const days = new Set<string>();
    const hours = new Set<string>();
    for (const message of messagesOf(sourceOf("siu"), 200)) {
      const start = at("SCH-11.4", message)!;
      const places = ["AIS-4", "AIL-6", "AIP-6"].map((path) => at(path, message));
      assert.deepEqual(places, [start, start, start]);
      assert.match(start, /^\d{8}(0[89]|1[0-6])(00|15|30|45)$/);
      assert.ok(start.slice(0, 8) > at("MSH-7", message)!.slice(0, 8));
      days.add(start.slice(0, 8));
      hours.add(start.slice(8));
    }
    assert.ok(days.size === 14 && hours.size === 32);
  });

  test("built-in documents are what TXA-3 says they are", () => {
    const kinds = new Set<string>();
    for (const message of messagesOf(sourceOf("mdm"), 20)) {
      const kind = at("TXA-3", message)!;
      kinds.add(kind);
      if (kind === "TX") {
        assert.deepEqual(all("OBX[*]-2", message), ["TX", "TX", "TX"]);
        assert.match(message, / was treated for 1 day\./);
        continue;
      }
      assert.deepEqual(["OBX-2", "OBX-5.2", "OBX-5.3", "OBX-5.4"].map((path) => at(path, message)), [
        ...["ED", kind, "PDF", "Base64"],
      ]);
      const text = at("OBX-5.5", message)!;
      const document = atob(text);
      assert.equal(btoa(document), text);
      assert.ok(document.startsWith("%PDF-1.4\n%"));
    }
    assert.deepEqual([...kinds].sort(), ["AP", "TX"]);
  });

  test("built-in messages differ from one time to another in nothing but time stamps", () => {
    const timeless = (message: string) => message.replace(/(?<=[|^])20\d{10,12}(\.\d{3})?(?=[|\r])/g, "TIME");
    for (const type of ["adt", "oru", "orm", "siu", "mdm"]) {
      const source = sourceOf(type);
      for (let k = 0; k < 60; k++) {
        const once = latin1(source.render(k, NOON));
        const later = latin1(source.render(k, NOON + 40 * 3_600_000));
        assert.notEqual(once, later);
        assert.equal(timeless(once), timeless(later));
      }
    }
  });
});
