/**
 * A line that writes down what steps ask of it, and the sampler of a message that asks for one acknowledgement.
 *
 * @module
 */
import type { Household, Line, Sampler } from "../../../receiver/steps/step.ts";

/** The verbs of a line: each is written down by its name and what it was given. */
const VERBS = [
  "reply",
  "send",
  "hold",
  "dropReply",
  "discard",
  "close",
  "reset",
  "halfClose",
  "aside",
  "instead",
  "say",
  "stopReading",
  "limitRates",
  "later",
  "waitForRoom",
  "replyAgain",
  "forward",
  "commit",
  "fault",
] as const;

/** What a line is besides: all that steps may ask, and how long each verb takes. */
export interface FakeState {
  readonly nowMs: number;
  readonly listener: number;
  readonly attempt: number;
  readonly isDuplicate: boolean;
  readonly household: Partial<Household>;
  /** By verb; 0 for those that are not here. */
  readonly takes: Readonly<Partial<Record<typeof VERBS[number], number>>>;
}

/** A line, and what was asked of it so far: `["close"]`, `["reply", "AA", said]`. */
export type FakeLine = Line & { readonly asked: unknown[][] };

/** A line that writes down what is asked of it; of its household too: `["household.work", 50, 0]`. */
export function fakeLine(state: Partial<FakeState> = {}): FakeLine {
  const { nowMs = 0, listener = 0, attempt = 1, isDuplicate = false, household = {}, takes = {} } = state;
  const asked: unknown[][] = [];
  const verbs = VERBS.map((verb) => [
    verb,
    (...args: unknown[]) => {
      asked.push([verb, ...args]);
      return takes[verb] ?? 0;
    },
  ]);
  const houses = Object.entries({ within: true, work: 0, working: 0, open: 1 }).map(([name, usual]) => [
    name,
    (...args: never[]) => {
      asked.push([`household.${name}`, ...args]);
      const own = household[name as keyof Household] as ((...args: never[]) => unknown) | undefined;
      return own === undefined ? usual : own(...args);
    },
  ]);
  return {
    nowMs,
    listener,
    attempt,
    isDuplicate,
    household: Object.fromEntries(houses),
    asked,
    ...Object.fromEntries(verbs),
  } as unknown as FakeLine;
}

/** A sampler whose draws are all 0.5; the default reply is AA, and of each reply one frame is due. */
export const fakeSampler: Sampler = {
  draw: () => 0.5,
  at: { elapsedMs: 0, firing: 0 },
  defaultReply: () => "AA",
  items: (reply) => reply === "none" ? [] : [reply],
};
