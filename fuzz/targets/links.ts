/**
 * Pairs of links on a hostile line as targets: whatever becomes of what they write, nothing is lost that was confirmed,
 * nothing is made up, and all comes to an end.
 *
 * # What is no defect
 *
 * Release 2 has no checksum and its commit blocks name no message, so its line loses parcels and their ends and changes
 * no byte. HLLP and X3.28 find any one damaged byte of a block, so theirs damages one a parcel. What arrives twice is a
 * defect where its sender was told of no failure, for it was the protocol that sent it again; HLLP promises so much for
 * its retry window.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc, { type Arbitrary } from "fast-check";
import { latin1 } from "../../lib/bytes.ts";
import { HllpFramer } from "../../lib/framing/hllp.ts";
import { HllpLink } from "../../lib/link/hllp.ts";
import type { HllpOptions } from "../../lib/link/hllp_options.ts";
import type { Link } from "../../lib/link/link.ts";
import { linkMaker } from "../../lib/link/make.ts";
import type { Mllp2Options } from "../../lib/link/mllp2.ts";
import { X328Link } from "../../lib/link/x328.ts";
import type { X328Options } from "../../lib/link/x328_options.ts";
import { bytesOf } from "../bytes.ts";
import { type Fate, HostileLine, type Side } from "../line.ts";
import type { Met, Target } from "../target.ts";

/** A pair, its line, and what is sent when. */
export interface PairCase<Options> {
  readonly near: Options;
  readonly far: Options;
  readonly delayMs: number;
  readonly fates: Readonly<Record<Side, readonly Fate[]>>;
  readonly sends: readonly { readonly side: Side; readonly atMs: number; readonly size: number }[];
  /** How long the application takes for an answer. */
  readonly thinkMs: number;
  /** When the stream ends for both; `null` if it does not. */
  readonly endMs: number | null;
}

/** The words of its lists. */
const WORDS = ["near", "far", "line", "host", "well", "lost", "flip", "drop", "double", "tail"];

const OTHER: Readonly<Record<Side, Side>> = { near: "far", far: "near" };

function pairs<Options>(options: Arbitrary<Options>, kinds: readonly Fate["kind"][]): Arbitrary<PairCase<Options>> {
  const fate = fc.tuple(fc.constantFrom<Fate["kind"]>("well", ...kinds), fc.nat(999), fc.nat(7)).map(
    ([kind, at, bit]): Fate => ({ kind, at, bit }),
  );
  const fates = fc.array(fate, { maxLength: 24, size: "max" });
  return fc.record({
    near: options,
    far: options,
    delayMs: fc.constantFrom(0, 1, 5, 40),
    fates: fc.record({ near: fates, far: fates }),
    sends: fc.array(
      fc.record({
        side: fc.constantFrom<Side>("near", "far"),
        atMs: fc.oneof(fc.constantFrom(0, 5, 10, 1000), fc.nat(60_000)),
        size: fc.constantFrom(0, 10, 300, 1200),
      }),
      { minLength: 1, maxLength: 6, size: "max" },
    ),
    thinkMs: fc.constantFrom(0, 0, 20, 400),
    endMs: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(60_000) }),
  });
}

/** A message that says whose it is, and the how-manieth. */
function messageOf(side: Side, number: number, size: number): string {
  return `MSH|^~\\&|${side}|||||||${side}${number}|P|2.5\rOBX|1|${"x".repeat(size)}\r`;
}

function answerTo(text: string): string {
  return `MSH|^~\\&|B\rMSA|AA|${text.split("|")[9]}\r`;
}

/** What a protocol promises. */
interface Promises {
  /** Whether the application answers, and the answer is the confirmation. */
  readonly answers: boolean;
  /** How far apart a message of such a length arrives that arrives twice, though its sender was told of no failure. */
  readonly doublesAfterMs: (length: number) => number;
  /** Whether everything is delivered where nothing was damaged. */
  readonly sure: boolean;
}

function checkPair<Options>(
  one: PairCase<Options>,
  make: (options: Options, side: Side) => Link,
  { answers, doublesAfterMs, sure }: Promises,
  met: Met,
): void {
  const sent: Record<Side, { ticket: number; text: string; outcome: string }[]> = { near: [], far: [] };
  const arrived: Record<Side, Map<string, number[]>> = { near: new Map(), far: new Map() };
  let ended = false;
  const line: HostileLine = new HostileLine(make(one.near, "near"), make(one.far, "far"), {
    delayMs: one.delayMs,
    fates: one.fates,
    onEvent(event, side) {
      if (event.type === "note") met(event.note);
      else if (event.type === "fault") met(event.code);
      else if (event.type === "message") onMessage(side, latin1(event.payload));
      else if (event.type === "delivered" || event.type === "failed") {
        const found = sent[side].find(({ ticket }) => ticket === event.ticket);
        if (found !== undefined) found.outcome = event.type;
        met(event.type === "failed" ? event.error.code : "delivered");
        if (event.type === "delivered" && found !== undefined) {
          const has = arrived[OTHER[side]].has(found.text);
          assert.ok(has, `${side} was told that ${found.text.split("|")[9]} is delivered, and it never arrived`);
        }
      }
    },
  });
  const onMessage = (side: Side, text: string) => {
    if (answers && (text === "" || text.includes("\rMSA|"))) {
      const known = text === "" || sent[side].some((message) => answerTo(message.text) === text);
      assert.ok(known, `${side} got an answer that nobody gave: ${JSON.stringify(text)}`);
      return;
    }
    const known = sent[OTHER[side]].some((message) => message.text === text);
    assert.ok(known, `${side} got a message that nobody sent: ${JSON.stringify(text.slice(0, 80))}`);
    arrived[side].set(text, [...arrived[side].get(text) ?? [], line.now]);
    if (answers) {
      const answer = () => {
        if (!ended) line.send(side, bytesOf(answerTo(text)));
      };
      if (one.thinkMs === 0) answer();
      else line.at(line.now + one.thinkMs, answer);
    }
  };
  for (const [number, { side, atMs, size }] of one.sends.entries()) {
    line.at(atMs, () => {
      if (ended) return;
      const text = messageOf(side, number, size);
      const message = { ticket: 0, text, outcome: "" };
      sent[side].push(message);
      message.ticket = line.send(side, bytesOf(text));
    });
  }
  if (one.endMs !== null) {
    line.at(one.endMs, () => {
      ended = true;
      line.end("near");
      line.end("far");
    });
  }
  line.run();
  for (const side of ["near", "far"] as const) {
    for (const { text, outcome } of sent[side]) {
      const name = text.split("|")[9];
      assert.ok(outcome !== "", `${side} was never told what became of ${name}`);
      const times = arrived[OTHER[side]].get(text) ?? [];
      if (times.length > 1) met("arrived_twice");
      const apart = times.every((ms, i) => i === 0 || ms - times[i - 1] >= doublesAfterMs(text.length));
      assert.ok(apart || outcome === "failed", `${name} arrived at ${times.join(", ")} ms, and was ${outcome}`);
      if (sure && line.damaged === 0 && !ended) assert.equal(outcome, "delivered", "nothing was damaged");
    }
  }
}

const mllp2Options: Arbitrary<Mllp2Options> = fc.record({
  commitTimeoutMs: fc.constantFrom(1000, 10_000),
  retries: fc.constantFrom(0, 1, 2),
});

/** MLLP release 2. */
export const mllp2Target: Target<PairCase<Mllp2Options>> = {
  name: "mllp2-link",
  about: "a line that loses and cuts: what was committed arrived, nothing is made up, all is settled",
  cases: pairs(mllp2Options, ["lost", "tail"]),
  meets: ["delivered", "commit_timeout", "resend", "arrived_twice", "link_ended", "partial_dropped"],
  words: WORDS,
  check(one, met) {
    const make = (mllp2: Mllp2Options) => linkMaker({ framing: "mllp2", mllp2 })();
    // A block whose commit was lost comes again: release 2 leaves it to the application to know it.
    checkPair(one, make, { answers: false, doublesAfterMs: () => 0, sure: true }, met);
  },
};

const hllpOptions: Arbitrary<HllpOptions> = fc.record({
  readTimeoutMs: fc.constantFrom(1000, 10_000),
  retries: fc.constantFrom(0, 1, 5),
  bytesPerSecond: fc.constantFrom(Infinity, 960).map((rate) => rate === Infinity ? undefined : rate),
}, { requiredKeys: ["readTimeoutMs", "retries"] });

/** HLLP. */
export const hllpLinkTarget: Target<PairCase<HllpOptions>> = {
  name: "hllp-link",
  about: "a line that damages a byte of any block: what was answered arrived, once, and answers are their own",
  cases: pairs(hllpOptions, ["lost", "flip", "drop", "double", "tail"]),
  meets: ["delivered", "commit_timeout", "resend", "duplicate", "invalid_checksum", "link_ended"],
  words: WORDS,
  check(one, met) {
    const make = (options: HllpOptions, side: Side) =>
      new HllpLink(new HllpFramer(), { ...options, priority: side === "near" });
    const { readTimeoutMs = 0, retries = 0, bytesPerSecond = Infinity } = one.near;
    // A repeat is known as one for as long as all tries take; both ends of a line are set alike.
    const doublesAfterMs = (length: number) => (retries + 1) * (readTimeoutMs + 1000 * length / bytesPerSecond);
    checkPair({ ...one, far: one.near }, make, { answers: true, doublesAfterMs, sure: true }, met);
  },
};

const x328Options: Arbitrary<X328Options> = fc.record({
  priority: fc.constantFrom("line" as const, "host" as const),
  maxBlock: fc.constantFrom(40, 245),
  bidTries: fc.constantFrom(1, 5),
  blockTries: fc.constantFrom(1, 2, 5),
  seed: fc.nat(3),
});

/** ANSI X3.28. */
export const x328LinkTarget: Target<PairCase<X328Options>> = {
  name: "x328-link",
  about: "a line that damages a byte of any block: what was acknowledged arrived, once, nothing is made up",
  cases: pairs(x328Options, ["lost", "flip", "drop", "double", "tail"]),
  meets: ["delivered", "commit_timeout", "bid_timeout", "resend", "duplicate", "invalid_checksum", "link_ended"],
  words: WORDS,
  check(one, met) {
    // Who bids but once may meet the other's bid.
    const sure = one.near.bidTries !== 1 && one.far.bidTries !== 1;
    checkPair(one, (options) => new X328Link(options), { answers: false, doublesAfterMs: () => Infinity, sure }, met);
  },
};
