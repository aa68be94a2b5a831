/**
 * The links of a driver: that of its line, with what the driver decides itself left to it (acknowledgements, bids,
 * whose message goes first), and those of its inside.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { HllpFramer } from "../framing/hllp.ts";
import { HllpLink } from "../link/hllp.ts";
import { IllpLink } from "../link/illp.ts";
import type { Link } from "../link/link.ts";
import { linkMaker } from "../link/make.ts";
import { X328Link } from "../link/x328.ts";
import type { FullOptions } from "./context.ts";

/**
 * A maker of links, one for each connection of the line. Throws a `TypeError` or `RangeError` at once for options that
 * cannot be.
 */
export function lineLinkMaker({ line, priority, maxMessage }: FullOptions): () => Link {
  const { mllp, hllp, x328 } = line;
  const make = {
    mllp: linkMaker({ maxFrame: maxMessage, ...mllp, framing: "mllp" }),
    mllp2: linkMaker({ maxFrame: maxMessage, ...mllp, framing: "mllp2", mllp2: { ...mllp?.mllp2, commit: "manual" } }),
    hllp: () => new HllpLink(new HllpFramer(hllp), { ...hllp, answers: "manual", priority: priority === "host" }),
    x328: () => new X328Link({ ...x328, commit: "manual", bid: "manual", priority }),
  }[line.protocol];
  make();
  return make;
}

/** A link for one ILLP connection. Throws a `RangeError` for options that cannot be. */
export function illpLink({ maxMessage, fromAddress }: FullOptions): IllpLink {
  return new IllpLink({ maxFrame: maxMessage, fromAddress: fromAddress ?? undefined });
}
