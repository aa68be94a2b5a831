/**
 * Replies that wait for others: to leave with them in one write, in another order, or in each other's place. It
 * knows when a group is complete and who goes where, not how anything is written.
 *
 * @module
 */
import { joined } from "../lib/bytes.ts";
import type { Clock, Timer } from "../lib/clock.ts";
import type { Gathering } from "./steps/way.ts";

/** A reply that waits, and where it can be written. */
export interface Waiter {
  /** The reply's frame. */
  readonly frame: Uint8Array;
  /** Writes a frame to this waiter's connection. */
  write(frame: Uint8Array): void;
  /** Its wait is over: this frame has been written where its own was awaited. In the order of writing. */
  gone(sent: Uint8Array): void;
}

interface Group {
  readonly gathering: Gathering;
  readonly members: Waiter[];
  timer: Timer | null;
}

/**
 * The groups under way, by key: those of a connection for replies that must leave over the same one, those of the receiver for swaps.
 *
 * @example
 * ```ts
 * import { Gatherings } from "./gatherings.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const seen: string[] = [];
 * const waiter = (text: string) => ({
 *   frame: utf8(text),
 *   write: (frame: Uint8Array) => seen.push(latin1(frame)),
 *   gone: () => {},
 * });
 * const gatherings = new Gatherings(new VirtualClock());
 * const gathering = { kind: "reorder", count: 2, withinMs: Infinity } as const;
 * gatherings.add("late", gathering, waiter("first"));
 * gatherings.add("late", gathering, waiter("second"));
 * assert.deepEqual(seen, ["second", "first"]);
 * ```
 */
export class Gatherings {
  readonly #clock: Clock;
  readonly #groups: Map<string, Group> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a reply into the group of this key; where that completes it, all of them leave. */
  add(key: string, gathering: Gathering, waiter: Waiter): void {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { gathering, members: [], timer: null };
      this.#groups.set(key, group);
      if (gathering.withinMs < Infinity) this.#wait(key, group, this.#clock.now() + gathering.withinMs);
    }
    group.members.push(waiter);
    if (group.members.length >= gathering.count) this.#release(key, group);
  }

  /** Nobody waits for this reply any more: its connection is gone, or it was answered otherwise. */
  remove(waiter: Waiter): void {
    for (const [key, group] of this.#groups) {
      const at = group.members.indexOf(waiter);
      if (at < 0) continue;
      group.members.splice(at, 1);
      if (group.members.length === 0) this.#end(key, group);
      return;
    }
  }

  #wait(key: string, group: Group, until: number): void {
    group.timer = this.#clock.schedule(until, () => {
      if (this.#clock.now() >= until) this.#release(key, group);
      else this.#wait(key, group, until);
    });
  }

  #end(key: string, group: Group): void {
    group.timer?.cancel();
    this.#groups.delete(key);
  }

  #release(key: string, group: Group): void {
    this.#end(key, group);
    const { gathering: { kind }, members } = group;
    const [first, second] = members;
    if (kind === "swap" && second !== undefined) {
      first.write(second.frame);
      second.write(first.frame);
      first.gone(second.frame);
      second.gone(first.frame);
      return;
    }
    const inOrder = kind === "join" ? members : members.toReversed();
    if (kind === "join") first.write(joined(members.map(({ frame }) => frame)));
    else for (const each of inOrder) each.write(each.frame);
    for (const each of inOrder) each.gone(each.frame);
  }
}
