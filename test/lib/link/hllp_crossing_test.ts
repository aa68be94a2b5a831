import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { block, idOf, isReply, link, outputOf, Pair, reply, request } from "./hllp_messages.ts";
import { LossyLine } from "./lossy_line.ts";
import { losing, type Side } from "./wire.ts";

test("HllpLink settles two messages that cross: the one of the side with priority first", () => {
  const pair = new Pair();
  pair.wire.send("near", request("A1"));
  pair.wire.send("far", request("B1"));
  assert.deepEqual(pair.run(), [
    "0 near writes [D A1]",
    "0 far writes [D B1]",
    "5 far note crossing",
    "5 far message A1",
    "5 far writes [D AA A1][D B1]",
    "5 near note crossing",
    "10 near delivered 1",
    "10 near message AA A1",
    "10 near message B1",
    "10 near writes [D AA B1]",
    "15 far delivered 1",
    "15 far message AA B1",
  ]);
});

test("HllpLink gives the peer its turn after a crossing, whatever else it has to send", () => {
  const pair = new Pair();
  for (const id of ["A1", "A2"]) pair.wire.send("near", request(id));
  for (const id of ["B1", "B2"]) pair.wire.send("far", request(id));
  const settled = pair.run().filter((entry) => entry.includes("delivered")).map((entry) => entry.slice(3));
  assert.deepEqual(settled, ["near delivered 1", "far delivered 1", "near delivered 2", "far delivered 2"]);
});

test("HllpLink with priority hands on what crossed, where the peer does not send it again within 1 s", () => {
  const pair = new Pair({ script: { fate: losing() } });
  const { near } = pair;
  const seen: string[] = [];
  const sink = (event: { type: string; note?: string }) => void seen.push(event.note ?? event.type);
  near.send(utf8(request("A1")), 0);
  near.receive(block(request("B1")), 5, sink);
  near.send(utf8(request("A2")), 6);
  near.receive(block(reply("A1")), 100, sink);
  assert.equal(outputOf(near), "[D A1]");
  assert.equal(near.deadline(), 1100);
  near.tick(1100, (event) => {
    sink(event);
    if (event.type === "message") near.send(utf8(reply("B1")), 1100);
  });
  assert.deepEqual(seen, ["crossing", "delivered", "message", "message"]);
  assert.equal(outputOf(near), "[D AA B1][D A2]");
});

test("HllpLink with priority hands on what crossed when its own wait is over: so two with priority come apart", () => {
  const pair = new Pair({ far: { priority: true } });
  pair.wire.send("near", request("A1"));
  pair.wire.send("far", request("B1"));
  const log = pair.run();
  assert.deepEqual(log.slice(0, 8), [
    "0 near writes [D A1]",
    "0 far writes [D B1]",
    "5 far note crossing",
    "5 near note crossing",
    "10000 far note timeout",
    "10000 far message A1",
    "10000 far writes [D AA A1][D B1]",
    "10000 near note timeout",
  ]);
  for (const side of ["near", "far"]) {
    assert.equal(log.filter((entry) => entry.includes(`${side} delivered 1`)).length, 1);
    assert.equal(log.filter((entry) => / message [AB]1$/.test(entry) && entry.includes(side)).length, 1);
  }
});

test("HllpLink without priority on either side loses neither of two that cross", () => {
  const pair = new Pair({ near: { priority: false } });
  pair.wire.send("near", request("A1"));
  pair.wire.send("far", request("B1"));
  const log = pair.run();
  for (const side of ["near", "far"]) {
    assert.equal(log.filter((entry) => entry.includes(`${side} delivered 1`)).length, 1, side);
    assert.equal(log.filter((entry) => / message [AB]1$/.test(entry) && entry.includes(side)).length, 1, side);
  }
});

test("HllpLink takes the answer to a message that it took back, and does not send that again", () => {
  const subject = link();
  const told: string[] = [];
  const sink = (event: LinkEvent) => void told.push(event.type === "note" ? event.note : event.type);
  subject.send(utf8(request("A1")), 0);
  assert.equal(outputOf(subject), "[D A1]");
  subject.receive(block(request("B1")), 1, sink);
  subject.receive(block(reply("A1")), 2, sink);
  assert.deepEqual(told, ["crossing", "message", "delivered", "message"]);
  subject.send(utf8(reply("B1")), 3);
  assert.equal(outputOf(subject), "[D AA B1]");
  assert.equal(subject.deadline(), Infinity);
});

test("HllpLink does not count a crossing as a try", () => {
  const pair = new Pair({ far: { retries: 0 } });
  pair.wire.send("near", request("A1"));
  pair.wire.send("far", request("B1"));
  assert.ok(pair.run().includes("15 far delivered 1"));
});

test("HllpLink queues a message of its own while a block comes in, and while an answer is due", () => {
  const subject = link();
  const bytes = block(request("B1"));
  subject.receive(bytes.slice(0, 10), 0, () => {});
  subject.send(utf8(request("A1")), 1);
  assert.equal(outputOf(subject), "");
  subject.receive(bytes.slice(10), 2, () => {});
  assert.equal(outputOf(subject), "");
  assert.equal(subject.owesAnswer, true);
  subject.send(utf8(reply("B1")), 50);
  assert.equal(outputOf(subject), "[D AA B1][D A1]");
});

test("HllpLink lets a debt lapse when something else is to be sent and the peer tries no more", () => {
  const subject = link();
  subject.receive(block(request("B1")), 0, () => {});
  assert.equal(subject.deadline(), Infinity);
  subject.send(utf8(request("A1")), 1000);
  assert.equal(subject.deadline(), 60_000);
  const notes: string[] = [];
  subject.tick(60_000, (event) => void notes.push(event.type === "note" ? event.note : event.type));
  assert.deepEqual(notes, ["unanswered"]);
  assert.equal(outputOf(subject), "[D A1]");
});

test("HllpLink answers in order where the peer does not wait, and remembers the answer to the last alone", () => {
  const subject = link();
  subject.receive(new Uint8Array([...block(request("B1")), ...block(request("B2"))]), 0, () => {});
  subject.send(utf8(reply("B1")), 1);
  assert.equal(subject.owesAnswer, true);
  subject.send(utf8(reply("B2")), 2);
  assert.equal(subject.owesAnswer, false);
  assert.equal(outputOf(subject), "[D AA B1][D AA B2]");
  subject.receive(block(request("B2")), 3, () => {});
  assert.equal(outputOf(subject), "[D AA B2]");
});

test("HllpLink drops its own block when the line sends it back", () => {
  const subject = link();
  const notes: string[] = [];
  subject.send(utf8(request("A1")), 0);
  const output = subject.output();
  assert.ok(output?.type === "bytes");
  subject.receive(output.bytes, 1, (event) => void notes.push(event.type === "note" ? event.note : event.type));
  subject.receive(block(reply("A1")), 2, (event) => void notes.push(event.type));
  assert.deepEqual(notes, ["echo", "delivered", "message"]);
});

test("HllpLink answers a repeated message from memory even while it waits itself", () => {
  const subject = link();
  subject.receive(block(request("B1")), 0, (event) => {
    if (event.type === "message") subject.send(utf8(reply("B1")), 0);
  });
  subject.send(utf8(request("A1")), 1);
  assert.equal(outputOf(subject), "[D AA B1][D A1]");
  subject.receive(block(request("B1")), 100, () => {});
  assert.equal(outputOf(subject), "[D AA B1]");
  assert.equal(subject.deadline(), 10_001);
});

test("HllpLink hands on an application acknowledgement that comes after the accept acknowledgement, and answers it with an empty block", () => {
  const pair = new Pair({ answers: [] });
  pair.wire.send("near", request("A1"));
  pair.run(5);
  pair.far.send(utf8(reply("A1", "CA")), 5);
  pair.wire.inject("far", new Uint8Array(0));
  pair.run(95);
  pair.wire.send("far", reply("A1", "AA"));
  assert.deepEqual(pair.run().slice(2), [
    "5 far writes [D CA A1]",
    "10 near delivered 1",
    "10 near message CA A1",
    "100 far writes [D AA A1]",
    "105 near message AA A1",
    "105 near writes [D empty]",
    "110 far delivered 2",
    "110 far message ",
  ]);
});

test("HllpLink answers nothing by itself under manual answers", () => {
  const subject = link({ answers: "manual" });
  subject.receive(block(reply("A1")), 0, () => {});
  assert.equal(outputOf(subject), "");
  assert.equal(subject.owesAnswer, true);
});

/** Requests from both sides with pauses between, over a line that loses some parcels: what each side was told. */
function carry(
  counts: Readonly<Record<Side, number>>,
  losses: readonly boolean[],
  pauses: readonly number[],
  priority: boolean,
) {
  let parcel = 0;
  const told: Record<Side, string[]> = { near: [], far: [] };
  const settled: Record<Side, string[]> = { near: [], far: [] };
  const line = new LossyLine(link({ priority }), link(), {
    damage: ({ bytes }) => losses[parcel++] ? null : bytes,
    onEvent: (event, side, now) => {
      if (event.type === "delivered" || event.type === "failed") settled[side].push(`${event.type} ${event.ticket}`);
      if (event.type !== "message") return;
      const text = latin1(event.payload);
      told[side].push(`${isReply(text) ? "reply" : "request"} ${idOf(text)}`);
      if (!isReply(text)) line.links[side].send(utf8(reply(idOf(text))), now);
    },
  });
  for (let i = 1; i <= Math.max(counts.near, counts.far); i++) {
    for (const side of ["near", "far"] as const) {
      if (i <= counts[side]) line.send(side, utf8(request(`${side}${i}`)));
      line.clock.advance(pauses[(2 * i + (side === "far" ? 1 : 0)) % pauses.length]);
    }
  }
  line.run();
  return { told, settled };
}

test("HllpLink loses no message and tells of none twice, whatever is lost while both sides send, each with its turn", () => {
  const count = fc.integer({ min: 1, max: 5 });
  const arbitrary = [
    fc.array(fc.boolean(), { maxLength: 40 }),
    fc.array(fc.nat(20), { minLength: 10, maxLength: 10 }),
    count,
    count,
    fc.boolean(),
  ] as const;
  fc.assert(
    fc.property(...arbitrary, (losses, pauses, near, far, priority) => {
      const counts = { near, far };
      const { told, settled } = carry(counts, losses, pauses, priority);
      for (const [side, other] of [["near", "far"], ["far", "near"]] as const) {
        const tickets = settled[side].map((each) => each.split(" ")[1]);
        assert.equal(new Set(tickets).size, tickets.length, "each ticket is settled once");
        assert.equal(tickets.length, counts[side]);
        const replies = told[side].filter((each) => each.startsWith("reply"));
        assert.equal(settled[side].filter((each) => each.startsWith("delivered")).length, replies.length);
        for (let i = 1; i <= counts[side]; i++) {
          const arrivals = told[other].filter((each) => each === `request ${side}${i}`).length;
          assert.ok(arrivals <= 1, `${side}${i} was told of ${arrivals} times`);
          if (replies.includes(`reply ${side}${i}`)) assert.equal(arrivals, 1);
        }
      }
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test("idOf and isReply read what request and reply write", () => {
  assert.deepEqual([idOf(request("A1")), idOf(reply("A1"))], ["A1", "A1"]);
  assert.deepEqual([isReply(request("A1")), isReply(reply("A1"))], [false, true]);
});
