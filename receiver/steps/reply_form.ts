/**
 * The value behind `reply`: a code or a table of codes as flags have it, or a map with options; and the steps that it stands
 * for.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { commitCode } from "../../lib/hl7/ack_code.ts";
import { type Form, map, shapedAs } from "../scenario/form.ts";
import type { ReplyTable } from "../scenario/reply.ts";
import { destinationOf, destinationProblem } from "./destination.ts";
import { enhancedSteps } from "./enhanced.ts";
import type { StepSpec } from "./registry.ts";
import type { ReplySpec } from "./reply.ts";
import { exclusionsAmong, REPLY_OPTIONS, tableForm, type WrittenReply } from "./reply_options.ts";
import type { WaySpec } from "./reply_way.ts";
import type { Said } from "./step.ts";

/** What is wrong with a reply as a whole; `key` is the option that it is told of. */
interface Problem {
  readonly key?: string;
  readonly message: string;
}

/** What goes into an acknowledgement, and into nothing else. */
const OF_ACKNOWLEDGEMENTS = ["text", "err", "control_id", "as"] as const;

function problemsOf(written: WrittenReply): Problem[] {
  const keys = Object.keys(written);
  if (keys.length === 0) {
    return [{ message: `found an empty reply, wanted one of ${Object.keys(REPLY_OPTIONS).join(", ")}` }];
  }
  const excluded = exclusionsAmong(keys);
  if (excluded.length > 0) return excluded;
  const { code, file, as, via, on, mutate, twice, swap, reorder, join, drip, split_at, enhanced } = written;
  if (isSilent(code) && keys.length > 1) {
    const key = keys.find((each) => each !== "code");
    return [{ key, message: `${key} is of a reply, and code: none sends none` }];
  }
  const problems: Problem[] = [];
  if (file !== undefined || code?.some(({ reply }) => typeof reply !== "string")) {
    for (const key of OF_ACKNOWLEDGEMENTS.filter((each) => keys.includes(each))) {
      problems.push({ key, message: `${key} goes into an acknowledgement, and this reply sends a file` });
    }
  }
  const commits = code?.find(({ reply }) =>
    typeof reply === "string" && reply !== "none" && commitCode(reply) === reply
  );
  if (as !== undefined && commits !== undefined) {
    const message =
      `as answers what was asked, and ${commits.reply} says only that it was received: wanted AA, AE or AR`;
    problems.push({ key: "as", message });
  }
  const elsewhere = destinationProblem(on, via);
  if (elsewhere !== null) problems.push({ key: "on", message: elsewhere });
  const cut = drip === undefined ? split_at === undefined ? null : "split_at" : "drip";
  if (cut !== null && enhanced?.destination.via !== undefined) {
    problems.push({
      key: cut,
      message: `what goes via another connection leaves whole, and ${cut} cuts it into pieces`,
    });
  }
  if (mutate?.some(({ kind }) => kind === "endless")) {
    const whole = Object.entries({ twice, swap, reorder, join, drip, split_at, via, enhanced }).find(([, value]) =>
      value !== undefined
    );
    if (whole !== undefined) {
      problems.push({ key: whole[0], message: `${whole[0]} needs a frame that ends, and mutate: endless has none` });
    }
  }
  return problems;
}

/**
 * The steps that a reply stands for.
 *
 * @param written options that go together
 *
 * @example
 * ```ts
 * import { replySteps } from "./reply_form.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(replySteps({ twice: true }), [{ verb: "reply", reply: null, way: { twice: true } }]);
 * assert.deepEqual(replySteps({ late: { kind: "fixed", ms: 12_000 } }).map(({ verb }) => verb), ["aside", "delay", "reply"]);
 * ```
 */
export function replySteps(written: WrittenReply): readonly StepSpec[] {
  const { code, file, text, err, late, swap, reorder, join, enhanced } = written;
  const table = file === undefined ? code ?? null : [{ reply: { file }, weight: 1 }];
  if (isSilent(code)) return [{ verb: "hold" }];
  const says = text !== undefined || err !== undefined;
  const said: Said = { ...text === undefined ? {} : { text }, ...err === undefined ? {} : { errors: err } };
  const way = wayOf(written);
  const common: Pick<ReplySpec, "said" | "way"> = {
    ...says ? { said } : {},
    ...Object.keys(way).length === 0 ? {} : { way },
  };
  if (enhanced !== undefined) return enhancedSteps(enhanced, common);
  const reply: ReplySpec = { verb: "reply", reply: table, ...common };
  if (late !== undefined) return [{ verb: "aside" }, { verb: "delay", delay: late }, { ...reply, late: true }];
  return (swap ?? reorder ?? join) === undefined ? [reply] : [{ verb: "aside" }, reply];
}

function wayOf(
  { control_id, as, stale, twice, swap, reorder, join, drip, split_at, via, on, mutate }: WrittenReply,
): WaySpec {
  const pace = drip ?? split_at;
  const gather = swap ?? reorder ?? join;
  return {
    ...control_id === undefined || control_id === null ? {} : { controlId: control_id },
    ...as === undefined ? {} : { as },
    ...mutate === undefined ? {} : { mutate },
    ...stale === undefined ? {} : { stale },
    ...twice === undefined ? {} : { twice },
    ...pace === undefined ? {} : { pace },
    ...gather === undefined ? {} : { gather },
    ...destinationOf(on, via),
  };
}

/** Whether a table holds nothing but `none`. */
function isSilent(table: ReplyTable | undefined): boolean {
  return table !== undefined && table.every(({ reply }) => reply === "none");
}

const options = map("a reply", REPLY_OPTIONS);

const ofMap: Form<readonly StepSpec[]> = v.pipe(
  options,
  v.rawTransform<WrittenReply, readonly StepSpec[]>(({ dataset, addIssue, NEVER }) => {
    const problems = problemsOf(dataset.value);
    for (const { key, message } of problems) {
      const { value } = dataset;
      const input: Record<string, unknown> = { ...value };
      addIssue(
        key === undefined
          ? { message }
          : { message, path: [{ type: "object", origin: "key", input, key, value: input[key] }] },
      );
    }
    return problems.length > 0 ? NEVER : replySteps(dataset.value);
  }),
);

const ofText: Form<readonly StepSpec[]> = v.pipe(tableForm, v.transform((code: ReplyTable) => replySteps({ code })));

/** A reply as steps; `none` alone is the step `hold`. */
export const replyForm: Form<readonly StepSpec[]> = shapedAs<readonly StepSpec[]>(
  v.union([tableForm, options]),
  (input) => input !== null && typeof input === "object" && !Array.isArray(input) ? ofMap : ofText,
);
