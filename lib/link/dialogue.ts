/**
 * The dialogue with an endpoint: what its own options say of framing and strictness.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { MLLP_RULES, type MllpRule } from "../framing/rules.ts";
import { oneOf } from "../one_of.ts";
import { type Framing, FRAMINGS, type LinkOptions } from "./make.ts";

/**
 * What an endpoint's own options say of dialogues with it; nothing where they say nothing.
 *
 * @throws RangeError for a framing or a rule that there is none of
 *
 * @example
 * ```ts
 * import { dialogueWith } from "./dialogue.ts";
 * import { parseEndpoint } from "../transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(dialogueWith(parseEndpoint(":2575?framing=mllp2")).framing, "mllp2");
 * assert.throws(() => dialogueWith(parseEndpoint(":2575?framing=mlpp")), /^RangeError: framing: Cannot read 'mlpp': .*did you mean mllp\?$/);
 * ```
 */
export function dialogueWith(
  { options }: { readonly options: Readonly<Record<string, string | undefined>> },
): LinkOptions {
  const { framing, allow, deny, strict } = options;
  return {
    ...framing === undefined ? {} : { framing: ofOption("framing", () => oneOf(framing, FRAMINGS)) },
    ...strict === undefined ? {} : { profile: strict === "false" ? "tolerant" : "strict" },
    ...allow === undefined ? {} : { allow: ofOption("allow", () => ruleNames(allow)) },
    ...deny === undefined ? {} : { deny: ofOption("deny", () => ruleNames(deny)) },
  };
}

/**
 * Whether a framing has the rules of reading that a profile and its exceptions are about: MLLP alone has.
 *
 * @example
 * ```ts
 * import { hasRules } from "./dialogue.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hasRules("mllp2"), true);
 * assert.equal(hasRules("x328"), false);
 * ```
 */
export function hasRules(framing: Framing): boolean {
  return framing === "mllp" || framing === "mllp2";
}

const RULES: readonly MllpRule[] = MLLP_RULES.map(({ name }) => name);

/**
 * The names of rules in a list with commas.
 *
 * @throws RangeError for an unknown one
 *
 * @example
 * ```ts
 * import { ruleNames } from "./dialogue.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(ruleNames("no-final-cr, lf-after-frame"), ["no-final-cr", "lf-after-frame"]);
 * ```
 */
export function ruleNames(text: string): MllpRule[] {
  return text.split(",").map((name) => oneOf(name.trim(), RULES));
}

/** What `read` gives; its error says which option it was. */
function ofOption<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new RangeError(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
