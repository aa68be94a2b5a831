/**
 * `mllp spam`: load, and an honest report.
 *
 * @module
 */
import { TransportError } from "../lib/errors.ts";
import { decodeText, readCharset } from "../lib/hl7/charset.ts";
import type { Backoff } from "../lib/load/backoff.ts";
import { DEFAULT_BACKOFF } from "../lib/load/backoff.ts";
import type { SettledMessage } from "../lib/load/line_host.ts";
import { ConstantPacer } from "../lib/load/pacer.ts";
import { PLAN_DEFAULTS } from "../lib/load/plan.ts";
import type { LiveSnapshot, RunDocument } from "../lib/load/result.ts";
import { needsConfirming, portWarning } from "../lib/load/safety.ts";
import { parseThreshold, requireAvailable } from "../lib/load/threshold.ts";
import { freshSeed } from "../lib/random.ts";
import { classicError, classicLine } from "../lib/report/classic.ts";
import { runJson } from "../lib/report/json.ts";
import { liveLine, liveView } from "../lib/report/live.ts";
import { textReport } from "../lib/report/text.ts";
import { parseCount, parseDuration, parsePositive, parseRate, parseSeed } from "../lib/values.ts";
import { anyText, choice, defineCommand, group, listed, repeated, toggle, value } from "./command.ts";
import { type ExitCode, exitOfRun, prevailing, usage, UsageError } from "./exit_code.ts";
import { readMessages } from "./messages.ts";
import { reserve } from "./out_file.ts";
import type { Output } from "./output.ts";
import { exchangeFlags, framingFlags, outputFlags, rawFlag, tlsClientFlags } from "./shared_flags.ts";
import { readTarget } from "./target.ts";
import { VERSION } from "./version.ts";

/** How often the live view is redrawn, and how often a line is printed where there is no terminal (load.md section 4). */
const REDRAW_MS = 100;
const LINE_MS = 5000;

/** The command. */
export const command = defineCommand({
  name: "spam",
  purpose: "Generate load and report honestly how the receiver took it",
  operands: [
    { name: "ENDPOINT", about: "where to: HOST:PORT, :PORT, tls://HOST:PORT, unix:/PATH", required: true },
    {
      name: "FILE",
      about: "messages, sent in turn: files, folders, - is standard input; none: a sample",
      many: true,
      path: true,
    },
  ],
  flags: {
    ...group("Load", {
      rate: value("RATE", "messages due: 500/s, 6/m, 10000/h, whatever the receiver does", parseRate, "1/s", {
        aliases: ["sps"],
      }),
      closed: toggle("no rate: each connection sends its next message when it has its answer"),
      connections: value("N", "connections; with one for each message, how many at a time", parsePositive, "1"),
      inFlight: value("N", "messages that wait for their answer on each connection at most", parsePositive, "1"),
      duration: value("DURATION", "stop after this time; not given: at Ctrl-C", parsePositiveDuration),
      count: value("N", "stop after so many messages", parsePositive),
      seed: value("N", "the seed of ids and draws; chosen and printed, if not given", parseSeed),
      yes: toggle("yes, load another machine: --closed, or more than 100/s, off loopback"),
    }),
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
      out: value("FILE", "write the run document (JSON) to a file too", anyText, undefined, { path: true }),
    }),
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
    "Ctrl-C stops, drains and reports; a second one stops at once and still reports.",
    "The exit status is 0 if anything was accepted; with --fail-if, 0 or 1 as judged.",
  ],
  examples: [
    { about: "One message a second until Ctrl-C", line: "mllp spam 127.0.0.1:2575" },
    {
      about: "A constant rate over eight connections, judged",
      line: "mllp spam :2575 --rate 200/s --connections 8 --duration 5s --fail-if 'p99(response) > 250ms'",
    },
    {
      about: "As fast as it is answered, for a benchmark",
      line: "mllp spam :2575 --closed --connections 64 --duration 10s",
    },
    {
      about: "Your own messages, a connection for each, for a script",
      line: "mllp spam :2575 adt.hl7 --connection-per-message --count 100 --rate 50/s --json",
    },
    { about: "As mllp_spammer did", line: "mllp spam -host localhost -p 2575 -sps 1 -mode once --format classic" },
  ],
  async run({ operands, flags, given, output, input }) {
    const [address, ...files] = operands;
    if (flags.closed && given("rate")) throw new UsageError("--closed: a closed loop has no --rate; give one of them");
    const classic = flags.format === "classic";
    if (flags.json && classic) throw new UsageError("--json: --format classic has lines of its own; give one of them");
    const target = readTarget(address, flags, output);
    const model = flags.closed ? "closed" : "rate";
    for (const threshold of flags.failIf) usage(() => requireAvailable(threshold, model), "--fail-if");
    const rate = flags.closed ? null : flags.rate;
    const danger = needsConfirming(target.endpoint, rate);
    if (danger !== null && !flags.yes) throw new UsageError(`${danger}: --yes says that it is meant`);
    const ports = flags.connectionPerMessage ? portWarning(target.endpoint, rate) : null;
    if (ports !== null) output.warn(ports);
    const unframed = target.framing === "none";
    const messages = await readMessages(files, {
      ...flags,
      anyText: flags.raw,
      whole: unframed,
      folders: true,
      input,
      output,
    });
    const seed = flags.seed ?? freshSeed();
    // The engine is loaded here, not above: the help does without it.
    const { Attack } = await import("../lib/load/attack.ts");
    const attack = usage(() =>
      new Attack({
        target: target.shown,
        connect: target.connect,
        makeLink: target.makeLink,
        messages: messages.map(({ bytes }) => bytes),
        pacer: rate === null ? null : new ConstantPacer(rate),
        stop: { durationMs: flags.duration ?? Infinity, count: flags.count ?? Infinity },
        connections: flags.connections,
        inFlight: flags.inFlight,
        connectionPerMessage: flags.connectionPerMessage,
        timeoutMs: flags.timeout,
        onTimeout: flags.onTimeout,
        // Unframed text rarely has an id to go by; who wants one says so.
        match: unframed && !given("match") ? "any" : flags.match,
        retries: flags.retries,
        backoff: readBackoff(flags.backoff),
        drainMs: flags.drain,
        maxQueue: flags.maxQueue,
        seed,
        raw: flags.raw,
        thresholds: flags.failIf,
        version: VERSION,
      }, classic ? { settled: (message) => printClassic(message, output), keepBytes: flags.showFrame } : {})
    );
    const save = flags.out === undefined ? null : reserve("--out", flags.out);
    const stopWatching = onSignals((signal, again) => {
      if (again) return attack.abort();
      attack.stop(signal);
      output.progress("stopping: waiting for answers; Ctrl-C again stops at once");
    });
    const endView = classic ? () => {} : watch(() => attack.snapshot(), output);
    let run: RunDocument;
    try {
      run = await attack.run();
    } catch (error) {
      endView();
      save?.giveUp();
      // mllp_spammer's own words for it; the status is that of any other failure to connect.
      if (!classic || !(error instanceof TransportError)) throw error;
      output.report(classicError(error.message));
      return 3;
    } finally {
      stopWatching();
    }
    endView();
    const unwritten = save?.write(runJson(run)) ?? null;
    if (flags.json) output.raw(runJson(run));
    const report = () => textReport(run, { width: output.isTerminal ? output.columns : Infinity }).join("\n");
    // The lines of mllp_spammer are for scripts: nothing else goes to standard output.
    if (classic) output.progress(report());
    else if (!flags.json || !flags.quiet) output.report(report());
    if (unwritten === null) return statusOf(run);
    output.fail(`--out ${flags.out}: cannot write the run document: ${unwritten}`);
    return prevailing([statusOf(run), 1]);
  },
});

/** With thresholds these decide; without, what the messages met. */
function statusOf(run: RunDocument): ExitCode {
  const judged = run.thresholds.length > 0;
  return exitOfRun({
    outcomes: judged ? { accepted: 1 } : run.outcomes,
    failed: run.thresholds.some(({ pass }) => !pass),
    limited: false,
    signal: run.interrupted,
  });
}

function parsePositiveDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === 0) throw new RangeError(`Cannot use '${text}': wanted a duration above 0`);
  return ms;
}

function readBackoff(waitsMs: readonly number[]): Backoff {
  if (waitsMs.length > 1) return { kind: "list", waitsMs };
  const firstMs = waitsMs[0];
  const mostMs = DEFAULT_BACKOFF.kind === "exponential" ? DEFAULT_BACKOFF.mostMs : firstMs;
  return { kind: "exponential", firstMs, mostMs: Math.max(firstMs, mostMs) };
}

function printClassic(message: SettledMessage, output: Output): void {
  const { sent, settled, reply, error, outcome } = message;
  if (reply === null) return output.report(classicError(error === "" ? outcome : error));
  const text = decodeText(reply, readCharset(reply));
  output.report(classicLine({ id: crypto.randomUUID(), sent, received: settled, reply: text }));
}

/** Shows how the run stands: a view on a terminal, else a line every few seconds. Returns how to end it. */
function watch(snapshot: () => LiveSnapshot, output: Output): () => void {
  const region = output.live();
  const timer = region.shown
    ? setInterval(() => region.draw(liveView(snapshot(), { width: output.columns })), REDRAW_MS)
    : setInterval(() => output.progress(liveLine(snapshot())), LINE_MS);
  return () => {
    clearInterval(timer);
    region.end(true);
  };
}

function onSignals(act: (signal: "SIGINT" | "SIGTERM", again: boolean) => void): () => void {
  let stopped = false;
  const handler = (signal: "SIGINT" | "SIGTERM") => () => {
    const again = stopped;
    stopped = true;
    act(signal, again);
  };
  const onInt = handler("SIGINT");
  const onTerm = handler("SIGTERM");
  process.on("SIGINT", onInt);
  process.on("SIGTERM", onTerm);
  return () => {
    process.off("SIGINT", onInt);
    process.off("SIGTERM", onTerm);
  };
}
