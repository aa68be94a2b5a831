/**
 * A histogram as a line of text and back: HdrHistogram's V2 encoding, deflated, in base64, which the
 * HdrHistogram libraries of other languages read too. It knows neither what was measured nor its unit.
 *
 * # Why the header is written again
 *
 * hdr-histogram-js 3.0.1 writes a normalizing index offset of 1 and a conversion ratio of the integer
 * 1 into the header, where the format has an offset (0: nothing is shifted) and a double (1.0). It
 * ignores both when it reads, but other libraries go by them: C's would shift every value by a bucket,
 * and Rust's refuses the text.
 *
 * @module
 */
import { deflateSync, inflateSync } from "node:zlib";
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";

/** The cookie and the length of what is compressed. */
const OUTER_BYTES = 8;
/** Where the header inside has its normalizing index offset (a 32-bit integer) and its conversion ratio (a double). */
const OFFSET_AT = 8;
const RATIO_AT = 32;
const HEADER_BYTES = 40;

/**
 * A histogram as text.
 *
 * @example
 * ```ts
 * import { decodeHistogram, encodeHistogram } from "./histogram_text.ts";
 * import { build } from "hdr-histogram-js";
 * import assert from "node:assert/strict";
 *
 * const histogram = build();
 * histogram.recordValue(250);
 * const text = encodeHistogram(histogram);
 * assert.match(text, /^HISTF/);
 * assert.equal(decodeHistogram(text).totalCount, 1);
 * ```
 */
export function encodeHistogram(histogram: Histogram): string {
  const outer = Buffer.from(encodeIntoCompressedBase64(histogram), "base64");
  const inner = inflateSync(outer.subarray(OUTER_BYTES, OUTER_BYTES + outer.readUInt32BE(4)));
  inner.writeInt32BE(0, OFFSET_AT);
  inner.writeDoubleBE(1, RATIO_AT);
  const deflated = deflateSync(inner);
  const head = Buffer.from(outer.subarray(0, OUTER_BYTES));
  head.writeUInt32BE(deflated.length, 4);
  return Buffer.concat([head, deflated]).toString("base64");
}

/**
 * The most that a histogram may take when it is inflated: all counts of three digits up to the
 * greatest whole number take less than 500 KiB. A hostile text may not fill the memory (our decision).
 */
const MOST_BYTES = 2 ** 20;

/**
 * The histogram of a text. Throws a `RangeError` for one that is no V2 histogram.
 *
 * @example
 * ```ts
 * import { decodeHistogram } from "./histogram_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => decodeHistogram("HISTFAAAAB542g=="), RangeError);
 * ```
 */
export function decodeHistogram(text: string): Histogram {
  try {
    const outer = Buffer.from(text, "base64");
    const inner = inflateSync(outer.subarray(OUTER_BYTES), { maxOutputLength: MOST_BYTES });
    const payload = inner.readUInt32BE(4);
    const digits = inner.readUInt32BE(12);
    const greatest = inner.readBigUInt64BE(24);
    if (payload !== inner.length - HEADER_BYTES || digits > 3 || greatest > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new RangeError("its header does not fit");
    }
    return decodeFromCompressedBase64(text, 64);
  } catch (error) {
    throw new RangeError("Cannot read a histogram: found other bytes, wanted HdrHistogram V2, deflate, base64", {
      cause: error,
    });
  }
}
