/**
 * The values of the language that have a unit or a range, as forms: all read by `lib/values.ts`, as flags are.
 *
 * This module performs no I/O.
 *
 * @module
 */
import {
  parseByteRate,
  parseCount,
  parseDuration,
  parsePercent,
  parsePositive,
  parseRate,
  parseSeed,
  parseSize,
} from "../../lib/values.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { type Form, scalar } from "./form.ts";

const TEXT = { type: "string" };
const WHOLE = { type: ["integer", "string"], pattern: "^[0-9]+(_[0-9]+)*$" };
const TIME = { type: ["string", "integer"], pattern: "^(0|([0-9]+(\\.[0-9]+)?(us|ms|s|m|h))+)$", maximum: 0 };

/** A duration, in milliseconds. */
export const duration: Form<number> = scalar("a duration such as 250ms, 5s or 2m", parseDuration, TIME);

/** A duration above zero, in milliseconds. */
export const wait: Form<number> = scalar(
  "a duration above 0, such as 250ms, 5s or 2m",
  (text) => {
    const ms = parseDuration(text);
    if (ms === 0) throw new RangeError(`Cannot wait ${text}: wanted more than 0`);
    return ms;
  },
  { type: "string", pattern: "^([0-9]+(\\.[0-9]+)?(us|ms|s|m|h))+$" },
);

/** A size, in bytes. */
export const size: Form<number> = scalar("a size such as 512, 64KB or 16MiB", parseSize, {
  type: ["string", "integer"],
  minimum: 0,
});

/** A rate, per second. */
export const rate: Form<number> = scalar("a rate such as 20/s or 6/m", parseRate, {
  type: ["string", "number"],
  exclusiveMinimum: 0,
});

/** A rate of bytes, per second. */
export const byteRate: Form<number> = scalar("a rate of bytes such as 64KB/s", parseByteRate, {
  type: "string",
  pattern: "^[0-9]+(\\.[0-9]+)?[A-Za-z]*/[smh]$",
});

/** A percentage, as a fraction. */
export const percent: Form<number> = scalar("a percentage such as 0.5%", parsePercent, {
  type: "string",
  pattern: "^[0-9]+(\\.[0-9]+)?%$",
});

/** A whole number from 0 on. */
export const count: Form<number> = scalar("a whole number from 0 on", parseCount, { ...WHOLE, minimum: 0 });

/** A whole number from 1 on. */
export const positive: Form<number> = scalar("a whole number from 1 on", parsePositive, { ...WHOLE, minimum: 1 });

/** `true`, where leaving it out says the contrary. */
export const yes: Form<true> = scalar("true", (text): true => {
  if (text === "true") return true;
  throw new RangeError(`found '${text}', wanted true, or nothing at all`);
}, { type: ["boolean", "string"], enum: [true, "true"] });

/** A seed. */
export const seed: Form<number> = scalar("a whole number below 4294967296", parseSeed, {
  type: ["integer", "string"],
  minimum: 0,
  maximum: 4294967295,
});

/** The path of an HL7 value, seen to be one; its text. */
export const path: Form<string> = scalar("a path such as PID-3.1 or OBX[*]-5", (text) => parsePath(text).text, TEXT);

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** A name of a rule, profile, phase, listener or state: it stands in addresses, counters and on lines of text. */
export const name: Form<string> = scalar("a name of letters, digits, '-', '_' and '.', at most 64", (text) => {
  if (NAME.test(text)) return text;
  throw new RangeError(`Cannot use '${text}' as a name: wanted letters, digits, '-', '_' and '.', at most 64`);
}, { type: ["string", "integer"], pattern: NAME.source });
