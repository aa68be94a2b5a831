/**
 * Journals as a target: lines of a receiver, whole, torn and damaged, read for a replay and for an audit.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../lib/bytes.ts";
import { readReceived, readSent } from "../../lib/audit/records.ts";
import { readJournal } from "../../receiver/journal/read.ts";
import { Replay } from "../../receiver/journal/replay.ts";
import { cuts, damaged, everyPlace, placesIn, sequence, within } from "../bytes.ts";
import type { Json } from "../schema_case.ts";
import type { Target } from "../target.ts";

interface JournalCase {
  readonly text: string;
  readonly cuts: readonly number[];
}

const AT = "2026-11-22T12:00:00.000Z";
const odd: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  null,
  -1,
  "",
  "x",
  [],
  {},
  1e300,
  true,
  [null],
  "\u001b[31m",
  "\ud800",
);
/** A value, or now and then another. */
const mostly = (...values: readonly Json[]) =>
  fc.oneof({ weight: 30, arbitrary: fc.constantFrom<Json>(...values) }, { weight: 1, arbitrary: odd });

const head = fc.record({
  journal: mostly("mllp.journal/1", "mllp.journal/1", "mllp.journal/1", "mllp.journal/2"),
  at: mostly(AT),
  seed: mostly(7),
  scenario: mostly("00"),
  payload: mostly("full", "hash"),
  key: mostly(null, "PID-3"),
  run: mostly("r1", "r2"),
});
const STEPS: readonly Json[] = [
  { verb: "delay", ms: 20 },
  { verb: "hold" },
  { verb: "reply", items: ["AA", { file: "reply.hl7" }] },
  {
    verb: "reply",
    items: ["AE"],
    way: { mutate: [{ kind: "truncate", to: 0.5 }], gather: { kind: "join", count: 2, withinMs: null } },
  },
  { verb: "later", after: { messages: 2 }, steps: [{ verb: "close" }] },
  { verb: "quota", spec: { verb: "quota", perSecond: 20, otherwise: "AR" }, steps: [{ verb: "hold" }] },
  { verb: "queue", depth: 10, otherwise: "hold", steps: [{ verb: "queue", depth: 1, otherwise: "close", steps: [] }] },
  { verb: "explode" },
  { verb: "delay", ms: -1 },
];
const message = fc.record({
  n: mostly(1, 2, 3),
  at: mostly(AT),
  connection: mostly(1),
  listener: mostly("tcp://127.0.0.1:2575"),
  peer: mostly("127.0.0.1:40000"),
  attempt: mostly(1, 2, 1.5),
  controlId: mostly("MSG1", "MSG2", "", "\u00ff"),
  type: mostly("ADT^A01"),
  bytesIn: mostly(100),
  hash: mostly("ab".repeat(32), "00"),
  key: mostly(null, "4711"),
  warnings: mostly([]),
  rule: mostly(null, "late"),
  considered: mostly([], [{ rule: "late", chance: 1, draw: null, held: true }], [{ rule: 5 }]),
  scope: mostly("whose"),
  plan: fc.oneof({ weight: 20, arbitrary: fc.array(mostly(...STEPS), { maxLength: 3 }) }, {
    weight: 1,
    arbitrary: odd,
  }),
  steps: mostly([]),
  reply: mostly(null, { code: ["AA"], bytesOut: 40, firstByteAt: AT, lastByteAt: AT }),
  outcome: mostly("replied", "held", "pending"),
}, {
  requiredKeys: [
    "n",
    "at",
    "connection",
    "attempt",
    "controlId",
    "type",
    "bytesIn",
    "hash",
    "rule",
    "considered",
    "outcome",
  ],
});
const note = fc.record({ note: mostly("open", "amended", "gap"), at: mostly(AT), n: mostly(1), messages: mostly(2) });
const line = fc.oneof(
  { weight: 6, arbitrary: message },
  { weight: 1, arbitrary: head },
  { weight: 1, arbitrary: note },
).map((value) => JSON.stringify(value));
const text = fc.tuple(
  head.map((value) => JSON.stringify(value)),
  fc.array(
    fc.oneof({ weight: 12, arbitrary: line }, { weight: 1, arbitrary: line.map((whole) => whole.slice(0, 40)) }),
    {
      maxLength: 6,
    },
  ),
  fc.constantFrom("\n", "\n", "\n", ""),
).map(([first, lines, end]) => [first, ...lines].join("\n") + end);
const PIECES = [
  "\n",
  "\r\n",
  "{",
  "}",
  '"',
  ",",
  ":",
  "null",
  "[",
  "\\",
  "\u00ff",
  "\ud800",
  '{"journal":"mllp.journal/1"}\n',
];

/** What came of reading: the lines, or what was told. */
async function readIn(pieces: readonly Uint8Array[]): Promise<{ lines: string[]; torn: number; error: string | null }> {
  const lines: string[] = [];
  let torn = 0;
  try {
    for await (const { line, lineNumber } of readJournal(pieces, { name: "f.ndjson", torn: () => torn++ })) {
      lines.push(`${lineNumber} ${JSON.stringify(line)}`);
    }
  } catch (error) {
    assert.ok(error instanceof RangeError, error instanceof Error ? error.stack : String(error));
    assert.match(error.message, /^Cannot read f\.ndjson: (line \d+|it is empty)/);
    return { lines: [], torn: 0, error: error.message };
  }
  return { lines, torn, error: null };
}

/** Journals. */
export const journalTarget: Target<JournalCase> = {
  name: "journal",
  about:
    "any journal is read the same however it comes, or refused by line; a replay and an audit take it or say why not",
  cases: fc.record({
    text: fc.oneof({ weight: 2, arbitrary: text }, {
      weight: 1,
      arbitrary: damaged(text, sequence(fc.constantFrom(...PIECES), 2)),
    }),
    cuts,
  }).map((one) => ({ ...one, cuts: within(one.cuts, one.text.length) })),
  meets: ["lines", "torn", "refused", "no_plan", "replayed", "not_replayed", "audited", "not_audited"],
  async check({ text, cuts: places }, met) {
    const bytes = utf8(text);
    const pieces = (at: readonly number[]) => [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
    const whole = await readIn([bytes]);
    assert.deepEqual(await readIn(pieces(placesIn(places, bytes.length))), whole, "cut otherwise");
    if (bytes.length < 400) assert.deepEqual(await readIn(pieces(everyPlace(bytes.length))), whole, "cut at each byte");
    if (whole.torn > 0) met("torn");
    if (whole.error !== null) return met("refused");
    met("lines");
    const replay = new Replay();
    for (const shown of whole.lines) {
      const value = JSON.parse(shown.slice(shown.indexOf(" ") + 1));
      refusing(() => replay.take(value), "replayed", "not_replayed", met);
      refusing(() => readReceived(value), "audited", "not_audited", met);
      refusing(() => readSent(value), "audited", "not_audited", met);
    }
    if (replay.unplanned > 0) met("no_plan");
    assert.ok(replay.messages <= whole.lines.length);
    for (const id of ["MSG1", "whose", ""]) replay.planOf(id, 1);
  },
};

/** Does something, or is told why not. */
function refusing(act: () => unknown, done: string, refused: string, met: (word: string) => void): void {
  try {
    act();
    met(done);
  } catch (error) {
    assert.ok(error instanceof RangeError, error instanceof Error ? error.stack : String(error));
    assert.ok(!/undefined|\[object /.test(error.message), error.message);
    met(refused);
  }
}
