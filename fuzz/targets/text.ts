/**
 * What people type and what they are shown, as targets: values and endpoints, and hostile text on a terminal.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { harmless, paint, plain, printable, table, truncate, width, wrap } from "../../lib/text.ts";
import { formatEndpoint, parseEndpoint } from "../../lib/transport/endpoint.ts";
import * as values from "../../lib/values.ts";
import { sequence } from "../bytes.ts";
import type { Target } from "../target.ts";

/** A parser of a value, what writes it where something does, and the units that it takes. */
interface Parser {
  readonly parse: (text: string) => number;
  readonly format?: (value: number) => string;
  readonly units: readonly string[];
  /** Whole texts, where it takes more than a number and a unit. */
  readonly whole?: readonly string[];
}

const TIME = ["us", "ms", "s", "m", "h"];
const SIZE = ["", "b", "KB", "MB", "GB", "KiB", "MiB", "gib"];
const PARSERS: Readonly<Record<string, Parser>> = {
  duration: { parse: values.parseDuration, format: values.formatDuration, units: TIME },
  size: { parse: values.parseSize, format: values.formatSize, units: SIZE },
  rate: { parse: values.parseRate, format: values.formatRate, units: ["/s", "/m", "/h"] },
  byte_rate: { parse: values.parseByteRate, format: values.formatByteRate, units: ["B/s", "KB/s", "MiB/s", "/s"] },
  percent: { parse: values.parsePercent, format: values.formatPercent, units: ["%"] },
  count: { parse: values.parseCount, format: values.formatCount, units: [""] },
  positive: { parse: values.parsePositive, units: [""] },
  seed: { parse: values.parseSeed, units: [""] },
  moment: {
    parse: (text) => values.parseMoment(text, Date.UTC(2026, 10, 22)),
    units: ["-11-22", "-11-22T12:00:00Z", "-02-30", "m", ":30", "Z"],
    whole: ["2026-11-22T18:30:00Z", "18:30", "+30s", "@1795370400", "2026-02-30T00:00:00Z", "25:00", "+", "@", "-5m"],
  },
};

const good = fc.constantFrom("0", "1", "7", "60", "2026", "1.5", "0.001", "1_000", "99.9", "100");
const bad = fc.constantFrom(
  ...[
    "00",
    "1,000",
    ".5",
    "5.",
    "-1",
    "+1",
    "1e9",
    "",
    "9007199254740993",
    "9".repeat(40),
    "0x10",
    "NaN",
    "Infinity",
    "１",
  ],
);
const numeral = fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad });
const odd = fc.constantFrom(" s", "S", "ago", "\n", "\x1b[31m", "%%", "/", "/d", "ms", "MB", "");
const valueText = (units: readonly string[]) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(fc.tuple(numeral, fc.constantFrom(...units, ...units, ...units)), {
        minLength: 1,
        maxLength: 2,
      })
        .chain((parts) =>
          fc.constantFrom("", "", "", ...parts.map(([, unit]) => unit)).map((end) => parts.flat().join("") + end)
        ),
    },
    { weight: 2, arbitrary: fc.tuple(numeral, odd).map((both) => both.join("")) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  );
const valueCase = fc.constantFrom(...Object.keys(PARSERS)).chain((parser) =>
  fc.oneof(valueText(PARSERS[parser].units), fc.constantFrom(...PARSERS[parser].whole ?? ["0"])).map((text) => ({
    parser,
    text,
  }))
);

/** Whether an error shows, in quotes, what was typed, or the part of it that is wrong. */
function shows(error: string, text: string): boolean {
  const quotes = Array.from(error.matchAll(/'/g), ({ index }) => index);
  return quotes.some((from, i) =>
    quotes.slice(i + 1).some((to) => to > from + 1 && text.includes(error.slice(from + 1, to)))
  ) || text === "" && error.includes("''");
}

/** Values. */
export const valuesTarget: Target<{ readonly parser: string; readonly text: string }> = {
  name: "values",
  about: "any text is a value or refused by a RangeError that shows it; a value written is the same value read",
  cases: valueCase,
  meets: ["refused", ...Object.keys(PARSERS)],
  check({ parser, text }, met) {
    const { parse, format } = PARSERS[parser];
    let value: number;
    try {
      value = parse(text);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      assert.ok(shows(error.message, text), `it does not show what of '${text}' is wrong: ${error.message}`);
      return met("refused");
    }
    met(parser);
    assert.ok(Number.isFinite(value), `'${text}' is ${value}`);
    assert.ok(value >= 0 || parser === "moment", `'${text}' is ${value}`);
    if (format === undefined) return;
    const written = format(value);
    assert.ok(!/NaN|Infinity|undefined/.test(written), `${value} is written '${written}'`);
    // Counts and rates are rounded for people, and what is beyond any machine is written somehow.
    if (!["duration", "size", "percent"].includes(parser) || value > 1e15) return;
    const again = parse(written);
    assert.ok(
      Math.abs(again - value) <= Math.max(0.01 * value, 0.001),
      `${value} is written '${written}', read as ${again}`,
    );
  },
};

const host = fc.constantFrom(
  "",
  "127.0.0.1",
  "lab.example",
  "[::1]",
  "[fe80::1%eth0]",
  "[::ffff:10.0.0.1]",
  "[zz]",
  "a b",
  "::1",
);
const port = fc.constantFrom(":2575", ":0", ":65535", ":65536", ":", "", ":-1", ":2575/x");
const scheme = fc.constantFrom(
  "",
  "",
  "tcp://",
  "tls://",
  "TCP://",
  "unix:",
  "serial:",
  "pty:",
  "memory:",
  "tcp:",
  "tsl://",
  "http://",
);
const path = fc.constantFrom(
  "/run/hl7.sock",
  "/dev/ttyS0",
  "///run/x",
  "//x",
  "x",
  "",
  "%3Fa%26",
  "%",
  "%00",
  "%zz",
  "/a%25b",
  "ü",
);
const option = fc.constantFrom(
  ...["framing=mllp", "framing=mllp2", "allow=no-final-cr", "deny=", "strict", "cert=a%26b", "key=%", "ca", "insecure"],
  ...["baud=9600", "baud=0", "parity=even", "data=9", "stop=2", "flow=rtscts", "framign=x", "=", "", "__proto__=1"],
);
const endpointText = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      scheme,
      fc.oneof(fc.tuple(host, port).map((both) => both.join("")), path),
      fc.array(option, { maxLength: 3 }),
    ).map(([before, place, options]) => before + place + (options.length === 0 ? "" : `?${options.join("&")}`)),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
);

/** Endpoints. */
export const endpointTarget: Target<{ readonly text: string; readonly tls: boolean }> = {
  name: "endpoint",
  about: "any text is an endpoint or refused by a RangeError that shows it; written and read it is the same",
  cases: fc.record({ text: endpointText, tls: fc.boolean() }),
  meets: ["refused", "tcp", "tls", "unix", "serial", "pty", "memory"],
  check({ text, tls }, met) {
    let endpoint;
    try {
      endpoint = parseEndpoint(text, { defaultKind: tls ? "tls" : "tcp" });
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      assert.ok(shows(error.message, text), `it does not show what of '${text}' is wrong: ${error.message}`);
      return met("refused");
    }
    met(endpoint.kind);
    assert.ok(Number.isInteger(endpoint.port) && endpoint.port >= 0 && endpoint.port <= 65535);
    assert.deepEqual(parseEndpoint(formatEndpoint(endpoint)), endpoint);
  },
};

const ESC = "\x1b";
const glyph = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "Muster", " ", "  ", "ü", "山", "é", "👩‍⚕️", "|", "…") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[`${ESC}[31m`, `${ESC}[0m`, `${ESC}[2J`, `${ESC}]0;title\x07`, `${ESC}[`, ESC, "\x9b31m", `${ESC}[1;1H`],
      ...["\n", "\r", "\t", "\b", "\x00", "\x7f", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff", "\ud800", "\udc00"],
      ...[`${ESC}[38;5;1m`, `${ESC}[999999999999m`, `${ESC}(B`, `${ESC}P`],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
);
// deno-lint-ignore no-control-regex
const HOSTILE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]|\p{Cs}/u;

/** Hostile text. */
export const textTarget: Target<{ readonly text: string; readonly columns: number }> = {
  name: "text",
  about: "a peer's text shown to people moves no cursor, sets no title, turns no line; cut and wrapped it fits",
  cases: fc.record({ text: sequence(glyph, 12), columns: fc.integer({ min: 1, max: 40 }) }),
  meets: ["escaped", "as_it_is", "cut", "wrapped"],
  check({ text, columns }, met) {
    const shown = printable(text);
    assert.ok(!HOSTILE.test(shown), `printable lets through ${JSON.stringify(shown)}`);
    met(shown === text ? "as_it_is" : "escaped");
    assert.equal(printable(shown), shown, "shown again it is another");
    const mixed = harmless(`${paint("red", "found")} ${text}`);
    assert.ok(!HOSTILE.test(plain(mixed).replaceAll("\n", "")), `harmless lets through ${JSON.stringify(mixed)}`);
    // deno-lint-ignore no-control-regex
    assert.ok(mixed.split(/\x1b\[[\d;]*m/).every((part) => !part.includes(ESC)), "an escape that is no paint");
    const cut = truncate(shown, columns);
    assert.ok(width(cut) <= columns, `${width(cut)} columns, ${columns} at most: ${JSON.stringify(cut)}`);
    if (cut !== shown) met("cut");
    const lines = wrap(shown, columns);
    if (lines.length > 1) met("wrapped");
    // A character of two columns does not fit into one.
    assert.ok(lines.every((line) => width(line) <= Math.max(2, columns)), `too wide: ${JSON.stringify(lines)}`);
    const rows = table([[shown, "1"], ["a", shown]], { align: "lr" });
    assert.equal(rows.length, 2);
    assert.ok(rows.every((row) => !row.includes("\n")));
  },
};
