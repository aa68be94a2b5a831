/**
 * `enhanced`: the two acknowledgements of enhanced mode, one by one, whatever the message asks for. Each may wait, counted
 * from the one before it; the application's may go elsewhere, and may go first.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { ACK_CODES, type AckCode, commitCode } from "../../lib/hl7/ack_code.ts";
import { type Delay, parseDelay } from "../scenario/delay.ts";
import { type Form, map, scalar, word } from "../scenario/form.ts";
import { connectionForm, destinationOf, destinationProblem, endpointForm } from "./destination.ts";
import type { ReplySpec } from "./reply.ts";
import type { StepSpec } from "./registry.ts";
import type { Way } from "./way.ts";

/** One acknowledgement, and how long after the one before it (or the message) it comes; `null` for at once. */
export interface Acknowledgement {
  readonly code: AckCode;
  readonly after: Delay | null;
}

/** As written; one of the two is there. */
export interface Enhanced {
  readonly commit?: Acknowledgement;
  readonly application?: Acknowledgement;
  /** The application's goes first. */
  readonly reversed: boolean;
  /** Where the application's goes; empty for the connection of the message. */
  readonly destination: Pick<Way, "via" | "viaNew">;
}

function acknowledgement(example: string, codes: readonly AckCode[]): Form<Acknowledgement> {
  const wanted = `an acknowledgement such as ${codes[0]}, or '${example}'`;
  return scalar(wanted, (found): Acknowledgement => {
    const [, said, after] = /^(\S+)(?:\s+after\s+(.+))?$/.exec(found.trim()) ?? [];
    const code = codes.find((each) => each === said);
    if (code === undefined) throw new RangeError(`Cannot read '${found}': wanted ${codes.join(", ")} or '${example}'`);
    return { code, after: after === undefined ? null : parseDelay(after) };
  }, { type: "string", pattern: `^(${codes.join("|")})( +after +.+)?$` });
}

const COMMIT_CODES = ACK_CODES.filter((code) => commitCode(code) === code);
const APPLICATION_CODES = ACK_CODES.filter((code) => commitCode(code) !== code);

const enhanced = map("an enhanced acknowledgement", {
  commit: v.optional(acknowledgement("CA after 50ms", COMMIT_CODES)),
  application: v.optional(acknowledgement("AA after 3s", APPLICATION_CODES)),
  order: v.optional(word("order", ["reversed"])),
  on: v.optional(connectionForm),
  via: v.optional(endpointForm),
});

/** The value behind `enhanced`. */
export const enhancedForm: Form<Enhanced> = v.pipe(
  enhanced,
  v.rawTransform<v.InferOutput<typeof enhanced>, Enhanced>(({ dataset, addIssue }) => {
    const { commit, application, order, on, via } = dataset.value;
    if (commit === undefined && application === undefined) addIssue({ message: "wanted commit, application or both" });
    else if (application === undefined && (via !== undefined || on !== undefined)) {
      addIssue({ message: "on and via are of the application acknowledgement, and there is none" });
    } else if (order !== undefined && (commit === undefined || application === undefined)) {
      addIssue({ message: "order: reversed needs both acknowledgements, commit and application" });
    }
    const problem = destinationProblem(on, via);
    if (problem !== null) addIssue({ message: problem });
    return {
      ...commit === undefined ? {} : { commit },
      ...application === undefined ? {} : { application },
      reversed: order === "reversed",
      destination: destinationOf(on, via),
    };
  }),
);

/**
 * The steps of an enhanced acknowledgement. The application's stands aside while it waits, so that the commit
 * acknowledgements of later messages do not wait for it.
 *
 * @param common what both replies have in common; what is wrong is the application's verdict, if there is one
 *
 * @example
 * ```ts
 * import { enhancedSteps } from "./enhanced.ts";
 * import assert from "node:assert/strict";
 *
 * const soon = { kind: "fixed", ms: 3000 } as const;
 * const application = { code: "AA", after: soon } as const;
 * const steps = enhancedSteps({ commit: { code: "CA", after: null }, application, reversed: false, destination: {} }, {});
 * assert.deepEqual(steps.map(({ verb }) => verb), ["reply", "aside", "delay", "reply"]);
 * ```
 */
export function enhancedSteps(
  { commit, application, reversed, destination }: Enhanced,
  { said, way }: Pick<ReplySpec, "said" | "way">,
): StepSpec[] {
  const first = commit === undefined
    ? []
    : [...waiting(commit, false), replyOf(commit, application === undefined ? said : undefined, way)];
  const second = application === undefined ? [] : [
    ...waiting(application, true),
    { ...replyOf(application, said, { ...way, ...destination }), ...application.after === null ? {} : LATE },
  ];
  return reversed ? [...second, ...first] : [...first, ...second];
}

const LATE = { late: true } as const;

function waiting({ after }: Acknowledgement, aside: boolean): StepSpec[] {
  if (after === null) return [];
  return aside ? [{ verb: "aside" }, { verb: "delay", delay: after }] : [{ verb: "delay", delay: after }];
}

function replyOf({ code }: Acknowledgement, said: ReplySpec["said"], way: ReplySpec["way"] = {}): ReplySpec {
  return {
    verb: "reply",
    reply: [{ reply: code, weight: 1 }],
    exact: true,
    ...said === undefined ? {} : { said },
    ...Object.keys(way).length === 0 ? {} : { way },
  };
}
