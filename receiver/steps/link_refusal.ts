/**
 * The steps `link_nak` and `eot`: the lower layer refuses the first tries of a message, and takes the one after them. Only where
 * it confirms messages at all: see `link_faults.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { HLLP_NAK_CODES, type HllpNakCode } from "../../lib/framing/hllp_block.ts";
import { formatCount } from "../../lib/values.ts";
import { type Form, map, refused, shapedAs, word } from "../scenario/form.ts";
import { positive } from "../scenario/units.ts";
import type { Line, StepKind } from "./step.ts";

/** As written and as planned: says no to a block, which may come again. */
export interface LinkNak {
  readonly verb: "link_nak";
  /** How many tries are refused. */
  readonly tries: number;
  /** What the NAK says, where it has a code; G, if nothing is said. */
  readonly code?: HllpNakCode;
}

/** As written and as planned: ends the peer's transfer instead of an acknowledgement. */
export interface Eot {
  readonly verb: "eot";
  /** How many tries are refused. */
  readonly tries: number;
}

/** What each code is for, in words. */
const CODES: Readonly<Record<HllpNakCode, string>> = {
  C: "wrong count",
  X: "wrong checksum",
  B: "too long",
  G: "anything else",
};

/** The first tries, in words. */
function tried(tries: number): string {
  return tries === 1 ? "the first try" : `the first ${formatCount(tries)} tries`;
}

/** A message that is not taken: nobody is to answer it. */
function refuse(line: Line, tries: number, word: "nak" | "eot", code?: HllpNakCode): number {
  if (line.attempt > tries) return 0;
  if (code === undefined) line.commit(word);
  else line.commit(word, code);
  line.instead([]);
  return 0;
}

const ofCount: Form<LinkNak> = v.pipe(positive, v.transform((tries: number): LinkNak => ({ verb: "link_nak", tries })));

const options = map("a refusal", { tries: v.optional(positive), code: v.optional(word("NAK code", HLLP_NAK_CODES)) });

const ofMap: Form<LinkNak> = v.pipe(
  options,
  v.transform(({ tries = 1, code }): LinkNak => ({ verb: "link_nak", tries, ...code === undefined ? {} : { code } })),
);

function toldNak({ tries, code }: LinkNak): string {
  return `refuse ${tried(tries)} with a NAK${code === undefined ? "" : ` of the code ${code} (${CODES[code]})`}`;
}

/** Refuses at first. */
export const linkNak: StepKind<LinkNak, LinkNak> = {
  verb: "link_nak",
  about: "refuses the first tries of a message in the lower layer",
  schema: shapedAs<LinkNak>(
    v.union([positive, options]),
    (input) => {
      if (input === null || typeof input !== "object" || Array.isArray(input)) return ofCount;
      if (Object.keys(input).length > 0) return ofMap;
      return refused("found nothing, wanted tries or code, or the bare word link_nak");
    },
  ),
  bare: { verb: "link_nak", tries: 1 },
  on: ["message"],
  role: "question",
  tell: toldNak,
  plan: (spec) => spec,
  perform: ({ tries, code }, line) => refuse(line, tries, "nak", code),
  describe: toldNak,
};

function toldEot({ tries }: Eot): string {
  return `end the transfer of ${tried(tries)} with EOT`;
}

/** Interrupts at first. */
export const eot: StepKind<Eot, Eot> = {
  verb: "eot",
  about: "ends the transfer of the first tries of a message with EOT instead of an acknowledgement",
  schema: v.pipe(positive, v.transform((tries: number): Eot => ({ verb: "eot", tries }))),
  bare: { verb: "eot", tries: 1 },
  on: ["message"],
  role: "question",
  tell: toldEot,
  plan: (spec) => spec,
  perform: ({ tries }, line) => refuse(line, tries, "eot"),
  describe: toldEot,
};
