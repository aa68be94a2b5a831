/**
 * What a load run makes its messages of, as a target: templates with slots, fields set, CSV tables.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { UsageError } from "../../cli/exit_code.ts";
import { readCsv } from "../../cli/spam/csv_feed.ts";
import { latin1 } from "../../lib/bytes.ts";
import { composeFeed } from "../../lib/feed/compose.ts";
import type { CsvTable } from "../../lib/feed/csv_table.ts";
import { parseSetting } from "../../lib/feed/setting.ts";
import { parseSkeleton } from "../../lib/feed/skeleton.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { designOf, groupOf, NOON } from "../../test/lib/feed/fixtures.ts";
import { bytesOf, damaged, message, piece, sequence } from "../bytes.ts";
import type { Target } from "../target.ts";

interface FeedCase {
  readonly templates: readonly string[];
  readonly settings: readonly string[];
  readonly csv: string | null;
  readonly raw: boolean;
  readonly shuffle: boolean;
  readonly keepOrder: string | null;
}

const SLOTS: readonly string[] = [
  ...["control_id", "now", "now day", "now minute", "now second", "seq", "seq 12", "uuid", "base64 10", "base64 64KB"],
  ...["patient.family", "patient.mrn", "visit.id", "visit.ward", "pick A B C", "pick A:90 B:10", "int 1 9", "int 9 1"],
  ...[
    "csv.ward",
    "csv.bed",
    "csv.x",
    "csv.",
    "int",
    "int a b",
    "pick",
    "seq 99",
    "seq 0",
    "base64 1GB",
    "patient.x",
    "",
  ],
  ...[
    "nwo",
    "now  second",
    "control_id 3",
    "int -5 5",
    "int 1.5 2",
    "pick |",
    "pick \\F\\ ^",
    "__proto__",
    "constructor",
  ],
];
const slot = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SLOTS).map((text) => `{{${text}}}`) },
  { weight: 1, arbitrary: fc.constantFrom("{{", "}}", "{{now", "{{ {{seq}}", "{{\n}}", "{{{seq}}}", "{}") },
);
const template = damaged(
  fc.tuple(message, fc.array(fc.tuple(fc.nat(999), slot), { maxLength: 4 })).map(([text, slots]) =>
    slots.reduce((done, [at, one]) => {
      const bars = Array.from(done.matchAll(/\|/g), ({ index }) => index).filter((index) => index > 8);
      const place = (bars[at % Math.max(1, bars.length)] ?? done.length - 1) + 1;
      return done.slice(0, place) + one + done.slice(place);
    }, text)
  ),
  fc.oneof(slot, piece),
);
const setting = fc.tuple(
  fc.constantFrom(
    "MSH-5",
    "MSH-10",
    "MSH-7",
    "PID-5.1",
    "PID-3[2].4.1",
    "OBX[*]-5",
    "OBX[2]-3",
    "ZZZ-1",
    "MSH-2",
    "PID",
    "x",
  ),
  fc.constantFrom("=", "=", "?=", " = ", ""),
  fc.oneof(slot, fc.constantFrom("LAB", "", "A^B", "A|B", "ü", "\r", "X{{seq}}")),
).map((parts) => parts.join(""));
const csv = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "ward,bed\nW1,1\nW2,2\n",
      'ward;bed\r\n"W;1";1\r\n',
      '\xef\xbb\xbfward\tbed\nW^1\t"a""b"\n',
    ),
  },
  {
    weight: 2,
    arbitrary: damaged(
      fc.constant('ward,bed,"x y"\nW1,"1,2",\xfc\n'),
      sequence(fc.constantFrom(...'",;\t\n\r\x00|a'), 3),
    ),
  },
);

/** A table of a text, as `--csv-feed` reads it; null where it is refused. */
async function tableOf(text: string): Promise<CsvTable | null> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-fuzz-"));
  const path = join(folder, "feed.csv");
  try {
    writeFileSync(path, bytesOf(text));
    return await readCsv(path);
  } catch (error) {
    assert.ok(error instanceof UsageError && error.message.startsWith(path), String(error));
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Feeds. */
export const feedTarget: Target<FeedCase> = {
  name: "feed",
  about: "templates, settings and CSV are messages or a RangeError; each message has an id of its own and stays one",
  cases: fc.record({
    templates: fc.array(template, { minLength: 1, maxLength: 3 }),
    settings: fc.oneof(fc.constant([]), fc.array(setting, { maxLength: 2 })),
    csv: fc.oneof(fc.constant(null), csv),
    raw: fc.boolean(),
    shuffle: fc.boolean(),
    keepOrder: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constantFrom("PID-3", "MSH-9.1", "PID-5.1")),
  }),
  meets: ["csv_refused", "csv", "refused", "rendered", "own_ids"],
  async check({ templates, settings, csv: table, raw, shuffle, keepOrder }, met) {
    const csv = table === null ? null : await tableOf(table);
    if (table !== null) met(csv === null ? "csv_refused" : "csv");
    let source;
    try {
      const parsed = templates.map((text, i) => {
        const place = { name: `t${i}.hl7`, line: 1, column: 1 };
        return { skeleton: parseSkeleton(bytesOf(text), place), source: place.name };
      });
      source = composeFeed(designOf([groupOf(parsed)], {
        settings: settings.map(parseSetting),
        csv,
        raw,
        shuffle,
        keepOrder: keepOrder === null ? null : parsePath(keepOrder),
      }));
    } catch (error) {
      assert.ok(error instanceof RangeError, error instanceof Error ? error.stack : String(error));
      assert.ok(!/undefined|\[object|NaN/.test(error.message), error.message);
      return met("refused");
    }
    met("rendered");
    const rendered = (k: number) => latin1(source.render(k, NOON));
    const first = Array.from({ length: 6 }, (_, k) => rendered(k));
    // A uuid, a draw, a document: the same message is always the same.
    assert.deepEqual(Array.from({ length: 6 }, (_, k) => rendered(5 - k)).reverse(), first);
    if (raw || !source.hasIds) return;
    const header = new HeaderScan();
    const ids = first.map((text) => header.scan(bytesOf(text)) ? latin1(header.controlId) : "");
    assert.equal(new Set(ids.filter((id) => id !== "")).size, ids.filter((id) => id !== "").length, `ids ${ids}`);
    met("own_ids");
  },
};
