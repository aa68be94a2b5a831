/**
 * What is to be done when a connection has come to something: so many messages, so many bytes, so long a silence, so long a life.
 * It knows no steps: who asks for something says what is to happen.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";
import { IdleWatch } from "./idle_watch.ts";
import type { After } from "./steps/step.ts";

interface Waiting {
  readonly messages: number;
  readonly bytes: number;
  readonly watch: IdleWatch | null;
  readonly timer: Timer | null;
  readonly act: () => void;
}

/**
 * The intentions of one connection; each is carried out once.
 *
 * @example
 * ```ts
 * import { Armed } from "./armed.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import assert from "node:assert/strict";
 *
 * let closed = 0;
 * const armed = new Armed(new VirtualClock());
 * armed.add({ messages: 2 }, () => closed++);
 * armed.message();
 * assert.equal(closed, 0);
 * armed.message();
 * armed.message();
 * assert.equal(closed, 1);
 * ```
 */
export class Armed {
  readonly #clock: Clock;
  readonly #waiting: Set<Waiting> = new Set();
  #messages = 0;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does something when the connection has come to any part of this, counted from now on; a message `inHand` counts no more. */
  add({ messages = Infinity, bytes = Infinity, idleMs, ageMs }: After, act: () => void, inHand = false): void {
    const clock = this.#clock;
    const fire = () => this.#fire(waiting);
    const due = clock.now() + (ageMs ?? 0);
    const waiting: Waiting = {
      messages: this.#messages + messages + (inHand ? 1 : 0),
      bytes: this.#bytes + bytes,
      watch: idleMs === undefined ? null : new IdleWatch({ clock, timeoutMs: idleMs, busy: () => false, idle: fire }),
      timer: ageMs === undefined ? null : clock.schedule(due, fire),
      act,
    };
    this.#waiting.add(waiting);
  }

  /** A message of the connection is done with. */
  message(): void {
    this.#messages++;
    for (const each of this.#waiting) if (this.#messages >= each.messages) this.#fire(each);
  }

  /** Bytes came from the peer. */
  came(bytes: number): void {
    this.#bytes += bytes;
    for (const each of this.#waiting) {
      each.watch?.active();
      if (this.#bytes >= each.bytes) this.#fire(each);
    }
  }

  /** None is carried out any more. */
  drop(): void {
    for (const each of this.#waiting) this.#forget(each);
  }

  #fire(each: Waiting): void {
    if (!this.#waiting.has(each)) return;
    this.#forget(each);
    each.act();
  }

  #forget(each: Waiting): void {
    this.#waiting.delete(each);
    each.watch?.stop();
    each.timer?.cancel();
  }
}
