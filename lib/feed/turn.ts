/**
 * In which order the messages of a group come: the `j`th of a group is which of its members, about which stay
 * of a patient. In turn, shuffled, or, for stays told from admission to discharge, in story.ts.
 *
 * A pass over all members is about one stay, the next pass about the next: files that tell of one patient,
 * `1-a01.hl7 2-a08.hl7 3-a03.hl7`, do so together (our decision).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { Permutation } from "./permutation.ts";

/** An order: functions of `j`, a whole number from 0 on. */
export interface Turn {
  /** After so many every member has come. */
  readonly size: number;
  /** Which member it is. */
  member(j: number): number;
  /** Which stay it is about. */
  stay(j: number): number;
}

/**
 * One after the other, in their order.
 *
 * @example
 * ```ts
 * import { InTurn } from "./turn.ts";
 * import assert from "node:assert/strict";
 *
 * const turn = new InTurn(3);
 * assert.deepEqual([turn.member(7), turn.stay(7)], [1, 2]);
 * ```
 */
export class InTurn implements Turn {
  constructor(readonly size: number) {}

  member(j: number): number {
    return j % this.size;
  }

  stay(j: number): number {
    return Math.floor(j / this.size);
  }
}

/** What a shuffle leaves as it is. */
export interface ShuffleOptions {
  /** By member: those with the same text keep their order among themselves; null for one that goes anywhere. */
  readonly keys?: readonly (string | null)[];
  /** Whether each message is about a stay of its own, not each pass. */
  readonly stayEach?: boolean;
}

/**
 * Shuffled, each pass in another order.
 *
 * @example
 * ```ts
 * import { Shuffled } from "./turn.ts";
 * import assert from "node:assert/strict";
 *
 * const turn = new Shuffled(3, 7, { keys: ["A", "B", "A"] });
 * const members = [0, 1, 2].map((j) => turn.member(j));
 * assert.ok(members.indexOf(0) < members.indexOf(2));
 * ```
 */
export class Shuffled implements Turn {
  readonly #order: Permutation;
  /** By member: the members of the same key, in order; none for one that has no other. */
  readonly #kin: readonly (readonly number[] | undefined)[];
  readonly #stayEach: boolean;

  constructor(readonly size: number, seed: number, options: ShuffleOptions = {}) {
    this.#order = new Permutation(size, seed);
    this.#stayEach = options.stayEach ?? false;
    const byKey = new Map<string, number[]>();
    options.keys?.forEach((key, member) => {
      if (key !== null) byKey.set(key, [...byKey.get(key) ?? [], member]);
    });
    const kin: (readonly number[] | undefined)[] = new Array(byKey.size === 0 ? 0 : size);
    for (const members of byKey.values()) {
      if (members.length > 1) { for (const member of members) kin[member] = members; }
    }
    this.#kin = kin;
  }

  member(j: number): number {
    const pass = Math.floor(j / this.size);
    const place = j - pass * this.size;
    const drawn = this.#order.at(pass, place);
    const kin = this.#kin[drawn];
    if (kin === undefined) return drawn;
    // Of the places that fell to its kin this is the how-manieth: so it is that one's turn.
    let rank = 0;
    for (const member of kin) if (this.#order.placeOf(pass, member) < place) rank++;
    return kin[rank];
  }

  stay(j: number): number {
    return this.#stayEach ? j : Math.floor(j / this.size);
  }
}
