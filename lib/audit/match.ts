/**
 * Which received message is which sent one.
 *
 * This module performs no I/O.
 *
 * # How they are paired
 *
 * By their name: the control id, or the key. Where one sent message has a name, whatever is received under it
 * is that message. Where several have it, first by content; then what is left, in order: what is received with
 * the same content is one message, and stands for the first sent one that nothing stands for yet.
 *
 * @module
 */

import type { Column } from "./column.ts";

/** One side: the names and contents of its messages, and their order. */
export interface Side {
  /** The name of each; below 0 for one without, and those are all of one name. */
  readonly name: Column<Int32Array>;
  readonly content: Column<Float64Array>;
  /** Indices in order: of sending, of arrival. */
  readonly order: Int32Array;
}

/** The sender's side. */
export interface SentSide extends Side {
  readonly attempts: Column<Uint16Array>;
}

/** What belongs to what. */
export interface Matching {
  /** For each received message the sent one that it is, or -1. */
  readonly owner: Int32Array;
  /** How many sent messages share their name with another one. */
  readonly shared: number;
}

/**
 * Pairs them; names are below `names`.
 *
 * @example
 * ```ts
 * import { match } from "./match.ts";
 * import { Column } from "./column.ts";
 * import assert from "node:assert/strict";
 *
 * const order = Int32Array.of(0, 1);
 * const names = (...all: number[]) => Column.of(Int32Array, all);
 * const contents = (...all: number[]) => Column.of(Float64Array, all);
 * const attempts = Column.of(Uint16Array, [1, 1]);
 * const sent = { name: names(4, 5), content: contents(0, 1), order, attempts };
 * const received = { name: names(5, 6), content: contents(1, 9), order };
 * assert.deepEqual([...match(sent, received, 7).owner], [1, -1]);
 * ```
 */
export function match(sent: SentSide, received: Side, names: number): Matching {
  const ofSent = chains(sent, names);
  const ofReceived = chains(received, names);
  const owner = new Int32Array(received.order.length).fill(-1);
  let shared = 0;
  for (let name = 0; name <= names; name++) {
    const first = ofSent.head[name];
    if (first < 0) continue;
    if (ofSent.next[first] < 0) {
      for (let r = ofReceived.head[name]; r >= 0; r = ofReceived.next[r]) owner[r] = first;
      continue;
    }
    const group = listed(ofSent, name);
    shared += group.length;
    matchGroup(group, listed(ofReceived, name), sent, received.content, owner);
  }
  return { owner, shared };
}

interface Chains {
  readonly head: Int32Array;
  readonly next: Int32Array;
}

/** The messages of each name, in order. Those without a name come last, as number `names`. */
function chains({ name, order }: Side, names: number): Chains {
  const head = new Int32Array(names + 1).fill(-1);
  const next = new Int32Array(order.length).fill(-1);
  for (let at = order.length - 1; at >= 0; at--) {
    const i = order[at];
    const of = name.get(i) < 0 ? names : name.get(i);
    next[i] = head[of];
    head[of] = i;
  }
  return { head, next };
}

function listed({ head, next }: Chains, name: number): number[] {
  const all: number[] = [];
  for (let i = head[name]; i >= 0; i = next[i]) all.push(i);
  return all;
}

/** Sent messages of the same content, as they are taken. */
class Alike {
  readonly all: number[] = [];
  #taken = 0;
  #spare = 0;
  #again = 0;

  /** The one that what came belongs to: one that nothing stands for, else one that was sent more often than it came. */
  take(attempts: Column<Uint16Array>): number {
    if (this.#taken < this.all.length) return this.all[this.#taken++];
    while (this.#spare < this.all.length && this.#again >= attempts.get(this.all[this.#spare]) - 1) {
      this.#spare++;
      this.#again = 0;
    }
    if (this.#spare === this.all.length) return this.all[this.all.length - 1];
    this.#again++;
    return this.all[this.#spare];
  }

  /** Those that nothing stands for. */
  left(): number[] {
    return this.all.slice(this.#taken);
  }
}

function matchGroup(
  sent: readonly number[],
  received: readonly number[],
  { content, attempts }: SentSide,
  receivedContent: Column<Float64Array>,
  owner: Int32Array,
): void {
  const alike = new Map<number, Alike>();
  for (const i of sent) {
    const same = alike.get(content.get(i)) ?? new Alike();
    same.all.push(i);
    alike.set(content.get(i), same);
  }
  const unlike: number[] = [];
  for (const r of received) {
    const same = alike.get(receivedContent.get(r));
    if (same === undefined) unlike.push(r);
    else owner[r] = same.take(attempts);
  }
  if (unlike.length === 0) return;
  const left = [...alike.values()].flatMap((same) => same.left());
  if (alike.size > 1) {
    const place = new Map(sent.map((i, at) => [i, at]));
    left.sort((a, b) => place.get(a)! - place.get(b)!);
  }
  const stands = new Map<number, number>();
  let next = 0;
  for (const r of unlike) {
    const known = stands.get(receivedContent.get(r));
    owner[r] = known ?? left[next++] ?? sent[sent.length - 1];
    stands.set(receivedContent.get(r), owner[r]);
  }
}
