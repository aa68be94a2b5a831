/**
 * In which order messages were received and sent, whatever the order of their lines: a journal has them in the
 * order in which they were done with, a log in the order in which they were settled.
 *
 * This module performs no I/O.
 *
 * # Several receivers, rotated journals
 *
 * One receiver numbers its messages over all its rotated files, and its numbers go before its times, which
 * are of a clock that may be set. Stretches of journals with the same run are one receiver's. Where heads name no
 * run, seed and scenario tell, unless a number stands in two stretches: then the receiver was started again. Between
 * receivers their clocks decide.
 *
 * @module
 */
import type { Column } from "./column.ts";
import type { ReceivedLedger } from "./ledgers.ts";

/**
 * The indices of whole numbers in the order of these; of equal ones as they are.
 *
 * @example
 * ```ts
 * import { sortedBy } from "./arrival.ts";
 * import { Column } from "./column.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...sortedBy(Column.of(Float64Array, [7, 5, 5]))], [1, 2, 0]);
 * ```
 */
export function sortedBy(numbers: Column<Float64Array>): Int32Array {
  const { length } = numbers;
  const order = new Int32Array(length);
  let sorted = true;
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < length; i++) {
    order[i] = i;
    if (i > 0 && numbers.get(i) < numbers.get(i - 1)) sorted = false;
    lowest = Math.min(lowest, numbers.get(i));
    highest = Math.max(highest, numbers.get(i));
  }
  if (sorted) return order;
  // Numbers of messages are whole and without many gaps: they are counted rather than compared, in a tenth of the memory.
  const span = highest - lowest + 1;
  if (span > 4 * length + 1024) return order.sort((a, b) => numbers.get(a) - numbers.get(b) || a - b);
  const starts = new Int32Array(span + 1);
  for (let i = 0; i < length; i++) starts[numbers.get(i) - lowest + 1]++;
  for (let slot = 1; slot <= span; slot++) starts[slot] += starts[slot - 1];
  for (let i = 0; i < length; i++) order[starts[numbers.get(i) - lowest]++] = i;
  return order;
}

/**
 * The received messages in order of arrival. What became of some later is written into their rows.
 *
 * @example
 * ```ts
 * import { arrivalOrder } from "./arrival.ts";
 * import { Interner } from "./interner.ts";
 * import { ReceivedLedger } from "./ledgers.ts";
 * import assert from "node:assert/strict";
 *
 * const at = "2026-01-31T12:00:00.000Z";
 * const received = new ReceivedLedger(new Interner());
 * received.begin("journal.ndjson");
 * received.head({ journal: "mllp.journal/1", at, seed: 1, scenario: "", key: null });
 * for (const n of [2, 1]) received.add({ n, at, controlId: `M${n}`, key: null, hash: "", outcome: "none", reply: null });
 * assert.deepEqual([...arrivalOrder(received)], [1, 0]);
 * ```
 */
export function arrivalOrder(received: ReceivedLedger): Int32Array {
  const { length } = received;
  const byNumber = sortedBy(received.n);
  const receivers = receiversOf(received, byNumber);
  amend(received, byNumber, receivers);
  if (received.stretches.length <= 1) return byNumber;
  // A receiver's time as far as it had come, so that its own order is kept.
  const latest = new Map<number, number>();
  const times = new Float64Array(length);
  for (const r of byNumber) {
    const receiver = receivers[received.stretch.get(r)];
    times[r] = Math.max(received.at.get(r), latest.get(receiver) ?? -Infinity);
    latest.set(receiver, times[r]);
  }
  if (latest.size <= 1) return byNumber;
  return byNumber.sort((a, b) =>
    times[a] - times[b] || receivers[received.stretch.get(a)] - receivers[received.stretch.get(b)] ||
    received.n.get(a) - received.n.get(b) || a - b
  );
}

/** For each stretch, the receiver that wrote it. */
function receiversOf(received: ReceivedLedger, byNumber: Int32Array): number[] {
  const { stretches, stretch, n } = received;
  const restarted = new Set<string>();
  // The last message of each receiver on the way up its numbers.
  const last = new Map<string, number>();
  for (const r of byNumber) {
    const { receiver } = stretches[stretch.get(r)];
    const before = last.get(receiver);
    if (before !== undefined && n.get(before) === n.get(r) && stretch.get(before) !== stretch.get(r)) {
      restarted.add(receiver);
    }
    last.set(receiver, r);
  }
  const numbers = new Map<string, number>();
  return stretches.map(({ receiver }, index) => {
    const name = restarted.has(receiver) ? `${receiver} ${index}` : receiver;
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}

/** Both sides in order of their numbers, side by side. */
function amend(received: ReceivedLedger, byNumber: Int32Array, receivers: readonly number[]): void {
  const { amended, stretch, acknowledged, n } = received;
  let place = 0;
  for (const a of sortedBy(amended.n)) {
    const number = amended.n.get(a);
    while (place < byNumber.length && n.get(byNumber[place]) < number) place++;
    for (let at = place; at < byNumber.length && n.get(byNumber[at]) === number; at++) {
      const r = byNumber[at];
      if (receivers[stretch.get(r)] !== receivers[amended.stretch.get(a)]) continue;
      acknowledged.set(r, amended.acknowledged.get(a));
    }
  }
}
