/**
 * A writer for the test of kills: it opens the spool of a folder, puts numbered messages until it is killed, and says
 * each number once the spool has it.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { FileSpool } from "../../../lib/bridge/spool.ts";
import { utf8 } from "../../../lib/bytes.ts";

const spool = FileSpool.open(process.argv[2]);
const encoder = new TextEncoder();
for (let i = spool.size;; i++) {
  spool.put(utf8(`MSH|${i}|${"x".repeat(i * 37 % 3000)}\r`), { line: "child#1", controlId: `${i}`, at: new Date() });
  writeSync(1, encoder.encode(`${i}\n`));
}
