/**
 * The logs of `mllp spam --log`, read into an audit.
 *
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";
import type { Audit } from "../../lib/audit/audit.ts";
import { readSent } from "../../lib/audit/records.ts";
import { systemCode } from "../../lib/errors.ts";
import { NdjsonReader, type TornLine } from "../../lib/ndjson.ts";
import { formatCount } from "../../lib/values.ts";
import { UsageError } from "../exit_code.ts";
import { whyNotRead } from "../../lib/system_words.ts";

const CHUNK = 256 * 1024;

/**
 * Reads the logs; what is odd goes to `warnings`. Throws a `UsageError` that names the file, and the line, for what
 * cannot be read.
 */
export function readLogs(paths: readonly string[], audit: Audit, warnings: string[]): void {
  for (const path of paths) {
    audit.beginLog(path);
    try {
      for (const { line, bytes } of readLog(path, audit)) {
        warnings.push(`${path}: line ${line} ends after ${formatCount(bytes)} bytes and is left out; was spam killed?`);
      }
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
      if (systemCode(error) === "") throw error;
      throw new UsageError(`${path}: cannot read it: ${whyNotRead(error)}`, { cause: error });
    }
  }
}

function readLog(path: string, audit: Audit): readonly TornLine[] {
  let lines = 0;
  const reader = new NdjsonReader(path, (value, lineNumber) => {
    lines++;
    try {
      if ("journal" in value) throw new RangeError("found a journal, wanted a log of mllp spam --log");
      audit.sent(readSent(value));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`Cannot read ${path}: line ${lineNumber}: ${error.message}`, { cause: error });
    }
  });
  const chunk = new Uint8Array(CHUNK);
  const fd = openSync(path, "r");
  try {
    for (let count; (count = readSync(fd, chunk, 0, CHUNK, null)) > 0;) reader.push(chunk.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  const torn = reader.end();
  if (lines === 0) throw new RangeError(`Cannot read ${path}: it is empty, wanted a log of mllp spam --log`);
  return torn;
}
