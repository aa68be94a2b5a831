/**
 * The keys that steer a run while its live view is shown: `+` and `-` change the rate by a tenth of
 * the plan, `p` pauses and goes on, `q` stops and reports. It knows no load, only what each key does.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";

/** A key changes the rate by so much of what was planned (our decision). */
const STEP = 0.1;

const CTRL_C = "\x03";
const CTRL_Z = "\x1a";

/** What can be steered. */
export interface Steered {
  /** 1 as planned, 0 paused. */
  readonly speed: number;
  steer(speed: number): void;
}

/** What keys that end it are to do. */
export interface KeyActions {
  /** `q`. */
  quit(): void;
  /** Ctrl-C, which a terminal that hands over single keys does not turn into a signal. */
  interrupt(): void;
}

/** What the live view says of the keys. */
export const STEER_KEYS = "+ faster  - slower  p pause";
/** And at any time. */
export const QUIT_KEY = "q stop and report";

/** A terminal that can hand over single keys. */
interface Terminal extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
}

/** What speed a key asks for, `before` being the speed that a pause interrupted; null for any other key. */
export function speedAfter(key: string, speed: number, before: number): number | null {
  switch (key) {
    case "+":
    case "=":
      return tenths(speed + STEP);
    case "-":
    case "_":
      return Math.max(STEP, tenths(speed - STEP));
    case "p":
    case "P":
    case " ":
      return speed === 0 ? before : 0;
    default:
      return null;
  }
}

/** Sums of tenths, without their rounding. */
function tenths(speed: number): number {
  return Math.round(speed / STEP) / (1 / STEP);
}

/** Keys that are listened for, or none where there is no terminal. */
export interface Keys {
  readonly on: boolean;
  off(): void;
}

/** Listens for keys, if the input is a terminal. */
export function onKeys(input: Readable, steered: Steered, actions: KeyActions): Keys {
  const terminal: Terminal = input;
  if (terminal.isTTY !== true || terminal.setRawMode === undefined || !isInForeground()) {
    return { on: false, off: () => {} };
  }
  let before = 1;
  const listen = (chunk: Uint8Array | string) => {
    for (const key of chunk.toString()) {
      if (key === CTRL_C) actions.interrupt();
      if (key === CTRL_Z) suspend();
      if (key === "q" || key === "Q") actions.quit();
      const speed = speedAfter(key, steered.speed, before);
      if (speed === null) continue;
      if (steered.speed > 0) before = steered.speed;
      steered.steer(speed);
    }
  };
  const listenAgain = () => void terminal.setRawMode?.(true);
  const suspend = () => {
    restore();
    process.once("SIGCONT", listenAgain);
    process.kill(process.pid, "SIGTSTP");
  };
  listenAgain();
  // However the program ends, the terminal is as it was.
  const restore = () => void terminal.setRawMode?.(false);
  process.once("exit", restore);
  terminal.on("data", listen);
  terminal.resume();
  return {
    on: true,
    off() {
      terminal.off("data", listen);
      terminal.pause();
      process.off("exit", restore);
      process.off("SIGCONT", listenAgain);
      restore();
    },
  };
}

/** A job in the background that touches its terminal's mode is stopped by the system. Where that cannot be told, it is not one. */
function isInForeground(): boolean {
  try {
    // Behind the program's name, which may hold anything: state, parent, group, session, terminal, its foreground group.
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)!.split(" ");
    const [ours, shown] = [fields[2], fields[5]];
    // Without a terminal that controls jobs there is no background.
    return shown === "-1" || ours === shown;
  } catch {
    return true;
  }
}
