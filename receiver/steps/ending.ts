/**
 * What the steps that end a connection have in common as written: `{close: {after: 2s}}` is short for a delay and `close`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import type { Delay } from "../scenario/delay.ts";
import { delayForm } from "../scenario/delay_form.ts";
import { type Form, map } from "../scenario/form.ts";
import type { StepSpec } from "./registry.ts";

/**
 * The value behind `close` and `reset`.
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
export function endingForm(end: StepSpec): Form<readonly StepSpec[]> {
  return v.pipe(
    map("when to end", { after: delayForm }),
    v.transform(({ after }: { after: Delay }): readonly StepSpec[] => [{ verb: "delay", delay: after }, end]),
  );
}
