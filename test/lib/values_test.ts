import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  editDistance,
  formatByteRate,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatSize,
  nearest,
  parseByteRate,
  parseCount,
  parseDuration,
  parseMoment,
  parsePercent,
  parsePositive,
  parseRate,
  parseSeed,
  parseSize,
} from "../../lib/values.ts";

/** For each parser: texts with their value, texts that are refused, and what each refusal says is wanted. */
const TABLE: {
  parse: (text: string) => number;
  good: [string, number][];
  bad: string[];
  wanted: RegExp;
}[] = [
  {
    parse: parseDuration,
    good: [
      ["0", 0],
      ["0s", 0],
      ["500us", 0.5],
      ["250ms", 250],
      ["5s", 5000],
      ["1.5s", 1500],
      ["1.1s", 1100],
      ["0.1ms", 0.1],
      ["2m", 120_000],
      ["1h", 3_600_000],
      ["1m30s", 90_000],
      ["1h2m3.5s", 3_723_500],
    ],
    bad: [
      "",
      "5",
      "s",
      "5 s",
      "-5s",
      "+5s",
      "5sec",
      "5S",
      ".5s",
      "5.s",
      "1e3s",
      "5s,",
      "5d",
      "0x5s",
      "٥s",
      "Infinitys",
    ],
    wanted: /as a duration: wanted a number and a unit, such as 250ms, 5s, 2m or 1h$/,
  },
  {
    parse: parseSize,
    good: [
      ["0", 0],
      ["512", 512],
      ["512B", 512],
      ["64KB", 64_000],
      ["64kb", 64_000],
      ["64KiB", 65_536],
      ["1.5MB", 1_500_000],
      ["16MiB", 16_777_216],
      ["1GB", 1e9],
      ["2.01GB", 2_010_000_000],
      ["1GiB", 2 ** 30],
    ],
    bad: [
      "",
      "KB",
      "-1KB",
      "64K",
      "64 KB",
      "0.3B",
      "1.0005KB",
      "9999999999999999",
      "1e3",
      "64KBs",
      "constructor",
      "1toString",
    ],
    wanted: /as a size: wanted whole bytes, such as 512, 64KB \(thousands\), 64KiB \(1024s\) or 16MiB$/,
  },
  {
    parse: parseRate,
    good: [["500/s", 500], ["500", 500], ["0.5/s", 0.5], ["6/m", 0.1], ["10000/h", 10000 / 3600], ["30_000/s", 30_000]],
    bad: ["", "0", "0/s", "-1/s", "500/", "/s", "500/d", "500 /s", "5/ms", "1e3", "fast"],
    wanted: /as a rate: wanted a number above 0 and a unit, such as 500\/s, 6\/m or 10000\/h$/,
  },
  {
    parse: parseByteRate,
    good: [
      ["64KB/s", 64_000],
      ["64kib/s", 65_536],
      ["512/s", 512],
      ["1.5MB/s", 1_500_000],
      ["600B/m", 10],
      ["36KB/h", 10],
    ],
    bad: ["", "64KB", "64/", "/s", "0/s", "0KB/s", "-1KB/s", "64K/s", "64 KB/s", "64KB/d", "64KB/ms", "1e3/s"],
    wanted: /as a rate of bytes: wanted a size above 0 and a unit of time, such as 64KB\/s or 1MiB\/m$/,
  },
  {
    parse: parsePercent,
    good: [["0%", 0], ["0.5%", 0.005], ["50%", 0.5], ["100%", 1]],
    bad: ["", "5", "0.5", "%", "-1%", "100.1%", "5 %", "5%%"],
    wanted: /as a percentage: wanted 0% to 100%, such as 0.5%$/,
  },
  {
    parse: parseCount,
    good: [["0", 0], ["7", 7], ["1_000_000", 1_000_000]],
    bad: ["", "-1", "1.5", "1e3", "1__0", "_1", "1_", "10k", "9007199254740993"],
    wanted: /as a count: wanted a whole number, such as 100 or 1_000_000$/,
  },
  {
    parse: parsePositive,
    good: [["1", 1], ["1_000", 1000]],
    bad: ["", "0", "-1", "1.5", "9007199254740993"],
    wanted: /as a count: wanted a whole number from 1 on, such as 8 or 1_000$/,
  },
  {
    parse: parseSeed,
    good: [["0", 0], ["7", 7], ["0xff", 255], ["0XFF", 255], ["4294967295", 4294967295]],
    bad: ["", "-1", "4294967296", "0x100000000", "1.5", "ff", "0x"],
    wanted: /as a seed: wanted a whole number below 4294967296$/,
  },
];

for (const { parse, good, bad, wanted } of TABLE) {
  describe(parse.name, () => {
    for (const [text, value] of good) {
      test(`${parse.name} reads '${text}' as ${value}`, () => assert.equal(parse(text), value));
    }
    for (const text of bad) {
      test(`${parse.name} refuses '${text}', naming it and the form wanted`, () => {
        assert.throws(() => parse(text), (error: Error) => {
          assert.ok(error instanceof RangeError);
          assert.ok(error.message.startsWith(`Cannot read '${text}' `), error.message);
          assert.match(error.message, wanted);
          return true;
        });
      });
    }
  });
}

const FORMATS: [(value: number) => string, [number, string][]][] = [
  [formatDuration, [
    [0, "0s"],
    [0.0004, "0s"],
    [0.25, "250us"],
    [0.9996, "1ms"],
    [1, "1ms"],
    [1.234, "1.234ms"],
    [999.9996, "1s"],
    [1500, "1.5s"],
    [59_999.9, "1m"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
    [3_723_500, "1h2m3.5s"],
    [-250, "-250ms"],
  ]],
  [formatSize, [
    [0, "0B"],
    [999, "999B"],
    [1000, "1KB"],
    [1024, "1KiB"],
    [1_234_567, "1.23MB"],
    [999_999, "1MB"],
    [16_777_216, "16MiB"],
    [1_500_000_000, "1.5GB"],
    [2 ** 31, "2GiB"],
  ]],
  [formatRate, [[0, "0/s"], [500, "500/s"], [1.256, "1.26/s"], [0.1, "6/m"], [1 / 3600, "1/h"]]],
  [formatByteRate, [[64_000, "64KB/s"], [65_536, "64KiB/s"], [1.4, "1B/s"], [0.1, "360B/h"]]],
  [formatPercent, [[0, "0%"], [0.005, "0.5%"], [1, "100%"], [0.12345, "12.35%"]]],
  [formatCount, [[0, "0"], [999, "999"], [1000, "1,000"], [1234567, "1,234,567"]]],
];

for (const [format, rows] of FORMATS) {
  for (const [value, text] of rows) {
    test(`${format.name} writes ${value} as ${text}`, () => assert.equal(format(value), text));
  }
}

test("parseDuration reads back what formatDuration wrote, to the millisecond", () => {
  fc.assert(
    fc.property(fc.nat(10 ** 9), (ms) => parseDuration(formatDuration(ms)) === ms),
    { seed: 20261122, numRuns: 2000 },
  );
});

test("parseSize reads back what formatSize wrote, within half a percent", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), (bytes) => Math.abs(parseSize(formatSize(bytes)) - bytes) <= bytes * 0.005),
    { seed: 20261122, numRuns: 2000 },
  );
});

test("every parser of values gives a finite number or a RangeError, whatever the text", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[\d._]{0,20}(ms|s|KiB|%|\/m)?$/));
  fc.assert(
    fc.property(fc.constantFrom(...TABLE.map(({ parse }) => parse)), text, (parse, text) => {
      try {
        return Number.isFinite(parse(text));
      } catch (error) {
        return error instanceof RangeError;
      }
    }),
    { seed: 20261122, numRuns: 5000 },
  );
});

test("parseMoment reads a date with a zone, a time of today, a time from now, and seconds since 1970", () => {
  const now = Date.parse("2026-11-22T18:00:00.250Z");
  const cases: [string, number][] = [
    ["2026-11-22T18:30:00Z", Date.UTC(2026, 10, 22, 18, 30)],
    ["2026-11-22T18:30Z", Date.UTC(2026, 10, 22, 18, 30)],
    ["2026-11-22T18:30:00.5+01:00", Date.UTC(2026, 10, 22, 17, 30, 0, 500)],
    ["2026-11-22T18:30:00-0330", Date.UTC(2026, 10, 22, 22, 0)],
    ["2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
    ["+30s", now + 30_000],
    ["+1m30s", now + 90_000],
    ["@1790000000", 1_790_000_000_000],
    ["@1790000000.125", 1_790_000_000_125],
  ];
  for (const [text, at] of cases) assert.equal(parseMoment(text, now), at, text);
  const today = new Date(parseMoment("07:05", now));
  assert.deepEqual([today.getHours(), today.getMinutes(), today.getSeconds(), today.getMilliseconds()], [7, 5, 0, 0]);
  assert.equal(today.toDateString(), new Date(now).toDateString());
  assert.equal(parseMoment("23:59:59", now) - parseMoment("23:59", now), 59_000);
});

test("parseMoment refuses what is no time, naming it and the forms wanted", () => {
  const bad = [
    "",
    "noon",
    "24:00",
    "7:05",
    "18:60",
    "1790000000",
    "@",
    "@x",
    "-30s",
    "2026-11-22",
    "2026-11-22T18:30:00",
  ];
  for (
    const text of [...bad, "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T25:00:00Z", "2026-11-22 18:30Z"]
  ) {
    assert.throws(() => parseMoment(text, 0), {
      name: "RangeError",
      message: `Cannot read '${text}' as a time: ` +
        "wanted 2026-11-22T18:30:00Z (or with another zone), 18:30 (today), +30s, or @1790000000",
    });
  }
  for (const text of ["+", "+30", "+x"]) assert.throws(() => parseMoment(text, 0), RangeError);
});

test("editDistance counts inserts, deletes, replacements and swaps of neighbours", () => {
  for (
    const [a, b, edits] of [["", "", 0], ["a", "", 1], ["", "ab", 2], ["ab", "ba", 1], [
      "kitten",
      "sitting",
      3,
    ]] as const
  ) {
    assert.equal(editDistance(a, b), edits, `${a} -> ${b}`);
    assert.equal(editDistance(b, a), edits, `${b} -> ${a}`);
  }
});

test("nearest finds the word meant, a beginning before an edit, and nothing when all are far", () => {
  const words = ["--timeout", "--tls", "--retries", "--rate"];
  assert.equal(nearest("--tiemout", words), "--timeout");
  assert.equal(nearest("--ratte", words), "--rate");
  assert.equal(nearest("--ret", words), "--retries");
  assert.equal(nearest("--timeout", words), "--timeout");
  assert.equal(nearest("frobnicate", words), null);
  assert.equal(nearest("frobnicate", words, Infinity) === null, false);
  assert.equal(nearest("x", []), null);
});
