/**
 * The other end of ticker.ts: a thread that does nothing but wait and post ticks. It knows no load,
 * no schedule and no socket. It is an entry point of its own in the compiled program, since a
 * thread starts from a file.
 *
 * @module
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { PENDING, STOP, type TickOrder } from "./ticker.ts";

/** Waits and posts until told to stop. The times are multiples of the step from one start: no lateness adds up. */
function post(port: MessagePort, { everyMs, cells }: TickOrder): void {
  port.postMessage("ready");
  for (let next = performance.now() + everyMs;; next += everyMs) {
    // Asleep until the time has come, or until the stop wakes us. A timer may fire early: looked at again.
    for (let left = next - performance.now(); left > 0; left = next - performance.now()) {
      Atomics.wait(cells, STOP, 0, left);
      if (Atomics.load(cells, STOP) === 1) return;
    }
    // Until the last tick was taken.
    Atomics.wait(cells, PENDING, 1);
    if (Atomics.load(cells, STOP) === 1) return;
    Atomics.store(cells, PENDING, 1);
    port.postMessage("tick");
    // What was missed meanwhile is not made up for.
    next += everyMs * Math.max(0, Math.floor((performance.now() - next) / everyMs));
  }
}

if (parentPort !== null) post(parentPort, workerData as TickOrder);
