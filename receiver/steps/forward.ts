/**
 * The step `forward`: sends the message on to a real receiver, and what that says back.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatPlace, parseEndpoint } from "../../lib/transport/endpoint.ts";
import { formatDuration } from "../../lib/values.ts";
import { type Form, map, shapedAs } from "../scenario/form.ts";
import { wait } from "../scenario/units.ts";
import { dialogueWith } from "../../lib/link/dialogue.ts";
import { endpointForm, settledEndpoint } from "./destination.ts";
import type { StepKind } from "./step.ts";

/** How long the real receiver has for its reply (our decision: that of `mllp send`). */
export const FORWARD_TIMEOUT_MS = 5000;

/** As written and as planned. */
export interface Forward {
  readonly verb: "forward";
  /** An endpoint as text. */
  readonly to: string;
  readonly timeoutMs: number;
}

/** An endpoint, and a dialogue that there is. */
const receiver: Form<string> = v.pipe(
  endpointForm,
  v.rawCheck<string>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      dialogueWith(parseEndpoint(dataset.value));
    } catch (error) {
      addIssue({ message: `Cannot forward to '${dataset.value}': ${(error as Error).message}` });
    }
  }),
);

const options = map("where to forward", { to: receiver, timeout: v.optional(wait) });

const ofMap: Form<Forward> = v.pipe(
  options,
  v.transform(({ to, timeout = FORWARD_TIMEOUT_MS }): Forward => ({ verb: "forward", to, timeoutMs: timeout })),
);

const ofText: Form<Forward> = v.pipe(
  receiver,
  v.transform((to: string): Forward => ({ verb: "forward", to, timeoutMs: FORWARD_TIMEOUT_MS })),
);

function told({ to, timeoutMs }: Forward): string {
  return `forward to ${formatPlace(parseEndpoint(to))} and reply as it does, within ${formatDuration(timeoutMs)}`;
}

/** Asks somebody else. */
export const forward: StepKind<Forward, Forward> = {
  verb: "forward",
  about: "sends the message on to a real receiver, and its reply back",
  schema: shapedAs<Forward>(
    v.union([endpointForm, options]),
    (input) => input !== null && typeof input === "object" && !Array.isArray(input) ? ofMap : ofText,
  ),
  bare: null,
  on: ["message"],
  role: "answer",
  settle: (spec, files) => ({ ...spec, to: settledEndpoint(spec.to, files) }),
  tell: told,
  plan: (spec) => spec,
  perform: ({ to, timeoutMs }, line) => line.forward(to, timeoutMs),
  describe: told,
};
