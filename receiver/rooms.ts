/**
 * How many connections are open at each listener, and who waits for one of them to go. It knows counts alone.
 *
 * This module performs no I/O.
 *
 * @module
 */

interface Waiting {
  readonly listener: number;
  readonly concurrent: number;
  readonly enter: () => void;
}

/**
 * The connections of a receiver, counted.
 *
 * @example
 * ```ts
 * import { Rooms } from "./rooms.ts";
 * import assert from "node:assert/strict";
 *
 * const rooms = new Rooms();
 * rooms.entered(0);
 * rooms.entered(0);
 * let served = false;
 * rooms.wait(0, 1, () => void (served = true));
 * assert.equal(served, false);
 * rooms.left(0);
 * assert.equal(served, true);
 * ```
 */
export class Rooms {
  readonly #open: Map<number, number> = new Map();
  #waiting: Waiting[] = [];

  /** How many are open at a listener, those that wait included. */
  open(listener: number): number {
    return this.#open.get(listener) ?? 0;
  }

  /** One more. */
  entered(listener: number): void {
    this.#open.set(listener, this.open(listener) + 1);
  }

  /** One has gone; who waits longest goes on. */
  left(listener: number): void {
    this.#open.set(listener, this.open(listener) - 1);
    this.#settle();
  }

  /** Who came beyond `concurrent` goes on when fewer than that are served. What is returned gives up the wait. */
  wait(listener: number, concurrent: number, enter: () => void): () => void {
    const waiting = { listener, concurrent, enter };
    this.#waiting.push(waiting);
    this.#settle();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    };
  }

  #settle(): void {
    for (const each of [...this.#waiting]) {
      const behind = this.#waiting.filter(({ listener }) => listener === each.listener).length;
      if (this.open(each.listener) - behind >= each.concurrent) continue;
      this.#waiting = this.#waiting.filter((other) => other !== each);
      each.enter();
    }
  }
}
