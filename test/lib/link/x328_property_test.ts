import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { X328Link } from "../../../lib/link/x328.ts";
import { written } from "../../contract/link_contract.ts";
import { ack, damaged, ENQ, EOT, etb, etx, kept, NAK, RINT } from "./x328_script.ts";

/** Pieces of what a peer may say, and noise. */
const piece = fc.oneof(
  fc.constantFrom(ENQ, EOT, NAK, RINT, ack(0), ack(1), ack(2), ack(5), etb(1, "A\r"), etx(1, "A\r"), etb(2, "B\r")),
  fc.constantFrom(etx(2, "B\r"), damaged(etx(1, "A\r")), "\x02100009AB", "\x021" + ENQ, "\x02100001A" + EOT, "\x01H"),
  fc.string({ maxLength: 4 }),
);

/** Everything that a link says and writes when it hears a text in pieces, all at one time. */
function heard(make: () => X328Link, text: string, cuts: readonly number[]): { events: string[]; bytes: string } {
  const link = make();
  const events: string[] = [];
  let noise = false;
  const sink = (event: LinkEvent) => {
    // Noise may be cut anywhere.
    if (event.type === "noise" && noise) events[events.length - 1] += hex(event.bytes);
    else events.push(kept(event));
    noise = event.type === "noise";
  };
  let bytes = "";
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    link.receive(utf8(text.slice(from, cut)), 100, sink);
    bytes += latin1(written(link));
    from = cut;
  }
  events.push(`${link.phase} until ${link.deadline()}`);
  return { events, bytes };
}

test("X328Link, property: any split of any stream gives the same events and the same answers, in every phase", () => {
  const phases: ((link: X328Link) => void)[] = [
    () => {},
    (link) => void link.send(utf8("A\rB\r"), 100),
    (link) => {
      link.send(utf8("A\rB\r"), 100);
      link.receive(utf8(ack(0)), 100, () => {});
    },
    (link) => link.receive(utf8(ENQ), 100, () => {}),
    (link) => {
      link.receive(utf8(ENQ + etb(1, "A\r")), 100, () => {});
      link.send(utf8("A\rB\r"), 100);
    },
  ];
  const options = fc.record({
    maxBlock: fc.constantFrom(2, 245),
    priority: fc.constantFrom("line" as const, "host" as const),
    commit: fc.constantFrom("auto" as const, "manual" as const),
    bid: fc.constantFrom("auto" as const, "manual" as const),
  });
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
      fc.array(fc.nat(100), { maxLength: 6 }),
      fc.constantFrom(...phases),
      options,
      (text, places, enter, chosen) => {
        const make = () => {
          const link = new X328Link(chosen);
          enter(link);
          written(link);
          return link;
        };
        const cuts = places.filter((place) => place < text.length).sort((a, b) => a - b);
        const whole = heard(make, text, []);
        assert.deepEqual(heard(make, text, cuts), whole);
        assert.deepEqual(heard(make, text, Array.from(text, (_, i) => i)), whole);
      },
    ),
    { seed: 20261122, numRuns: 4000 },
  );
});

test("X328Link, property: whatever comes at whatever time, nothing throws, and every ticket is settled once", () => {
  const step = fc.tuple(
    piece,
    fc.nat(7000),
    fc.constantFrom("none", "send", "commit", "refuse", "bid", "end", "interrupt"),
  );
  const options = fc.record({
    priority: fc.constantFrom("line" as const, "host" as const),
    commit: fc.constantFrom("auto" as const, "manual" as const),
    bid: fc.constantFrom("auto" as const, "manual" as const),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), options, (steps, chosen) => {
      const link = new X328Link({ ...chosen, maxBlock: 2 });
      const settled = new Map<number, number>();
      const sink = (event: LinkEvent) => {
        if (event.type === "delivered" || event.type === "failed") {
          settled.set(event.ticket, (settled.get(event.ticket) ?? 0) + 1);
        }
      };
      let now = 0;
      let sent = 0;
      for (const [text, wait, verb] of steps) {
        if (verb === "send") sent = link.send(utf8("A\rB\r"), now);
        if (verb === "commit" || verb === "refuse") link.commit(verb === "commit");
        if (verb === "bid") link.answerBid(true);
        if (verb === "interrupt") link.interrupt();
        if (verb === "end") link.requestEnd();
        link.receive(utf8(text), now, sink);
        written(link);
        for (let at = link.deadline(); at <= now + wait; at = link.deadline()) {
          link.tick(Math.max(at, now), sink);
          written(link);
        }
        now += wait;
      }
      // Alone, it comes to an end by itself: each wait has one.
      for (let i = 0; link.deadline() !== Infinity; i++) {
        assert.ok(i < 2000, "it never ends");
        now = Math.max(now, link.deadline());
        link.tick(now, sink);
        written(link);
      }
      assert.ok(link.phase === "neutral");
      assert.deepEqual([...settled.keys()].sort((a, b) => a - b), Array.from({ length: sent }, (_, i) => i + 1));
      assert.ok([...settled.values()].every((times) => times === 1));
    }),
    { seed: 20261122, numRuns: 3000 },
  );
});
