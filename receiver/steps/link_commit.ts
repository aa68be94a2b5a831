/**
 * The step `link_commit`: what the lower layer says to a message, whatever is done with it otherwise. Only in MLLP release 2: see
 * `link_faults.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { type Form, word } from "../scenario/form.ts";
import type { StepKind } from "./step.ts";

/** What is said: yes, no, nothing, or yes two times. */
export type CommitWord = "ack" | "nak" | "none" | "twice";

/** As written and as planned. */
export interface LinkCommit {
  readonly verb: "link_commit";
  readonly word: CommitWord;
}

const TOLD: Readonly<Record<CommitWord, string>> = {
  ack: "commit it (ACK)",
  nak: "refuse to commit it (NAK)",
  none: "do not commit it",
  twice: "commit it twice (ACK, ACK)",
};

const words: Form<CommitWord> = word("commit", ["ack", "nak", "none", "twice"]);

/** Confirms, or not. */
export const linkCommit: StepKind<LinkCommit, LinkCommit> = {
  verb: "link_commit",
  about: "says what the lower layer says to the message",
  schema: v.pipe(words, v.transform((word: CommitWord): LinkCommit => ({ verb: "link_commit", word }))),
  bare: null,
  on: ["message"],
  role: "connection",
  tell: ({ word }) => TOLD[word],
  plan: (spec) => spec,
  perform({ word }, line) {
    line.commit(word);
    return 0;
  },
  describe: ({ word }) => TOLD[word],
};
