/**
 * `mllp spam`: load, and an honest report.
 *
 * @module
 */
import type { Readable } from "node:stream";
import { TransportError } from "../lib/errors.ts";
import { decodeText, readCharset } from "../lib/hl7/charset.ts";
import type { Attack, LoadObserver } from "../lib/load/attack.ts";
import type { Backoff } from "../lib/load/backoff.ts";
import { DEFAULT_BACKOFF } from "../lib/load/backoff.ts";
import type { SettledMessage } from "../lib/load/line_host.ts";
import { type LoadPlan, PLAN_DEFAULTS } from "../lib/load/plan.ts";
import { needsConfirming, portWarning } from "../lib/load/safety.ts";
import { parseThreshold, requireAvailable, thresholdHint } from "../lib/load/threshold.ts";
import { classicError, classicLine } from "../lib/report/classic.ts";
import { runJson } from "../lib/report/json.ts";
import { textReport } from "../lib/report/text.ts";
import { parseCount, parseDuration, parsePositive } from "../lib/values.ts";
import { choice, defineCommand, group, listed, repeated, toggle, value } from "./command.ts";
import { type ExitCode, prevailing, usage, UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { exchangeFlags, framingFlags, outputFlags, rawFlag, tlsClientFlags } from "./shared_flags.ts";
import { printDryRun } from "./spam/dry_run.ts";
import { feedingFlags, feedingNotes } from "./spam/feeding.ts";
import { endlessVerdict, loadFlags, parsePositiveDuration, readLoad } from "./spam/load.ts";
import { reportFiles, reportFlags, type Reports, reserveReports } from "./spam/reports.ts";
import { openSinks, sinkFlags, type Sinks } from "./spam/sinks.ts";
import { statusOfRun } from "./spam/status.ts";
import { onSignals, watch } from "./spam/view.ts";
import { refuseIdle } from "./spam/idle.ts";
import { readTarget } from "./target.ts";
import { VERSION } from "./version.ts";

/** The command. */
export const command = defineCommand({
  name: "spam",
  purpose: "Generate load and report honestly how the receiver took it",
  operands: [
    {
      name: "ENDPOINT",
      about: "where to: HOST:PORT, :PORT, tls://HOST:PORT, unix:/PATH, serial:/DEV, pty:/PATH",
      required: true,
    },
    {
      name: "FILE",
      about: "messages, sent in turn: files, folders, - is standard input; none: a sample",
      many: true,
      path: true,
    },
  ],
  flags: {
    ...loadFlags,
    ...feedingFlags,
    ...group("Trouble", {
      onTimeout: choice("what becomes of the connection after a reply timeout", ["keep", "reconnect"], "keep"),
      retries: value(
        "N",
        "send a message again, same MSH-10, when its connection was lost; after a reply timeout only with --on-timeout reconnect",
        parseCount,
        "0",
      ),
      backoff: listed(
        "DURATION,...",
        "wait before reconnecting: doubled each time, up to 10s, with jitter; several: exactly these",
        parsePositiveDuration,
        "100ms",
      ),
      maxQueue: value(
        "N",
        "messages due that wait for a free connection at most; what does not fit is dropped and counted",
        parsePositive,
        String(PLAN_DEFAULTS.maxQueue),
      ),
      drain: value("DURATION", "wait for answers after the stop", parseDuration, "30s"),
    }),
    ...group("Verdict", {
      failIf: repeated(
        "EXPR",
        "exit 1 if true at the end: 'p99(response) > 250ms', 'errors > 0.1%', 'rate < 99%', '... abort after 10s'; repeatable",
        parseThreshold,
      ),
      strictGenerator: toggle("exit 6 if this program or machine, not the receiver, was the limit"),
    }),
    ...reportFlags,
    ...sinkFlags,
    ...exchangeFlags,
    ...framingFlags,
    ...rawFlag,
    ...tlsClientFlags,
    ...outputFlags,
  },
  notes: [
    "Three clocks, always side by side: lag is send minus due (our own delay and the",
    "queue), service is answer minus write (the receiver's), response is answer minus",
    "due (what an upstream sender would have felt). In a closed loop nothing is due,",
    "so only service is measured, and stalls are hidden.",
    ...feedingNotes,
    "Ctrl-C stops, drains and reports; a second one stops at once and still reports.",
    "The exit status is 0 if anything was accepted, else that of what came; with",
    "--fail-if, 1 if one came true.",
  ],
  examples: [
    { about: "One message a second until Ctrl-C", line: "mllp spam 127.0.0.1:2575" },
    {
      about: "A constant rate over eight connections, judged, with a page to look at",
      line:
        "mllp spam :2575 --rate 200/s --connections 8 --duration 5s --fail-if 'p99(response) > 250ms' --html run.html",
    },
    { about: "Steps and ramps, random arrivals", line: "mllp spam :2575 --stages 1s@50,2s@50..200 --arrivals poisson" },
    {
      about: "The highest rate that it takes",
      line: "mllp spam :2575 --search 'p99(response) < 250ms' --search-max 100/s --search-step 1s --connections 8",
    },
    {
      about: "As fast as it is answered, for a benchmark",
      line: "mllp spam :2575 --closed --connections 64 --duration 10s",
    },
    {
      about: "A mix of invented messages, each patient's in order",
      line: "mllp spam :2575 --mix adt=70,oru=25,orm=5 --keep-order PID-3 --rate 50/s --count 100 --connections 4",
    },
    {
      about: "Your own messages, a connection for each, for a script",
      line: "mllp spam :2575 adt.hl7 --connection-per-message --count 100 --rate 50/s --json",
    },
    { about: "As mllp_spammer did", line: "mllp spam -host localhost -p 2575 -sps 1 -mode once --format classic" },
  ],
  async run({ operands, flags, given, output, input, environment }) {
    const [address, ...files] = operands;
    const classic = flags.format === "classic";
    if (flags.json && classic) throw new UsageError("--json: --format classic has lines of its own; give one of them");
    const target = readTarget(address, flags, output);
    refuseIdle(flags, given);
    const load = await readLoad(flags, given, environment);
    load.warnings.forEach((warning) => output.warn(warning));
    load.notices.forEach((notice) => output.progress(notice));
    const model = load.pacer === null ? "closed" : "rate";
    for (const threshold of flags.failIf) {
      usage(() => requireAvailable(threshold, model), "--fail-if");
      const hint = thresholdHint(threshold);
      if (hint !== null) output.warn(`--fail-if: ${hint}`);
    }
    const endless = endlessVerdict(flags, load);
    if (endless !== null) output.warn(endless);
    refusePast(load.startAtMs, Math.min(flags.duration ?? Infinity, load.pacer?.endsAt ?? Infinity));
    const { seed } = load;
    const unframed = target.framing === "none";
    const { inputFiles, readFeed } = await import("./spam/read_feed.ts");
    const messages = await readFeed(files, flags, seed, { input, output, unframed });
    if (flags.dryRun !== undefined) {
      printDryRun(messages, flags.dryRun, {
        output,
        raw: flags.raw,
        epochMs: Date.now(),
        first: load.shard?.index,
        step: load.shard?.of,
        count: load.count,
      });
      return 0;
    }
    const danger = needsConfirming(target.endpoint, load.rateForSafety, load.search === null ? "closed" : "search");
    if (danger !== null && !flags.yes) throw new UsageError(`${danger}: --yes says that it is meant`);
    const ports = flags.connectionPerMessage ? portWarning(target.endpoint, load.rateForSafety) : null;
    if (ports !== null) output.warn(ports);
    const plan: LoadPlan = {
      target: target.shown,
      connect: (signal, index) => target.connect(signal, flags.sourceIp.at(index % Math.max(1, flags.sourceIp.length))),
      makeLink: target.makeLink,
      messages,
      pacer: load.pacer,
      stop: { durationMs: flags.duration ?? Infinity, count: load.count },
      load: load.load,
      search: load.search,
      catchUp: flags.catchup,
      warmupMs: flags.warmup ?? 0,
      startAtMs: load.startAtMs,
      shard: load.shard,
      connectRate: flags.connectRate ?? null,
      connections: flags.connections,
      inFlight: flags.inFlight,
      connectionPerMessage: flags.connectionPerMessage || target.framing === "illp",
      timeoutMs: flags.timeout,
      deliveryTimeoutMs: target.deliveryTimeoutMs,
      onTimeout: flags.onTimeout,
      // Unframed text rarely has an id to go by; who wants one says so.
      match: unframed && !given("match") ? "any" : flags.match,
      retries: flags.retries,
      backoff: readBackoff(flags.backoff),
      drainMs: flags.drain,
      maxQueue: flags.maxQueue,
      seed,
      thresholds: flags.failIf,
      version: VERSION,
    };
    // The engine is loaded here, not above: the help does without it.
    const { Attack } = await import("../lib/load/attack.ts");
    const surroundings = flags.pacer === "precise" ? await preciseSurroundings() : undefined;
    const inputs = inputFiles(files, flags);
    const sinks = await openSinks(flags, environment, output, [...inputs, ...reportFiles(flags)]);
    let reports: Reports | null = null;
    try {
      const told = classic ? toldClassic(sinks.observer, flags.showFrame, output) : sinks.observer;
      const attack = usage(() => new Attack(plan, { ...told, surroundings }));
      reports = reserveReports(flags, inputs);
      return await perform(attack, { sinks, reports, flags, input, output });
    } catch (error) {
      sinks.giveUp();
      for (const complaint of await reports?.writeFailure(error as Error) ?? []) output.fail(complaint);
      // mllp_spammer's own words for it; the status is that of any other failure to connect.
      if (!classic || !(error instanceof TransportError)) throw error;
      output.report(classicError(error.message));
      return 3;
    }
  },
});

/** A machine that comes so late that all is over has nothing to add. */
function refusePast(startAtMs: number | null, durationMs: number): void {
  if (startAtMs === null || Date.now() < startAtMs + durationMs) return;
  throw new UsageError("--start-at: the run would be over by now; wanted a t0 to come");
}

/** The thread that ticks is started before anything is sent; that it cannot be is told like a wrong flag. */
async function preciseSurroundings(): Promise<LoadObserver["surroundings"]> {
  const { preciseSurroundings: precise } = await import("../lib/load/ticker.ts");
  return {
    ...precise,
    every(ms, tick) {
      const { cancel, ready } = precise.every(ms, tick);
      const begun = ready.catch((error) => {
        throw new UsageError(`--pacer precise: ${(error as Error).message}`, { cause: error });
      });
      return { cancel, ready: begun };
    },
  };
}

/** What goes on around a run. */
interface Surroundings {
  readonly sinks: Sinks;
  readonly reports: Reports;
  readonly flags: Parameters<typeof openSinks>[0] & {
    readonly json: boolean;
    readonly quiet: boolean;
    readonly format: string;
    readonly strictGenerator: boolean;
  };
  readonly input: Readable;
  readonly output: Output;
}

/** The run, watched; then what was told of it, its reports, and its status. */
async function perform(attack: Attack, { sinks, reports, flags, input, output }: Surroundings): Promise<ExitCode> {
  const classic = flags.format === "classic";
  const ending = onSignals(attack, output);
  const endView = classic ? () => {} : watch(attack, ending, () => input, output);
  try {
    sinks.started(() => attack.snapshot());
    const run = await attack.run().finally(endView);
    ending.runIsOver();
    const deliveries = await sinks.finish(ending.impatient);
    const whole = deliveries.length === 0 ? run : { ...run, deliveries };
    const complaints = [...sinks.complaints, ...await reports.write(whole, flags)];
    if (flags.json) output.raw(runJson(whole));
    const width = output.isTerminal ? output.columns : Infinity;
    const report = () => textReport(whole, { width, strictGenerator: flags.strictGenerator }).join("\n");
    // The lines of mllp_spammer are for scripts: nothing else goes to standard output.
    if (classic) output.progress(report());
    else if (!flags.json || !flags.quiet) output.report(report());
    complaints.forEach((complaint) => output.fail(complaint));
    await sinks.linger(ending.impatient);
    const status = statusOfRun(run, flags.strictGenerator);
    return complaints.length === 0 ? status : prevailing([status, 1]);
  } finally {
    ending.off();
  }
}

function readBackoff(waitsMs: readonly number[]): Backoff {
  if (waitsMs.length > 1) return { kind: "list", waitsMs };
  const firstMs = waitsMs[0];
  const mostMs = DEFAULT_BACKOFF.kind === "exponential" ? DEFAULT_BACKOFF.mostMs : firstMs;
  return { kind: "exponential", firstMs, mostMs: Math.max(firstMs, mostMs) };
}

/** The lines of mllp_spammer beside what else is told. */
function toldClassic(observer: LoadObserver, keepBytes: boolean, output: Output): LoadObserver {
  return {
    ...observer,
    keepBytes,
    settled(message) {
      printClassic(message, output);
      observer.settled?.(message);
    },
  };
}

function printClassic(message: SettledMessage, output: Output): void {
  const { sent, settled, reply, error, outcome } = message;
  if (reply === null) return output.report(classicError(error === "" ? outcome : error));
  const text = decodeText(reply, readCharset(reply));
  output.report(classicLine({ id: crypto.randomUUID(), sent, received: settled, reply: text }));
}
