/**
 * What became of a sent message, as lines for people and as the JSON of cli.md. It prints nothing.
 *
 * @module
 */
import { drawHexWindow } from "../lib/bytes.ts";
import type { Exchange } from "../lib/exchange.ts";
import { decodeAck, type DecodedError } from "../lib/hl7/ack_decode.ts";
import { decodeText, readCharset } from "../lib/hl7/charset.ts";
import { ackMeaning } from "../lib/hl7/ack_code.ts";
import type { Outcome } from "../lib/outcome.ts";
import { micros } from "../lib/report/units.ts";
import { paint, printable } from "../lib/text.ts";

/** What each end without an answer is called, for people. */
const ENDS: Readonly<Partial<Record<Outcome, string>>> = {
  timeout: "no answer",
  closed: "closed",
  reset: "reset",
  refused: "no connection",
  damaged: "damaged answer",
  wrong_id: "wrong acknowledgement",
  unanswered: "interrupted",
};

const SEVERITIES: ReadonlyMap<string, string> = new Map([
  ["E", "error"],
  ["F", "fatal"],
  ["I", "information"],
  ["W", "warning"],
]);

/** One exchange in lines: what was decided, why, where, and what was odd on the way. */
export function exchangeLines(exchange: Exchange): string[] {
  const lines = [verdict(exchange)];
  const decoded = exchange.reply === null ? null : decodeAck(exchange.reply);
  if (exchange.error === null || exchange.outcome === "wrong_id") {
    for (const error of decoded?.errors ?? []) lines.push(`    ${errorLine(error)}`);
  }
  if (exchange.window !== null) {
    for (const row of drawHexWindow(exchange.window).split("\n")) lines.push(`    ${row}`);
  }
  for (const { word, detail } of exchange.warnings) {
    if (exchange.error?.message === detail) continue;
    lines.push(`  ${paint("yellow", "!")} ${word}: ${printable(detail)}`);
  }
  return lines;
}

function verdict(exchange: Exchange): string {
  const { outcome, code, error, rttUs, attempts, reply } = exchange;
  const good = outcome === "accepted";
  const mark = good ? paint("green", "✓") : paint("red", "✗");
  const took = rttUs === null ? "" : `  ${paint("dim", micros(rttUs))}`;
  const tries = attempts > 1 ? `  ${paint("dim", `after ${attempts} tries`)}` : "";
  if (error !== null) {
    const seen = code === null ? "" : ` ${code}`;
    const what = `${ENDS[outcome] ?? outcome}${seen}`;
    return `  ${mark} ${paint(["bold", "red"], what)}: ${printable(error.message)}${tries}`;
  }
  const decoded = reply === null ? null : decodeAck(reply);
  const text = decoded === null || decoded.text === "" ? "" : `: ${printable(decoded.text)}`;
  if (outcome === "unanswered") {
    return `  ${mark} ${paint(["bold", "red"], "interrupted")} before an answer came${tries}`;
  }
  const said = code === null
    ? `accepted${reply === null ? "" : `: ${reply.length} bytes came back`}`
    : `${code} ${ackMeaning(code)}`;
  return `  ${mark} ${paint(["bold", good ? "green" : "red"], said)}${text}${took}${tries}`;
}

function errorLine(error: DecodedError): string {
  const { code, name, location, severity, application, diagnostic, text } = error;
  const head = [location, code, name].filter((part) => part !== "").join(" ");
  const notes = [SEVERITIES.get(severity) ?? severity, application === "" ? "" : `application code ${application}`]
    .filter((part) => part !== "").join(", ");
  const said = [text, diagnostic].filter((part) => part !== "").join("; ");
  return printable(`${head || "error"}${notes === "" ? "" : ` (${notes})`}${said === "" ? "" : `: ${said}`}`);
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

/** The object of `mllp send --json` (cli.md). */
export function exchangeJson(exchange: Exchange): Record<string, unknown> {
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
  };
}
