import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { BUILT_IN } from "../../../lib/feed/built_in.ts";
import { builtInGroup, composeFeed, type FeedDesign, slotNeeds } from "../../../lib/feed/compose.ts";
import { CsvTable } from "../../../lib/feed/csv_table.ts";
import { MixedFeed } from "../../../lib/feed/mixed_feed.ts";
import { parseSetting } from "../../../lib/feed/setting.ts";
import { AckScan } from "../../../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { MllpEncoder } from "../../../lib/framing/mllp_encode.ts";
import { Feed } from "../../../lib/load/feed.ts";
import { designOf, groupOf, header, messagesOf, NOON, patientsOf, plain, template } from "./fixtures.ts";

const at = (path: string, message: string) => {
  const found = parsePath(path).first(Uint8Array.from(message, (char) => char.charCodeAt(0)));
  return found === null ? null : latin1(found);
};
const corpus = (count: number, id: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => plain(`${header()}PID|${i}||${id(i)}\r`, `${i}.hl7`));

/** Designs of every kind, for what must hold of all. */
const DESIGNS: Readonly<Record<string, () => FeedDesign>> = {
  "plain messages": () => designOf([groupOf(corpus(5, String))]),
  "a shuffled corpus in order": () =>
    designOf([groupOf(corpus(40, (i) => String(i % 7)))], { shuffle: true, keepOrder: parsePath("PID-3") }),
  "the built-in types": () =>
    designOf([...BUILT_IN.keys()].map((name, i) => builtInGroup(name, i + 1)), { keepOrder: parsePath("PID-3.1") }),
  "templates, a table and settings": () =>
    designOf([
      groupOf([
        template(`${header("{{uuid}}")}PID|||{{patient.mrn}}||{{csv.name}}\rZID|{{base64 1..2000}}|{{int -9 9}}\r`),
        plain(`${header()}PID|1||4711\r`),
      ], 3),
      groupOf([template(`${header("X{{seq}}")}PID|1||{{visit.id}}|{{now}}\r`)], 2),
    ], {
      csv: new CsvTable("names.csv", ["name"], [["A"], ["B|"], ["C"]]),
      settings: [parseSetting("MSH-5=LAB"), parseSetting("PID-8={{pick F|M}}")],
      shuffle: true,
      keepOrder: parsePath("PID-3"),
    }),
};

describe("composeFeed", () => {
  for (const [name, design] of Object.entries(DESIGNS)) {
    test(`composeFeed: ${name}: message k is the same whatever was asked for before, and never throws`, () => {
      const forwards = composeFeed(design());
      const anyOrder = composeFeed(design());
      const MESSAGES = 3000;
      const messages: string[] = [];
      const ids = new Set<string>();
      for (let k = 0; k < MESSAGES; k++) {
        messages.push(latin1(forwards.render(k, NOON)));
        ids.add(latin1(forwards.controlId));
      }
      assert.equal(ids.size, MESSAGES, "control ids are unique");
      fc.assert(
        fc.property(fc.integer({ min: 0, max: MESSAGES - 1 }), fc.integer({ min: 0, max: 10 ** 12 - 1 }), (k, far) => {
          anyOrder.render(far, NOON + far % 1e9);
          anyOrder.laneOf?.(far);
          assert.equal(latin1(anyOrder.render(k, NOON)), messages[k]);
          assert.equal(anyOrder.laneOf?.(k), forwards.laneOf?.(k));
        }),
        { seed: 7, numRuns: 1500 },
      );
    });

    test(`composeFeed: ${name}: every message can be framed and read, its control id and lane are those it bears`, () => {
      const source = composeFeed(design());
      const keepOrder = design().keepOrder;
      const encoder = new MllpEncoder();
      const [scan, msa] = [new HeaderScan(), new AckScan()];
      const lanes = new Map<string, number>();
      for (let k = 0; k < Math.max(source.size, 1000); k++) {
        const bytes = source.render(k, NOON);
        encoder.encode(bytes);
        assert.ok(scan.scan(bytes), latin1(bytes));
        assert.equal(msa.scan(bytes), false);
        assert.equal(scan.text(10), latin1(source.controlId));
        assert.ok(Math.abs(Date.parse(isoOf(scan.text(7))) - NOON) < 15 * 3_600_000, "MSH-7 is fresh");
        const key = keepOrder?.first(bytes);
        if (key === undefined || key === null) continue;
        const lane = source.laneOf!(k);
        assert.ok(Number.isSafeInteger(lane) && lane >= 0);
        assert.equal(lanes.get(latin1(key)) ?? lane, lane, "one value, one lane");
        lanes.set(latin1(key), lane);
      }
    });
  }

  test("composeFeed makes a plain Feed of plain messages in turn, set fields included", () => {
    assert.ok(composeFeed(designOf([groupOf(corpus(2, String))])) instanceof Feed);
    const source = composeFeed(designOf([groupOf(corpus(2, String))], { settings: [parseSetting("MSH-5=LAB")] }));
    assert.ok(source instanceof Feed);
    assert.equal(at("MSH-5", messagesOf(source, 1)[0]), "LAB");
    const kept = composeFeed(designOf([groupOf(corpus(2, String))], { settings: [parseSetting("MSH-7=2020")] }));
    assert.ok(kept instanceof MixedFeed);
    assert.deepEqual(messagesOf(kept, 3).map((message) => at("MSH-7", message)), ["2020", "2020", "2020"]);
    assert.equal(at("MSH-10", messagesOf(kept, 3)[2]), "0000007000000000002");
  });

  test("composeFeed sets MSH-10 by hand only so that ids differ, but for raw", () => {
    const design = (setting: string, raw = false) =>
      composeFeed(designOf([groupOf(corpus(1, String))], { settings: [parseSetting(setting)], raw }));
    assert.equal(at("MSH-10", messagesOf(design("MSH-10=Q{{seq 12}}"), 8)[7]), "Q000000000007");
    assert.equal(at("MSH-10", messagesOf(design("MSH-10=Q{{seq}}"), 8)[7]), "Q7");
    assert.throws(() => design("MSH-10=Q{{seq 11}}"), /same control id; wanted .*{{seq 12}}/, "it begins anew");
    assert.throws(
      () => design("MSH-10=Q"),
      /Cannot set MSH-10 to "Q": messages would have the same control id; wanted/,
    );
    assert.throws(() => design("MSH-10=Q{{int 1 9}}"), /same control id/);
    const raw = design("MSH-10=Q", true);
    assert.deepEqual(messagesOf(raw, 2).map((message) => at("MSH-10", message)), ["Q", "Q"]);
    assert.equal(raw.hasIds, true);
  });

  test("composeFeed mixes groups in their proportions, each in its order", () => {
    const source = composeFeed(designOf([
      groupOf(corpus(3, () => "A"), 70),
      groupOf([plain(`${header()}ORU|\r`)], 30),
    ]));
    assert.equal(source.size, 10);
    const kinds = messagesOf(source, 1000).map((message) => at("PID-1", message) ?? "oru");
    for (let from = 0; from < 1000; from += 10) {
      assert.equal(kinds.slice(from, from + 10).filter((kind) => kind === "oru").length, 3);
    }
    const others = kinds.filter((kind) => kind !== "oru");
    assert.deepEqual(others, others.map((_, i) => String(i % 3)));
  });

  test("composeFeed's kinds show every member of every group, each once", () => {
    const source = composeFeed(designOf([
      groupOf(Array.from({ length: 30 }, (_, i) => plain(`${header()}ZID|big${i}\r`)), 1),
      builtInGroup("adt", 9999),
      groupOf([plain(`${header()}ZID|one\r`)], 3),
    ], { shuffle: true }));
    const numbers = [...source.kinds!()];
    const names = numbers.map((k) => {
      const message = latin1(source.render(k, NOON));
      return at("ZID-1", message) ?? at("MSH-9.2", message);
    });
    assert.deepEqual(
      names.sort(),
      [...Array.from({ length: 30 }, (_, i) => `big${i}`), "one", "A01", "A08", "A03"].sort(),
    );
    assert.equal(new Set(numbers).size, 34);
    assert.ok(source.size > 100_000, "where the first messages are many");
  });

  test("composeFeed sets a field where there is the segment, if that is asked for, and refuses it where none has it", () => {
    const groups = [
      groupOf([plain(`${header()}PID|1\r`), plain(`${header()}OBX|1||||5\rOBX|2||||6\r`), plain("PING")]),
    ];
    const set = (...settings: string[]) =>
      messagesOf(composeFeed(designOf(groups, { settings: settings.map(parseSetting), raw: true })), 3);
    const messages = set("OBX[*]-5?=99");
    assert.ok(messages[0].endsWith("PID|1\r") && messages[1].endsWith("OBX|1||||99\rOBX|2||||99\r"));
    assert.equal(messages[2], "PING");
    assert.throws(() => set("OBX-5?=99", "NK1-2?=1"), /^RangeError: Cannot set NK1-2: no message has a place for it$/);
    assert.throws(() => set("OBX-5=99"), /Cannot set OBX-5 of adt\.hl7: it has no OBX segment/);
  });

  test("composeFeed tells of one patient in each pass over a folder of templates", () => {
    const files = ["A01", "A08", "A03"].map((event) =>
      template(`${header()}EVN|${event}\rPID|||{{patient.mrn}}\rPV1|{{visit.id}}\r`)
    );
    const messages = messagesOf(composeFeed(designOf([groupOf(files)])), 300);
    for (let pass = 0; pass < 100; pass++) {
      const three = messages.slice(pass * 3, pass * 3 + 3);
      assert.deepEqual(three.map((message) => at("EVN-1", message)), ["A01", "A08", "A03"]);
      assert.equal(new Set(three.map((message) => `${at("PID-3", message)} ${at("PV1-1", message)}`)).size, 1);
    }
    assert.equal(new Set(messages.map((message) => at("PID-3", message))).size, 100);
  });

  test("composeFeed keeps the order of a patient's events, and the same patient the same, in the built-in types", () => {
    const groups = [builtInGroup("adt", 70), builtInGroup("orm", 25), builtInGroup("siu", 5)];
    for (const patients of [1, 3, 100]) {
      const source = composeFeed(designOf(groups, { keepOrder: parsePath("PID-3"), patients: patientsOf(patients) }));
      const events = new Map<string, string[]>();
      const person = new Map<string, string>();
      let interleaved = false;
      let last = "";
      for (const message of messagesOf(source, 3000)) {
        const id = at("PID-3.1", message)!;
        const who = ["PID-5", "PID-7", "PID-8", "PID-11", "PID-13"].map((path) => at(path, message)).join();
        assert.equal(person.get(id) ?? who, who);
        person.set(id, who);
        const visit = `${at("PV1-19", message)} ${at("PV1-3", message)} ${at("PV1-44", message)} ${id}`;
        if (at("MSH-9.1", message) !== "ADT") continue;
        if (last !== "" && last !== visit) interleaved = true;
        last = visit;
        events.set(visit, [...events.get(visit) ?? [], at("MSH-9.2", message)!]);
      }
      assert.equal(person.size, patients);
      assert.ok(interleaved);
      const whole = ["A01", "A08", "A03"];
      for (const told of events.values()) assert.deepEqual(told, whole.slice(0, told.length));
      assert.ok([...events.values()].filter((told) => told.length === 3).length > 600);
    }
  });

  test("composeFeed sends other built-in messages about patients who are in hospital", () => {
    const source = composeFeed(designOf([builtInGroup("adt", 3), builtInGroup("oru", 1)]));
    const state = new Map<string, string>();
    let during = 0;
    let results = 0;
    for (const message of messagesOf(source, 4000)) {
      const visit = at("PV1-19", message)!;
      if (at("MSH-9.1", message) === "ADT") state.set(visit, at("MSH-9.2", message)!);
      else {
        results++;
        if (state.get(visit) === "A01" || state.get(visit) === "A08") during++;
      }
    }
    assert.equal(results, 1000);
    assert.ok(during / results > 0.95, `${during} of ${results}`);
  });

  test("composeFeed gives the built-in results observations of many sizes", () => {
    const source = composeFeed(designOf([builtInGroup("oru", 1)]));
    const counts = messagesOf(source, 240).map((message) => message.split("\rOBX|").length - 1);
    assert.deepEqual([Math.min(...counts), Math.max(...counts)], [1, 40]);
    assert.ok(new Set(counts).size >= 8);
    const small = counts.filter((count) => count <= 5).length;
    assert.ok(small > counts.length / 2, "small ones more often");
  });

  test("composeFeed shuffles a corpus, and keeps each key's messages in order", () => {
    const files = corpus(60, (i) => i % 5 === 0 ? "" : String(i % 5));
    const free = composeFeed(designOf([groupOf(files)], { shuffle: true }));
    const kept = composeFeed(designOf([groupOf(files)], { shuffle: true, keepOrder: parsePath("PID-3") }));
    for (const source of [free, kept]) {
      const pass = messagesOf(source, 120).map((message) => Number(at("PID-1", message)));
      assert.deepEqual(pass.slice(0, 60).sort((a, b) => a - b), Array.from(files.keys()));
      assert.notDeepEqual(pass.slice(0, 60), Array.from(files.keys()));
    }
    const order = messagesOf(kept, 60).map((message) => Number(at("PID-1", message)));
    for (const key of [1, 2, 3, 4]) {
      const kin = order.filter((i) => i % 5 === key);
      assert.deepEqual(kin, [...kin].sort((a, b) => a - b));
    }
    const loose = order.filter((i) => i % 5 === 0);
    assert.notDeepEqual(loose, [...loose].sort((a, b) => a - b), "those without a key go anywhere");
    const lanes = Array.from({ length: 60 }, (_, k) => kept.laneOf!(k));
    for (const [k, i] of order.entries()) if (i % 5 === 0) assert.equal(lanes[k], k);
  });

  test("composeFeed shuffled another way for another seed", () => {
    const order = (seed: number) =>
      messagesOf(composeFeed(designOf([groupOf(corpus(30, String))], { shuffle: true, seed })), 30)
        .map((message) => at("PID-1", message)).join();
    assert.equal(order(7), order(7));
    assert.notEqual(order(7), order(8));
  });

  test("composeFeed names what cannot be", () => {
    const key = { keepOrder: parsePath("PID-30") };
    assert.throws(
      () => composeFeed(designOf([groupOf(corpus(2, String))], key)),
      /Cannot keep the order by PID-30: no message has a value there/,
    );
    assert.throws(() => composeFeed(designOf([groupOf([])])), /Cannot send no message/);
    assert.throws(
      () => composeFeed(designOf([groupOf([plain("MSH|^~\\&|A\r")])])),
      /wanted an MSH segment up to MSH-10/,
    );
    assert.throws(() => builtInGroup("xyz", 1), /There is no built-in type xyz: adt, oru, orm, siu, mdm/);
  });

  test("slotNeeds tells what slots of templates and settings have to be given", () => {
    const needs = (
      text: string,
      ...settings: string[]
    ) => [...slotNeeds({ groups: [groupOf([template(text)])], settings: settings.map(parseSetting) })];
    assert.deepEqual(needs(header("{{seq}}")), []);
    assert.deepEqual(needs(`${header()}PID|{{patient.mrn}}`), ["patients"]);
    assert.deepEqual(needs(header(), "PID-3={{csv.id}}"), ["csv"]);
  });

  test("composeFeed sends text that is not HL7 as it is, raw", () => {
    const source = composeFeed(designOf([groupOf([plain("PING"), template("PONG {{seq}}")])], { raw: true }));
    assert.deepEqual(messagesOf(source, 4), ["PING", "PONG 1", "PING", "PONG 3"]);
    assert.equal(source.hasIds, false);
  });
});

function isoOf(stamp: string): string {
  return stamp.replace(/^(....)(..)(..)(..)(..)(..).*/, "$1-$2-$3T$4:$5:$6Z");
}
