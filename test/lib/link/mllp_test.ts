import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { MllpFramer } from "../../../lib/framing/mllp.ts";
import { UnframedFramer } from "../../../lib/framing/none.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { MllpLink, QUIET_MS } from "../../../lib/link/mllp.ts";
import { linkContract, written } from "../../contract/link_contract.ts";
import { Wire } from "./wire.ts";

linkContract({
  name: "MllpLink",
  make: () => new MllpLink(new MllpFramer()),
  quietMs: 0,
  unframable: utf8("A\x1c\rB"),
  partial: { bytes: utf8("\x0bMSH|"), becomes: "fault" },
});

linkContract({
  name: "MllpLink over no framing",
  make: () => new MllpLink(new UnframedFramer()),
  quietMs: QUIET_MS,
  unframable: null,
  partial: { bytes: utf8("PI"), becomes: "message" },
});

test("MllpLink carries a message and its reply, and nothing else", () => {
  const far = new MllpLink(new MllpFramer());
  const wire = new Wire(new MllpLink(new MllpFramer()), far, {
    onMessage: (text, side) => side === "far" && far.send(utf8(`re ${text}`), 0),
  });
  wire.send("near", "A\r");
  assert.deepEqual(wire.run(), [
    "0 near writes <VT>A<CR><FS><CR>",
    "5 far message A<CR>",
    "5 far writes <VT>re A<CR><FS><CR>",
    "10 near message re A<CR>",
  ]);
});

test("MllpLink joins what one wake-up sends into one write", () => {
  const link = new MllpLink(new MllpFramer());
  for (const text of ["A\r", "B\r", "C\r"]) link.send(utf8(text), 0);
  const output = link.output();
  assert.ok(output?.type === "bytes");
  assert.equal(latin1(output.bytes), "\x0bA\r\x1c\r\x0bB\r\x1c\r\x0bC\r\x1c\r");
  assert.equal(link.output(), null);
});

test("MllpLink passes noise, faults and warnings of its framer on", () => {
  const link = new MllpLink(new MllpFramer({ maxFrame: 4 }));
  const events: string[] = [];
  const sink = (event: LinkEvent) => {
    if (event.type === "message") events.push(`message ${event.warnings.map(({ rule }) => rule)}`);
    else if (event.type === "fault") events.push(event.code);
    else events.push(event.type);
  };
  link.receive(utf8("x\x0bABCDEF\r\x1c\r\x0bA\x1c\r\n\x0bB\r\x1c\r"), 0, sink);
  assert.deepEqual(events, ["noise", "frame_too_large", "message no-final-cr", "message lf-after-frame"]);
});

test("MllpLink tells that a strict framer has stopped", () => {
  const link = new MllpLink(new MllpFramer({ profile: "strict" }));
  link.receive(utf8("GET /"), 0, () => {});
  assert.equal(link.stopped, true);
  link.receive(utf8("\x0bA\r\x1c\r"), 0, () => assert.fail("read after a strict fault"));
});

test("MllpLink keeps no timer for a framer that does not ask for one", () => {
  const link = new MllpLink(new MllpFramer());
  link.receive(utf8("\x0bhalf"), 0, () => {});
  assert.equal(link.deadline(), Infinity);
});

test("MllpLink tells a framer that the line is quiet once it has been for the time set", () => {
  const link = new MllpLink(new UnframedFramer(), { quietMs: 50 });
  const got: string[] = [];
  const sink = (event: LinkEvent) => void (event.type === "message" && got.push(latin1(event.payload)));
  link.receive(utf8("PI"), 100, sink);
  assert.equal(link.deadline(), 150);
  link.receive(utf8("NG"), 149, sink);
  assert.equal(link.deadline(), 199);
  link.tick(150, sink);
  assert.deepEqual(got, []);
  link.tick(199, sink);
  assert.deepEqual(got, ["PING"]);
  assert.equal(link.deadline(), Infinity);
  link.receive(utf8("PONG"), 300, sink);
  link.tick(350, sink);
  assert.deepEqual(got, ["PING", "PONG"]);
});

test("MllpLink with end-on-eb ends a frame at a lone EB when the line falls quiet", () => {
  const link = new MllpLink(new MllpFramer({ allow: ["end-on-eb"] }));
  const got: string[] = [];
  link.receive(utf8("\x0bA\r\x1c"), 7, (event) => void got.push(event.type));
  assert.equal(link.deadline(), 7 + QUIET_MS);
  link.tick(7 + QUIET_MS, (event) => void (event.type === "message" && got.push(latin1(event.payload))));
  assert.deepEqual(got, ["A\r"]);
});

test("MllpLink makes room in its buffer again for a message that could not be framed", () => {
  const link = new MllpLink(new MllpFramer());
  link.send(utf8("A\r"), 0);
  assert.throws(() => link.send(utf8("B\x1c\rC"), 0), RangeError);
  link.send(utf8("D\r"), 0);
  assert.equal(latin1(written(link)), "\x0bA\r\x1c\r\x0bD\r\x1c\r");
});
