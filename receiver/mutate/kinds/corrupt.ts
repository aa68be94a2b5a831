/**
 * The mutation `corrupt`: some bytes of the content become others, as on a bad line without a check sum. The frame stays a
 * frame: VT, FS and CR are neither hit nor made.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { CR, FS, VT } from "../../../lib/bytes.ts";
import { RandomStream } from "../../../lib/random.ts";
import { formatCount } from "../../../lib/values.ts";
import { map } from "../../scenario/form.ts";
import { positive } from "../../scenario/units.ts";
import type { MutationKind } from "../parts.ts";

/** As written. */
export interface CorruptSpec {
  readonly kind: "corrupt";
  /** How many bytes; where the content has fewer, all of them. */
  readonly bytes: number;
}

/** As planned for one message. */
export interface PlannedCorrupt extends CorruptSpec {
  /** In [0, 1): places and new values follow from it. */
  readonly draw: number;
}

/** The bytes that may be changed, and may come instead. */
const CHANGEABLE = Uint8Array.from(
  Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== VT && byte !== FS && byte !== CR),
);
/** By byte: where it stands among them; -1 for the others. */
const RANKS = Int16Array.from({ length: 256 }, (_, byte) => CHANGEABLE.indexOf(byte));

/** Changes bytes of the content. */
export const corrupt: MutationKind<CorruptSpec, PlannedCorrupt> = {
  kind: "corrupt",
  about: "changes so many bytes of the content, never VT, FS or CR",
  form: v.pipe(
    map("what to corrupt", { bytes: positive }),
    v.transform(({ bytes }: { bytes: number }): CorruptSpec => ({ kind: "corrupt", bytes })),
  ),
  bare: null,
  adds: false,
  tell: ({ bytes }) => `with ${bytes === 1 ? "one byte" : `${formatCount(bytes)} bytes`} changed`,
  plan: (spec, draw) => ({ ...spec, draw: draw() }),
  apply(parts, { bytes, draw }) {
    // Not `slice`: of a Buffer, such as a file's bytes are, that is no copy.
    const content = new Uint8Array(parts.content);
    let changeable = 0;
    for (let at = 0; at < content.length; at++) if (RANKS[content[at]] >= 0) changeable++;
    const stream = new RandomStream(Math.floor(draw * 2 ** 32));
    const hits = chosen(changeable, Math.min(bytes, changeable), stream);
    let seen = 0;
    let hit = 0;
    for (let at = 0; hit < hits.length; at++) {
      const rank = RANKS[content[at]];
      if (rank < 0 || seen++ !== hits[hit]) continue;
      hit++;
      // Another one: from 1 to all but one places further on.
      content[at] = CHANGEABLE[(rank + 1 + stream.integer(CHANGEABLE.length - 1)) % CHANGEABLE.length];
    }
    return { ...parts, content };
  },
};

/** So many different numbers below `total` in their order, each as likely as any other (Floyd's method: as many draws as numbers). */
function chosen(total: number, count: number, stream: RandomStream): Float64Array {
  const numbers = new Set<number>();
  for (let last = total - count; last < total; last++) {
    const number = stream.integer(last + 1);
    numbers.add(numbers.has(number) ? last : number);
  }
  return Float64Array.from(numbers).sort();
}
