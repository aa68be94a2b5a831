import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ReceivedMessage, SentMessage } from "../../../lib/audit/records.ts";
import { OUTCOMES } from "../../../lib/outcome.ts";
import { audited, hash, received, sent } from "./ledger.ts";

/** What happens to a message on its way. */
interface Fate {
  readonly key: number | null;
  readonly outcome: SentMessage["outcome"];
  readonly attempts: number;
  /** Each time it arrives: where in the order, whether it is acknowledged, whether its content is still the same. */
  readonly receipts: readonly { readonly place: number; readonly acknowledged: boolean; readonly altered: boolean }[];
}

const fates: fc.Arbitrary<Fate[]> = fc.array(
  fc.record({
    key: fc.option(fc.nat(3)),
    outcome: fc.constantFrom("accepted" as const, "accepted" as const, "accepted" as const, ...OUTCOMES),
    attempts: fc.integer({ min: 1, max: 3 }),
    receipts: fc.array(
      fc.record({
        place: fc.nat(1_000_000),
        acknowledged: fc.boolean(),
        altered: fc.nat(9).map((one) => one === 0),
      }),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 60 },
);

interface Arrival {
  /** -1: a stranger. */
  readonly k: number;
  readonly place: number;
  readonly acknowledged: boolean;
  readonly altered: boolean;
}

function arrivals(messages: readonly Fate[], strangers: readonly number[]): Arrival[] {
  const all = [
    ...messages.flatMap(({ receipts }, k) => receipts.map((receipt) => ({ k, ...receipt }))),
    ...strangers.map((place) => ({ k: -1, place, acknowledged: true, altered: false })),
  ];
  return all.sort((a, b) => a.place - b.place);
}

/** The definitions of the findings, word by word. */
function expected(messages: readonly Fate[], inOrder: readonly Arrival[]) {
  const found: Record<string, number[]> = {
    lost: [],
    acknowledged_not_received: [],
    duplicated: [],
    reordered: [],
    altered: [],
    received_not_acknowledged: [],
    resent: [],
  };
  const first = messages.map((_, k) => inOrder.findIndex((arrival) => arrival.k === k));
  messages.forEach(({ key, outcome, attempts }, k) => {
    const mine = inOrder.filter((arrival) => arrival.k === k);
    const told = ["accepted", "error", "reject"].includes(outcome);
    const neverSent = ["refused", "dropped", "unsent"].includes(outcome);
    if (mine.length === 0) {
      if (outcome === "accepted") found.acknowledged_not_received.push(k);
      if (outcome === "accepted" || (!told && !neverSent)) found.lost.push(k);
      return;
    }
    if (!told) found.received_not_acknowledged.push(k);
    if (mine.some(({ altered }) => altered)) found.altered.push(k);
    const overtaken = messages.some((other, later) =>
      later > k && key !== null && other.key === key && first[later] >= 0 && first[later] < first[k]
    );
    if (overtaken) found.reordered.push(k);
    const again = mine.length - 1;
    const unanswered = mine.slice(0, -1).filter(({ acknowledged }) => !acknowledged).length;
    if (again > Math.max(unanswered, attempts - 1)) found.duplicated.push(k);
    else if (again > 0) found.resent.push(k);
  });
  return found;
}

function receipt(arrival: Arrival, at: number, other: Partial<ReceivedMessage>): ReceivedMessage {
  const unanswered = arrival.acknowledged ? {} : { outcome: "held", reply: null };
  const altered = arrival.altered ? { hash: hash(100_000 + at) } : {};
  return received(at + 1, arrival.k < 0 ? 5000 + at : arrival.k, { ...unanswered, ...altered, ...other });
}

describe("Audit of anything that can happen", () => {
  test("Audit finds exactly what was lost, doubled, reordered, altered and made up, in whatever order lines stand", () => {
    fc.assert(
      fc.property(
        fates,
        fc.array(fc.nat(1_000_000), { maxLength: 5 }),
        fc.func(fc.nat()),
        (messages, strangers, mix) => {
          const inOrder = arrivals(messages, strangers);
          const shuffled = <T>(list: readonly T[]) =>
            list.map((value, i) => ({ value, by: mix(i) })).sort((a, b) => a.by - b.by).map(({ value }) => value);
          const log = messages.map(({ key, outcome, attempts }, k) =>
            sent(k, { key: key === null ? null : `P${key}`, outcome, attempts })
          );
          const journal = inOrder.map((arrival, at) => receipt(arrival, at, {}));
          const document = audited(shuffled(log), shuffled(journal));
          const { foreign, ...examples } = document.examples;
          const numbers = Object.entries(examples).map(([finding, list]) => [finding, list.map(({ k }) => k)]);
          assert.deepEqual(Object.fromEntries(numbers), expected(messages, inOrder));
          assert.equal(foreign.length + document.received.earlier, strangers.length);
          const { accepted, refused, unacknowledged, never_sent } = document.sent;
          assert.equal(accepted + refused + unacknowledged + never_sent, messages.length);
        },
      ),
      { seed: 41, numRuns: 400 },
    );
  });

  test("Audit by key finds the same when every id and content was rewritten, but for what was altered", () => {
    fc.assert(
      fc.property(fates, (messages) => {
        const inOrder = arrivals(messages, []);
        const log = messages.map(({ outcome, attempts }, k) => sent(k, { key: `V${k}`, outcome, attempts }));
        const journal = inOrder.map((arrival, at) =>
          receipt(arrival, at, { controlId: `E${at}`, key: `V${arrival.k}`, hash: hash(at + 7000) })
        );
        fc.pre(messages.length > 0);
        const document = audited(log, journal, { by: "key", content: false });
        const { altered: _, reordered: __, ...same } = expected(messages, inOrder);
        for (const [finding, ks] of Object.entries(same)) {
          assert.deepEqual(document.examples[finding as "lost"].map(({ k }) => k), ks, finding);
        }
        assert.deepEqual(document.counts.altered, 0);
      }),
      { seed: 42, numRuns: 200 },
    );
  });
});
