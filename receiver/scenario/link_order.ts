/**
 * What must hold between the steps of a list that are about the lower layer: one word to each message, and faults of a reply
 * before a reply that they can strike. Whether a listener has them at all is `meet.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { isOfLink, writtenPast } from "../steps/link_faults.ts";
import { LINK_SENT, type LinkSentVerb } from "../steps/link_sent.ts";
import { kindOf, type StepSpec } from "../steps/registry.ts";
import type { Rule } from "./scenario.ts";

/** What is wrong with the step that was written at this index. */
export interface LinkIssue {
  readonly i: number;
  readonly message: string;
}

/** Faults of one and the same thing. */
const CHECKSUM: readonly LinkSentVerb[] = ["bad_bcc", "unchecked"];

/**
 * Everything that is wrong with steps about the lower layer.
 *
 * @param written for each step as it was written, the steps that it stands for
 *
 * @example
 * ```ts
 * import { linkIssues } from "./link_order.ts";
 * import assert from "node:assert/strict";
 *
 * const storm = { verb: "enq_storm", value: 5 } as const;
 * assert.deepEqual(linkIssues([[storm], [{ verb: "reply", reply: null }]], "stop"), []);
 * assert.equal(linkIssues([[storm], [{ verb: "hold" }]], "stop")[0].message, "enq_storm is of the reply behind it, and there is none");
 * ```
 */
export function linkIssues(written: readonly (readonly StepSpec[])[], then: Rule["then"]): LinkIssue[] {
  const issues: LinkIssue[] = [];
  const sent = new Map<LinkSentVerb, number>();
  let said: StepSpec | null = null;
  const sentTo = (why: string) => {
    for (const [verb, i] of sent) issues.push({ i, message: `${verb} is of the reply behind it, and ${why}` });
    sent.clear();
  };
  for (const [i, specs] of written.entries()) {
    for (const spec of specs) {
      const { verb } = spec;
      if (isOfLink(verb)) {
        if (said !== null) {
          issues.push({ i, message: `${said.verb} has said the lower layer's word before, wanted one of them` });
        } else if (kindOf(verb).role !== "question") said = spec;
      } else if (isSent(verb)) {
        const other = verb === "bad_bcc" || verb === "unchecked" ? CHECKSUM.find((each) => sent.has(each)) : undefined;
        if (sent.has(verb)) issues.push({ i, message: `${verb} was asked for already, wanted it once for a reply` });
        else if (other !== undefined) {
          issues.push({ i, message: `${other} changes the checksum already, wanted one of them` });
        }
        sent.set(verb, i);
      } else if (kindOf(verb).role === "answer") {
        const past = writtenPast(spec);
        if (past === null) sent.clear();
        else sentTo(`${past} writes that past the lower layer`);
      }
    }
  }
  if (then !== "continue") sentTo("there is none");
  return issues;
}

function isSent(verb: StepSpec["verb"]): verb is LinkSentVerb {
  return (LINK_SENT as readonly string[]).includes(verb);
}
