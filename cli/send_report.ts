/**
 * What became of a sent message, as lines for people and as the JSON of cli.md. It prints nothing.
 *
 * @module
 */
import { drawHexWindow } from "../lib/bytes.ts";
import { type MllpError, TransportError } from "../lib/errors.ts";
import type { Exchange } from "../lib/exchange.ts";
import { decodeAck, type DecodedError } from "../lib/hl7/ack_decode.ts";
import { decodeText, readCharset } from "../lib/hl7/charset.ts";
import { type AckCode, ackMeaning } from "../lib/hl7/ack_code.ts";
import { micros } from "../lib/report/units.ts";
import { excerpt, paint, printable, width, wrap } from "../lib/text.ts";

const SEVERITIES: ReadonlyMap<string, string> = new Map([
  ["E", "error"],
  ["F", "fatal"],
  ["I", "info"],
  ["W", "warning"],
]);

/** The columns before the text of an error: indentation, its severity. */
const INDENT = 4;
const SEVERITY = 9;

/**
 * One exchange in lines: what was decided, why, where, and what was odd on the way. With an expected code the mark says whether it
 * was that one.
 */
export function exchangeLines(exchange: Exchange, columns: number, expected?: AckCode): string[] {
  const { reply, error, window, outcome, warnings } = exchange;
  const decoded = reply === null ? null : decodeAck(reply);
  const lines = verdict(exchange, decoded?.text ?? "", columns, expected);
  if (error === null || outcome === "wrong_id") {
    for (const each of decoded?.errors ?? []) lines.push(...errorLines(each, columns));
  }
  if (window !== null) {
    for (const row of drawHexWindow(window).split("\n")) lines.push(`${" ".repeat(INDENT)}${row}`);
  }
  for (const { word, detail } of warnings) {
    if (error?.message === detail || (window !== null && word === "noise")) continue;
    const [first, ...more] = wrap(`${word}: ${excerpt(detail)}`, columns - INDENT);
    lines.push(`  ${paint("yellow", "!")} ${first}`, ...indented(more, INDENT));
  }
  return lines;
}

/** Whether an answer is what was wanted: the code that was expected, or if none was any that accepts. */
export function isAsWanted({ outcome, code, error }: Exchange, expected: AckCode | undefined): boolean {
  return expected === undefined ? outcome === "accepted" : error === null && code === expected;
}

/** What a failure is called that is called otherwise than its outcome: nobody refuses what has no address. */
function wordFor(error: MllpError): string | null {
  if (error.code !== "dns_failed") return null;
  return error instanceof TransportError && error.systemCode === "ENOTFOUND" ? "name not found" : "name not resolved";
}

function verdict(exchange: Exchange, text: string, columns: number, expected: AckCode | undefined): string[] {
  const { outcome, code, error, rttUs, attempts, reply } = exchange;
  const good = isAsWanted(exchange, expected);
  const mark = good ? paint("green", "✓") : paint("red", "✗");
  const wish = expected === undefined ? "" : good ? ", as expected" : `, expected ${expected}`;
  const said = (words: string) => paint(["bold", good ? "green" : "red"], words);
  const took = rttUs === null ? "" : `  ${paint("dim", micros(rttUs))}`;
  const tries = attempts > 1 ? `  ${paint("dim", `after ${attempts} tries`)}` : "";
  if (outcome === "unanswered") return [`  ${mark} ${said("interrupted")} before an answer came${tries}`];
  if (error !== null) {
    const label = `${wordFor(error) ?? outcome}${code === null ? "" : ` ${code}`}`;
    const [first, ...more] = wrap(`${label}: ${excerpt(error.message)}${wish}`, columns - INDENT);
    return [`  ${mark} ${said(label)}${first.slice(label.length)}${tries}`, ...indented(more, INDENT)];
  }
  const bytes = reply === null || reply.length === 0 ? "" : `: ${reply.length} bytes came back`;
  const what = code === null ? `accepted${bytes}` : `${code} ${ackMeaning(code)}`;
  const head = `  ${mark} ${said(what)}${wish}`;
  const tail = `${took}${tries}`;
  if (text === "") return [head + tail];
  if (width(head) + 2 + width(excerpt(text)) + width(tail) <= columns) return [`${head}: ${excerpt(text)}${tail}`];
  return [head + tail, ...indented(wrap(excerpt(text), columns - INDENT), INDENT)];
}

/**
 *     error    PV1-3[1].2  103 Table value not found
 *              Bed 12 is not in ward 3
 */
function errorLines(error: DecodedError, columns: number): string[] {
  const { code, name, location, severity, application, diagnostic, text } = error;
  const rows = [
    [location, `${code} ${name}`.trim()].filter((part) => part !== "").join("  "),
    text,
    application === "" ? "" : `application code: ${application}`,
    diagnostic === "" ? "" : `diagnostic: ${diagnostic}`,
  ].filter((row) => row !== "");
  if (rows.length === 0) rows.push("without a reason");
  // Before version 2.5 a severity was not said.
  const word = excerpt(SEVERITIES.get(severity || "E") ?? severity);
  const wrapped = rows.flatMap((row) => wrap(excerpt(row), columns - INDENT - SEVERITY));
  const color = severity === "W" || severity === "I" ? "yellow" : "red";
  return wrapped.map((row, i) => " ".repeat(INDENT) + paint(color, (i === 0 ? word : "").padEnd(SEVERITY)) + row);
}

function indented(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => " ".repeat(columns) + line);
}

/** A payload in lines, a segment each, every control character visible. */
export function payloadLines(payload: Uint8Array, mark: string): string[] {
  const text = decodeText(payload, readCharset(payload)).replace(/\r$/, "");
  return text.split("\r").map((segment) => `    ${paint("dim", mark)} ${printable(segment)}`);
}

/** How the bytes of a frame are shown. */
const FRAME_BYTES: Readonly<Record<string, string>> = { "\v": "<VT>", "\u001c": "<FS>", "\r": "<CR>\r" };

/** Bytes as they stood on the line, frame characters included: `<VT>MSH|...<CR>`, `<FS><CR>`. */
export function framedLines(bytes: Uint8Array): string[] {
  const text = Array.from(decodeText(bytes, null), (char) => FRAME_BYTES[char] ?? char).join("");
  return text.replace(/\r$/, "").split("\r").map((line) => `    ${paint("dim", "<")} ${printable(line)}`);
}

/** The object of `mllp send --json` (cli.md), with where the message came from and its type. */
export function exchangeJson(exchange: Exchange, source: string, type: string | null): Record<string, unknown> {
  const { controlId, outcome, code, reply, rttUs, attempts, warnings, error } = exchange;
  const decoded = reply === null ? null : decodeAck(reply);
  return {
    controlId,
    outcome,
    code,
    text: decoded?.text ?? null,
    rttUs,
    attempts,
    warnings: [...new Set(warnings.map(({ word }) => word))],
    error: error === null ? null : { code: error.code, message: error.message },
    errors: decoded?.errors ?? [],
    source,
    type,
  };
}
