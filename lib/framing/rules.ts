/**
 * The rules of reading MLLP: each deviation from the plain form, its name, and what the two profiles
 * make of it. It knows the names and the defaults; what a rule does is `mllp_decode.ts`.
 *
 * This module performs no I/O.
 *
 * # Our decisions where the sources are silent
 *
 * - A fault stops the reader only under the profile `strict`, where the rule that refused is denied, and on
 *   `oversize` denied in either profile (that is all there is to denying it). Otherwise it resynchronises:
 *   what remains of a refused frame is skipped without further events, up to the next SB or past the next
 *   EB CR; past EB CR alone where an SB may lie within the frame.
 * - Each rule warns at most once on a frame, at the first place, so that warnings are bounded too. Filler warns
 *   on the frame that follows it; filler that no frame follows is not reported.
 * - With `sb-inside` denied the whole frame is refused; with `resync-on-start` only what came before the SB.
 *   The latter wins where both apply.
 * - With `end-on-eb` the end of the stream after an EB counts as an idle line.
 * - A frame that lacks its SB begins with neither EB nor CR: a bare EB CR outside of a frame is noise.
 * - A profile that denies `eb-without-cr` refuses a payload that is empty or lacks its CR at the EB, as the Go
 *   library does; one that allows it cannot know before the byte after.
 *
 * @module
 */
import { LF } from "../bytes.ts";
import type { FramingCode } from "../errors.ts";

/** How strict a reader is before single rules are allowed or denied. */
export type MllpProfile = "tolerant" | "strict";

/** One line of the table of rules. */
export interface MllpRuleInfo {
  /** The name used with `allow` and `deny`. */
  readonly name: string;
  /** The code of the fault where the rule is denied. */
  readonly code: FramingCode;
  /** Whether the profile `tolerant` allows it. */
  readonly tolerant: boolean;
  /** Whether the profile `strict` allows it. */
  readonly strict: boolean;
  /** What happens where it is allowed, for people. */
  readonly allowed: string;
}

/**
 * Every rule (protocols.md section 1). A rule that is allowed in neither profile is an opt-in. `strict` denies
 * what the Go library's four checks refuse, and nothing else but `oversize`: a start block within a
 * frame passes those checks, so it passes here.
 */
export const MLLP_RULES = [
  {
    name: "leading-bytes",
    code: "invalid_header",
    tolerant: true,
    strict: false,
    allowed: "bytes before 0x0B are noise, thrown away and reported",
  },
  {
    name: "lf-after-frame",
    code: "invalid_header",
    tolerant: true,
    strict: false,
    allowed: "0x0A between frames is skipped",
  },
  {
    name: "nul-after-frame",
    code: "invalid_header",
    tolerant: true,
    strict: false,
    allowed: "0x00 between frames is skipped",
  },
  {
    name: "space-after-frame",
    code: "invalid_header",
    tolerant: true,
    strict: false,
    allowed: "0x20 between frames is skipped",
  },
  {
    name: "no-final-cr",
    code: "invalid_boundary",
    tolerant: true,
    strict: false,
    allowed: "a payload need not end with 0x0D",
  },
  {
    name: "eb-without-cr",
    code: "invalid_trailer",
    tolerant: true,
    strict: false,
    allowed: "0x1C followed by anything but 0x0D is data, and the frame goes on",
  },
  {
    name: "empty-frame",
    code: "invalid_content",
    tolerant: true,
    strict: false,
    allowed: "0x0B 0x1C 0x0D is a message with nothing in it",
  },
  {
    name: "sb-inside",
    code: "unexpected_start",
    tolerant: true,
    strict: true,
    allowed: "0x0B within a frame is data",
  },
  {
    name: "oversize",
    code: "frame_too_large",
    tolerant: true,
    strict: false,
    allowed: "a frame above the limit is reported once and skipped, and reading goes on",
  },
  {
    name: "end-on-eb",
    code: "invalid_trailer",
    tolerant: false,
    strict: false,
    allowed: "0x1C alone ends the frame when the next byte is 0x0B or the line goes idle",
  },
  {
    name: "resync-on-start",
    code: "unexpected_start",
    tolerant: false,
    strict: false,
    allowed: "0x0B within a frame drops what came before, reports it, and starts a new frame",
  },
  {
    name: "missing-start",
    code: "invalid_header",
    tolerant: false,
    strict: false,
    allowed: "data that ends with 0x1C 0x0D is a frame even without 0x0B before it",
  },
] as const satisfies readonly MllpRuleInfo[];

/** The name of a rule. */
export type MllpRule = (typeof MLLP_RULES)[number]["name"];

/** For each rule, whether it is allowed. */
export type MllpRuleSet = Readonly<Record<MllpRule, boolean>>;

/** How the set of allowed rules is chosen. */
export interface MllpRuleOptions {
  /** What is allowed before `allow` and `deny` are looked at; `tolerant` if not given. */
  readonly profile?: MllpProfile;
  /** Rules to allow whatever the profile says. */
  readonly allow?: readonly MllpRule[];
  /** Rules to deny whatever the profile says. */
  readonly deny?: readonly MllpRule[];
}

/**
 * The set of allowed rules: the profile's, then the single ones.
 *
 * Throws a `RangeError` for an unknown profile or rule, and for a rule both allowed and denied.
 *
 * @example
 * ```ts
 * import { mllpRuleSet } from "./rules.ts";
 * import assert from "node:assert/strict";
 *
 * const rules = mllpRuleSet({ profile: "strict", allow: ["no-final-cr"] });
 * assert.equal(rules["no-final-cr"], true);
 * assert.equal(rules["leading-bytes"], false);
 * ```
 */
export function mllpRuleSet(options: MllpRuleOptions = {}): MllpRuleSet {
  const profile = options.profile ?? "tolerant";
  if (profile !== "tolerant" && profile !== "strict") {
    throw new RangeError(`Cannot read MLLP with the profile '${profile}': expected 'tolerant' or 'strict'`);
  }
  const set = Object.fromEntries(MLLP_RULES.map((rule) => [rule.name, rule[profile]])) as Record<MllpRule, boolean>;
  for (const name of options.allow ?? []) {
    if (!Object.hasOwn(set, name)) throw unknownRule("allow", name);
    if (options.deny?.includes(name)) throw new RangeError(`Cannot both allow and deny the rule '${name}'`);
    set[name] = true;
  }
  for (const name of options.deny ?? []) {
    if (!Object.hasOwn(set, name)) throw unknownRule("deny", name);
    set[name] = false;
  }
  return set;
}

/**
 * The rule that speaks of this byte where it follows a frame, `null` if there is none.
 *
 * @example
 * ```ts
 * import { fillerRule } from "./rules.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(fillerRule(0x0a), "lf-after-frame");
 * ```
 */
export function fillerRule(byte: number): MllpRule | null {
  if (byte === LF) return "lf-after-frame";
  if (byte === 0x00) return "nul-after-frame";
  return byte === 0x20 ? "space-after-frame" : null;
}

function unknownRule(verb: string, name: string): RangeError {
  return new RangeError(
    `Cannot ${verb} the rule '${name}': expected one of ${MLLP_RULES.map((r) => r.name).join(", ")}`,
  );
}
