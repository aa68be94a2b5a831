/**
 * The thread that fuzzes: told what to do by `main.ts`, which watches it.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { runTargets } from "./fuzzing.ts";
import { TARGETS } from "./targets.ts";
import { SharedPulse } from "./watch.ts";

/** What the thread is told. */
export interface Order {
  readonly names: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  readonly memory: SharedArrayBuffer;
}

/** How often it is told how all stand. */
const TOLD_MS = 500;

const { names, seed, seconds, memory } = workerData as Order;
const pulse = new SharedPulse(memory);
const targets = TARGETS.filter(({ name }) => names.includes(name));
let toldAt = -Infinity;
const standings = await runTargets(targets, {
  seed,
  seconds,
  pulse,
  stopped: () => pulse.stopped,
  onTarget: (name) => pulse.target = targets.findIndex((target) => target.name === name),
  onSlice(standings) {
    if (performance.now() - toldAt < TOLD_MS) return;
    toldAt = performance.now();
    parentPort?.postMessage({ standings, over: false });
  },
});
parentPort?.postMessage({ standings, over: true });
