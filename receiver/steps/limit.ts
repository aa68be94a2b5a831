/**
 * The step `limit`: connections beyond a number at their listener are ended, or wait for room.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount } from "../../lib/values.ts";
import { map, word } from "../scenario/form.ts";
import { positive } from "../scenario/units.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface Limit {
  readonly verb: "limit";
  /** How many connections of the listener are served at a time. */
  readonly concurrent: number;
  /** What becomes of one too many. */
  readonly otherwise: "close" | "queue" | "reset";
}

const WORDS = { close: "close (FIN)", queue: "wait for room", reset: "reset (RST)" };

function told({ concurrent, otherwise }: Limit): string {
  return `serve at most ${formatCount(concurrent)} at a time, beyond it ${WORDS[otherwise]}`;
}

/** Serves so many. */
export const limit: StepKind<Limit, Limit> = {
  verb: "limit",
  about: "serves so many connections of the listener at a time",
  schema: v.pipe(
    map("a limit", { concurrent: positive, then: word("end of a connection too many", ["close", "queue", "reset"]) }),
    v.transform((read): Limit => ({ verb: "limit", concurrent: read.concurrent, otherwise: read.then })),
  ),
  bare: null,
  on: ["open"],
  role: "question",
  tell: told,
  plan: (spec) => spec,
  perform({ concurrent, otherwise }, line) {
    if (line.household.open(line.listener) <= concurrent) return 0;
    if (otherwise === "queue") return line.waitForRoom(concurrent);
    line.instead([{ verb: otherwise }]);
    return 0;
  },
  describe: told,
};
