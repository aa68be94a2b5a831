/**
 * From a framing's name and its options to links: the one table of dialogues.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { HllpFramer, type HllpFramerOptions } from "../framing/hllp.ts";
import { MllpFramer, type MllpRule } from "../framing/mllp.ts";
import { UnframedFramer } from "../framing/none.ts";
import { X328_MAX_MESSAGE } from "../framing/x328_encode.ts";
import { freshSeed } from "../random.ts";
import { HllpLink } from "./hllp.ts";
import type { HllpOptions } from "./hllp_options.ts";
import { IllpLink } from "./illp.ts";
import type { Link } from "./link.ts";
import { MllpLink } from "./mllp.ts";
import { Mllp2Link, type Mllp2Options } from "./mllp2.ts";
import { X328Link, type X328Options } from "./x328.ts";

/** The names of `--framing`. */
export const FRAMINGS = ["mllp", "mllp2", "hllp", "x328", "illp", "none"] as const;

/** The name of a framing and its dialogue. */
export type Framing = typeof FRAMINGS[number];

/** What a dialogue is made of. */
export interface LinkOptions {
  /** Default `mllp`. */
  readonly framing?: Framing;
  /** How deviations are taken; default `tolerant`. */
  readonly profile?: "tolerant" | "strict";
  /** Rules to allow beyond the profile (protocols.md section 1); for release 2 `resync-on-start` is among them unless denied. */
  readonly allow?: readonly MllpRule[];
  /** Rules to deny beyond the profile. */
  readonly deny?: readonly MllpRule[];
  /** The longest frame taken, in bytes; of X3.28 the longest message, either way. HLLP and X3.28 have limits of their own below it. */
  readonly maxFrame?: number;
  /** Frame payloads as they are: add no CR, refuse nothing; X3.28 adds none in any case, and refuses all the same. */
  readonly raw?: boolean;
  /** Timers of release 2. */
  readonly mllp2?: Mllp2Options;
  /** Blocks and dialogue of HLLP. */
  readonly hllp?: HllpFramerOptions & HllpOptions;
  /** Timers, limits and choices of X3.28; without a `seed` each link has a fresh one. */
  readonly x328?: X328Options;
}

/**
 * A maker of links, one for each connection. Throws a `TypeError` or `RangeError` at once for
 * options that cannot be.
 *
 * @example
 * ```ts
 * import { linkMaker } from "./make.ts";
 * import assert from "node:assert/strict";
 *
 * const makeLink = linkMaker({ framing: "mllp2", mllp2: { commitTimeoutMs: 5000 } });
 * assert.ok(makeLink().confirms);
 * ```
 */
export function linkMaker(options: LinkOptions = {}): () => Link {
  const { framing = "mllp", profile, allow, deny, maxFrame, raw } = options;
  // A block cut short is followed by itself, sent again: taken for data, the two would be committed as one message.
  const allow2 = deny?.includes("resync-on-start") ? allow : ["resync-on-start" as const, ...allow ?? []];
  const maxMessage = maxFrame === undefined ? undefined : Math.min(maxFrame, X328_MAX_MESSAGE);
  const make = {
    mllp: () => new MllpLink(new MllpFramer({ profile, allow, deny, maxFrame, raw })),
    mllp2: () =>
      new Mllp2Link(
        new MllpFramer({ profile, allow: allow2, deny, maxFrame, raw, commitBlocks: true }),
        options.mllp2,
      ),
    hllp: () => new HllpLink(new HllpFramer({ maxFrame, raw, ...options.hllp }), options.hllp),
    x328: () => new X328Link({ seed: freshSeed(), maxMessage, ...options.x328 }),
    illp: () => new IllpLink({ maxFrame }),
    none: () => new MllpLink(new UnframedFramer({ maxFrame })),
  }[framing];
  make();
  return make;
}
