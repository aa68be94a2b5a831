/**
 * The step `link_nak`: the lower layer refuses the first tries of a message, and takes the one after them. Only where it confirms
 * messages at all: see `link_faults.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount } from "../../lib/values.ts";
import { positive } from "../scenario/units.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface LinkNak {
  readonly verb: "link_nak";
  /** How many tries are refused. */
  readonly tries: number;
}

function told({ tries }: LinkNak): string {
  return `refuse ${tries === 1 ? "the first try" : `the first ${formatCount(tries)} tries`} with a commit NAK`;
}

/** Refuses at first. */
export const linkNak: StepKind<LinkNak, LinkNak> = {
  verb: "link_nak",
  about: "refuses the first tries of a message in the lower layer",
  schema: v.pipe(positive, v.transform((tries: number): LinkNak => ({ verb: "link_nak", tries }))),
  bare: null,
  on: ["message"],
  role: "question",
  tell: told,
  plan: (spec) => spec,
  perform({ tries }, line) {
    if (line.attempt > tries) return 0;
    line.commit("nak");
    // It was not taken: nobody is to answer it.
    line.instead([]);
    return 0;
  },
  describe: told,
};
