/**
 * The steps `wrong_ack` and `rint`: the lower layer takes a message, and says so in another way than by its acknowledgement. Only
 * in X3.28: see `link_faults.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepKind } from "./step.ts";

/** By verb, what is said of it in the reference, and of a message that it happens to. */
const ACKS = {
  wrong_ack: {
    about: "acknowledges the block after the one that came",
    told: "acknowledge the block after it (wrong number)",
  },
  rint: {
    about: "says RINT instead of the acknowledgement",
    told: "acknowledge it with RINT",
  },
} as const;

/** One of them. */
export type LinkAckVerb = keyof typeof ACKS;

/** As written and as planned. */
export type LinkAck = { readonly [V in LinkAckVerb]: { readonly verb: V } }[LinkAckVerb];

function said<V extends LinkAckVerb>(verb: V): StepKind<{ readonly verb: V }, { readonly verb: V }> {
  const { about, told } = ACKS[verb];
  return {
    verb,
    about,
    schema: null,
    bare: { verb },
    on: ["message"],
    role: "connection",
    tell: () => told,
    plan: (spec) => spec,
    perform(_step, line) {
      line.commit(verb);
      return 0;
    },
    describe: () => told,
  };
}

/** Names another block. */
export const wrongAck: StepKind<{ readonly verb: "wrong_ack" }, { readonly verb: "wrong_ack" }> = said("wrong_ack");

/** Asks for an end. */
export const rint: StepKind<{ readonly verb: "rint" }, { readonly verb: "rint" }> = said("rint");
