import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import { encodeBlock } from "../../../lib/framing/x328_encode.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { X328Link, type X328Options } from "../../../lib/link/x328.ts";
import { X328_FAULTS, type X328FaultName } from "../../../lib/link/x328_fault.ts";
import { written } from "../../contract/link_contract.ts";
import { LossyLine } from "./lossy_line.ts";
import { ack, damaged, ENQ, EOT, etb, etx, FIRST, kept, NAK, RINT, Script, SECOND } from "./x328_script.ts";

/** Sends one message between two links, and returns it as it arrived, with what was counted. */
function carried(message: Uint8Array, options: X328Options = {}): { arrived: Uint8Array | null; far: X328Link } {
  const far = new X328Link(options);
  let arrived: Uint8Array | null = null;
  const line = new LossyLine(new X328Link(options), far, {
    onEvent: (event) => {
      if (event.type === "message") arrived = event.payload.slice();
    },
  });
  line.send("near", message);
  line.run();
  return { arrived, far };
}

test("X328Link has nothing to write and no deadline at first, and is idle", () => {
  const link = new X328Link();
  assert.equal(link.output(), null);
  assert.equal(link.deadline(), Infinity);
  assert.equal(link.idle, true);
  assert.equal(link.unfinished, null);
});

test("X328Link counts tickets from 1, and is not idle before all is settled", () => {
  const link = new X328Link();
  assert.deepEqual([link.send(utf8("A\r"), 0), link.send(utf8("B\r"), 0)], [1, 2]);
  assert.equal(link.idle, false);
  const line = new Script();
  line.send("near", "A\r");
  assert.deepEqual([line.near.idle, line.near.phase, line.far.idle], [false, "bidding", true]);
  line.run(15);
  assert.deepEqual([line.near.phase, line.far.phase, line.far.idle], ["sending", "receiving", false]);
  line.run();
  assert.deepEqual([line.near.idle, line.far.idle], [true, true]);
});

test("X328Link is not idle while a block is under way", () => {
  const link = new X328Link();
  link.receive(utf8("\x0210"), 0, () => {});
  assert.equal(link.idle, false);
  assert.equal(hex(link.unfinished?.bytes ?? new Uint8Array()), "023130");
});

test("X328Link copies a message before send returns", () => {
  const line = new LossyLine(new X328Link(), new X328Link(), {
    onEvent: (event) => event.type === "message" && assert.equal(latin1(event.payload), "A\r"),
  });
  const message = utf8("A\r");
  line.send("near", message);
  message.fill(0x21);
  line.run();
});

test("X328Link encodes the blocks of a message as they go out, and sends nothing by that", () => {
  const link = new X328Link({ maxBlock: 50 });
  const blocks = latin1(link.encode(utf8(FIRST + SECOND)));
  assert.equal(blocks, `\x02100043${FIRST}\x1761\r\x02200017${SECOND}\x031F\r`);
  assert.equal(link.output(), null);
  assert.equal(latin1(link.encode(new Uint8Array())), latin1(encodeBlock(1, new Uint8Array(), true)));
});

test("X328Link never touches bytes again that it handed out", () => {
  const link = new X328Link();
  link.send(utf8("A\r"), 0);
  const output = link.output();
  assert.ok(output?.type === "bytes");
  link.receive(utf8(ack(0)), 5, () => {});
  written(link);
  assert.equal(latin1(output.bytes), ENQ);
});

test("X328Link delivers a message of no bytes, and one of a CR, as empty", () => {
  for (const text of ["", "\r"]) {
    const link = new X328Link();
    const events: string[] = [];
    link.receive(utf8(ENQ + etx(1, text)), 0, (event) => event.type === "message" && events.push(kept(event)));
    assert.deepEqual(events, [`message ${hex(utf8(text))} empty`]);
  }
});

test("X328Link numbers blocks from 1 to 7, then 0, over twenty blocks", () => {
  const line = new Script({}, { maxBlock: 2 });
  line.send("near", Array.from({ length: 20 }, (_, i) => `${String.fromCharCode(65 + i)}\r`).join(""));
  const log = line.run();
  const numbers = (of: RegExp) =>
    log.map((entry) => of.exec(entry)?.[1]).filter((found) => found !== undefined).join("");
  assert.equal(numbers(/near writes <STX>(\d)/), "12345670123456701234");
  assert.equal(numbers(/far writes <DLE>(\d)/), "012345670123456701234");
  assert.ok(
    log.includes(
      "205 far message A<CR>B<CR>C<CR>D<CR>E<CR>F<CR>G<CR>H<CR>I<CR>J<CR>K<CR>L<CR>M<CR>N<CR>O<CR>P<CR>Q<CR>R<CR>S<CR>T<CR>",
    ),
  );
  assert.ok(log.includes("210 near delivered 1"));
});

test("X328Link carries 99,999 bytes, with 8-bit text in it, and refuses one more", () => {
  const message = Uint8Array.from({ length: 99_999 }, (_, i) => i % 80 === 79 ? 0x0d : 0x20 + i % 224);
  const { arrived, far } = carried(message);
  assert.ok(arrived !== null);
  assert.equal(hex(arrived), hex(message));
  // Segments of 80 bytes, three to a block.
  assert.equal(far.counts.get("block_received"), 417);
  const link = new X328Link();
  assert.throws(() => link.send(new Uint8Array(100_000).fill(0x41), 0), {
    name: "RangeError",
    message: "Cannot send a message of 100000 bytes: expected at most 99999",
  });
  assert.throws(() => link.encode(utf8("A\x03")), RangeError);
  assert.throws(() => link.send(utf8("A\x03"), 0), RangeError);
  assert.equal(link.output(), null);
  assert.equal(link.send(utf8("A\r"), 0), 1);
});

test("X328Link carries 99,999 bytes in one block between two that have no smaller limit", () => {
  const message = new Uint8Array(99_999).fill(0x41);
  const { arrived, far } = carried(message, { maxBlock: 99_999 });
  assert.deepEqual(arrived, message);
  assert.equal(far.counts.get("block_received"), 1);
});

test("X328Link ignores the eighth bit on a line of seven, and refuses to send it", () => {
  const link = new X328Link({ sevenBit: true });
  const events: string[] = [];
  const noisy = utf8(ENQ + etx(1, "A\r")).map((byte, i) => byte | (i % 2 ? 0x80 : 0));
  link.receive(noisy, 0, (event) => event.type === "message" && events.push(kept(event)));
  assert.deepEqual(events, ["message 410d"]);
  assert.throws(() => link.send(new Uint8Array([0xe4]), 0), /0xE4 at 0 over a line of seven bits/);
});

test("X328Link lets its sink refuse, interrupt or answer a message at once", () => {
  const link = new X328Link();
  const said = (chunk: string, act: () => void): string => {
    link.receive(utf8(chunk), 0, (event) => event.type === "message" && act());
    return latin1(written(link));
  };
  assert.equal(said(ENQ + etx(1, "A\r"), () => link.commit(false)), ack(0) + NAK);
  assert.equal(said(etx(1, "A\r"), () => link.requestEnd()), RINT);
  assert.equal(said(EOT + ENQ + etx(1, "B\r"), () => link.interrupt()), ack(0) + EOT);
  // The reply waits for the end of the transfer, and for the next tick.
  assert.equal(said(ENQ + etx(1, "C\r"), () => link.send(utf8("Z\r"), 0)), ack(0) + ack(1));
  assert.equal(said(EOT, () => {}), "");
  assert.equal(link.deadline(), 0);
  link.tick(0, () => {});
  assert.equal(latin1(written(link)), ENQ);
});

test("X328Link bids at the next tick after EOT, so that a bid in the same chunk comes first", () => {
  const link = new X328Link();
  link.receive(utf8(ENQ), 0, () => {});
  link.send(utf8("Z\r"), 1);
  written(link);
  link.receive(utf8(etx(1, "A\r") + EOT + ENQ), 2, () => {});
  assert.equal(latin1(written(link)), ack(1) + ack(0));
});

test("X328Link notes each control sequence and block it sends or receives, and counts the notes", () => {
  const line = new Script({ fate: ({ from, number }) => from === "far" && number === 2 ? null : {} }, { maxBlock: 2 });
  const near: string[] = [];
  const link = new X328Link({ maxBlock: 2 });
  const sink = (event: LinkEvent) => void near.push(kept(event));
  link.send(utf8("A\rB\r"), 0);
  link.receive(utf8(ack(0)), 5, sink);
  link.receive(utf8(NAK), 10, sink);
  link.receive(utf8(RINT), 15, sink);
  link.receive(utf8(ack(2)), 20, sink);
  assert.deepEqual(near, [
    "enq_sent: ENQ, message 1, try 1",
    "ack_received: ACK0",
    "block_sent: 1, 2 bytes, ETB, block 1 of 2, try 1",
    "nak_received: NAK",
    "resend: block 1 of 2, try 2",
    "block_sent: 1, 2 bytes, ETB, block 1 of 2, try 2",
    "rint_received: RINT",
    "block_sent: 2, 2 bytes, ETX, block 2 of 2, try 1",
    "ack_received: ACK2",
    "eot_sent: EOT",
    "delivered 1",
  ]);
  assert.equal(link.counts.get("block_sent"), 3);
  assert.equal(link.counts.get("resend"), 1);
  line.send("near", "A\rB\r");
  line.run();
  assert.deepEqual([line.near.counts.get("timer_a"), line.far.counts.get("duplicate")], [1, 1]);
  assert.deepEqual([line.near.counts.get("delivered"), line.far.counts.get("message")], [1, 1]);
});

test("X328Link notes what it takes, and counts faults by their code", () => {
  const far: string[] = [];
  const link = new X328Link();
  const sink = (event: LinkEvent) => void far.push(kept(event));
  link.receive(utf8(ENQ + damaged(etx(1, "A\r")) + etb(1, "A\r") + etx(2, "B\r") + EOT), 0, sink);
  assert.deepEqual(far, [
    "enq_received: ENQ",
    "ack_sent: ACK0",
    "fault invalid_checksum at 12",
    "nak_sent: NAK, damaged",
    "block_received: 1, 2 bytes, ETB",
    "ack_sent: ACK1",
    "block_received: 2, 2 bytes, ETX",
    "message 410d420d",
    "ack_sent: ACK2",
    "eot_received: EOT",
  ]);
  assert.deepEqual(Object.fromEntries(link.counts), {
    enq_received: 1,
    ack_sent: 3,
    invalid_checksum: 1,
    nak_sent: 1,
    block_received: 2,
    message: 1,
    eot_received: 1,
  });
});

test("X328Link says in a failure what was tried", () => {
  const failures: string[] = [];
  const play = (options: X328Options, answers: readonly string[]) => {
    const link = new X328Link(options);
    const sink = (event: LinkEvent) => event.type === "failed" && failures.push(kept(event));
    link.send(utf8("A\rB\r"), 0);
    for (const answer of answers) link.receive(utf8(answer), 1, sink);
    for (let at = link.deadline(); at < 100_000; at = link.deadline()) link.tick(at, sink);
    link.end(100_000, sink);
  };
  play({ bidTries: 1 }, [NAK]);
  play({ bidTries: 2 }, []);
  play({ blockTries: 2, maxBlock: 2 }, [ack(0), ack(1), NAK, NAK]);
  play({ blockTries: 1, maxBlock: 2 }, [ack(0)]);
  play({}, [ack(0), EOT]);
  play({ timerAMs: 200_000 }, []);
  assert.deepEqual(failures, [
    "failed 1 bid_refused: Cannot deliver the message: the peer refused the last of 1 bids",
    "failed 1 bid_timeout: Cannot deliver the message: no valid answer to the last of 2 bids within 6000 ms",
    "failed 1 commit_refused: Cannot deliver the message: the peer refused the last of 2 tries of block 2 of 2",
    "failed 1 commit_timeout: Cannot deliver the message: no valid answer to the last of 1 tries of block 1 of 2 within 6000 ms",
    "failed 1 interrupted: Cannot deliver the message: the peer ended the transfer at block 1 of 1",
    "failed 1 link_ended: Cannot deliver the message: the stream ended before it was confirmed",
  ]);
});

test("X328Link settles each ticket once at the end of the stream, and forgets what was under way", () => {
  const link = new X328Link();
  const events: string[] = [];
  const sink = (event: LinkEvent) => void events.push(kept(event));
  link.receive(utf8(ENQ + etb(1, "A\r") + "\x022"), 0, () => {});
  for (let i = 0; i < 2; i++) link.send(utf8("B\r"), 0);
  link.end(10, sink);
  link.end(11, sink);
  const ended = "Cannot deliver the message: the stream ended before it was confirmed";
  assert.deepEqual(events, [
    "fault truncated at 17",
    "partial_discarded: the transfer ended within a message",
    `failed 1 link_ended: ${ended}`,
    `failed 2 link_ended: ${ended}`,
  ]);
  assert.equal(link.deadline(), Infinity);
  assert.equal(link.idle, true);
});

test("X328Link refuses options and faults that cannot be", () => {
  const bad: X328Options[] = [
    { timerAMs: 0 },
    { timerBMs: -1 },
    { timerDMs: NaN },
    { rebidMs: -1 },
    { turnMs: -1 },
    {
      bidTries: 0,
    },
    { blockTries: 1.5 },
    { maxBlock: 100_000 },
    { maxMessage: 0 },
  ];
  for (const options of bad) assert.throws(() => new X328Link(options), RangeError, JSON.stringify(options));
  assert.throws(() => new X328Link({ maxBlock: 0 }), {
    message: "Cannot set maxBlock to 0: expected a whole number from 1 to 99999",
  });
  const link = new X328Link();
  assert.throws(
    () => link.fault("bad_luck" as X328FaultName),
    /Cannot arm the fault bad_luck: expected one of bad_count,/,
  );
  assert.throws(() => link.fault("link_nak", 0), RangeError);
  for (const name of Object.keys(X328_FAULTS) as X328FaultName[]) link.fault(name, 2);
});
