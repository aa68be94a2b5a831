import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { decodeHistogram } from "../../../lib/load/histogram_text.ts";
import { Latency } from "../../../lib/load/latency.ts";
import { Tally } from "../../../lib/load/tally.ts";

const SEED = { seed: 20261122, numRuns: 30 };
/** Microseconds, up to a day. */
const durations = fc.array(fc.oneof(fc.nat(3000), fc.nat(60_000_000), fc.nat(86_400_000_000)), { maxLength: 60 });

function recorded(values: readonly number[]): Latency {
  const latency = new Latency();
  for (const value of values) latency.record(value);
  return latency;
}

/** The lines of its distribution, without what is said of the histogram itself. */
function lines(latency: Latency): string[] {
  return latency.distribution().split("\n").filter((line) => !line.startsWith("#"));
}

describe("Latency as text", () => {
  test("Latency.decode gives back what encode wrote, figures included", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const latency = recorded(values);
        const again = Latency.decode(latency.encode(), latency.row());
        assert.deepEqual(again.row(), latency.row());
        assert.deepEqual(lines(again), lines(latency));
        for (const percent of [1, 25, 75, 99.99]) assert.equal(again.percentile(percent), latency.percentile(percent));
      }),
      SEED,
    );
  });

  test("Latency.decode gives a series that goes on: it can be recorded into and added to", () => {
    fc.assert(
      fc.property(durations, durations, durations, (before, after, other) => {
        const latency = recorded(before);
        const again = Latency.decode(latency.encode(), latency.row());
        for (const value of after) again.record(value);
        again.add(recorded(other));
        assert.deepEqual(again.row(), recorded([...before, ...after, ...other]).row());
      }),
      SEED,
    );
  });

  test("Latency.encode keeps counts beyond 32 bits", () => {
    const latency = recorded([250]);
    for (let doubling = 0; doubling < 40; doubling++) latency.add(Latency.decode(latency.encode(), latency.row()));
    assert.equal(latency.count, 2 ** 40);
    assert.equal(Latency.decode(latency.encode(), latency.row()).count, 2 ** 40);
  });

  test("Latency.encode is read by the reference library, count for count", () => {
    const latency = recorded([0, 1, 2047, 2048, 5000, 5000, 61_000_000]);
    const read = decodeFromCompressedBase64(latency.encode(), 64);
    assert.equal(read.totalCount, 7);
    assert.equal(read.getValueAtPercentile(50), 2049);
    assert.equal(read.maxValue, 61_014_015);
  });

  test("Latency.encode shifts no value and scales none, as the header of the format says it", () => {
    const outer = Buffer.from(recorded([5, 1000]).encode(), "base64");
    assert.equal(outer.readUInt32BE(0), 0x1c849314);
    assert.equal(outer.readUInt32BE(4), outer.length - 8);
    const inner = inflateSync(outer.subarray(8));
    assert.equal(inner.readUInt32BE(4), inner.length - 40, "payload");
    assert.equal(inner.readInt32BE(8), 0, "normalizing index offset");
    assert.equal(inner.readInt32BE(12), 3, "significant digits");
    assert.equal(inner.readBigInt64BE(16), 1n, "lowest value");
    assert.equal(inner.readDoubleBE(32), 1, "conversion ratio");
  });

  test("Latency.decode refuses figures that are not the text's", () => {
    const latency = recorded([1, 2, 3]);
    assert.throws(() => Latency.decode(latency.encode(), { ...latency.row(), count: 4 }), {
      name: "RangeError",
      message: "Cannot read a histogram: found 3 values, wanted the 4 of its figures",
    });
  });

  test("decodeHistogram refuses every damaged text", () => {
    const text = recorded([1, 2, 3, 400, 50_000]).encode();
    const bytes = Buffer.from(text, "base64");
    const wrong = /^RangeError: Cannot read a histogram: found other bytes, wanted HdrHistogram V2, deflate, base64$/;
    for (const bad of ["", "x", text.slice(0, 8), text.slice(0, -8)]) assert.throws(() => decodeHistogram(bad), wrong);
    for (let i = 0; i < bytes.length; i++) {
      // Its own length is not looked at.
      if (i >= 4 && i < 8) continue;
      const damaged = Buffer.from(bytes);
      damaged[i] ^= 0xff;
      assert.throws(() => decodeHistogram(damaged.toString("base64")), wrong, `byte ${i}`);
    }
  });
});

describe("Tally as text", () => {
  test("Tally.histograms has every series that latencyRows has", () => {
    const tally = new Tally();
    tally.answer("AA", 5000, 6000);
    tally.timeAck("AA", 5000);
    tally.lag.record(1000);
    tally.connect.record(300);
    const { encoding, ack, ...texts } = tally.histograms(true);
    const { ack: ackRows, ...rows } = tally.latencyRows(true);
    assert.equal(encoding, "HdrHistogram V2, deflate, base64");
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(rows).sort());
    for (const [name, text] of Object.entries(texts)) {
      const row = rows[name as keyof typeof rows]!;
      assert.deepEqual(Latency.decode(text!, row).row(), row);
    }
    assert.deepEqual(Latency.decode(ack.AA, ackRows!.AA).row(), ackRows!.AA);
  });

  test("Tally.histograms of a closed loop has neither lag nor response", () => {
    const { lag, response, service } = new Tally().histograms(false);
    assert.deepEqual([lag, response], [null, null]);
    assert.equal(decodeHistogram(service).totalCount, 0);
  });
});
