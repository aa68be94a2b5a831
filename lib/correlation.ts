/**
 * Which message an acknowledgement answers: MSA-2 against the MSH-10 of what was sent, as bytes.
 * One instance serves one connection. It knows no socket and no clock; the caller says when a
 * message was given up.
 *
 * This module performs no I/O.
 *
 * # The answers (protocols.md section 8; where it is silent, our decision)
 *
 * | match | the acknowledgement's id is |
 * |---|---|
 * | `own` | that of a message that waits; or empty, negative, and exactly one waits (`withoutId`) |
 * | `late` | that of a message whose wait had timed out |
 * | `duplicate` | that of a message already answered, and nothing was sent since |
 * | `stale` | that of an earlier message: answered before something newer was sent, or given up |
 * | `wrong_id` | unknown, while something waits |
 * | `unsolicited` | unknown, and nothing waits |
 *
 * @module
 */

/** What an acknowledgement turned out to be. */
export type AckMatch = "own" | "late" | "duplicate" | "stale" | "wrong_id" | "unsolicited";

/** What each match but `own` means, for people. */
export const MATCH_MEANINGS: Readonly<Record<Exclude<AckMatch, "own">, string>> = {
  late: "an acknowledgement came after its message's wait was over",
  duplicate: "the acknowledgement of a message that has one already came again",
  stale: "the acknowledgement of an earlier message came",
  wrong_id: "an acknowledgement came for a message that is not ours",
  unsolicited: "an acknowledgement came that nothing waits for",
};

/** How many finished messages are remembered, so that late words about them are known for what they are (our decision). */
export const HISTORY = 256;

const FREE = 0;
const WAITING = 1;
const ANSWERED = 2;
const TIMED_OUT = 3;
const GIVEN_UP = 4;

/**
 * The messages of one connection that wait for their acknowledgement, and the last ones that did.
 * Nothing is allocated per message while ids fit the width seen so far.
 *
 * @example
 * ```ts
 * import { Correlation } from "./correlation.ts";
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const sent = new Correlation(1);
 * const entry = sent.open(utf8("MSG1"));
 * assert.equal(sent.match(utf8("OTHER"), false), "wrong_id");
 * assert.equal(sent.match(utf8("MSG1"), false), "own");
 * assert.equal(sent.found, entry);
 * sent.answered(entry);
 * assert.equal(sent.match(utf8("MSG1"), false), "duplicate");
 * ```
 */
export class Correlation {
  /** How many entries there are; an entry is a number below this, and an index for the caller's own arrays. */
  readonly size: number;
  /** The entry that the last `match` found; -1 if none. */
  found = -1;
  /** Whether the last `match` was `own` only because nothing else could be meant. */
  withoutId = false;
  #waiting = 0;
  #opened = 0;
  /** The waiting entries in order of opening, as a list through `#next` and `#previous`: an answer that never comes must not hold up the ring. */
  #oldest = -1;
  #newest = -1;
  #width = 32;
  #ids: Uint8Array;
  readonly #lengths: Uint16Array;
  readonly #states: Uint8Array;
  /** `#opened` at the time of the answer. */
  readonly #answeredAt: Float64Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** `inFlight`: at most how many messages wait at a time. */
  constructor(inFlight: number) {
    this.size = inFlight + HISTORY;
    this.#ids = new Uint8Array(this.size * this.#width);
    this.#lengths = new Uint16Array(this.size);
    this.#states = new Uint8Array(this.size);
    this.#answeredAt = new Float64Array(this.size);
    this.#next = new Int32Array(this.size);
    this.#previous = new Int32Array(this.size);
  }

  /** How many messages wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The entry that has waited longest; -1 if none waits. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The waiting entry that was opened next after a waiting one; -1 if there is none. */
  after(entry: number): number {
    return this.#next[entry];
  }

  /** A message with this MSH-10 goes out; returns its entry. Throws a `RangeError` when too many wait. */
  open(id: Uint8Array): number {
    if (this.#waiting === this.size) {
      throw new RangeError(`Cannot wait for more than ${this.size} acknowledgements on one connection`);
    }
    while (this.#states[this.#opened % this.size] === WAITING) this.#opened++;
    const entry = this.#opened % this.size;
    if (id.length > this.#width) this.#widen(id.length);
    this.#ids.set(id, entry * this.#width);
    this.#lengths[entry] = id.length;
    this.#states[entry] = WAITING;
    this.#next[entry] = -1;
    this.#previous[entry] = this.#newest;
    if (this.#newest < 0) this.#oldest = entry;
    else this.#next[this.#newest] = entry;
    this.#newest = entry;
    this.#waiting++;
    this.#opened++;
    return entry;
  }

  /** What an acknowledgement with this MSA-2 is about; `found` tells the entry of a known one. */
  match(bytes: Uint8Array, negative: boolean, start = 0, end: number = bytes.length): AckMatch {
    this.withoutId = false;
    this.found = -1;
    const oldest = this.oldest;
    if (oldest >= 0) {
      if (this.#isAt(oldest, bytes, start, end)) {
        this.found = oldest;
        return "own";
      }
      if (start === end && negative && this.#waiting === 1) {
        this.found = oldest;
        this.withoutId = true;
        return "own";
      }
    }
    // Newest first: an id used twice means its latest use.
    const known = Math.min(this.#opened, this.size);
    for (let back = 1; back <= known; back++) {
      const entry = (this.#opened - back) % this.size;
      if (!this.#isAt(entry, bytes, start, end)) continue;
      this.found = entry;
      switch (this.#states[entry]) {
        case WAITING:
          return "own";
        case TIMED_OUT:
          return "late";
        case ANSWERED:
          return this.#answeredAt[entry] === this.#opened ? "duplicate" : "stale";
        case GIVEN_UP:
          return "stale";
      }
    }
    this.found = -1;
    return this.#waiting > 0 ? "wrong_id" : "unsolicited";
  }

  /** The message has its answer. */
  answered(entry: number): void {
    this.#finish(entry, ANSWERED);
    this.#answeredAt[entry] = this.#opened;
  }

  /** The message's wait has timed out; an answer that comes now is `late`. */
  timedOut(entry: number): void {
    this.#finish(entry, TIMED_OUT);
  }

  /** The message will not be waited for any more, for another reason than time. */
  givenUp(entry: number): void {
    this.#finish(entry, GIVEN_UP);
  }

  #finish(entry: number, state: number): void {
    if (this.#states[entry] === WAITING) {
      const next = this.#next[entry];
      const previous = this.#previous[entry];
      if (previous < 0) this.#oldest = next;
      else this.#next[previous] = next;
      if (next < 0) this.#newest = previous;
      else this.#previous[next] = previous;
      this.#waiting--;
    }
    this.#states[entry] = state;
  }

  #isAt(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.#lengths[entry];
    if (length !== end - start || this.#states[entry] === FREE) return false;
    const at = entry * this.#width;
    const ids = this.#ids;
    // From the end: ids mostly differ in their last characters.
    for (let i = length - 1; i >= 0; i--) if (ids[at + i] !== bytes[start + i]) return false;
    return true;
  }

  #widen(width: number): void {
    if (width > 0xffff) throw new RangeError(`Cannot correlate a control id of ${width} bytes, more than 65535`);
    const wider = new Uint8Array(this.size * width);
    for (let entry = 0; entry < this.size; entry++) {
      const at = entry * this.#width;
      wider.set(this.#ids.subarray(at, at + this.#lengths[entry]), entry * width);
    }
    this.#ids = wider;
    this.#width = width;
  }
}
