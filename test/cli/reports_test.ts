import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { type ReportFlags, reserveReports } from "../../cli/spam/reports.ts";
import { statusOfRun } from "../../cli/spam/status.ts";
import { readRun } from "../../lib/report/read_run.ts";
import { measuredRun, samples } from "../lib/report/measured.ts";
import { badRun, goodRun, outcomes } from "../lib/report/runs.ts";

const NONE: ReportFlags = { out: undefined, html: undefined, csv: undefined, hdr: undefined, junit: undefined };
const run = measuredRun(samples(1, 300));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-reports-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(at(name), "utf8");

describe("reserveReports", () => {
  test("reserveReports writes each form that is asked for, and no other", async () => {
    const reports = reserveReports({ ...NONE, out: at("a.json"), csv: at("a.csv"), hdr: at("a"), junit: at("a.xml") });
    assert.deepEqual(await reports.write(run), []);
    assert.deepEqual(readdirSync(folder).sort(), [
      "a-lag.hgrm",
      "a-response.hgrm",
      "a-service.hgrm",
      "a.csv",
      "a.hlog",
      "a.json",
      "a.xml",
    ]);
    assert.equal(readRun(text("a.json"), "a.json").planned, 300);
    assert.match(text("a.csv"), /^start_s,/);
    assert.match(text("a.xml"), /^<\?xml/);
    assert.match(text("a-lag.hgrm"), /^#\[mllp spam .*, lag, Value in milliseconds\]/);
    assert.match(text("a.hlog"), /\nTag=service,/);
    assert.deepEqual(await reserveReports(NONE).write(run), []);
  });

  test("reserveReports makes sure of every file before anything is written", () => {
    const { giveUp } = reserveReports({ ...NONE, out: at("a.json"), hdr: at("a") });
    assert.deepEqual(readdirSync(folder).length, 5);
    giveUp();
    assert.deepEqual(readdirSync(folder), []);
  });

  test("reserveReports leaves what was there when the run is given up", () => {
    writeFileSync(at("a.csv"), "before");
    reserveReports({ ...NONE, csv: at("a.csv") }).giveUp();
    assert.equal(text("a.csv"), "before");
  });

  test("reserveReports takes --hdr with an ending for its prefix", async () => {
    await reserveReports({ ...NONE, hdr: at("run.hgrm") }).write(run);
    assert.deepEqual(readdirSync(folder).sort(), ["run-lag.hgrm", "run-response.hgrm", "run-service.hgrm", "run.hlog"]);
  });

  test("reserveReports of a closed loop leaves no distribution of another run behind", async () => {
    const closed = measuredRun(samples(1, 50), { model: "closed" });
    writeFileSync(at("run-lag.hgrm"), "of another run");
    await reserveReports({ ...NONE, hdr: at("run") }).write(closed);
    assert.equal(text("run-lag.hgrm"), "#[closed loop: nothing is due, so there is no lag]\n");
    assert.equal(existsSync(at("run-response.hgrm")), false);
    assert.match(text("run-service.hgrm"), /service/);
  });

  const refused: readonly [
    what: string,
    flags: (path: (name: string) => string) => Partial<ReportFlags>,
    complaint: RegExp,
  ][] = [
    [
      "a folder that is not there",
      (path) => ({ csv: path("no/a.csv") }),
      /^--csv \S+: cannot write the file: there is no such folder$/,
    ],
    [
      "a folder in place of a file",
      (path) => ({ junit: path("") }),
      /^--junit \S+: cannot write the file: that is a folder$/,
    ],
    [
      "one file for two forms",
      (path) => ({ out: path("x"), html: path("./x") }),
      /^--html \S+: that is the file of --out too; wanted one of its own$/,
    ],
    [
      "a file of the histograms for another form",
      (path) => ({ out: path("x.hlog"), hdr: path("x") }),
      /^--hdr \S+x\.hlog: that is the file of --out too/,
    ],
    [
      "a file that is read",
      (path) => ({ out: path("in.json") }),
      /^--out \S+in\.json: that is the file of RUN.json too; wanted one of its own$/,
    ],
  ];
  for (const [what, flags, complaint] of refused) {
    test(`reserveReports refuses ${what}, and leaves nothing behind`, () => {
      const given = flags((name) => `${folder}/${name}`);
      assert.throws(() => reserveReports({ ...NONE, ...given }, [{ path: at("in.json"), by: "RUN.json" }]), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, complaint);
        return true;
      });
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  test("reserveReports complains of each file that could not be written, and writes the others", async () => {
    const reports = reserveReports({ ...NONE, out: at("a.json"), csv: at("a.csv"), junit: at("a.xml") });
    rmSync(at("a.json"));
    mkdirSync(at("a.json"));
    rmSync(at("a.xml"));
    mkdirSync(at("a.xml"));
    assert.deepEqual(await reports.write(run), [
      `--out ${at("a.json")}: cannot write the run document: that is a folder`,
      `--junit ${at("a.xml")}: cannot write the verdicts: that is a folder`,
    ]);
    assert.match(text("a.csv"), /^start_s,/);
  });

  test("reserveReports tells a build server of a run that could not begin, and leaves the other files as they were", async () => {
    writeFileSync(at("a.csv"), "before");
    const reports = reserveReports({ ...NONE, out: at("a.json"), csv: at("a.csv"), junit: at("a.xml") });
    const error = new RangeError("Cannot connect: <refused>");
    assert.deepEqual(await reports.writeFailure(error), []);
    assert.deepEqual(readdirSync(folder).sort(), ["a.csv", "a.xml"]);
    assert.equal(text("a.csv"), "before");
    assert.match(text("a.xml"), /<error type="RangeError" message="Cannot connect: &lt;refused&gt;"\/>/);
    const silent = reserveReports({ ...NONE, out: at("a.json") });
    assert.deepEqual(await silent.writeFailure(error), []);
    assert.equal(existsSync(at("a.json")), false);
  });

  test("reserveReports writes several forms to one device", async () => {
    assert.deepEqual(await reserveReports({ ...NONE, out: "/dev/null", csv: "/dev/null" }).write(run), []);
  });
});

describe("statusOfRun", () => {
  /** A run with one threshold, about what a dead target has not. */
  const judged = (counts: Parameters<typeof outcomes>[0], pass = true) =>
    goodRun({ outcomes: outcomes(counts), thresholds: [{ expr: "p99(response) > 250ms", pass, value: null }] });
  const unhealthy = { ...goodRun().generator, verdict: "generator was the limit" };
  const cases: readonly [what: string, run: Parameters<typeof statusOfRun>[0], strict: boolean, status: number][] = [
    ["0 if anything was accepted", goodRun({ outcomes: outcomes({ accepted: 1, timeout: 9 }) }), false, 0],
    ["that of the outcomes if nothing was", goodRun({ outcomes: outcomes({ timeout: 9 }) }), false, 4],
    ["1 if a threshold failed", badRun(), false, 1],
    ["0 if all thresholds passed, whatever else came", judged({ accepted: 1, error: 8 }), false, 0],
    ["that of the outcomes if nothing was accepted, though all thresholds passed", judged({ error: 9 }), false, 1],
    ["the same of timeouts", judged({ timeout: 9 }), false, 4],
    [
      "0 if nothing was accepted, and all thresholds were measured and passed",
      {
        ...judged({ error: 9 }),
        thresholds: [{ expr: "lost > 0", pass: true, value: 0 }],
      },
      false,
      0,
    ],
    ["1 if nothing was accepted and a threshold failed", judged({ timeout: 9 }, false), false, 1],
    ["0 for a generator that was the limit", goodRun({ generator: unhealthy }), false, 0],
    ["6 for the same, if that is strict", goodRun({ generator: unhealthy }), true, 6],
    ["1 where a threshold failed too", { ...badRun(), generator: unhealthy }, true, 1],
    ["130 after Ctrl-C", goodRun({ interrupted: "SIGINT" }), false, 130],
  ];
  for (const [what, finished, strict, status] of cases) {
    test(`statusOfRun is ${what}`, () => assert.equal(statusOfRun(finished, strict), status));
  }
});
