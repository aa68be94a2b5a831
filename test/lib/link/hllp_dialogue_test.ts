import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, NO_BYTES, utf8 } from "../../../lib/bytes.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { linkContract } from "../../contract/link_contract.ts";
import { block, link, outputOf, Pair, reply, request } from "./hllp_messages.ts";
import { losing } from "./wire.ts";

linkContract({
  name: "HllpLink",
  make: () => link(),
  quietMs: 0,
  unframable: utf8("A\x1c\rB"),
  partial: { bytes: utf8("\x0bD23\rMSH|"), becomes: "fault" },
});

test("HllpLink delivers a message with the block that answers it, which is a message too", () => {
  const pair = new Pair();
  assert.equal(pair.wire.send("near", request("A1")), 1);
  assert.deepEqual(pair.run(), [
    "0 near writes [D A1]",
    "5 far message A1",
    "5 far writes [D AA A1]",
    "10 near delivered 1",
    "10 near message AA A1",
  ]);
});

test("HllpLink takes an empty block for an answer", () => {
  const pair = new Pair({
    answers: [],
    script: { onMessage: (_, side) => void (side === "far" && pair.far.send(NO_BYTES, 5)) },
  });
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run(), [
    "0 near writes [D A1]",
    "5 far message A1",
    "5 far writes [D empty]",
    "10 near delivered 1",
    "10 near message ",
  ]);
});

test("HllpLink queues while it waits, and writes the next as soon as the answer has come", () => {
  const pair = new Pair();
  assert.deepEqual([pair.wire.send("near", request("A1")), pair.wire.send("near", request("A2"))], [1, 2]);
  assert.deepEqual(pair.run(), [
    "0 near writes [D A1]",
    "5 far message A1",
    "5 far writes [D AA A1]",
    "10 near delivered 1",
    "10 near message AA A1",
    "10 near writes [D A2]",
    "15 far message A2",
    "15 far writes [D AA A2]",
    "20 near delivered 2",
    "20 near message AA A2",
  ]);
});

test("HllpLink sends a lost block again after 10 s", () => {
  const pair = new Pair({ script: { fate: losing("near 1") } });
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run(), [
    "0 near writes [D A1] (lost)",
    "10000 near note timeout",
    "10000 near note resend",
    "10000 near writes [D A1]",
    "10005 far message A1",
    "10005 far writes [D AA A1]",
    "10010 near delivered 1",
    "10010 near message AA A1",
  ]);
});

test("HllpLink gets a lost answer again, and the message is told of once", () => {
  const pair = new Pair({ script: { fate: losing("far 1") } });
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run(), [
    "0 near writes [D A1]",
    "5 far message A1",
    "5 far writes [D AA A1] (lost)",
    "10000 near note timeout",
    "10000 near note resend",
    "10000 near writes [D A1]",
    "10005 far note duplicate",
    "10005 far writes [D AA A1]",
    "10010 near delivered 1",
    "10010 near message AA A1",
  ]);
});

test("HllpLink gives up after five retries of 10 s each, and goes on with the next", () => {
  const lost = ["near 1", "near 2", "near 3", "near 4", "near 5", "near 6"];
  const pair = new Pair({ script: { fate: losing(...lost) } });
  pair.wire.send("near", request("A1"));
  pair.wire.send("near", request("A2"));
  const log = pair.run();
  assert.deepEqual(log.filter((entry) => entry.includes("writes [D A1]")).map((entry) => Number(entry.split(" ")[0])), [
    0,
    10_000,
    20_000,
    30_000,
    40_000,
    50_000,
  ]);
  assert.deepEqual(log.slice(-7), [
    "60000 near note timeout",
    "60000 near failed 1 commit_timeout",
    "60000 near writes [D A2]",
    "60005 far message A2",
    "60005 far writes [D AA A2]",
    "60010 near delivered 2",
    "60010 near message AA A2",
  ]);
});

test("HllpLink without retries gives up at the first timeout", () => {
  const pair = new Pair({ near: { retries: 0, readTimeoutMs: 700 }, script: { fate: losing("near 1") } });
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run().slice(1), ["700 near note timeout", "700 near failed 1 commit_timeout"]);
});

/** What becomes of the first block of a side when one of its bytes is another. */
function damaging(side: "near" | "far", number: number, at: number, value: number) {
  return ({ from, number: sent, bytes }: { from: string; number: number; bytes: Uint8Array }) => {
    if (from !== side || sent !== number) return {};
    const changed = bytes.slice();
    changed[at < 0 ? bytes.length + at : at] = value;
    return { bytes: changed };
  };
}

test("HllpLink answers a damaged message with the NAK that says how, and gets it again at once", () => {
  const rows: [at: number, value: number, code: string, nak: string][] = [
    [10, 0x21, "invalid_checksum", "N X"],
    [-6, 0x38, "invalid_count", "N C"],
    [-4, 0x41, "invalid_checksum", "N X"],
  ];
  for (const [at, value, code, nak] of rows) {
    const pair = new Pair({ script: { fate: damaging("near", 1, at, value) } });
    pair.wire.send("near", request("A1"));
    const log = pair.run();
    assert.deepEqual(log.slice(1), [
      `5 far fault ${code}`,
      "5 far note nak_sent",
      `5 far writes [${nak}]`,
      "10 near note nak",
      "10 near note resend",
      "10 near writes [D A1]",
      "15 far message A1",
      "15 far writes [D AA A1]",
      "20 near delivered 1",
      "20 near message AA A1",
    ]);
  }
});

test("HllpLink answers a block of no kind with NAK G, and one that is too long with NAK B", () => {
  const subject = link({}, { maxFrame: 30 });
  subject.receive(block("A", "Q" as "D"), 0, () => {});
  assert.equal(outputOf(subject), "[N G]");
  subject.receive(block("A".repeat(40)), 0, () => {});
  assert.equal(outputOf(subject), "[N B]");
});

test("HllpLink does not answer a damaged reply with a NAK: it sends its message again, and gets the same reply", () => {
  const pair = new Pair({ script: { fate: damaging("far", 1, 10, 0x21) } });
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run().slice(3), [
    "10 near fault invalid_checksum",
    "10 near note resend",
    "10 near writes [D A1]",
    "15 far note duplicate",
    "15 far writes [D AA A1]",
    "20 near delivered 1",
    "20 near message AA A1",
  ]);
});

test("HllpLink takes a damaged NAK for a damaged reply", () => {
  const fate = (parcel: { from: "near" | "far"; number: number; bytes: Uint8Array }) =>
    parcel.from === "near" ? damaging("near", 1, 10, 0x21)(parcel) : damaging("far", 1, 5, 0x21)(parcel);
  const pair = new Pair({ script: { fate } });
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run().slice(4, 8), [
    "10 near fault invalid_checksum",
    "10 near note resend",
    "10 near writes [D A1]",
    "15 far message A1",
  ]);
});

test("HllpLink fails when its last try is refused, or answered with damage", () => {
  const failures: string[] = [];
  const sink = (event: LinkEvent) => void (event.type === "failed" && failures.push(event.error.message));
  const subject = link({ retries: 1 });
  subject.send(utf8(request("A1")), 0);
  subject.receive(block("X", "N"), 1, sink);
  subject.receive(block("C", "N"), 2, sink);
  subject.send(utf8(request("A2")), 10);
  for (const now of [11, 12]) subject.receive(utf8("\x0b\x1c\r"), now, sink);
  subject.send(utf8(request("A3")), 20);
  subject.tick(10_020, sink);
  subject.tick(20_020, sink);
  subject.send(utf8(request("A4")), 30_000);
  subject.end(30_000, sink);
  assert.deepEqual(failures, [
    "Cannot deliver the message: the last of 2 tries was answered with a NAK",
    "Cannot deliver the message: the last of 2 tries was answered with a damaged block",
    "Cannot deliver the message: no answer within 10000 ms, 2 tries",
    "Cannot deliver the message: the stream ended before it was answered",
  ]);
});

test("HllpLink sends once again for all NAKs and damage that one chunk brings", () => {
  const subject = link();
  subject.send(utf8(request("A1")), 0);
  outputOf(subject);
  const nak = block("X", "N");
  subject.receive(new Uint8Array([...nak, ...nak, ...utf8("\x0b\x1c\r"), ...nak]), 1, () => {});
  assert.equal(outputOf(subject), "[D A1]");
});

test("HllpLink ends a block that is silent within for 10 s, and says NAK G", () => {
  const pair = new Pair();
  pair.wire.inject("far", utf8("\x0bD23\rMSH|"));
  pair.run(6000);
  pair.wire.inject("far", utf8("more"));
  assert.deepEqual(pair.run(), [
    "16000 far note timeout",
    "16000 far fault truncated",
    "16000 far note nak_sent",
    "16000 far writes [N G]",
    "16005 near note nak_unexpected",
  ]);
});

test("HllpLink waits on while an answer is coming in, and sends again when that falls silent", () => {
  const subject = link();
  const notes: string[] = [];
  const sink = (event: LinkEvent) => void notes.push(event.type === "note" ? event.note : event.type);
  const answer = block(reply("A1"));
  subject.send(utf8(request("A1")), 0);
  outputOf(subject);
  assert.equal(subject.deadline(), 10_000);
  subject.receive(answer.slice(0, 8), 9000, sink);
  assert.equal(subject.deadline(), 19_000);
  subject.receive(answer.slice(8, 12), 18_000, sink);
  assert.equal(subject.deadline(), 28_000);
  subject.tick(28_000, sink);
  assert.deepEqual(notes, ["timeout", "fault", "resend"]);
  assert.equal(outputOf(subject), "[D A1]");
  assert.equal(subject.deadline(), 38_000);
});

test("HllpLink adds to its wait the time that the line needs for the block", () => {
  const subject = link({ bytesPerSecond: 960 });
  const message = utf8(`${request("A1")}OBX|${"A".repeat(9600 - 40)}\r`);
  subject.send(message, 0);
  const { length } = subject.encode(message);
  assert.equal(subject.deadline(), 10_000 + Math.ceil(length / 0.96));
});

test("HllpLink notes a message that came again and is not answered yet, and answers it once", () => {
  const pair = new Pair({ answers: [] });
  pair.wire.send("near", request("A1"));
  pair.run(25_000);
  pair.far.send(utf8(reply("A1")), pair.wire.clock.now());
  pair.wire.inject("far", NO_BYTES);
  assert.deepEqual(pair.run().filter((entry) => !entry.includes("near note")), [
    "0 near writes [D A1]",
    "5 far message A1",
    "10000 near writes [D A1]",
    "10005 far note duplicate",
    "20000 near writes [D A1]",
    "20005 far note duplicate",
    "25000 far writes [D AA A1]",
    "25005 near delivered 1",
    "25005 near message AA A1",
  ]);
});

test("HllpLink says nothing where its holder says nothing, so the peer gives up", () => {
  const pair = new Pair({ answers: [] });
  pair.wire.send("near", request("A1"));
  const log = pair.run();
  assert.equal(log.filter((entry) => entry.includes("far writes")).length, 0);
  assert.equal(log.filter((entry) => entry === "5 far message A1").length, 1);
  assert.equal(log.at(-1), "60000 near failed 1 commit_timeout");
});

test("HllpLink takes the same message for a new one after the retry window", () => {
  const subject = link({ readTimeoutMs: 100, retries: 1 });
  const seen: number[] = [];
  for (const now of [0, 199, 398, 598]) {
    subject.receive(block(request("A1")), now, (event) => {
      if (event.type !== "message") return;
      seen.push(now);
      subject.send(utf8(reply("A1")), now);
    });
  }
  assert.deepEqual(seen, [0, 598]);
});

test("HllpLink notes a late reply and a repeated one, which settle nothing", () => {
  const notes: string[] = [];
  const sink = (event: LinkEvent) => {
    if (event.type === "message") notes.push(latin1(event.payload).slice(-6, -1));
    else notes.push(event.type === "note" ? event.note : `${event.type} ${"ticket" in event ? event.ticket : ""}`);
  };
  const subject = link({ retries: 0 });
  subject.send(utf8(request("A1")), 0);
  subject.tick(10_000, sink);
  subject.send(utf8(request("A2")), 10_000);
  subject.receive(block(reply("A1")), 10_100, sink);
  subject.receive(block(reply("A2")), 10_200, sink);
  subject.send(utf8(request("A3")), 10_200);
  subject.receive(block(reply("A2")), 10_300, sink);
  subject.receive(block(reply("A3")), 10_400, sink);
  assert.deepEqual(notes, [
    "timeout",
    "failed 1",
    "late_reply",
    "delivered 2",
    "AA|A2",
    "repeated_reply",
    "delivered 3",
    "AA|A3",
  ]);
});

test("HllpLink lets an empty answer to an earlier try settle nothing: after such a one the next message waits 1 s", () => {
  const subject = link();
  const notes: string[] = [];
  const sink = (event: LinkEvent) => void notes.push(event.type === "note" ? event.note : event.type);
  subject.send(utf8(request("A1")), 0);
  subject.tick(10_000, () => {});
  outputOf(subject);
  subject.send(utf8(request("A2")), 10_001);
  subject.receive(block(""), 10_005, sink);
  assert.equal(outputOf(subject), "");
  assert.equal(subject.deadline(), 11_005);
  subject.receive(block(""), 10_010, sink);
  subject.tick(11_005, sink);
  assert.equal(outputOf(subject), "[D A2]");
  assert.deepEqual(notes, ["delivered", "message", "empty_unexpected"]);
});

test("HllpLink takes a negative acknowledgement that names no message for its own", () => {
  const subject = link();
  subject.send(utf8(request("A1")), 0);
  const types: string[] = [];
  subject.receive(block("MSH|^~\\&|B\rMSA|AR|\r"), 1, (event) => types.push(event.type));
  assert.deepEqual(types, ["delivered", "message"]);
});

test("HllpLink carries text that is no HL7, and takes any block but a request for its answer", () => {
  const pair = new Pair({
    answers: [],
    script: { onMessage: (text, side) => void (side === "far" && pair.far.send(utf8(`re ${text}`), 5)) },
  });
  pair.wire.send("near", "PING\r");
  assert.deepEqual(pair.run().slice(-2), ["10 near delivered 1", "10 near message re PING<CR>"]);
});

test("HllpLink answers in the version of the message, and speaks its own otherwise", () => {
  const subject = link({}, { version: "22" });
  subject.receive(block(request("A1"), "D", "21"), 0, (event) => {
    if (event.type === "message") subject.send(utf8(reply("A1")), 0);
  });
  const answer = subject.output();
  assert.ok(answer?.type === "bytes" && latin1(answer.bytes).startsWith("\x0bD21"));
  subject.send(utf8(request("B1")), 1);
  const own = subject.output();
  assert.ok(own?.type === "bytes" && latin1(own.bytes).startsWith("\x0bD22"));
});
