/**
 * The receiver in HLLP, X3.28 and ILLP: what a peer sees of it, byte by byte, in memory and on a virtual clock. Faults of the
 * lower layer itself have a file of their own (`link_faults_test.ts`).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Journal } from "../../receiver/journal/journal.ts";
import { parseDelay } from "../../receiver/scenario/delay.ts";
import { parseFault } from "../../receiver/scenario/fault.ts";
import { parseReply } from "../../receiver/scenario/reply.ts";
import { ACK0, ACK1, ENQ, EOT, hllpBlock, type Layer, NAK, tokensOf, x328Block } from "../lower_layer.ts";
import { adt, Bench, listener } from "./caller.ts";
import { FakeFile } from "./journal/fake_file.ts";
import { play, type Turn } from "./turn.ts";

/** A scenario in which this is done with every message. */
function doing(framing: string, steps: string): string {
  return `{version: 1, listeners: [{endpoint: ":0", framing: ${framing}}], rules: [{id: all, do: [${steps}]}]}`;
}

const HLLP = [listener(":0", { framing: "hllp" })];
const X328 = [listener(":0", { framing: "x328" })];
const data = (id: string, asks?: readonly [string, string]) => hllpBlock(adt(id, asks));
/** A message in X3.28, taken as it should be. */
const taken = (id: string): Turn[] => [[ENQ, "ACK0"], [x328Block(adt(id)), "ACK1"]];

test("Receiver in HLLP answers each message with one block, without data where nothing is to be said", async () => {
  for (const journal of [undefined, new Journal({ file: new FakeFile() })]) {
    const bench = new Bench({ listeners: HLLP }, { journal });
    const caller = bench.call();
    await play(bench, caller, "hllp", [
      [data("M1"), "[D AA M1]"],
      [data("M2", ["NE", "NE"]), "[D ]"],
      // An accept acknowledgement on error only, and there is none.
      [data("M3", ["ER", "NE"]), "[D ]"],
      [hllpBlock("MSH|^~\\&|X|||||||A1\rMSA|AA|Q\r"), "[D ]"],
      [data("M4", ["AL", "NE"]), "[D CA M4]"],
    ]);
    assert.deepEqual(bench.outcomes(), ["M1 replied", "M2 none", "M3 none", "A1 none", "M4 replied"]);
    await bench.receiver.stop();
  }
});

test("Receiver in HLLP sends a second acknowledgement as a message of its own, whose answer is no message", async () => {
  const bench = new Bench({ listeners: HLLP });
  const caller = bench.call();
  await play(bench, caller, "hllp", [[data("M1", ["AL", "AL"]), "[D CA M1]", "[D AA M1]"], [hllpBlock("")], [
    data("M2"),
    "[D AA M2]",
  ]]);
  assert.deepEqual(bench.outcomes(), ["M1 replied", "M2 replied"]);
  assert.deepEqual(bench.of("fault"), []);
  await bench.receiver.stop();
});

test("Receiver in HLLP is silent where a rule asks for silence", async () => {
  for (const step of ["hold", "drop_reply", "discard"]) {
    const bench = new Bench(doing("hllp", step));
    await play(bench, bench.call(), "hllp", [[data("M1")], [60_000]]);
    await bench.receiver.stop();
  }
});

test("Receiver in HLLP answers with nothing where its answer goes another way, or none is to be had", async () => {
  for (const step of ["{reply: {code: AA, via: 'memory:nobody'}}"]) {
    const bench = new Bench(doing("hllp", step));
    await play(bench, bench.call(), "hllp", [[data("M1"), "[D ]"]]);
    await bench.receiver.stop();
  }
});

test("Receiver in HLLP takes a message once that comes again before its answer is due", async () => {
  const bench = new Bench({ listeners: HLLP, delay: parseDelay("15s") });
  const caller = bench.call();
  await play(bench, caller, "hllp", [[data("M1")], [10_000], [data("M1")], [5000, "[D AA M1]"], [
    data("M1"),
    "[D AA M1]",
  ]]);
  assert.equal(bench.receiver.summary.messages, 1);
  await bench.receiver.stop();
});

test("Receiver in HLLP and X3.28 leaves damage to the lower layer, which has a word for it", async () => {
  const bench = new Bench({ listeners: HLLP });
  await play(bench, bench.call(), "hllp", [
    [data("M1").slice(0, -5) + "998\x1c\r", "[N X]"],
    [hllpBlock(adt("M2", undefined, `NTE|1||${"x".repeat(100_000)}\r`)), "[N B]"],
    [data("M1"), "[D AA M1]"],
  ]);
  assert.deepEqual(bench.of("fault").map(({ code }) => code), ["invalid_checksum", "frame_too_large"]);
  await bench.receiver.stop();
  const other = new Bench({ listeners: X328 });
  const damaged = x328Block(adt("M1")).replace(/..\r$/, "ZZ\r");
  await play(other, other.call(), "x328", [[ENQ, "ACK0"], [damaged, "NAK"], [x328Block(adt("M1")), "ACK1"], [
    EOT,
    "ENQ",
  ]]);
  await other.receiver.stop();
});

test("Receiver in X3.28 sends its reply in a transfer of its own, and waits for its end before it stops", async () => {
  const bench = new Bench({ listeners: X328 }, { count: 1 });
  const caller = bench.call();
  await play(bench, caller, "x328", [...taken("M1"), [EOT, "ENQ"], [ACK0, "[1 AA M1]"]]);
  assert.equal(caller.ended, null);
  await play(bench, caller, "x328", [[ACK1, "EOT"]]);
  await caller.untilEnded();
  await bench.receiver.stopped;
  assert.deepEqual(bench.outcomes(), ["M1 replied"]);
});

test("Receiver in X3.28 closes, resets and half-closes behind a reply when the reply is there", async () => {
  for (const [step, ended] of [["close", "fin"], ["reset", "reset"], ["half_close", "fin"]] as const) {
    const bench = new Bench(doing("x328", `{reply: AA}, ${step}`));
    const caller = bench.call();
    await play(bench, caller, "x328", [...taken("M1"), [EOT, "ENQ"], [1000], [ACK0, "[1 AA M1]"]]);
    assert.equal(caller.ended, null, step);
    caller.write(ACK1);
    await bench.pass(100);
    assert.equal(caller.ended, ended, step);
    assert.ok(caller.text.endsWith(EOT), step);
    await bench.receiver.stop();
  }
});

test("Receiver in HLLP and X3.28 commits the faults of a connection behind what the lower layer says", async () => {
  for (const [fault, ended] of [["close-before-ack", "fin"], ["reset-before-ack", "reset"]] as const) {
    for (const journal of [undefined, new Journal({ file: new FakeFile() })]) {
      const hllp = new Bench({ listeners: HLLP, faults: [parseFault(fault)] }, { journal });
      const first = hllp.call();
      await play(hllp, first, "hllp", [[data("M1")], [100]]);
      assert.equal(first.ended, ended);
      await hllp.receiver.stop();
    }
    const x328 = new Bench({ listeners: X328, faults: [parseFault(fault)] });
    const second = x328.call();
    await play(x328, second, "x328", [...taken("M1"), [100]]);
    assert.equal(second.ended, ended);
    await x328.receiver.stop();
  }
});

test("Receiver in X3.28 that gets no answer to its bids tells so, and does not wait for who has gone", async () => {
  const bench = new Bench({ listeners: X328 });
  const caller = bench.call();
  await play(bench, caller, "x328", [...taken("M1"), [EOT, "ENQ"]]);
  await bench.pass(30_000);
  assert.deepEqual(bench.of("fault").map(({ code }) => code), ["bid_timeout"]);
  const other = bench.call();
  await play(bench, other, "x328", [...taken("M2"), [EOT, "ENQ"]]);
  other.stream.end();
  await other.untilEnded();
  assert.equal(bench.of("close").length, 1);
  await bench.receiver.stop();
});

test("Receiver with a journal acknowledges nothing in HLLP and X3.28 before it is written, and refuses what cannot be", async () => {
  const rows: readonly (readonly [Layer, Turn[], Turn[], Turn[]])[] = [
    ["hllp", [[data("M1")]], [[0, "[D AA M1]"]], [[data("M2"), "[N G]"]]],
    [
      "x328",
      [[ENQ, "ACK0"], [x328Block(adt("M1"))]],
      [[0, "ACK1"], [EOT, "ENQ"], [ACK0, "[1 AA M1]"], [ACK1, "EOT"]],
      [[ENQ, "ACK0"], [x328Block(adt("M2")), "NAK"]],
    ],
  ];
  for (const [layer, sent, said, refused] of rows) {
    const file = new FakeFile();
    file.slow = true;
    const bench = new Bench({ listeners: [listener(":0", { framing: layer })] }, {
      journal: new Journal({ file, fsync: true }),
    });
    const caller = bench.call();
    await play(bench, caller, layer, sent);
    // The note of the connection, which came before its message.
    if (layer === "x328") file.release();
    await play(bench, caller, layer, [[1]]);
    file.release();
    await play(bench, caller, layer, said);
    file.full = "no space left on the device";
    await play(bench, caller, layer, refused);
    assert.deepEqual(bench.outcomes(), ["M1 replied", "M2 refused"], layer);
    file.slow = false;
    await bench.receiver.stop();
  }
});

test("Receiver in HLLP and X3.28 refuses what is too much for it, and more messages than it was to take", async () => {
  const bench = new Bench({ listeners: HLLP, reply: parseReply("AA") }, { count: 1 });
  const caller = bench.call();
  caller.write(data("M1") + data("M2"));
  await caller.untilEnded();
  assert.deepEqual(tokensOf("hllp", caller.text), ["[D AA M1]", "[N G]"]);
  await bench.receiver.stopped;
  const x328 = new Bench({ listeners: X328, delay: parseDelay("60s"), limits: { maxPending: 1 } });
  await play(x328, x328.call(), "x328", [...taken("M1"), [EOT], [ENQ, "ACK0"], [x328Block(adt("M2")), "NAK"]]);
  await x328.receiver.stop();
});

test("Receiver in ILLP answers a request that has ended, and ends its half", async () => {
  const bench = new Bench({ listeners: [listener(":0", { framing: "illp" })] });
  const caller = bench.call();
  caller.write(adt("M1"));
  await bench.pass(10);
  assert.equal(caller.text, "");
  caller.stream.end();
  await caller.untilEnded();
  assert.match(caller.text, /^MSH.*\rMSA\|AA\|M1\r$/);
  await bench.receiver.stop();
});

test("Receiver answers AE where a reply from elsewhere cannot be carried by its framing", async () => {
  const bench = new Bench(doing("x328", "{forward: 'memory:real'}"));
  const reply = `MSH|^~\\&|REAL|||||||R1|P|2.5\rMSA|AA|M1|\x03\r`;
  bench.receiver.bench.forward = () => Promise.resolve(new TextEncoder().encode(reply));
  await play(bench, bench.call(), "x328", [...taken("M1"), [EOT, "ENQ"], [ACK0, "[1 AE M1]"], [ACK1, "EOT"]]);
  await bench.receiver.stop();
});

test("Receiver in X3.28 goes on bidding for its reply when its first bid is refused", async () => {
  const bench = new Bench({ listeners: X328 });
  await play(bench, bench.call(), "x328", [...taken("M1"), [EOT, "ENQ"], [NAK], [1000, "ENQ"], [ACK0, "[1 AA M1]"], [
    ACK1,
    "EOT",
  ]]);
  await bench.receiver.stop();
});

test("Receiver refuses to echo where the lower layer has words of its own", () => {
  for (const framing of ["mllp2", "hllp", "x328"] as const) {
    assert.throws(
      () => new Bench({ listeners: [listener(":0", { framing })], reply: "echo" }),
      /^RangeError: Cannot echo in /,
      framing,
    );
  }
});
