import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../../lib/bytes.ts";
import { MllpFramer, type MllpOptions } from "../../../lib/framing/mllp.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { Mllp2Link, type Mllp2Options } from "../../../lib/link/mllp2.ts";
import { linkContract, written } from "../../contract/link_contract.ts";
import { losing, readable, Wire, type WireOptions } from "./wire.ts";

function make(options: Mllp2Options = {}, framing: MllpOptions = {}): Mllp2Link {
  return new Mllp2Link(new MllpFramer({ ...framing, commitBlocks: true }), options);
}

/** A wire whose ends share their options. */
function wire(script: WireOptions = {}, options: Mllp2Options = {}): Wire {
  return new Wire(make(options), make(options), script);
}

const ACK = utf8("\x0b\x06\x1c\r");
const NAK = utf8("\x0b\x15\x1c\r");
const ACKED = "<VT><ACK><FS><CR>";
const NAKED = "<VT><NAK><FS><CR>";

linkContract({
  name: "Mllp2Link",
  make: () => make(),
  quietMs: 0,
  unframable: utf8("A\x1c\rB"),
  partial: { bytes: utf8("\x0bMSH|"), becomes: "fault" },
});

test("Mllp2Link delivers a message with one commit acknowledgement", () => {
  const line = wire();
  line.send("near", "A\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${ACKED}`,
    "10 near note commit_ack",
    "10 near delivered 1",
  ]);
});

test("Mllp2Link sends the commit acknowledgement glued to the reply, and reads it so", () => {
  const far = make();
  const line = new Wire(make(), far, {
    onMessage: (text, side) => side === "far" && far.send(utf8(`re ${text}`), 5),
  });
  line.send("near", "A\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${ACKED}<VT>re A<CR><FS><CR>`,
    "10 near note commit_ack",
    "10 near delivered 1",
    "10 near message re A<CR>",
    `10 near writes ${ACKED}`,
    "15 far note commit_ack",
    "15 far delivered 1",
  ]);
});

test("Mllp2Link queues while it waits, and writes the next as soon as the commit has come", () => {
  const line = wire();
  assert.deepEqual([line.send("near", "A\r"), line.send("near", "B\r"), line.send("near", "C\r")], [1, 2, 3]);
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${ACKED}`,
    "10 near note commit_ack",
    "10 near delivered 1",
    "10 near writes <VT>B<CR><FS><CR>",
    "15 far message B<CR>",
    `15 far writes ${ACKED}`,
    "20 near note commit_ack",
    "20 near delivered 2",
    "20 near writes <VT>C<CR><FS><CR>",
    "25 far message C<CR>",
    `25 far writes ${ACKED}`,
    "30 near note commit_ack",
    "30 near delivered 3",
  ]);
});

test("Mllp2Link sends a block again when its commit is lost: here the second one", () => {
  const line = wire({ fate: losing("far 2") });
  line.send("near", "A\r");
  line.send("near", "B\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${ACKED}`,
    "10 near note commit_ack",
    "10 near delivered 1",
    "10 near writes <VT>B<CR><FS><CR>",
    "15 far message B<CR>",
    `15 far writes ${ACKED} (lost)`,
    "10010 near note resend",
    "10010 near writes <VT>B<CR><FS><CR>",
    "10015 far message B<CR>",
    `10015 far writes ${ACKED}`,
    "10020 near note commit_ack",
    "10020 near delivered 2",
  ]);
});

test("Mllp2Link sends a block again that was lost itself", () => {
  const line = wire({ fate: losing("near 1") }, { commitTimeoutMs: 5000 });
  line.send("near", "A\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR> (lost)",
    "5000 near note resend",
    "5000 near writes <VT>A<CR><FS><CR>",
    "5005 far message A<CR>",
    `5005 far writes ${ACKED}`,
    "5010 near note commit_ack",
    "5010 near delivered 1",
  ]);
});

test("Mllp2Link gives up when its retries are exhausted, and goes on with the next", () => {
  const line = wire({ fate: losing("near 1", "near 2", "near 3") });
  line.send("near", "A\r");
  line.send("near", "B\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR> (lost)",
    "10000 near note resend",
    "10000 near writes <VT>A<CR><FS><CR> (lost)",
    "20000 near note resend",
    "20000 near writes <VT>A<CR><FS><CR> (lost)",
    "30000 near failed 1 commit_timeout",
    "30000 near writes <VT>B<CR><FS><CR>",
    "30005 far message B<CR>",
    `30005 far writes ${ACKED}`,
    "30010 near note commit_ack",
    "30010 near delivered 2",
  ]);
});

test("Mllp2Link without retries gives up at the first timeout", () => {
  const line = wire({ fate: losing("near 1") }, { retries: 0 });
  line.send("near", "A\r");
  assert.deepEqual(line.run(), ["0 near writes <VT>A<CR><FS><CR> (lost)", "10000 near failed 1 commit_timeout"]);
});

test("Mllp2Link sends again at once after a commit NAK, and is then done with an ACK", () => {
  const far = make();
  let taken = 0;
  const line = new Wire(make(), far, { onMessage: () => ++taken === 1 && far.commit(false) });
  line.send("near", "A\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${NAKED}`,
    "10 near note commit_nak",
    "10 near note resend",
    "10 near writes <VT>A<CR><FS><CR>",
    "15 far message A<CR>",
    `15 far writes ${ACKED}`,
    "20 near note commit_ack",
    "20 near delivered 1",
  ]);
});

test("Mllp2Link fails with commit_refused when every try is answered with a NAK", () => {
  const far = make();
  const line = new Wire(make({ retries: 1 }), far, { onMessage: () => far.commit(false) });
  line.send("near", "A\r");
  assert.deepEqual(line.run().slice(-5), [
    "10 near writes <VT>A<CR><FS><CR>",
    "15 far message A<CR>",
    `15 far writes ${NAKED}`,
    "20 near note commit_nak",
    "20 near failed 1 commit_refused",
  ]);
});

test("Mllp2Link says in a failure what was tried", () => {
  const failures: string[] = [];
  const sink = (event: LinkEvent) => void (event.type === "failed" && failures.push(event.error.message));
  const link = make({ retries: 1 });
  link.send(utf8("A\r"), 0);
  link.receive(NAK, 1, sink);
  link.receive(NAK, 2, sink);
  link.send(utf8("B\r"), 10);
  link.tick(10_010, sink);
  link.tick(20_010, sink);
  link.send(utf8("C\r"), 30_000);
  link.end(30_000, sink);
  assert.deepEqual(failures, [
    "Cannot deliver the message: the last of 2 tries was answered with a commit NAK",
    "Cannot deliver the message: no commit acknowledgement within 10000 ms, 2 tries",
    "Cannot deliver the message: the stream ended before it was confirmed",
  ]);
});

test("Mllp2Link lets both directions cross, each with its own commit", () => {
  const line = wire();
  line.send("near", "A\r");
  line.send("far", "Z\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "0 far writes <VT>Z<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${ACKED}`,
    "5 near message Z<CR>",
    `5 near writes ${ACKED}`,
    "10 near note commit_ack",
    "10 near delivered 1",
    "10 far note commit_ack",
    "10 far delivered 1",
  ]);
});

test("Mllp2Link takes a late commit for whatever waits, and one too many as unexpected", () => {
  const line = wire({ fate: ({ from, number }) => from === "far" && number === 1 ? { delayMs: 12_000 } : {} });
  line.send("near", "A\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    `5 far writes ${ACKED}`,
    "10000 near note resend",
    "10000 near writes <VT>A<CR><FS><CR>",
    "10005 far message A<CR>",
    `10005 far writes ${ACKED}`,
    "10010 near note commit_ack",
    "10010 near delivered 1",
    "12005 near note commit_unexpected",
  ]);
});

test("Mllp2Link notes a commit block that nothing waits for, and does not answer it", () => {
  const line = wire();
  line.inject("near", ACK);
  line.inject("near", NAK);
  assert.deepEqual(line.run(), ["0 near note commit_unexpected", "0 near note commit_unexpected"]);
});

test("Mllp2Link drops a partial block after the receive timeout, unanswered, and accepts the resend", () => {
  const line = wire({
    fate: ({ from, number, bytes }) => {
      if (from === "near" && number === 1) return { bytes: bytes.slice(0, 4) };
      return from === "near" && number === 2 ? null : {};
    },
  }, { commitTimeoutMs: 12_000 });
  // The far end waits twice the near one's time: 24 s from the partial, which comes before the third try.
  line.send("near", "ABCDEF\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>ABCDEF<CR><FS><CR> (arrives <VT>ABC)",
    "12000 near note resend",
    "12000 near writes <VT>ABCDEF<CR><FS><CR> (lost)",
    "24000 near note resend",
    "24000 near writes <VT>ABCDEF<CR><FS><CR>",
    // Both fall on 24,005: the timer was set first.
    "24005 far note partial_dropped",
    "24005 far fault truncated",
    "24005 far message ABCDEF<CR>",
    `24005 far writes ${ACKED}`,
    "24010 near note commit_ack",
    "24010 near delivered 1",
  ]);
});

test("Mllp2Link starts its receive timeout again with every byte of a block", () => {
  const link = make();
  link.receive(utf8("\x0bA"), 0, () => {});
  assert.equal(link.deadline(), 20_000);
  link.receive(utf8("B"), 19_999, () => {});
  assert.equal(link.deadline(), 39_999);
  link.receive(utf8("\r\x1c\r"), 30_000, () => {});
  assert.equal(link.deadline(), Infinity);
});

test("Mllp2Link ignores bytes before a start block", () => {
  const line = wire();
  line.inject("far", utf8("HELO\x0bA\r\x1c\r"));
  assert.deepEqual(line.run(5), [
    "0 far noise HELO",
    "0 far message A<CR>",
    `0 far writes ${ACKED}`,
    "5 near note commit_unexpected",
  ]);
});

test("Mllp2Link answers a block it had to throw away with a NAK", () => {
  const line = new Wire(make({ retries: 1 }), make({}, { maxFrame: 4 }));
  line.send("near", "ABCDEF\r");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>ABCDEF<CR><FS><CR>",
    "5 far fault frame_too_large",
    `5 far writes ${NAKED}`,
    "10 near note commit_nak",
    "10 near note resend",
    "10 near writes <VT>ABCDEF<CR><FS><CR>",
    "15 far fault frame_too_large",
    `15 far writes ${NAKED}`,
    "20 near note commit_nak",
    "20 near failed 1 commit_refused",
  ]);
});

test("Mllp2Link fails all that is unconfirmed at the end of the stream", () => {
  const line = wire({ fate: losing("near 1") });
  line.send("near", "A\r");
  line.send("near", "B\r");
  line.run(100);
  line.end("near");
  assert.deepEqual(line.run(), [
    "0 near writes <VT>A<CR><FS><CR> (lost)",
    "100 near failed 1 link_ended",
    "100 near failed 2 link_ended",
  ]);
});

test("Mllp2Link reports a block cut off by the end of the stream as truncated, without an answer", () => {
  const line = wire();
  line.inject("far", utf8("\x0bAB"));
  line.end("far");
  assert.deepEqual(line.run(), ["0 far fault truncated"]);
});

test("Mllp2Link with manual commits answers when told to", () => {
  const far = make({ commit: "manual" });
  far.receive(utf8("\x0bA\r\x1c\r"), 0, () => {});
  assert.equal(far.output(), null);
  far.commit(true);
  assert.equal(readable(written(far)), ACKED);
  far.receive(utf8("\x0bA\r\x1c\r"), 1, () => far.commit(false));
  assert.equal(readable(written(far)), NAKED);
});

test("Mllp2Link acts as of now at a tick that comes late", () => {
  const link = make();
  link.send(utf8("A\r"), 0);
  written(link);
  assert.equal(link.deadline(), 10_000);
  const notes: string[] = [];
  link.tick(25_000, (event) => void notes.push(event.type));
  assert.deepEqual(notes, ["note"]);
  assert.equal(link.deadline(), 35_000);
  assert.equal(readable(written(link)), "<VT>A<CR><FS><CR>");
});

test("Mllp2Link wakes for the earlier of its two timers", () => {
  const link = make({ commitTimeoutMs: 5000, receiveTimeoutMs: 30_000 });
  link.receive(utf8("\x0bA"), 0, () => {});
  assert.equal(link.deadline(), 30_000);
  link.send(utf8("B\r"), 1000);
  assert.equal(link.deadline(), 6000);
  link.tick(6000, () => {});
  link.tick(11_000, () => {});
  link.tick(16_000, () => {});
  assert.equal(link.deadline(), 30_000);
});

test("Mllp2Link drops a block of which only the start byte came", () => {
  const link = make();
  const types: string[] = [];
  link.receive(utf8("\x0b"), 0, () => {});
  assert.equal(link.deadline(), 20_000);
  link.tick(20_000, (event) => void types.push(event.type === "fault" ? event.code : event.type));
  assert.deepEqual(types, ["note", "truncated"]);
  assert.equal(link.deadline(), Infinity);
});

test("Mllp2Link refuses timers that make no sense", () => {
  for (const commitTimeoutMs of [0, -1, NaN]) assert.throws(() => make({ commitTimeoutMs }), RangeError);
  assert.throws(() => make({ commitTimeoutMs: 10_000, receiveTimeoutMs: 19_999 }), {
    name: "RangeError",
    message: "Cannot use a receive timeout of 19999 ms: it must be at least twice the commit timeout of 10000 ms",
  });
  make({ commitTimeoutMs: 10_000, receiveTimeoutMs: 20_000 });
});

test("Mllp2Link settles each ticket once, in order, and delivers only what arrived, whatever is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (losses, count) => {
      let parcel = 0;
      const line = wire({ fate: () => losses[parcel++] ? null : {} });
      for (let i = 1; i <= count; i++) line.send("near", `M${i}\r`);
      const log = line.run();
      const settled = log.map((entry) => /near (delivered|failed) (\d+)/.exec(entry)).filter((found) => found !== null);
      assert.deepEqual(settled.map((found) => Number(found[2])), Array.from({ length: count }, (_, i) => i + 1));
      for (const [, how, ticket] of settled) {
        const arrivals = log.filter((entry) => entry.endsWith(`far message M${ticket}<CR>`)).length;
        if (how === "delivered") assert.ok(arrivals >= 1);
        assert.ok(arrivals <= 3);
      }
      const sends = log.filter((entry) => entry.includes("near writes")).length;
      const arrived = log.filter((entry) => entry.includes("far message")).length;
      const lost = log.filter((entry) => entry.includes("near writes") && entry.endsWith("(lost)")).length;
      assert.equal(arrived, sends - lost);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
