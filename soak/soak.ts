/**
 * The soak itself: the parts are started, load goes through them leg by leg while things are done to them, and at the end
 * of each leg everything is accounted for, and what was accounted for is deleted.
 *
 *     spam, send  --MLLP-->  receive  <--ILLP--  llpdrv  --pty, X3.28--  analyser
 *                                        send  --ILLP-->  llpdrv  -->  analyser
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Analyser } from "./analyser.ts";
import { Deeds } from "./deeds.ts";
import { Ledger } from "./ledger.ts";
import { Part, runOnce } from "./part.ts";
import { type Act, type Leg, planSoak } from "./plan.ts";
import { type LegReport, partReport, type SoakReport, vitalProblems } from "./report.ts";
import { scenarioText } from "./scenarios.ts";
import { Sender } from "./sender.ts";
import { Vitals } from "./vitals.ts";

/** What a soak is told. */
export interface SoakOptions {
  readonly mllp: string;
  readonly minutes: number;
  readonly seed: number;
  /** Messages a second of spam. */
  readonly rate: number;
  /** A folder that is there and empty. */
  readonly folder: string;
  /** Hears how it goes. */
  readonly say: (line: string) => void;
}

/** How often the parts are looked at. */
const LOOK_MS = 2000;
/** What is left of a leg for its end, in seconds. */
const SETTLE_S = 5;
/** How long the driver may take to deliver what it holds, once nothing is in its way. */
const DRAIN_MS = 90_000;
/** What fails a leg; what comes twice may: a kill between an answer and its being noted. */
const FAIL_ON = "acknowledged_not_received,altered,foreign";
/** What spam must hold all the same. */
const THRESHOLDS = ["errors > 10%", "rate < 80%", "p99(service) > 5s"];

/** A port that is free now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** What is read of a run of spam. */
interface SpamRun {
  readonly rate: { readonly achieved?: number | null };
  readonly thresholds: readonly { readonly expr: string; readonly pass?: boolean; readonly failed?: boolean }[];
  readonly sent: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A soak under way. */
export class Soak {
  readonly #options: SoakOptions;
  readonly #problems: string[] = [];
  readonly #legs: LegReport[] = [];
  readonly #spam = new Vitals("spam");
  readonly #results: Ledger;
  readonly #sends: Ledger;
  readonly #problem = (text: string) => {
    this.#problems.push(text);
    this.#options.say(`PROBLEM: ${text}`);
  };
  #deeds!: Deeds;
  #receive!: Part;
  #driver!: Part;
  #analyser!: Analyser;
  #senders: Sender[] = [];
  #ports = { load: 0, line: 0, control: 0, distal: 0 };
  #startedAt = 0;
  #stopped = false;
  #loaded: Part | null = null;
  #loads = { starts: 0, sent: 0, accepted: 0 };
  #orders = { sent: 0, accepted: 0 };
  #mostDisk = 0;
  #faults: Record<string, number> = {};

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#results = new Ledger(this.#path("results.ndjson"));
    this.#sends = new Ledger(this.#path("sends.ndjson"));
  }

  /** Ends the leg under way, accounts for it, and stops. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#options.say("stopping: this leg is accounted for, then all ends");
    this.#loaded?.signal("SIGINT");
  }

  /** Runs it to its end. */
  async run(): Promise<SoakReport> {
    const { minutes, seed, mllp, say } = this.#options;
    const legs = planSoak(minutes, seed);
    const version = (await runOnce(mllp, ["--version"])).stdout.trim();
    this.#startedAt = performance.now();
    const looking = setInterval(() => this.#look(), LOOK_MS);
    try {
      await this.#begin();
      for (const leg of legs) {
        if (this.#stopped) break;
        await this.#leg(leg);
        say(`leg ${leg.number} of ${legs.length}: ${this.#problems.length} problems so far`);
      }
    } catch (error) {
      this.#problem(error instanceof Error ? error.message : String(error));
    } finally {
      clearInterval(looking);
      await this.#end();
    }
    return this.#report(version);
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }

  async #begin(): Promise<void> {
    const { mllp, seed } = this.#options;
    const [load, line, control, distal] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    this.#ports = { load, line, control, distal };
    for (const name of ["calm", "moody", "broken"] as const) {
      writeFileSync(this.#path(`${name}.yaml`), scenarioText(name, this.#ports));
    }
    this.#receive = new Part({
      name: "receive",
      mllp,
      args: [
        ...["receive", this.#path("calm.yaml"), "--quiet", "--control", `127.0.0.1:${control}`],
        ...["--journal", this.#path("journal.ndjson"), "--journal-rotate", "4MiB", "--payload", "hash"],
      ],
      ready: (said) => said.includes("listening illp"),
      problem: this.#problem,
    });
    this.#driver = new Part({
      name: "llpdrv",
      mllp,
      args: [
        ...[
          "llpdrv",
          "--protocol",
          "x328",
          "--foreground",
          "--pty",
          this.#path("line"),
          "--spool",
          this.#path("spool"),
        ],
        ...["--to", `127.0.0.1:${line}`, "--dist", `127.0.0.1:${distal}`, "--reply-timeout", "3s"],
        ...["--log-file", this.#path("llpdrv.ndjson"), "--log-level", "info"],
        ...["--status-file", this.#path("status.json"), "--json"],
      ],
      ready: (_said, pid) => this.#driverStatus()?.pid === pid,
      problem: this.#problem,
    });
    this.#deeds = new Deeds({
      mllp,
      folder: this.#options.folder,
      control: `127.0.0.1:${control}`,
      receive: this.#receive,
      driver: this.#driver,
      problem: this.#problem,
    });
    await this.#receive.start();
    await this.#driver.start();
    const prefix = `${(seed % 1296).toString(36).toUpperCase()}X`;
    this.#analyser = new Analyser({
      line: this.#path("line"),
      ledger: this.#results,
      everyMs: 250,
      prefix: `R${prefix}`,
    });
    this.#analyser.start();
    const common = { mllp, messages: 3, everyMs: 1500, problem: this.#problem };
    this.#senders = [
      new Sender({
        ...common,
        endpoint: `127.0.0.1:${load}`,
        flags: ["--retries", "2", "--backoff", "500ms", "--timeout", "2s"],
        file: this.#path("send.hl7"),
        prefix: `S${prefix}`,
        onSent: (sent) => this.#sends.add(sent),
      }),
      new Sender({
        ...common,
        endpoint: `127.0.0.1:${distal}?framing=illp`,
        flags: ["--timeout", "20s"],
        file: this.#path("order.hl7"),
        prefix: `O${prefix}`,
        onSent: ({ controlId, outcome }) => {
          this.#orders.sent++;
          if (outcome !== "accepted") return;
          this.#orders.accepted++;
          if (!this.#analyser.orders.has(controlId)) {
            this.#problem(`the order ${controlId} was accepted, and the analyser never had it`);
          }
        },
      }),
    ];
  }

  async #leg(leg: Leg): Promise<void> {
    const { mllp, rate, seed, folder } = this.#options;
    const log = join(folder, "spam.ndjson");
    const out = join(folder, "spam.json");
    const left = leg.beginsMs + leg.lastsMs - (performance.now() - this.#startedAt);
    const seconds = Math.max(10, Math.round(left / 1000) - SETTLE_S);
    const spam = new Part({
      name: "spam",
      mllp,
      args: [
        ...[
          "spam",
          `127.0.0.1:${this.#ports.load}`,
          "--rate",
          `${rate}/s`,
          "--connections",
          "8",
          "--duration",
          `${seconds}s`,
        ],
        ...["--timeout", "2s", "--on-timeout", "reconnect", "--retries", "8", "--backoff", "100ms,200ms,500ms,1s"],
        ...["--seed", String((seed + leg.number) >>> 0), "--log", log, "--log-full", "--out", out, "--quiet", "--json"],
        ...THRESHOLDS.flatMap((expr) => ["--fail-if", expr]),
      ],
      ready: () => true,
      // It ends by itself when its time is over; how, is looked at then.
      problem: () => {},
    });
    this.#loaded = spam;
    this.#analyser.sending = true;
    for (const sender of this.#senders) sender.start();
    const ended = new Promise<void>((resolve) => {
      void spam.start().catch(() => {}).finally(async () => {
        while (spam.alive) await sleep(100);
        resolve();
      });
    });
    this.#spam.lives.push(...spam.vitals.lives);
    this.#loads.starts++;
    await Promise.race([this.#act(leg.acts, spam), ended]);
    await ended;
    this.#loaded = null;
    await this.#settle();
    await this.#account(leg, log, out, await spam.stop());
  }

  /** Does what is planned, each at its time, until all is done or the load has ended. */
  async #act(acts: readonly Act[], spam: Part): Promise<void> {
    for (const { atMs, deed } of acts) {
      while (performance.now() - this.#startedAt < atMs && spam.alive && !this.#stopped) await sleep(100);
      if (!spam.alive || this.#stopped) return;
      await this.#deeds.do(deed);
    }
  }

  /** Nothing more is sent, nothing is in the way, and what is held is delivered. */
  async #settle(): Promise<void> {
    this.#analyser.sending = false;
    await this.#deeds.ctl("scenario", "put", this.#path("calm.yaml"));
    await this.#deeds.ctl("heal");
    for (const sender of this.#senders) await sender.pause();
    await this.#analyser.quiet();
    const until = performance.now() + DRAIN_MS;
    while (performance.now() < until) {
      const status = this.#driverStatus();
      if (status !== null && status.spool === 0) return;
      await sleep(250);
    }
    this.#problem(`the driver still holds messages ${DRAIN_MS / 1000} s after all was healed`);
  }

  #driverStatus(): { readonly pid: number; readonly spool: number | null } | null {
    try {
      return JSON.parse(readFileSync(this.#path("status.json"), "utf8"));
    } catch {
      return null;
    }
  }

  async #account(leg: Leg, log: string, out: string, spam: { code: number | null; said: string }): Promise<void> {
    const { mllp, folder } = this.#options;
    if (spam.code === null || ![0, 1, 130].includes(spam.code)) {
      this.#problem(`spam of leg ${leg.number} ended with ${spam.code}: ${spam.said.trim().slice(-500)}`);
    }
    const run = JSON.parse(readFileSync(out, "utf8")) as SpamRun;
    const failed = run.thresholds.filter(({ pass, failed }) => failed ?? pass === false).map(({ expr }) => expr);
    for (const expr of failed) this.#problem(`leg ${leg.number}: the threshold '${expr}' failed`);
    this.#loads.sent += run.sent;
    this.#loads.accepted += run.outcomes.accepted ?? 0;
    const logs = [log, ...[this.#results, this.#sends].filter(({ size }) => size > 0).map(({ path }) => path)];
    const { code, said, stdout } = await runOnce(mllp, [
      ...["audit", ...logs.flatMap((path) => ["--sent", path]), "--received", this.#path("journal.ndjson")],
      ...["--order", "none", "--fail-on", FAIL_ON, "--json"],
    ], 300_000);
    if (code !== 0) {
      this.#problem(`the audit of leg ${leg.number} ended with ${code}: ${said.trim().split("\n").at(-1)}`);
    }
    const found = code === 0 || code === 1
      ? JSON.parse(stdout) as {
        counts: Record<string, number>;
        sent: { messages: number };
        received: { different: number };
      }
      : { counts: {}, sent: { messages: 0 }, received: { different: 0 } };
    this.#legs.push({
      number: leg.number,
      sent: found.sent.messages,
      received: found.received.different,
      findings: found.counts,
      rate: run.rate.achieved ?? null,
      failed,
    });
    if (code !== 0) return;
    // What is accounted for is not needed any more; the journal's last file goes on.
    this.#results.clear();
    this.#sends.clear();
    rmSync(log);
    for (const name of readdirSync(folder)) if (/^journal\.ndjson\.\d+$/.test(name)) rmSync(join(folder, name));
  }

  #look(): void {
    const now = performance.now();
    for (const part of [this.#receive, this.#driver, this.#loaded]) part?.vitals.sample(now);
    const sizes = readdirSync(this.#options.folder, { recursive: true, withFileTypes: true }).map((entry) => {
      try {
        return entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0;
      } catch {
        return 0;
      }
    });
    this.#mostDisk = Math.max(this.#mostDisk, sizes.reduce((sum, size) => sum + size, 0));
  }

  async #end(): Promise<void> {
    for (const sender of this.#senders) await sender.pause();
    await this.#analyser?.stop();
    await this.#loaded?.stop("SIGKILL");
    if (this.#receive?.alive) {
      this.#faults = await this.#deeds.faults();
    }
    for (const [part, wanted] of [[this.#driver, 0], [this.#receive, 0]] as const) {
      if (!part?.alive) continue;
      const { code, said } = await part.stop("SIGTERM");
      if (code !== wanted) {
        this.#problem(`${part.vitals.name} ended with ${code} at SIGTERM: ${said.trim().slice(-500)}`);
      }
    }
  }

  #report(version: string): SoakReport {
    const { minutes, seed } = this.#options;
    const parts = [
      ...[this.#receive, this.#driver].filter((part) => part !== undefined)
        .map((part) => partReport(part.vitals, part.starts, part.kills)),
      partReport(this.#spam, this.#loads.starts, 0),
    ];
    const problems = [...this.#problems, ...parts.flatMap(vitalProblems)];
    return {
      schema: "mllp.soak/1",
      seed,
      minutes: this.#stopped ? (performance.now() - this.#startedAt) / 60_000 : minutes,
      version,
      interrupted: this.#stopped,
      pass: problems.length === 0,
      parts,
      sources: [
        { name: "spam", sent: this.#loads.sent, accepted: this.#loads.accepted },
        { name: "send", sent: this.#sends.total, accepted: this.#sends.accepted },
        { name: "analyser, by the line", sent: this.#results.total, accepted: this.#results.accepted },
        { name: "orders to the analyser", ...this.#orders },
      ],
      legs: this.#legs,
      deeds: this.#deeds?.done ?? {},
      faults: this.#faults,
      mostDiskBytes: this.#mostDisk,
      problems,
    };
  }
}
