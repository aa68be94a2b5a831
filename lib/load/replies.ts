/**
 * What a line hears: which message an acknowledgement settles, what it makes of it, and what else
 * came. It counts what is odd, and remembers enough of it to say what a wait without an answer is
 * to be called. It settles nothing itself, and says nothing but the lower layer's no to what nobody takes.
 *
 * The rules are those of `mllp send` (lib/client.ts), but for one: an answer that comes late, after
 * its message's timeout, says nothing of the message that waits then (our decision: a receiver that
 * is slow throughout gives timeouts, not wrong ids).
 *
 * @module
 */
import { samePayload } from "../bytes.ts";
import type { Clock } from "../clock.ts";
import { acksDue } from "../hl7/ack_mode.ts";
import { AckScan } from "../hl7/ack_scan.ts";
import { isNegative, type Outcome, outcomeOfCode } from "../outcome.ts";
import type { Session } from "../session.ts";
import type { InFlight } from "./in_flight.ts";
import type { MessageSource } from "./message_source.ts";
import type { Recorder } from "./recorder.ts";

/** What the reader needs to know. */
export interface RepliesHost {
  readonly feed: MessageSource;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Whether whatever comes settles a message. */
  readonly matchAny: boolean;
}

/**
 * The reader of one line's replies; made once, it allocates nothing per acknowledgement.
 *
 * @example
 * ```ts
 * import { Replies } from "./replies.ts";
 * import { InFlight } from "./in_flight.ts";
 * import { Feed } from "./feed.ts";
 * import { Recorder } from "./recorder.ts";
 * import { VirtualClock } from "../clock.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const feed = new Feed([utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")], { seed: 7 });
 * const recorder = new Recorder(true);
 * const flight = new InFlight(1);
 * const replies = new Replies({ feed, recorder, clock: new VirtualClock(), matchAny: false }, flight);
 * feed.render(0, 0);
 * const entry = flight.sent.open(feed.controlId);
 * flight.await(entry, feed.awaited, 1);
 * assert.equal(replies.read(utf8("MSH|^~\\&|LAB\rMSA|AE|0000007000000000000\r"), 0), entry);
 * assert.equal(replies.outcome, "error");
 * ```
 */
export class Replies {
  /** Of the message that the last `read` settled. */
  outcome: Outcome = "accepted";
  /** MSA-1 of the last reply that settled a message; null if it was no acknowledgement. */
  code: string | null = null;
  readonly #host: RepliesHost;
  readonly #flight: InFlight;
  readonly #scan = new AckScan();
  /** Whether what was read acknowledges nothing. */
  #isForeign = false;
  #foreignAt = -Infinity;
  #damagedAt = -Infinity;

  constructor(host: RepliesHost, flight: InFlight) {
    this.#host = host;
    this.#flight = flight;
  }

  /** Index after MSA-2 in the acknowledgement last read. */
  get idEnd(): number {
    return this.#scan.idEnd;
  }

  /** Hears a message of the peer on a session, whose last byte came `heldMs` ago; returns the entry it settles, or -1. */
  hear(payload: Uint8Array, heldMs: number, { link, peerEnded }: Pick<Session, "link" | "peerEnded">): number {
    const any = this.#host.matchAny && this.#flight.sent.waiting > 0;
    if (payload.length === 0 && !any) {
      // The peer's way of saying nothing: by its end (ILLP), which says so itself, or as its answer (HLLP).
      if (peerEnded) return -1;
      if (link.confirms && !link.confirmsReplies) return this.#readWordless();
    }
    this.#isForeign = false;
    const entry = this.read(payload, heldMs);
    // Nobody here takes it: its sender is to know.
    if (this.#isForeign) link.commit?.(false);
    return entry;
  }

  /** Reads a message of the peer, whose last byte came `heldMs` ago; returns the entry it settles, or -1. */
  read(payload: Uint8Array, heldMs: number): number {
    const { recorder, clock, matchAny } = this.#host;
    const { current } = recorder;
    const { sent } = this.#flight;
    const scan = this.#scan;
    const any = matchAny && sent.waiting > 0;
    if (!scan.scan(payload)) {
      if (any) return this.readText(payload);
      this.#isForeign = true;
      current.anomalies.no_msa++;
      this.#foreignAt = clock.now();
      return -1;
    }
    const { code } = scan;
    const match = sent.match(payload, isNegative(code), scan.idStart, scan.idEnd);
    if (match !== "own" && !any) {
      current.anomalies[match]++;
      // A late one says that the receiver is slow, not that it answers the wrong message.
      if (match !== "late") this.#foreignAt = clock.now();
      return -1;
    }
    const entry = match === "own" ? sent.found : sent.oldest;
    if (match !== "own") current.warn("unmatched");
    else if (sent.withoutId) current.warn("nak_without_id");
    const outcome = outcomeOfCode(code);
    if (outcome === null || code === null) {
      current.warn("unknown_code");
      this.#foreignAt = clock.now();
      return -1;
    }
    current.acks[code] = (current.acks[code] ?? 0) + 1;
    if (code === "CA" && !any && this.#flight.awaited(entry) === "application") {
      current.anomalies.commit++;
      current.timeAck(code, (clock.now() - heldMs - this.#flight.writtenAt[entry]) * 1000);
      return -1;
    }
    this.outcome = outcome;
    this.code = code;
    return entry;
  }

  /** Under `match: "any"`: what came is no acknowledgement, and good enough for the message that has waited longest. */
  readText(text: Uint8Array): number {
    const { feed, recorder } = this.#host;
    const entry = this.#flight.sent.oldest;
    const ours = feed.render(this.#flight.k[entry], this.#flight.epochMs[entry]);
    recorder.current.warn(samePayload(text, ours) ? "echo" : "unmatched");
    this.outcome = "accepted";
    this.code = null;
    return entry;
  }

  /**
   * The lower layer's yes to the message delivered last came without a word of HL7's (HLLP); returns the entry that it
   * settles, and -1 if the application's acknowledgement is still due, or nothing waits for one.
   */
  #readWordless(): number {
    const { feed, recorder: { current } } = this.#host;
    const { k, epochMs, lastDelivered: entry } = this.#flight;
    if (entry < 0) return -1;
    if (this.#flight.awaited(entry) === "application") {
      const { mode } = acksDue(feed.render(k[entry], epochMs[entry]));
      if (mode === "enhanced") {
        current.anomalies.commit++;
        return -1;
      }
    }
    current.warn("empty_reply");
    this.outcome = "accepted";
    this.code = null;
    return entry;
  }

  /** Bytes came that are no frame, or a damaged one. */
  damaged(): void {
    this.#damagedAt = this.#host.clock.now();
  }

  /** What a wait without an answer is called: by what came since its message was written. */
  evidence(entry: number, outcome: Outcome): Outcome {
    const since = this.#flight.writtenAt[entry];
    if (this.#foreignAt >= since) return "wrong_id";
    return this.#damagedAt >= since ? "damaged" : outcome;
  }
}
