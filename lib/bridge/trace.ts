/**
 * Looking at what a link writes, without being in its way: for the trace of the line.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Link } from "../link/link.ts";

/**
 * The same link, whose bytes are shown to `tap` as they are handed out.
 *
 * @example
 * ```ts
 * import { withTap } from "./trace.ts";
 * import { linkMaker } from "../link/make.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const seen: string[] = [];
 * const link = withTap(linkMaker()(), (bytes) => seen.push(latin1(bytes)));
 * link.send(utf8("MSH|\r"), 0);
 * link.output();
 * assert.deepEqual(seen, ["\x0bMSH|\r\x1c\r"]);
 * ```
 */
export function withTap<L extends Link>(link: L, tap: (bytes: Uint8Array) => void): L {
  const output = link.output.bind(link);
  link.output = () => {
    const next = output();
    if (next?.type === "bytes") tap(next.bytes);
    return next;
  };
  return link;
}
