/**
 * The contract of an expectation at work: it is told of each message as it comes and as it is done with, and says at any time
 * how it stands. Each kind is one file; `verifier.ts` makes them.
 *
 * This module performs no I/O.
 *
 * # The contract
 *
 * Messages that are acknowledgements themselves are no messages here, as no rule looks at them. A message that is sent again is
 * one more arrival with the next attempt. `settled` is called at most once for each arrival, maybe never. Time is
 * in milliseconds since the scenario was started and does not go back.
 *
 * Memory is bounded whatever comes: counts, a few messages by name, and hashes of at most `MOST_KEYS` keys.
 *
 * @module
 */
import type { Moment } from "../decide/moment.ts";
import type { MessageOutcome } from "../events.ts";
import type { Miss, Standing } from "./verdict.ts";

/** A message is done with. */
export interface Settled {
  readonly n: number;
  /** MSA-1 of each acknowledgement that was sent. */
  readonly codes: readonly string[];
  readonly outcome: MessageOutcome;
  readonly atMs: number;
}

/** An expectation at work. */
export interface Check {
  /** A message has come: that of the moment, with this number. */
  arrived(moment: Moment, n: number): void;
  settled?(message: Settled): void;
  /** How it stands; `final` where nothing more will come. */
  standing(nowMs: number, final: boolean): Standing;
}

/** So many messages that are still open are known by name; further ones by their number alone. */
const MOST_NAMED = 1000;

/**
 * The names of messages that something is still wanted of.
 *
 * @example
 * ```ts
 * import { OpenNames } from "./check.ts";
 * import assert from "node:assert/strict";
 *
 * const names = new OpenNames();
 * names.set(0, { n: 1, controlId: "MSG1", type: "ADT^A01", why: [] });
 * assert.equal(names.of(0, 1, ["not answered"]).controlId, "MSG1");
 * assert.equal(names.of(1, 2, ["not answered"]).controlId, "");
 * ```
 */
export class OpenNames {
  readonly #names: Map<number, Miss> = new Map();

  /** A key has a message of this name. */
  set(key: number, name: Miss): void {
    if (this.#names.size < MOST_NAMED) this.#names.set(key, name);
  }

  /** Nothing more is wanted of a key. */
  delete(key: number): void {
    this.#names.delete(key);
  }

  /** The message of a key, that with this number, with what speaks against it. */
  of(key: number, n: number, why: readonly string[]): Miss {
    return { ...this.#names.get(key) ?? { n, controlId: "", type: "" }, why };
  }
}
