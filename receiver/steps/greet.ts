/**
 * The step `greet`: bytes that nobody asked for, past any framing; on a connection that opens, a banner.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { utf8 } from "../../lib/bytes.ts";
import { bytesOfHex, hexForm } from "../mutate/hex.ts";
import { type Form, map, shapedAs, text } from "../scenario/form.ts";
import { afterForm, putOff, steps } from "./put_off.ts";
import type { StepSpec } from "./registry.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned: one of the two. */
export interface Greet {
  readonly verb: "greet";
  /** Sent in UTF-8. */
  readonly text?: string;
  /** Bytes in hexadecimal. */
  readonly hex?: string;
}

const words = text("a text, or bytes as {hex: 0b0d}");

const options = map("what to say", {
  text: v.optional(words),
  hex: v.optional(hexForm()),
  after: v.optional(afterForm),
});

const ofMap = steps(
  options,
  ({ text, hex }) => (text === undefined) === (hex === undefined) ? "wanted one of text and hex" : null,
  ({ text, hex, after }) => putOff(after, { verb: "greet", ...text === undefined ? { hex } : { text } }),
);

const ofText: Form<readonly StepSpec[]> = v.pipe(
  words,
  v.transform((text: string): readonly StepSpec[] => [{ verb: "greet", text }]),
);

function told({ text, hex = "" }: Greet): string {
  return `say ${text === undefined ? `the bytes ${hex}` : JSON.stringify(text)} out of any frame`;
}

/** Says something. */
export const greet: StepKind<Greet, Greet> = {
  verb: "greet",
  about: "says something that nobody asked for, out of any frame",
  schema: shapedAs<readonly StepSpec[]>(
    v.union([words, options]),
    (input) => input !== null && typeof input === "object" && !Array.isArray(input) ? ofMap : ofText,
  ),
  bare: null,
  on: ["message", "open", "frame_fault", "idle"],
  role: "connection",
  tell: told,
  plan: (spec) => spec,
  perform: ({ text, hex = "" }, line) => line.say(text === undefined ? bytesOfHex(hex) : utf8(text)),
  describe: told,
};
