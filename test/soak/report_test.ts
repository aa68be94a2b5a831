import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "../../lib/bytes.ts";
import { messageHash } from "../../lib/message_hash.ts";
import { readSent } from "../../lib/audit/records.ts";
import { plain } from "../../lib/text.ts";
import { Ledger } from "../../soak/ledger.ts";
import { partReport, reportText, type SoakReport, vitalProblems } from "../../soak/report.ts";
import { Vitals } from "../../soak/vitals.ts";

const MIB = 1024 * 1024;

/** The vitals of a part that lived for ten minutes and took so much memory at last. */
function vitalsOf(name: string, lastMib: number): Vitals {
  const vitals = new Vitals(name);
  vitals.begin(1, 0);
  for (let i = 0; i <= 300; i++) {
    vitals.sample(i * 2000, () => ({ rssBytes: (100 + (lastMib - 100) * i / 300) * MIB, descriptors: 20 }));
  }
  return vitals;
}

const soak = (parts: SoakReport["parts"], problems: readonly string[]): SoakReport => ({
  schema: "mllp.soak/1",
  seed: 7,
  minutes: 10,
  version: "mllp 1.0.0",
  interrupted: false,
  pass: problems.length === 0,
  parts,
  sources: [{ name: "spam", sent: 24_000, accepted: 23_900 }],
  legs: [{ number: 1, sent: 24_100, received: 24_090, findings: { lost: 10, altered: 0 }, rate: 39.97, failed: [] }],
  deeds: { "kill receive": 2 },
  faults: { refuses: 12 },
  mostDiskBytes: 5 * MIB,
  problems,
});

test("reportText tells of parts, messages, accounts and the verdict, in 100 columns", () => {
  const parts = [partReport(vitalsOf("receive", 102), 3, 2)];
  assert.deepEqual(parts.flatMap(vitalProblems), []);
  const lines = reportText(soak(parts, [])).map(plain);
  const text = lines.join("\n");
  assert.match(text, / flat {2}receive +3 +2 +10m +10\dMiB +10\dMiB +102MiB +20 20 20/);
  assert.match(text, /spam +24,000 +23,900/);
  assert.match(text, /1 +24,100 +24,090 +40\.0\/s +held +10 lost/);
  assert.match(text, /kill receive 2/);
  assert.match(text, /passed: 10m, seed 7/);
  assert.ok(lines.every((line) => line.length <= 100), text);
});

test("reportText names what is wrong, vitals that grew among it", () => {
  const parts = [partReport(vitalsOf("receive", 300), 1, 0)];
  const problems = parts.flatMap(vitalProblems);
  assert.equal(problems.length, 1);
  assert.match(problems[0], /^receive, life 1: memory from \d+MiB to \d+MiB/);
  const text = reportText(soak(parts, [...problems, "the audit of leg 1 ended with 1: \u001b[2J"])).map(plain).join(
    "\n",
  );
  assert.match(text, / GREW {2}receive/);
  assert.match(text, /PROBLEM: receive, life 1/);
  assert.ok(!text.includes("\u001b"));
  assert.match(text, /FAILED: 2 problems, seed 7/);
});

test("Ledger writes what an audit reads, and counts on when it is cleared", () => {
  const folder = mkdtempSync(join(tmpdir(), "mllp-ledger-"));
  try {
    const ledger = new Ledger(join(folder, "sent.ndjson"));
    const message = utf8("MSH|^~\\&|A|||||||MSG1\r");
    const at = new Date("2026-11-22T12:00:00.000Z");
    ledger.add({ at, controlId: "MSG1", message, outcome: "accepted", attempts: 1 });
    ledger.add({ at, controlId: "MSG2", message: { hash: "00" }, outcome: "timeout", attempts: 2 });
    const read = () =>
      readFileSync(ledger.path, "utf8").split("\n").filter((line) => line !== "").map((line) =>
        readSent(JSON.parse(line))
      );
    assert.deepEqual(read().map(({ k, controlId, outcome }) => [k, controlId, outcome]), [
      [0, "MSG1", "accepted"],
      [1, "MSG2", "timeout"],
    ]);
    assert.equal(read()[0].hash, messageHash(message));
    assert.equal(ledger.size, 2);
    ledger.clear();
    assert.deepEqual([read(), ledger.size, ledger.total, ledger.accepted], [[], 0, 2, 1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
