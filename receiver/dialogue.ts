/**
 * The dialogue with an endpoint that a scenario names: what its own options say of framing and strictness.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { MLLP_RULES, type MllpRule } from "../lib/framing/rules.ts";
import { type Framing, FRAMINGS, type LinkOptions } from "../lib/link/make.ts";
import type { Endpoint } from "../lib/transport/endpoint.ts";
import { unknownWord } from "./scenario/form.ts";

/**
 * What dialogues with an endpoint are made of, where its options are all there is.
 *
 * @throws RangeError for a framing or a rule that there is none of
 *
 * @example
 * ```ts
 * import { dialogueWith } from "./dialogue.ts";
 * import { parseEndpoint } from "../lib/transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(dialogueWith(parseEndpoint(":2575?framing=mllp2")).framing, "mllp2");
 * assert.throws(() => dialogueWith(parseEndpoint(":2575?framing=mlpp")), /unknown framing 'mlpp', did you mean 'mllp'\?/);
 * ```
 */
export function dialogueWith({ options }: Endpoint): LinkOptions {
  const { framing, allow, deny, strict } = options;
  return {
    ...framing === undefined ? {} : { framing: oneOf<Framing>("framing", framing, FRAMINGS) },
    ...strict === undefined ? {} : { profile: strict === "false" ? "tolerant" : "strict" },
    ...allow === undefined ? {} : { allow: rules(allow) },
    ...deny === undefined ? {} : { deny: rules(deny) },
  };
}

const RULES = MLLP_RULES.map(({ name }) => name);

function rules(text: string): MllpRule[] {
  return text.split(",").map((name) => oneOf<MllpRule>("rule of framing", name.trim(), RULES));
}

function oneOf<W extends string>(kind: string, text: string, words: readonly W[]): W {
  const found = words.find((each) => each === text);
  if (found === undefined) throw new RangeError(unknownWord(kind, text, words));
  return found;
}
