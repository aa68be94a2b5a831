/**
 * `control_id`: what a reply says that it is a reply to.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Form, scalar } from "../scenario/form.ts";
import type { OtherId } from "./way.ts";

const WORDS = ["empty", "wrong", "previous"] as const;

/** The value behind `control_id`: `same` (nothing special, `null`), `empty`, `wrong`, `previous`, or what MSA-2 says. */
export const controlIdForm: Form<OtherId | null> = scalar(
  "same, empty, wrong, previous, or a control id",
  (found): OtherId | null => {
    if (found === "same") return null;
    return WORDS.find((each) => each === found) ?? { literal: found };
  },
  { type: ["string", "number"] },
);

/**
 * Another control id in words, to stand behind "with".
 *
 * @example
 * ```ts
 * import { tellOtherId } from "./control_id.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellOtherId("empty"), "an empty control id");
 * assert.equal(tellOtherId({ literal: "X1" }), "the control id 'X1'");
 * ```
 */
export function tellOtherId(id: OtherId): string {
  if (typeof id === "object") return `the control id '${id.literal}'`;
  return {
    empty: "an empty control id",
    wrong: "a wrong control id",
    previous: "the control id of the one before on the connection (empty if there is none)",
  }[id];
}
