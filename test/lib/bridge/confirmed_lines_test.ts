/** The lines that have an acknowledgement of their own: MLLP release 2 and X3.28; and HLLP, whose answer is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { HllpLink } from "../../../lib/link/hllp.ts";
import { accepted, request, Rig, said, text } from "./rig.ts";

const ROUND = 20_000;

for (const protocol of ["mllp2", "hllp", "x328"] as const) {
  test(`Driver on ${protocol} passes messages both ways`, async () => {
    const rig = await new Rig({ protocol }).start();
    const peer = await rig.peer();
    const ticket = peer.send(request("MSG1"));
    await rig.run(ROUND);
    assert.deepEqual(rig.served, ["request MSG1"]);
    assert.deepEqual(peer.heard, ["AA MSG1"]);
    assert.deepEqual(peer.delivered, [ticket]);
    const reply = rig.distal(request("OUT1"));
    await rig.run(ROUND);
    assert.equal(await reply, "AA OUT1");
    assert.deepEqual(peer.heard, ["AA MSG1", "request OUT1"]);
    await rig.stop();
  });

  test(`Driver on ${protocol} refuses while the destination is down, by the protocol's own means, and takes nothing`, async () => {
    const rig = await new Rig({ protocol }).start();
    await rig.applicationDown();
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(ROUND);
    const code = { mllp2: "commit_refused", hllp: "commit_refused", x328: "bid_refused" }[protocol];
    assert.deepEqual(peer.failed.map((failed) => failed.replace("commit_refused", code)), [code]);
    assert.deepEqual(peer.delivered, []);
    assert.deepEqual(peer.heard, []);
    assert.ok(rig.story.every((event) => ["received", "destination_failed", "refused", "note"].includes(event)));
    await rig.applicationUp();
    peer.send(request("MSG2"));
    await rig.run(ROUND);
    assert.deepEqual(peer.heard, ["AA MSG2"]);
    await rig.stop();
  });

  test(`Driver on ${protocol} is done with a message that asks for no acknowledgement once the line has confirmed it`, async () => {
    const rig = await new Rig({ protocol }).start();
    const peer = await rig.peer((self) => protocol === "hllp" && self.send(new Uint8Array(0)));
    const reply = rig.distal(request("OUT1", "|||NE|NE"));
    await rig.run(1000);
    assert.equal(await reply, "empty");
    assert.deepEqual(peer.heard, ["request OUT1"]);
    assert.deepEqual(rig.story.filter((event) => event !== "note"), ["sent", "delivered", "completed"]);
    await rig.stop();
  });

  test(`Driver on ${protocol} tells a distal client AE when the line never confirms its message`, async () => {
    const rig = await new Rig({ protocol }).start();
    const peer = await rig.peer();
    peer.transport.pause();
    const reply = rig.distalBytes(request("OUT1"));
    await rig.run(100_000);
    assert.match(text(await reply), /^Cannot deliver the message: /);
    peer.transport.resume();
    await rig.stop();
  });
}

for (const protocol of ["mllp2", "x328"] as const) {
  test(`Driver on ${protocol} acknowledges at the end of ackHoldMs what is written, and sends the reply later`, async () => {
    const rig = await new Rig({ protocol }).start();
    let answer: (reply: Uint8Array) => void = () => {};
    rig.application = () => new Promise((resolve) => answer = resolve);
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(3999);
    assert.deepEqual(peer.delivered, []);
    await rig.run(1);
    assert.deepEqual(peer.delivered, [1]);
    await rig.run(10_000);
    assert.deepEqual(peer.heard, []);
    answer(accepted(request("MSG1")));
    await rig.run(ROUND);
    assert.deepEqual(peer.heard, ["AA MSG1"]);
    assert.deepEqual(rig.story.filter((event) => event !== "note"), [
      "received",
      "acknowledged",
      "answered",
      "replied",
    ]);
    await rig.stop();
  });

  test(`Driver on ${protocol} sends an AE of its own when the destination fails after the acknowledgement`, async () => {
    const rig = await new Rig({ protocol }).start();
    rig.application = () => "hang";
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(50_000);
    assert.deepEqual(peer.delivered, [1]);
    assert.deepEqual(peer.heard, ["AE MSG1"]);
    assert.equal(text(peer.messages[0]), "No reply of the destination within 30s");
    await rig.stop();
  });

  test(`Driver on ${protocol} acknowledges nothing that the destination broke off`, async () => {
    const rig = await new Rig({ protocol }).start();
    rig.application = () => "reset";
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(ROUND);
    assert.deepEqual(peer.delivered, []);
    assert.deepEqual(peer.failed.length, 1);
    assert.deepEqual(peer.heard, []);
    await rig.stop();
  });
}

test("Driver on x328 gives a distal client its reply though others come first and the destination is down", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  const peer = await rig.peer(() => {});
  const reply = rig.distal(request("OUT1"));
  await rig.run(1000);
  peer.send(request("MSG1"));
  await rig.run(5000);
  assert.deepEqual(rig.served, ["request MSG1"]);
  assert.deepEqual(peer.heard, ["request OUT1", "AA MSG1"]);
  await rig.applicationDown();
  peer.send(accepted(request("OUT1")));
  await rig.run(5000);
  assert.equal(await reply, "AA OUT1");
  await rig.stop();
});

test("Driver on x328 takes a message of 99,999 bytes for the line, and answers AE to one byte more", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  const peer = await rig.peer();
  const whole = new Uint8Array(99_999).fill(0x41);
  whole.set(request("OUT1"));
  whole[whole.length - 1] = 0x0d;
  const reply = rig.distal(whole);
  await rig.run(ROUND);
  assert.equal(await reply, "AA OUT1");
  assert.equal(peer.messages[0].length, 99_999);
  const more = new Uint8Array(100_000).fill(0x41);
  more.set(whole);
  const refused = rig.distalBytes(more);
  await rig.run(ROUND);
  assert.match(text(await refused), /99999/);
  await rig.stop();
});

test("Driver on hllp answers an empty reply with an empty block, and an acknowledgement that nobody waits for too", async () => {
  const rig = await new Rig({ protocol: "hllp" }).start();
  rig.application = () => new Uint8Array(0);
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.run(ROUND);
  assert.deepEqual(peer.heard, [""]);
  assert.deepEqual(peer.delivered, [1]);
  peer.send(accepted(request("OLD")));
  await rig.run(ROUND);
  assert.deepEqual(rig.served, ["request MSG1", "AA OLD"]);
  assert.deepEqual(peer.delivered, [1, 2]);
  await rig.stop();
});

test("Driver on hllp serves a request that crosses ours first, and ours goes again", async () => {
  const rig = await new Rig({ protocol: "hllp" }).start();
  const peer = await rig.peer();
  const reply = rig.distal(request("OUT1"));
  peer.send(request("MSG1"));
  await rig.run(ROUND);
  assert.equal(await reply, "AA OUT1");
  assert.deepEqual(peer.heard.toSorted(), ["AA MSG1", "request OUT1"]);
  assert.deepEqual(rig.served, ["request MSG1"]);
  await rig.stop();
});

test("Driver on mllp2 takes a block that is sent again, while it is held, for the one it has", async () => {
  const rig = await new Rig({ protocol: "mllp2" }).start();
  let answer: (reply: Uint8Array) => void = () => {};
  rig.application = () => new Promise((resolve) => answer = resolve);
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.settle();
  peer.session.write(peer.session.link.encode(request("MSG1")));
  await rig.run(1000);
  answer(accepted(request("MSG1")));
  await rig.run(1000);
  assert.deepEqual(rig.served, ["request MSG1"]);
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  assert.equal(rig.driver.status().counters.duplicates, 1);
  await rig.stop();
});

test("Driver on x328 gives a message that came again, after its hold was broken off, to the destination once", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  let answer: (reply: Uint8Array) => void = () => {};
  rig.application = () => new Promise((resolve) => answer = resolve);
  const peer = await rig.peer();
  const whole = (write: string) => {
    peer.session.write(utf8("\x05\r"));
    return rig.run(10).then(() => peer.session.write(peer.session.link.encode(request(write)))).then(() => rig.run(10));
  };
  await whole("MSG1");
  peer.session.write(utf8("\x04\r"));
  await rig.run(1000);
  await whole("MSG1");
  assert.equal(rig.story.filter((event) => event === "acknowledged").length, 1);
  peer.session.write(utf8("\x04\r"));
  answer(accepted(request("MSG1")));
  await rig.run(5000);
  assert.deepEqual(rig.served, ["request MSG1"]);
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  await rig.stop();
});

test("Driver on x328 lets go of the destination when what was bid for does not come", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  const peer = await rig.peer();
  peer.session.write(utf8("\x05\r"));
  await rig.run(100);
  assert.deepEqual(rig.open(), 1);
  peer.session.write(utf8("\x04\r"));
  await rig.run(100);
  assert.deepEqual(rig.open(), 0);
  assert.deepEqual(rig.served, []);
  await rig.stop();
});

test("Driver on x328 and hllp sends an AE in place of a reply that the line cannot carry", async () => {
  for (const protocol of ["x328", "hllp"] as const) {
    const rig = await new Rig({ protocol }).start();
    rig.application = (message) => {
      const reply = new Uint8Array(100_001).fill(0x41);
      reply.set(accepted(message));
      return reply;
    };
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(10_000);
    assert.deepEqual(peer.delivered, [1]);
    assert.deepEqual(peer.heard, ["AE MSG1"]);
    await rig.stop();
  }
});

for (const protocol of ["mllp2", "x328"] as const) {
  test(`Driver on ${protocol} told to stop acknowledges nothing that is not answered by then`, async () => {
    const rig = await new Rig({ protocol, stopTimeoutMs: 1000 }).start();
    rig.application = () => "hang";
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(500);
    const done = rig.driver.stop();
    await rig.run(1000);
    await done;
    assert.deepEqual(rig.served, ["request MSG1"]);
    assert.deepEqual(peer.delivered, []);
    // MLLP 2 sends a block again that was refused, and is refused again.
    assert.deepEqual(
      new Set(rig.story.filter((event) => event !== "note" && event !== "line_closed")),
      new Set(["received", "destination_failed", "refused"]),
    );
  });
}

test("Driver on hllp tells a distal client AE in bounded time while the peer drips, and serves the next", async () => {
  const rig = new Rig({ protocol: "hllp", lineTimeoutMs: 3000 });
  Object.assign(rig.options.line, { hllp: { readTimeoutMs: 1000 } });
  await rig.start();
  const peer = await rig.peer();
  const replies: Uint8Array[] = [];
  peer.session.write(utf8("\x0bD23\r"));
  await rig.settle();
  for (const id of ["OUT1", "OUT2"]) void rig.distalBytes(request(id)).then((reply) => replies.push(reply));
  for (let i = 0; replies.length < 2 && i < 200; i++) {
    peer.session.write(utf8("x"));
    await rig.run(500);
  }
  assert.match(
    text(replies[0]),
    /^Cannot deliver the message: the peer kept the line busy without an answer for 18000 ms/,
  );
  // The block is ended with it: what drips on is noise, and keeps nothing from the line.
  assert.equal(said(replies[1]), "AA OUT2");
  assert.deepEqual(peer.heard, ["request OUT2"]);
  assert.deepEqual(rig.story.filter((event) => event === "delivered").length, 1);
  await rig.stop();
});

test("Driver hangs up a line whose link settles nothing within its limit, and tells who waited", async () => {
  const rig = new Rig({ protocol: "hllp" });
  Object.assign(rig.options.line, { hllp: { readTimeoutMs: 1000, retries: 0 } });
  await rig.start();
  const peer = await rig.peer(() => {});
  const { tick, deadline } = HllpLink.prototype;
  try {
    // A link that has stopped looking at its timers.
    Object.assign(HllpLink.prototype, { tick() {}, deadline: () => Infinity });
    const reply = rig.distalBytes(request("OUT1"));
    await rig.run(4500);
    assert.equal(text(await reply), "The line has neither taken nor refused the message within 4s");
  } finally {
    Object.assign(HllpLink.prototype, { tick, deadline });
  }
  await rig.settle();
  assert.notEqual(peer.closed, "");
  await rig.stop();
});
