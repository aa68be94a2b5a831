/**
 * A tick that comes when it is due, from a thread that does nothing else (load.md section 2): at
 * 1,000/s it brings the median of the lag from about a millisecond to a tenth of that. It knows no
 * load; tick_worker.ts is the thread.
 *
 * # The two cells
 *
 * Both threads look at one shared `Int32Array`. The worker posts the next tick only after the last was
 * taken, so a main thread that is busy finds one tick when it comes round, not all that it missed.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { Timer } from "../clock.ts";
import { type Surroundings, systemSurroundings } from "./surroundings.ts";

/** The cell that is 1 when the ticks are to end. */
export const STOP = 0;
/** The cell that is 1 from the posting of a tick until the main thread took it. */
export const PENDING = 1;

/** What the thread is started with. */
export interface TickOrder {
  /** Milliseconds between ticks. */
  readonly everyMs: number;
  /** The two cells, `STOP` and `PENDING`. */
  readonly cells: Int32Array;
}

/** The shortest wake-up that holds, and what the precise pacer ticks by (load.md section 2). */
const SHORTEST_MS = 0.25;
/** A thread takes 20 to 100 ms to start; one that needs so long never will (our decision). */
const START_LIMIT_MS = 10_000;

/** A timer that says when it has begun. */
export interface Ticker extends Timer {
  /**
   * Resolves when the ticks have begun, or when they were called off before; rejects with an `Error` if
   * the thread cannot be started.
   */
  readonly ready: Promise<void>;
}

/**
 * Where the thread's code lies: beside this file, and in the compiled program, whose parts all lie in
 * one folder, where a second entry point keeps its path in the project.
 */
function workerFile(): URL {
  const own = import.meta.url;
  return new URL(own.endsWith("/ticker.ts") ? "./tick_worker.ts" : "./lib/load/tick_worker.ts", own);
}

/**
 * Calls `tick` every `ms` milliseconds (at least a quarter of a millisecond), until cancelled. To be started
 * before t0: wait for `ready`, since a thread takes some time to begin. Like `setInterval` it keeps the
 * process alive until it is cancelled, and no longer. Should the thread break later on, an
 * ordinary timer takes over: what it does worse, the lag shows.
 *
 * @param worker the thread's code, where it is not our own
 *
 * @example
 * ```ts
 * import { preciseTicker } from "./ticker.ts";
 *
 * let ticks = 0;
 * await new Promise<void>((resolve) => {
 *   const ticker = preciseTicker(1, () => {
 *     if (++ticks < 3) return;
 *     ticker.cancel();
 *     resolve();
 *   });
 * });
 * ```
 */
export function preciseTicker(ms: number, tick: () => void, worker: URL = workerFile()): Ticker {
  const everyMs = Math.max(SHORTEST_MS, ms);
  const cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  let phase: "starting" | "ticking" | "over" = "starting";
  let spare: ReturnType<typeof setInterval> | null = null;
  const { promise: ready, resolve: begun, reject: failed } = Promise.withResolvers<void>();
  // Who waits for it may still be busy with something else when it fails.
  ready.catch(() => {});
  const deadline = setTimeout(() => broken(`it did not begin within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
  let thread: Worker | null = null;

  const set = (cell: number, value: number): void => {
    Atomics.store(cells, cell, value);
    Atomics.notify(cells, cell);
  };
  const end = (): void => {
    phase = "over";
    clearTimeout(deadline);
    // Woken from either wait, it ends by itself; `terminate` is for one that never began.
    set(STOP, 1);
    set(PENDING, 0);
    void thread?.terminate();
  };
  const broken = (reason: string): void => {
    if (phase === "over") return;
    const began = phase === "ticking";
    end();
    if (began) spare = setInterval(tick, ms);
    else failed(new Error(`Cannot start the thread of the precise ticker (${worker.pathname}): ${reason}`));
  };

  try {
    thread = new Worker(worker, { workerData: { everyMs, cells } satisfies TickOrder });
    thread.on("message", (word: unknown) => {
      if (phase === "over") return;
      if (word === "ready") {
        phase = "ticking";
        clearTimeout(deadline);
        return begun();
      }
      set(PENDING, 0);
      tick();
    });
    thread.on("error", (error: unknown) => broken(error instanceof Error ? error.message : String(error)));
    thread.on("exit", () => broken("it ended"));
  } catch (error) {
    broken(error instanceof Error ? error.message : String(error));
  }

  return {
    ready,
    cancel() {
      if (spare !== null) clearInterval(spare);
      if (phase !== "over") end();
      begun();
    },
  };
}

/** The system's clock, with a precise tick. What `every` gives is a `Ticker`. */
export const preciseSurroundings: Omit<Surroundings, "every"> & { every(ms: number, tick: () => void): Ticker } = Object
  .freeze({
    ...systemSurroundings,
    tickMs: SHORTEST_MS,
    every: (ms: number, tick: () => void) => preciseTicker(ms, tick),
  });
