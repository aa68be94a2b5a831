import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const CHILD = fileURLToPath(new URL("./stream_child.ts", import.meta.url));
const runtime = "Deno" in globalThis ? ["run", "-A", CHILD] : [CHILD];

test("descriptorStream has written everything when it returns, however slowly it is read", async () => {
  const child = spawn(process.execPath, [...runtime, "once"], { stdio: ["ignore", "pipe", "inherit"] });
  let length = 0;
  for await (const chunk of child.stdout) length += chunk.length;
  assert.equal(length, 2 ** 20);
  assert.equal(child.exitCode ?? (await once(child, "close"))[0], 0);
});

test("descriptorStream tells when its reader has gone, once, and writes no more", async () => {
  const child = spawn(process.execPath, [...runtime, "on"], { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => complaints += chunk);
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = await once(child, "close");
  assert.equal(code, 141);
  assert.ok(complaints === "" || complaints === "written\n", complaints);
});
