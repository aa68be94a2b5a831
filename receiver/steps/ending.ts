/**
 * What the steps without a value of their own have in common as written: `{close: {after: 2s}}` is short for a delay and `close`,
 * and `{close: {after: {messages: 10}}}` closes when the connection has come so far.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { type Form, map } from "../scenario/form.ts";
import type { LaterStep } from "./later.ts";
import { afterForm, type PutOff, putOff } from "./put_off.ts";
import type { StepSpec } from "./registry.ts";

/**
 * The value behind `close`, `reset` and `half_close`.
 *
 * @example
 * ```ts
 * import { endingForm } from "./ending.ts";
 * import { parse } from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parse(endingForm({ verb: "close" }), { after: "2s" }), [
 *   { verb: "delay", delay: { kind: "fixed", ms: 2000 } },
 *   { verb: "close" },
 * ]);
 * ```
 */
export function endingForm(end: LaterStep): Form<readonly StepSpec[]> {
  return v.pipe(
    map("when to end", { after: afterForm }),
    v.transform(({ after }: { after: PutOff }): readonly StepSpec[] => putOff(after, end)),
  );
}
