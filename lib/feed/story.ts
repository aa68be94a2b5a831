/**
 * Stays told from admission to discharge, many at a time: the steps of each come in their order (`A01`,
 * `A08`, `A03`), interleaved over patients. A block of stays is told to its end before the next begins,
 * each in the same drawn order; so the `j`th step is looked up, and no patient is in two beds.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { shuffle } from "./mix.ts";
import type { Turn } from "./turn.ts";

/**
 * The steps of all stays. Its members are the steps.
 *
 * @example
 * ```ts
 * import { Story } from "./story.ts";
 * import assert from "node:assert/strict";
 *
 * const story = new Story(3, 4, 7);
 * const steps = Array.from({ length: 12 }, (_, j) => j).filter((j) => story.stay(j) === 2);
 * assert.deepEqual(steps.map((j) => story.member(j)), [0, 1, 2]);
 * ```
 */
export class Story implements Turn {
  readonly size: number;
  /** By place in a block: the stay's number in the block, and the step. */
  readonly #stays: Uint32Array;
  readonly #steps: Uint32Array;
  /** By place in a block: the stays that have begun before it and end after it. */
  readonly #open: readonly (readonly number[])[];

  /** So many steps of each stay, and so many stays in a block: at most as many as there are patients. */
  constructor(readonly steps: number, readonly width: number, seed: number) {
    this.size = steps * width;
    const stays = Uint32Array.from({ length: this.size }, (_, place) => Math.floor(place / steps));
    shuffle(stays, seed);
    const told = new Uint32Array(width);
    const open: number[][] = [];
    this.#steps = stays.map((stay) => {
      open.push(Array.from(told.keys()).filter((other) => told[other] > 0 && told[other] < steps));
      return told[stay]++;
    });
    this.#stays = stays;
    this.#open = open;
  }

  member(j: number): number {
    return this.#steps[j % this.size];
  }

  stay(j: number): number {
    return Math.floor(j / this.size) * this.width + this.#stays[j % this.size];
  }

  /**
   * A stay that is on when step `j` is about to come, for a message about somebody in hospital; where none is,
   * one that is just over, or the very first. `drawn`, in [0, 1), decides which.
   */
  stayAt(j: number, drawn: number): number {
    const block = Math.floor(j / this.size) * this.width;
    const open = this.#open[j % this.size];
    if (open.length > 0) return block + open[Math.floor(drawn * open.length)];
    return block === 0 ? this.#stays[0] : block - this.width + Math.floor(drawn * this.width);
  }
}
