/**
 * How a run is watched and ended by whoever sits in front of it: the live view or its lines, the keys, the
 * signals. It knows no load, only its snapshots and how it is steered and stopped.
 *
 * @module
 */
import type { Readable } from "node:stream";
import type { LiveSnapshot } from "../../lib/load/result.ts";
import { liveLine, liveView } from "../../lib/report/live.ts";
import { paint } from "../../lib/text.ts";
import type { Output } from "../output.ts";
import { onKeys, QUIT_KEY, STEER_KEYS, type Steered } from "./keys.ts";

/** How often the live view is redrawn, and how often a line is printed where there is no terminal (load.md section 4). */
const REDRAW_MS = 100;
const LINE_MS = 5000;

/** A run that can be watched. */
export interface Watched extends Steered {
  snapshot(): LiveSnapshot;
  stop(by?: "SIGINT" | "SIGTERM" | "q"): void;
  abort(): void;
}

/** Signals and keys end a run: the first stops it, the second ends it at once. */
export interface Ending {
  /** Aborts at the first signal after `runIsOver`, and at once if the run was cut short by a second. */
  readonly impatient: AbortSignal;
  /** From now on a signal ends what is still being waited for. */
  runIsOver(): void;
  /** Stops listening. */
  off(): void;
  /** What a key asks for. */
  asked(by: "SIGINT" | "q"): void;
}

/** Listens for SIGINT and SIGTERM. */
export function onSignals(run: Pick<Watched, "stop" | "abort">, output: Output): Ending {
  let stopped = false;
  let over = false;
  const impatient = new AbortController();
  const asked = (by: "SIGINT" | "SIGTERM" | "q") => {
    if (over || stopped) impatient.abort();
    if (over) return;
    if (stopped) return run.abort();
    stopped = true;
    run.stop(by);
    output.progress("stopping: waiting for answers; Ctrl-C again stops at once");
  };
  const onInt = () => asked("SIGINT");
  const onTerm = () => asked("SIGTERM");
  process.on("SIGINT", onInt);
  process.on("SIGTERM", onTerm);
  return {
    impatient: impatient.signal,
    asked,
    runIsOver: () => over = true,
    off() {
      process.off("SIGINT", onInt);
      process.off("SIGTERM", onTerm);
    },
  };
}

/** What can be pressed now. */
function keysOf({ phase, search }: LiveSnapshot): string {
  const steered = (phase === "running" || phase === "warming") && search === null;
  return steered ? `${STEER_KEYS}  ${QUIT_KEY}` : QUIT_KEY;
}

/** Shows how the run stands: a view on a terminal, with keys, else a line every few seconds. Returns how to end it. */
export function watch(run: Watched, ending: Ending, input: () => Readable, output: Output): () => void {
  const region = output.live();
  if (!region.shown) {
    const timer = setInterval(() => output.progress(liveLine(run.snapshot())), LINE_MS);
    return () => clearInterval(timer);
  }
  const keys = onKeys(input(), run, { quit: () => ending.asked("q"), interrupt: () => ending.asked("SIGINT") });
  const draw = () => {
    const snapshot = run.snapshot();
    const lines = liveView(snapshot, { width: region.columns });
    region.draw(keys.on ? [...lines, paint("dim", keysOf(snapshot))] : lines);
  };
  const timer = setInterval(draw, REDRAW_MS);
  return () => {
    clearInterval(timer);
    keys.off();
    region.end(true);
  };
}
