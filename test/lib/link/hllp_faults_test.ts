import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, NO_BYTES, utf8 } from "../../../lib/bytes.ts";
import type { HllpNakCode } from "../../../lib/framing/hllp_block.ts";
import { HLLP_FAULTS, type HllpFaultName } from "../../../lib/link/hllp_faults.ts";
import type { HllpLink } from "../../../lib/link/hllp.ts";
import { completeHllpOptions } from "../../../lib/link/hllp_options.ts";
import { block, link, outputOf, Pair, reply, request } from "./hllp_messages.ts";

/** What a link has to write, as it is. */
function bytesOf(subject: HllpLink): Uint8Array {
  const output = subject.output();
  return output?.type === "bytes" ? output.bytes : NO_BYTES;
}

test("HLLP_FAULTS change a block in the place they name, and nowhere else", () => {
  const good = block("A\r");
  const digits = (bytes: Uint8Array) => latin1(bytes, bytes.length - 10, bytes.length - 2);
  const sum = Number(digits(good).slice(5));
  const wanted = {
    bad_bcc: `00007${String(sum + 1).padStart(3, "0")}`,
    bad_count: `00008${digits(good).slice(5)}`,
    unchecked: "00007999",
  };
  for (const [name, text] of Object.entries(wanted)) {
    const fault = HLLP_FAULTS[name as keyof typeof wanted];
    const changed = fault.change(good);
    assert.equal(digits(changed), text, name);
    assert.deepEqual(changed.slice(0, -10), good.slice(0, -10), name);
    assert.notEqual(changed, good);
  }
});

test("HLLP_FAULTS never make 999 of a wrong checksum, whatever the right one is", () => {
  for (let value = 0; value < 256; value++) {
    const changed = HLLP_FAULTS.bad_bcc.change(block(String.fromCharCode(value)));
    assert.match(latin1(changed).slice(-5, -2), /^([01]\d\d|2[0-5]\d)$/);
  }
});

test("HllpLink damages its next answer on purpose, and gives it whole when it is asked again", () => {
  for (const [name, code] of [["bad_bcc", "invalid_checksum"], ["bad_count", "invalid_count"]] as const) {
    const pair = new Pair();
    pair.far.fault(name);
    pair.wire.send("near", request("A1"));
    assert.deepEqual(pair.run().slice(3), [
      `10 near fault ${code}`,
      "10 near note resend",
      "10 near writes [D A1]",
      "15 far note duplicate",
      "15 far writes [D AA A1]",
      "20 near delivered 1",
      "20 near message AA A1",
    ]);
  }
});

test("HllpLink damages its own message as often as asked", () => {
  const pair = new Pair();
  pair.near.fault("bad_count", 2);
  pair.wire.send("near", request("A1"));
  const log = pair.run();
  assert.equal(log.filter((entry) => entry.includes("far fault invalid_count")).length, 2);
  assert.deepEqual(log.slice(-2), ["30 near delivered 1", "30 near message AA A1"]);
});

test("HllpLink says 999 on purpose, and its like notes that", () => {
  const pair = new Pair();
  pair.far.fault("unchecked");
  pair.wire.send("near", request("A1"));
  assert.deepEqual(pair.run().slice(3), ["10 near note unchecked", "10 near delivered 1", "10 near message AA A1"]);
});

test("HllpLink answers good blocks with a NAK of any code as often as asked, and then takes the message", () => {
  for (const code of ["C", "X", "B", "G"] as HllpNakCode[]) {
    const pair = new Pair();
    pair.far.fault("link_nak", 2, code);
    pair.wire.send("near", request("A1"));
    assert.deepEqual(pair.run(), [
      "0 near writes [D A1]",
      "5 far note nak_sent",
      `5 far writes [N ${code}]`,
      "10 near note nak",
      "10 near note resend",
      "10 near writes [D A1]",
      "15 far note nak_sent",
      `15 far writes [N ${code}]`,
      "20 near note nak",
      "20 near note resend",
      "20 near writes [D A1]",
      "25 far message A1",
      "25 far writes [D AA A1]",
      "30 near delivered 1",
      "30 near message AA A1",
    ]);
  }
});

test("HllpLink fails with commit_refused when the peer refuses every try", () => {
  const pair = new Pair();
  pair.far.fault("link_nak", 6);
  pair.wire.send("near", request("A1"));
  assert.equal(pair.run().at(-1), "60 near failed 1 commit_refused");
});

test("HllpLink refuses a message in its sink's hands, or later, and takes it for a new one when it comes again", () => {
  const subject = link();
  let told = 0;
  const receive = (now: number, refuse: boolean) =>
    subject.receive(block(request("A1")), now, (event) => {
      if (event.type !== "message") return;
      told++;
      if (refuse) subject.commit(false, "B");
    });
  receive(0, true);
  assert.equal(outputOf(subject), "[N B]");
  receive(10, false);
  assert.equal(outputOf(subject), "");
  subject.commit(false);
  assert.equal(outputOf(subject), "[N G]");
  subject.commit(false);
  assert.equal(outputOf(subject), "");
  receive(20, false);
  assert.equal(told, 3);
});

test("HllpLink leaves the line to a peer whose block it refused for 1 s, and then sends its own", () => {
  const subject = link();
  subject.receive(utf8("\x0bjunk\x1c\r"), 0, () => {});
  subject.send(utf8(request("A1")), 5);
  assert.equal(outputOf(subject), "[N G]");
  assert.equal(subject.deadline(), 1000);
  subject.tick(1000, () => {});
  assert.equal(outputOf(subject), "[D A1]");
});

test("HllpLink says its answer again to a NAK, as often as it retries", () => {
  const subject = link({ retries: 1 });
  subject.receive(block(request("A1")), 0, () => {});
  subject.send(utf8(reply("A1")), 1);
  assert.equal(outputOf(subject), "[D AA A1]");
  const notes: string[] = [];
  for (const now of [2, 3]) {
    subject.receive(block("X", "N"), now, (event) => void notes.push(event.type === "note" ? event.note : event.type));
  }
  assert.equal(outputOf(subject), "[D AA A1]");
  assert.deepEqual(notes, ["nak", "nak_unexpected"]);
});

test("HllpLink writes a second answer with the same bytes as it is, and waits for nothing", () => {
  const subject = link();
  subject.receive(block(request("A1")), 0, () => {});
  subject.send(utf8(reply("A1")), 1);
  subject.send(utf8(reply("A1")), 1);
  assert.equal(outputOf(subject), "[D AA A1][D AA A1]");
  assert.equal(subject.deadline(), Infinity);
});

test("HllpLink takes a message for a new one whose answer was written past it", () => {
  const subject = link();
  let told = 0;
  for (const now of [0, 10_000]) {
    subject.receive(block(request("A1")), now, (event) => event.type === "message" && told++);
    subject.wrotePast();
    assert.equal(subject.owesAnswer, false);
  }
  assert.equal(told, 2);
});

test("HllpLink refuses faults that there are none of", () => {
  const subject = link();
  assert.throws(() => subject.fault("bad" as HllpFaultName), {
    name: "RangeError",
    message: "Cannot arm the fault bad: expected one of bad_bcc, bad_count, unchecked, link_nak",
  });
  for (const times of [0, 1.5, NaN]) assert.throws(() => subject.fault("bad_bcc", times), RangeError);
  assert.throws(() => subject.fault("link_nak", 1, "Q" as HllpNakCode), /expected one of C, X, B, G/);
});

test("HllpLink refuses options that make no sense, and takes the edges of those that do", () => {
  const wrong = [
    { readTimeoutMs: 0 },
    { readTimeoutMs: NaN },
    { retries: -1 },
    { retries: 1.5 },
    { retryWindowMs: -1 },
    { bytesPerSecond: 0 },
  ];
  for (const options of wrong) assert.throws(() => link(options), RangeError, JSON.stringify(options));
  link({ readTimeoutMs: 1, retries: 0, retryWindowMs: 0, bytesPerSecond: 1 });
  assert.deepEqual(completeHllpOptions({}), {
    readTimeoutMs: 10_000,
    retries: 5,
    priority: false,
    retryWindowMs: 60_000,
    answers: "auto",
    bytesPerSecond: Infinity,
  });
});

test("HllpLink forgets faults of an answer that were not all needed, and strikes no NAK with them", () => {
  const subject = link();
  const answered = (id: string) => {
    subject.receive(block(request(id)), 0, () => {});
    subject.send(utf8(reply(id)), 0);
    return latin1(bytesOf(subject)).slice(-10, -2);
  };
  const right = answered("A1");
  subject.receive(block(request("A2")), 0, () => {});
  subject.fault("unchecked", 9);
  subject.send(utf8(reply("A2")), 0);
  assert.ok(latin1(bytesOf(subject)).endsWith("999\x1c\r"));
  subject.receive(block(request("A2")), 0, () => {});
  assert.ok(latin1(bytesOf(subject)).endsWith("999\x1c\r"), "the same answer again");
  subject.receive(utf8("\x0bjunk\x1c\r"), 0, () => {});
  assert.equal(latin1(bytesOf(subject)), "\x0bN23\rG00006014\x1c\r");
  assert.equal(answered("A1"), right, "the answer to another message");
});

test("HllpLink damages a block that it encodes for somebody else to write, and no later one", () => {
  const subject = link();
  const right = latin1(subject.encode(utf8(request("A1"))));
  subject.fault("bad_count");
  assert.notEqual(latin1(subject.encode(utf8(request("A1")))), right);
  assert.equal(latin1(subject.encode(utf8(request("A1")))), right);
});

test("HllpLink refuses a message with the code that was armed for it", () => {
  const subject = link();
  subject.receive(block(request("A1")), 0, (event) => {
    if (event.type !== "message") return;
    subject.fault("link_nak", 1, "X");
    subject.commit(false);
  });
  assert.equal(outputOf(subject), "[N X]");
  subject.receive(block(request("A1")), 0, (event) => event.type === "message" && subject.commit(false));
  assert.equal(outputOf(subject), "[N G]");
});
