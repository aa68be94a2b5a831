/**
 * `--dry-run N`: the first messages of a run, printed instead of sent.
 *
 * @module
 */
import { latin1 } from "../../lib/bytes.ts";
import { decodeText, readCharset } from "../../lib/hl7/charset.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import type { MessageSource } from "../../lib/load/message_source.ts";
import { printable } from "../../lib/text.ts";
import type { Output } from "../output.ts";

/** What is printed. */
export interface DryRunOptions {
  readonly output: Output;
  /** Print the bytes as they would be framed, one message after the other. */
  readonly raw: boolean;
  /** The time they are made for, milliseconds since 1970. */
  readonly epochMs: number;
  /** The number of the first one; 0 unless given. */
  readonly first?: number;
  /** Of how many machines this is one, so that it sends every so manieth; 1 unless given. */
  readonly step?: number;
  /** How many the run would send at most; no limit unless given. */
  readonly count?: number;
}

/**
 * Prints the first `wanted` messages of the run, or all of them if there are fewer: as lines, a blank one between
 * messages, so that the output can be read and sent again; with `--json` one object each, `{k, controlId, type,
 * message}`; with `--raw` the bytes alone.
 */
export function printDryRun(source: MessageSource, wanted: number, options: DryRunOptions): void {
  const { output, raw, epochMs, first = 0, step = 1, count = Infinity } = options;
  const shown = Math.min(wanted, count);
  for (let i = 0; i < shown; i++) {
    const k = first + i * step;
    const bytes = source.render(k, epochMs);
    if (output.json) output.event(eventOf(k, bytes, source.controlId));
    else if (raw) output.raw(bytes.slice());
    else output.report(i === 0 ? linesOf(bytes) : `\n${linesOf(bytes)}`);
  }
  output.progress(`${shown} ${shown === 1 ? "message" : "messages"}; nothing was sent`);
}

function eventOf(k: number, bytes: Uint8Array, controlId: Uint8Array) {
  const header = new HeaderScan();
  return {
    k,
    controlId: controlId.length === 0 ? null : latin1(controlId),
    type: header.scan(bytes) ? header.type : null,
    message: decodeText(bytes, readCharset(bytes)),
  };
}

function linesOf(bytes: Uint8Array): string {
  const text = decodeText(bytes, readCharset(bytes)).replace(/[\r\n]+$/, "");
  return text.split(/\r\n|\r|\n/).map(printable).join("\n");
}
