import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import {
  formatTimestamp,
  localOffsetMinutes,
  TIMESTAMP_SECONDS_LENGTH,
  TimestampWriter,
} from "../../../lib/hl7/timestamp.ts";

const CASES: [string, number, string][] = [
  ["1970-01-01T00:00:00.000Z", 0, "19700101000000.000"],
  ["2026-01-31T12:34:56.789Z", 0, "20260131123456.789"],
  ["2026-01-31T23:30:00.000Z", 60, "20260201003000.000"],
  ["2026-01-01T00:10:00.005Z", -330, "20251231184000.005"],
  ["2024-02-29T23:59:59.999Z", 0, "20240229235959.999"],
  ["2000-02-29T00:00:00.000Z", 0, "20000229000000.000"],
  ["1900-03-01T00:00:00.000Z", 0, "19000301000000.000"],
  ["1969-12-31T23:59:59.999Z", 0, "19691231235959.999"],
  ["9999-12-31T23:59:59.999Z", 0, "99991231235959.999"],
  ["0000-01-01T00:00:00.000Z", 0, "00000101000000.000"],
];

for (const [date, offset, wanted] of CASES) {
  test(`formatTimestamp of ${date} at ${offset} min is ${wanted}`, () => {
    assert.equal(formatTimestamp(new Date(date), offset), wanted);
  });
}

test("formatTimestamp agrees with the calendar of the runtime on every day of 400 years", () => {
  const writer = new TimestampWriter();
  const target = new Uint8Array(18);
  for (let day = 0; day < 146_097; day++) {
    const date = new Date(Date.UTC(1900, 0, 1 + day));
    writer.write(target, 0, date.getTime(), 0);
    const wanted = date.toISOString().slice(0, 10).replaceAll("-", "");
    if (latin1(target, 0, 8) !== wanted) assert.fail(`${latin1(target)} is not ${wanted}`);
  }
});

test("formatTimestamp writes local time unless told otherwise", () => {
  const date = new Date("2026-01-31T12:00:00Z");
  const local = [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()];
  const wanted = local.map((part, i) => String(part).padStart(i === 0 ? 4 : 2, "0")).join("");
  assert.equal(formatTimestamp(date).slice(0, 12), wanted);
  assert.equal(formatTimestamp(date), formatTimestamp(date, localOffsetMinutes(date)));
});

test("TimestampWriter keeps up when the second, the zone or nothing changes", () => {
  const writer = new TimestampWriter();
  const target = new Uint8Array(20).fill(0x78);
  const noon = Date.UTC(2026, 0, 31, 12);
  const steps: [number, number, string][] = [
    [noon, 0, "20260131120000.000"],
    [noon + 999.9, 0, "20260131120000.999"],
    [noon + 1000, 0, "20260131120001.000"],
    [noon + 1000, 60, "20260131130001.000"],
    [noon, 0, "20260131120000.000"],
  ];
  for (const [at, offset, wanted] of steps) {
    assert.equal(writer.write(target, 1, at, offset), 19);
    assert.equal(latin1(target), `x${wanted}x`);
  }
});

test("TimestampWriter leaves the milliseconds out when told to", () => {
  const target = new Uint8Array(18).fill(0x78);
  const end = new TimestampWriter().write(target, 0, Date.UTC(2026, 0, 31), 0, TIMESTAMP_SECONDS_LENGTH);
  assert.equal(end, 14);
  assert.equal(latin1(target), "20260131000000xxxx");
});

test("TimestampWriter refuses a time that four digits of a year do not hold", () => {
  const writer = new TimestampWriter();
  const target = new Uint8Array(18);
  for (const time of [NaN, Infinity, -Infinity, Date.UTC(10_000, 0, 1), Date.UTC(-1, 0, 1)]) {
    assert.throws(() => writer.write(target, 0, time, 0), {
      name: "RangeError",
      message: `Cannot write a time stamp: found ${time} ms, wanted a time of the years 0 to 9999`,
    });
  }
});
