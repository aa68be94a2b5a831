/**
 * The links of a driver: that of its line, with what the driver decides itself left to it (acknowledgements, bids,
 * whose message goes first), and those of its inside.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { IllpLink } from "../link/illp.ts";
import type { Link } from "../link/link.ts";
import { linkMaker } from "../link/make.ts";
import type { TransportInfo } from "../transport/transport.ts";
import type { FullOptions } from "./context.ts";

/**
 * A maker of links, one for each connection of the line; the speed of HLLP's is that of the device, unless the options
 * say it. Throws a `TypeError` or `RangeError` at once for options that cannot be.
 */
export function lineLinkMaker(
  { line, priority, maxMessage }: FullOptions,
): (info: Pick<TransportInfo, "bytesPerSecond">) => Link {
  const { protocol: framing, mllp, hllp, x328 } = line;
  const maker = (bytesPerSecond: number | undefined) =>
    linkMaker({
      // Blocks of HLLP and messages of X3.28 have limits of their own.
      ...framing === "mllp" || framing === "mllp2" ? { maxFrame: maxMessage, ...mllp } : {},
      framing,
      mllp2: { ...mllp?.mllp2, commit: "manual" },
      hllp: { ...hllp, bytesPerSecond, answers: "manual", priority: priority === "host" },
      x328: { ...x328, commit: "manual", bid: "manual", priority },
    });
  const said = hllp?.bytesPerSecond;
  const make = maker(said);
  return (info) => said === undefined && info.bytesPerSecond !== undefined ? maker(info.bytesPerSecond)() : make();
}

/** A link for one ILLP connection. Throws a `RangeError` for options that cannot be. */
export function illpLink({ maxMessage, fromAddress }: FullOptions): IllpLink {
  return new IllpLink({ maxFrame: maxMessage, fromAddress: fromAddress ?? undefined });
}
