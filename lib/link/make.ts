/**
 * From a framing's name and its options to links: the one table of dialogues.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { MllpFramer, type MllpRule } from "../framing/mllp.ts";
import { UnframedFramer } from "../framing/none.ts";
import { IllpLink } from "./illp.ts";
import type { Link } from "./link.ts";
import { MllpLink } from "./mllp.ts";
import { Mllp2Link, type Mllp2Options } from "./mllp2.ts";

/** The names of `--framing`. */
export const FRAMINGS = ["mllp", "mllp2", "illp", "none"] as const;

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
  /** The longest frame taken, in bytes. */
  readonly maxFrame?: number;
  /** Frame payloads as they are: add no CR, refuse nothing. */
  readonly raw?: boolean;
  /** Timers of release 2. */
  readonly mllp2?: Mllp2Options;
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
  const make = {
    mllp: () => new MllpLink(new MllpFramer({ profile, allow, deny, maxFrame, raw })),
    mllp2: () =>
      new Mllp2Link(
        new MllpFramer({ profile, allow: allow2, deny, maxFrame, raw, commitBlocks: true }),
        options.mllp2,
      ),
    illp: () => new IllpLink({ maxFrame }),
    none: () => new MllpLink(new UnframedFramer({ maxFrame })),
  }[framing];
  make();
  return make;
}
