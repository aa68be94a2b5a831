/**
 * Faults of the lower layer as rules ask for them, in HLLP and X3.28: what a peer sees of a receiver in memory, on a virtual
 * clock, with a journal and without.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Journal } from "../../receiver/journal/journal.ts";
import { Replay } from "../../receiver/journal/replay.ts";
import { parseFault } from "../../receiver/scenario/fault.ts";
import { ACK0, ACK1, ENQ, EOT, hllpBlock, type Layer, NAK, x328Block } from "../lower_layer.ts";
import { adt, Bench, listener } from "./caller.ts";
import { FakeFile } from "./journal/fake_file.ts";
import { play, type Turn } from "./turn.ts";

interface Row {
  readonly layer: Layer;
  readonly steps: string;
  readonly turns: readonly Turn[];
  /** What became of the messages. */
  readonly outcomes?: readonly string[];
}

const block = (id = "M1") => x328Block(adt(id));
const data = (id = "M1") => hllpBlock(adt(id));
/** A message of the peer in X3.28, acknowledged as it should be, and the receiver's bid for its reply. */
const sent: readonly Turn[] = [[ENQ, "ACK0"], [block(), "ACK1"], [EOT, "ENQ"]];
/** The reply taken. */
const taken: readonly Turn[] = [[ACK0, "[1 AA M1]"], [ACK1, "EOT"]];
/** The peer sends again, and is answered. */
const again: readonly Turn[] = [[block(), "ACK1"], [EOT, "ENQ"], ...taken];

const ROWS: readonly Row[] = [
  { layer: "hllp", steps: "reply", turns: [[data(), "[D AA M1]"]] },
  {
    layer: "hllp",
    steps: "{link_nak: 2}, reply",
    turns: [[data(), "[N G]"], [data(), "[N G]"], [data(), "[D AA M1]"]],
    outcomes: ["M1 refused", "M1 refused", "M1 replied"],
  },
  {
    layer: "hllp",
    steps: "{link_nak: {code: X}}, {delay: 1s}, reply",
    turns: [[data(), "[N X]"], [data()], [1000, "[D AA M1]"]],
  },
  {
    layer: "hllp",
    steps: "{bad_bcc: 2}, reply",
    turns: [
      [data(), "[D AA M1, wrong checksum]"],
      [data(), "[D AA M1, wrong checksum]"],
      [data(), "[D AA M1]"],
    ],
    outcomes: ["M1 replied"],
  },
  {
    layer: "hllp",
    steps: "{bad_count: 5}, {delay: 1s}, {reply: AE}",
    turns: [[data()], [1000, "[D AE M1, count +1]"], [data("LAST"), "[D AA LAST]"]],
  },
  { layer: "hllp", steps: "unchecked, reply", turns: [[data(), "[D AA M1, unchecked]"], [data(), "[D AA M1]"]] },
  {
    layer: "hllp",
    steps: "bad_bcc, reply",
    // Nothing is due, and what says so is a block.
    turns: [[hllpBlock(adt("M1", ["NE", "NE"])), "[D , wrong checksum]"], [data("LAST"), "[D AA LAST]"]],
  },
  {
    layer: "hllp",
    steps: "{rate: {out: 1MB/s}}, bad_bcc, reply",
    turns: [[data(), "[D AA M1, wrong checksum]"]],
  },
  { layer: "x328", steps: "reply", turns: [...sent, ...taken] },
  {
    layer: "x328",
    steps: "{link_nak: 2}, reply",
    turns: [[ENQ, "ACK0"], [block(), "NAK"], [block(), "NAK"], ...again],
    outcomes: ["M1 refused", "M1 refused", "M1 replied"],
  },
  {
    layer: "x328",
    steps: "eot, reply",
    turns: [[ENQ, "ACK0"], [block(), "EOT"], [ENQ, "ACK0"], ...again],
    outcomes: ["M1 refused", "M1 replied"],
  },
  {
    layer: "x328",
    steps: "{link_nak: 1}, {eot: 2}, reply",
    turns: [[ENQ, "ACK0"], [block(), "NAK"], [block(), "EOT"], [ENQ, "ACK0"], ...again],
  },
  {
    layer: "x328",
    steps: "{delay: 1s}, wrong_ack, reply",
    turns: [[ENQ, "ACK0"], [block(), "ACK2"], [block(), "ACK1"], [EOT], [1000, "ENQ"], ...taken],
    outcomes: ["M1 replied"],
  },
  { layer: "x328", steps: "rint, reply", turns: [[ENQ, "ACK0"], [block(), "RINT"], [EOT, "ENQ"], ...taken] },
  {
    layer: "x328",
    steps: "{bad_bcc: 2}, bad_count, reply",
    turns: [
      ...sent,
      [ACK0, "[1 AA M1, count +1, wrong BCC]"],
      [NAK, "[1 AA M1, wrong BCC]"],
      [NAK, "[1 AA M1]"],
      [ACK1, "EOT"],
    ],
  },
  { layer: "x328", steps: "{enq_storm: 3}, reply", turns: [...sent.slice(0, 2), [EOT, "ENQ", "ENQ", "ENQ"], ...taken] },
  {
    layer: "x328",
    steps: "{late_enq: 2s}, {enq_storm: 2}, reply",
    turns: [...sent.slice(0, 2), [EOT], [1990], [10, "ENQ", "ENQ"], ...taken],
  },
  {
    layer: "x328",
    steps: "no_eot, reply",
    turns: [...sent, [ACK0, "[1 AA M1]"], [ACK1], [ENQ, "ACK0"], [block("LAST"), "ACK1"], [EOT, "ENQ"], [
      ACK0,
      "[1 AA LAST]",
    ], [ACK1, "EOT"]],
  },
  {
    layer: "x328",
    steps: "bad_bcc, {reply: {code: AA, late: 1s}}",
    // The answer to the message after it comes first, as it should be.
    turns: [
      ...sent.slice(0, 2),
      [EOT],
      [ENQ, "ACK0"],
      [block("LAST"), "ACK1"],
      [EOT, "ENQ"],
      [ACK0, "[1 AA LAST]"],
      [ACK1, "EOT"],
      [1000, "ENQ"],
      [ACK0, "[1 AA M1, wrong BCC]"],
      [NAK, "[1 AA M1]"],
      [ACK1, "EOT"],
    ],
  },
];

/** What is seen of two tries under a refusal of the first and a fault or two after it. */
const ROWS_AGAIN: Readonly<Record<Layer, readonly Turn[]>> = {
  hllp: [[data(), "[N G]"], [data(), "[D AA M1, wrong checksum]"], [data(), "[D AA M1]"]],
  x328: [
    [ENQ, "ACK0"],
    [block(), "EOT"],
    [ENQ, "ACK0"],
    [block(), "RINT"],
    [EOT, "ENQ"],
    [ACK0, "[1 AA M1, count +1]"],
    [NAK, "[1 AA M1]"],
    [ACK1, "EOT"],
  ],
};

/** A scenario in which this is done with every message but the last. */
function scenario(layer: Layer, steps: string): string {
  return `{version: 1, listeners: [{endpoint: ":0", framing: ${layer}}], rules: [
    {id: last, when: {MSH-10: LAST}, do: [{reply: AA}]}, {id: all, do: [${steps}]}]}`;
}

for (const { layer, steps, turns, outcomes } of ROWS) {
  for (const journalled of [false, true]) {
    const how = journalled ? ", with a journal" : "";
    test(`Receiver under [${steps}] is seen in ${layer} as it says${how}`, async () => {
      const file = new FakeFile();
      const bench = new Bench(scenario(layer, steps), journalled ? { journal: new Journal({ file }) } : {});
      const caller = bench.call();
      await play(bench, caller, layer, turns);
      if (outcomes !== undefined) assert.deepEqual(bench.outcomes(), outcomes);
      if (journalled) assert.equal(file.messages.length, bench.receiver.summary.messages);
      await bench.receiver.stop();
    });
  }
}

test("Receiver commits a fault only on listeners whose framing has it", async () => {
  const rows = [
    ["mllp2", "eot, {link_nak: {code: B}}, rint, bad_bcc, no_eot"],
    ["hllp", "eot, {link_commit: none}, enq_storm, no_eot"],
    ["x328", "{link_nak: {code: B}}, {link_commit: none}, unchecked"],
  ] as const;
  for (const [framing, steps] of rows) {
    const others = rows.filter(([other]) => other !== framing);
    const listeners = [framing, ...others.map(([other]) => other)].map((each) => `{endpoint: ":0", framing: ${each}}`);
    const bench = new Bench(
      `{version: 1, listeners: [${listeners}], rules: [{id: all, then: continue, do: [${steps}]}]}`,
    );
    const caller = bench.call();
    if (framing === "x328") await play(bench, caller, framing, [...sent, ...taken]);
    else if (framing === "hllp") await play(bench, caller, framing, [[data(), "[D AA M1]"]]);
    else {
      caller.write(`\v${adt("M1")}\u001c\r`);
      await bench.pass(1);
      assert.ok(caller.text.startsWith("\v\x06\u001c\r\vMSH|"), JSON.stringify(caller.text));
      assert.ok(caller.text.endsWith("\rMSA|AA|M1\r\u001c\r"), JSON.stringify(caller.text));
    }
    await bench.receiver.stop();
  }
});

test("Receiver repeats a journal's faults of the lower layer, whatever its own rules say", async () => {
  for (const [layer, steps] of [["hllp", "{link_nak: 1}, bad_bcc, reply"], ["x328", "eot, rint, bad_count, reply"]]) {
    const turns = ROWS_AGAIN[layer as Layer];
    const file = new FakeFile();
    const first = new Bench(scenario(layer as Layer, steps), { journal: new Journal({ file }) });
    await play(first, first.call(), layer as Layer, turns);
    await first.receiver.stop();
    const replay = new Replay();
    for (const line of file.messages) replay.take(JSON.parse(JSON.stringify(line)));
    const second = new Bench(`{version: 1, listeners: [{endpoint: ":0", framing: ${layer}}]}`, { replay });
    await play(second, second.call(), layer as Layer, turns);
    assert.deepEqual([replay.repeated, replay.unknown], [2, 0]);
    await second.receiver.stop();
  }
});

test("Receiver whose journal fails refuses in HLLP and X3.28 without the faults of the reply that it does not send", async () => {
  for (const layer of ["hllp", "x328"] as const) {
    const file = new FakeFile();
    file.full = "disk full";
    const bench = new Bench(
      `{version: 1, listeners: [{endpoint: ":0", framing: ${layer}}], rules: [{id: all, do: [bad_bcc, reply]}]}`,
      { journal: new Journal({ file }) },
    );
    const caller = bench.call();
    await play(bench, caller, layer, layer === "hllp" ? [[data(), "[N G]"]] : [[ENQ, "ACK0"], [block(), "NAK"]]);
    await bench.receiver.stop();
  }
});

test("the faults of --fault in the lower layer strike as their rules do", async () => {
  const listeners = [listener(":0", { framing: "hllp" })];
  const bench = new Bench({ listeners, faults: [parseFault("bad-count"), parseFault("link-nak")] });
  const caller = bench.call();
  await play(bench, caller, "hllp", [[data(), "[D AA M1, count +1]"]]);
  await bench.receiver.stop();
});
