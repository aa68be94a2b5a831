/**
 * examples/llpdrv: a laboratory on one machine, run as its own text says.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

const EXAMPLE = resolve(import.meta.dirname!, "../../examples/llpdrv/run.ts");
const skip = existsSync("/dev/ptmx") ? false : "there are no ptys here";

test("the laboratory of examples/llpdrv runs, and each of its messages is acknowledged", { skip }, async () => {
  const child = spawn(process.execPath, ["run", "-A", EXAMPLE], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (data) => text += String(data));
  child.stderr.on("data", (data) => text += String(data));
  const code = await new Promise((done) => child.once("close", done));
  assert.equal(code, 0, text);
  assert.match(text, /^3 of 3 results acknowledged AA, 1 order taken and acknowledged$/m);
});
