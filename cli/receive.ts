/**
 * `mllp receive`: the mock receiver from the command line.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { ACK_CODES } from "../lib/hl7/ack_code.ts";
import { freshSeed } from "../lib/random.ts";
import { type Endpoint, formatPlace, parseEndpoint } from "../lib/transport/endpoint.ts";
import { readPem, readServerTls, type TlsServerOptions } from "../lib/transport/tls_options.ts";
import { printable } from "../lib/text.ts";
import { formatDuration, parseDuration, parsePositive, parseSeed } from "../lib/values.ts";
import type { Matcher } from "../receiver/decide/passes.ts";
import { formatDelay, parseDelay } from "../receiver/scenario/delay.ts";
import { FAULT_NAMES, parseFault } from "../receiver/scenario/fault.ts";
import { rulesOf } from "../receiver/scenario/contents.ts";
import { scenarioFromFlags, withFlags } from "../receiver/scenario/from_flags.ts";
import { listenerConflict } from "../receiver/scenario/meet.ts";
import { formatReply, parseReply } from "../receiver/scenario/reply.ts";
import { DEFAULT_LIMITS, type ListenerSpec, type Scenario } from "../receiver/scenario/scenario.ts";
import { anyText, defineCommand, type FlagValues, group, repeated, toggle, value } from "./command.ts";
import { type ExitCode, usage, UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { longName } from "./parser.ts";
import { controlFlags, controlPlace } from "./receive_control.ts";
import { journalFlags, openJournal } from "./receive_journal.ts";
import { runReceiver } from "./receive_run.ts";
import { framingFlags, outputFlags, tlsServerFlags } from "./shared_flags.ts";
import { checkRules, dialogueOf, usageOfTls } from "./target.ts";

const DEFAULT_LISTEN = "127.0.0.1:2575";

const flags = {
  ...group("Listening", {
    listen: repeated(
      "ENDPOINT",
      `where; repeatable: HOST:PORT, :PORT, tls://HOST:PORT, unix:/PATH, each with ?framing=...; ${DEFAULT_LISTEN} if none is given`,
      anyText,
    ),
    maxConnections: value(
      "N",
      "further connections are closed at once",
      parsePositive,
      String(DEFAULT_LIMITS.maxConnections),
    ),
    idleTimeout: value("DURATION", "close a connection that was silent so long; never, if not given", parseWait),
  }),
  ...group("Answering", {
    reply: value(
      "REPLY",
      "AA, AE, AR, CA, CE, CR, none, echo (any bytes, as they come), file:PATH, or weights: AA:98,AE:1.5,AR:0.5",
      parseReply,
      "AA",
      { choices: [...ACK_CODES, "none", "echo", "file:"] },
    ),
    delay: value(
      "DELAY",
      "100ms, 2ms:90,5s:1 (weights), uniform(FROM,TO), normal(MEAN,SD), lognormal(MEDIAN,P99[,MAX]), exponential(MEAN)",
      parseDelay,
      "0s",
    ),
    fault: repeated("NAME:CHANCE", `break a share of the messages; repeatable: ${FAULT_NAMES.join(", ")}`, parseFault, {
      choices: FAULT_NAMES,
    }),
    seed: value("N", "the seed of all draws; chosen and printed, if not given", parseSeed),
  }),
  ...group("Stopping", {
    count: value("N", "stop after so many messages", parsePositive),
    for: value("DURATION", "stop after this time", parseWait),
  }),
  ...group("Scenario", {
    check: toggle("say what is wrong with the scenario, and what depends on order; run nothing"),
    explain: toggle("say each of its rules in a sentence; run nothing"),
    dryRun: value("DIR", "say what it would do with the messages of a folder; run nothing", anyText, undefined, {
      path: true,
    }),
    replay: value(
      "JOURNAL",
      "repeat the decisions of an earlier run on the messages that it knows",
      anyText,
      undefined,
      {
        path: true,
      },
    ),
    why: value("N", "say why message N, or a control id, of --journal was dealt with as it was; run nothing", anyText),
  }),
  ...journalFlags,
  ...controlFlags,
  ...framingFlags,
  ...tlsServerFlags,
  ...group("Output", { showPayload: toggle("show each message (they are about patients)") }),
  ...outputFlags,
};

type ReceiveFlags = FlagValues<typeof flags>;

/** What can be asked for instead of a run. */
const INSPECTIONS = ["check", "explain", "dryRun"] as const;

/** What a scenario that is only looked at has no use for. */
const OF_RUNS: readonly (keyof ReceiveFlags)[] = [
  "count",
  "for",
  "replay",
  ...Object.keys(journalFlags) as (keyof typeof journalFlags)[],
  ...Object.keys(controlFlags) as (keyof typeof controlFlags)[],
  "showPayload",
];

/** The command. */
export const command = defineCommand({
  name: "receive",
  purpose: "Listen, answer as told, and show what came",
  operands: [
    {
      name: "SCENARIO",
      about: "rules, delays and faults in a file (YAML or JSON); flags replace its own",
      path: true,
    },
  ],
  advise: adviseListen,
  flags,
  notes: [
    "Replies keep the order of a connection's messages. MSH-15 and MSH-16 are obeyed:",
    "in enhanced mode a message gets its accept and its application acknowledgement.",
    "A message with an MSA gets nothing, or a CA if its own MSH-15 asks for one.",
    "A file: with an MSA gets the message's MSH-10 in MSA-2, a fresh MSH-10 and the",
    "present time in MSH-7; a file without an MSA is sent as it is.",
    "Faults are drawn by control id and attempt: the same --seed, the same fates.",
    "Several are tried in the order given.",
    "With --journal or --store a reply leaves when the message is written down; where",
    "that fails it is AE instead of AA (MLLP 2, HLLP, X3.28: a NAK), until it works.",
    "The exit status is 1 if the scenario expects something that did not come; if it",
    "expects nothing it is 0, even if --for ends before --count messages have come.",
    "A pty:/PATH that is not there is made: others open it as their serial line.",
  ],
  examples: [
    { about: "Answer AA to every message on 127.0.0.1:2575", line: "mllp receive" },
    {
      about: "A slow and moody receiver, the same each time",
      line: "mllp receive --listen :2576 --reply AA:95,AE:5 --delay 2ms:90,150ms:9,2s:1 --seed 7",
    },
    {
      about: "Lose one acknowledgement in ten, half of one in a hundred",
      line: "mllp receive --listen :2577 --fault no-reply:10% --fault close-mid-ack:1%",
    },
    {
      about: "Plain MLLP and TLS side by side",
      line: "mllp receive --listen :2578 --listen tls://127.0.0.1:2579 --tls-self-signed",
    },
    {
      about: "For a script: take one message, print it as JSON, exit",
      line: "mllp receive --listen :2580 --count 1 --for 30s --json --show-payload",
    },
    {
      about: "Rules from a file, on another port",
      line: "mllp receive scenario.yaml --listen :2582",
    },
    {
      about: "What is wrong with a file of rules, and what each rule does",
      line: "mllp receive scenario.yaml --check --explain",
    },
    {
      about: "One that a test can change while it runs, with mllp ctl",
      line: "mllp receive --listen :2583 --control 127.0.0.1:8576",
    },
    {
      about: "Accept only what is safe on the disk, and write down what came",
      line: "mllp receive --listen :2581 --journal received.ndjson --fsync --journal-key PID-3.1",
    },
  ],
  async run({ operands, flags, given, output, input, environment }): Promise<ExitCode> {
    const asked = INSPECTIONS.filter((flag) => flags[flag]);
    if (flags.why !== undefined) {
      if (asked.length > 0) {
        throw new UsageError(`--why and ${longName(asked[0])} are two questions: leave one of them out`);
      }
      if (flags.journal === undefined) throw new UsageError("--why: wanted the journal of the run, --journal FILE");
      const { why } = await import("./receive_why.ts");
      return await why(flags.why, flags.journal, output);
    }
    const [path] = operands;
    if (asked.length > 0) refuseOfRuns(longName(asked[0]), given);
    if (path === undefined && asked.length > 0) {
      throw new UsageError(`${longName(asked[0])}: wanted a scenario file to look at`);
    }
    const seed = flags.seed ?? freshSeed();
    const changes = {
      seed: flags.seed,
      reply: given("reply") ? flags.reply : undefined,
      delay: given("delay") ? flags.delay : undefined,
      faults: flags.fault,
      limits: {
        ...(given("maxConnections") ? { maxConnections: flags.maxConnections } : {}),
        ...(flags.idleTimeout === undefined ? {} : { idleTimeoutMs: flags.idleTimeout }),
      },
    };
    let written: Scenario | null = null;
    let matcher: Matcher | undefined;
    let text: string | null = null;
    if (path !== undefined) {
      adviseIfNoFile(path);
      const { inspectScenario, matcher: expressions, readScenario } = await import(
        "./receive_scenario.ts"
      );
      matcher = expressions;
      const read = readScenario(path, { seed, output });
      text = read.text;
      written = usage(() => withFlags(read.scenario, changes), path);
      if (asked.length > 0) return await inspectScenario(written, flags, { path, output, input });
    }
    const listeners = await readListeners(flags, output, given("listen"), written);
    const scenario = usage(() =>
      written === null ? scenarioFromFlags({ ...changes, seed, listeners }) : withFlags(written, { listeners })
    );
    const conflict = listenerConflict(scenario);
    if (conflict !== null) throw new UsageError(path === undefined ? conflict : `${path}: ${conflict}`);
    const place = controlPlace(flags, environment, scenario);
    const opened = await openJournal(flags, given, scenario, { output, isAsked: place !== null });
    const run = {
      scenario,
      listeners,
      matcher,
      journal: opened?.journal ?? null,
      replay: flags.replay ?? null,
      control: place,
      /** What the API changes: the file as it is written, and the flags that stand over it. */
      written: {
        path: path ?? null,
        text,
        flags: { ...changes, seed: scenario.seed, ...given("listen") ? { listeners } : {} },
      },
      payload: flags.payload,
      showPayload: flags.showPayload,
      count: flags.count,
      forMs: flags.for,
    };
    return await runReceiver(run, {
      output,
      started: () => announce(scenario, path, flags, output),
      givenUp: () => opened?.giveUp(),
    });
  },
});

/** Throws a `UsageError` for a flag that would have no effect, since nothing is run. */
function refuseOfRuns(asked: string, given: (key: keyof ReceiveFlags) => boolean): void {
  const found = OF_RUNS.find((key) => given(key));
  if (found === undefined) return;
  throw new UsageError(`${longName(found)} is about a run, and ${asked} runs nothing: leave one of them out`);
}

/** What will be done with messages, in a line. */
function announce(scenario: Scenario, path: string | undefined, flags: ReceiveFlags, output: Output): void {
  const { defaults, rules, seed, phases = [], name } = scenario;
  const delay = defaults.delay.kind === "fixed" && defaults.delay.ms === 0
    ? ""
    : ` after ${formatDelay(defaults.delay)}`;
  const counted = (count: number, what: string) => count === 0 ? "" : `, ${count} ${what}${count === 1 ? "" : "s"}`;
  // The rules of flags are short for faults; those of a file are told by --explain.
  const faults = path === undefined
    ? rules.map((rule) => `, ${rule.id} ${Number((rule.trigger.chance * 100).toPrecision(6))}%`).join("")
    : `${counted(rulesOf(scenario).length, "rule")}${counted(phases.length, "phase")}`;
  const end = flags.count === undefined
    ? ""
    : `, until ${flags.count === 1 ? "1 message has" : `${flags.count} messages have`} come`;
  const time = flags.for === undefined ? "" : `, for ${formatDuration(flags.for)}`;
  const called = name === undefined ? "" : `${printable(name)}: `;
  output.progress(
    `${called}replying ${formatReply(defaults.reply)}${delay}${faults}${end}${time}; seed ${seed}; Ctrl-C stops`,
  );
}

/** Where to listen: what a scenario says, or the flags. */
async function readListeners(
  flags: ReceiveFlags,
  output: Output,
  elsewhere: boolean,
  written: Scenario | null,
): Promise<ListenerSpec[]> {
  const texts = flags.listen.length === 0 ? [DEFAULT_LISTEN] : flags.listen;
  const asksForTls = flags.tls || flags.cert !== undefined || flags.key !== undefined ||
    flags.clientCa !== undefined || flags.tlsSelfSigned;
  // Certificates are meant for the listeners that say tls://; where none does, for all that say nothing.
  const named = texts.some((text) => /^tls:/i.test(text));
  const defaultKind = flags.tls || (asksForTls && !named) ? "tls" : "tcp";
  const endpoints = (elsewhere ? null : written)?.listeners.map(({ endpoint }) => endpoint) ??
    texts.map((text) => usage(() => parseEndpoint(text, { defaultKind }), `--listen ${text}`));
  // The scenario's rules and phases speak of its listeners wherever they are.
  const names = written?.listeners.map(({ name }) => name) ?? [];
  const secured = endpoints.filter((endpoint) => endpoint.kind === "tls");
  if (asksForTls && secured.length === 0) {
    throw new UsageError("TLS was asked for, but no listener speaks it: write --listen tls://HOST:PORT");
  }
  const own = flags.tlsSelfSigned ? await makeCertificate(flags, secured, output) : null;
  const dialogues = endpoints.map((endpoint) => dialogueOf(endpoint, flags));
  checkRules(dialogues, flags);
  return endpoints.map((endpoint, i) => {
    const name = names[i];
    if (!isLoopback(endpoint)) output.warn(`${formatPlace(endpoint)} takes messages from other machines`);
    const link = dialogues[i];
    if (endpoint.kind !== "tls") return { name, endpoint, link, tls: null };
    const { cert, key, clientCa } = flags;
    if (own !== null) return { name, endpoint, link, tls: own };
    const where = `--listen ${formatPlace(endpoint)}`;
    if ((endpoint.options.cert ?? cert) === undefined || (endpoint.options.key ?? key) === undefined) {
      const wanted = "wanted a certificate and its key: --cert and --key, or --tls-self-signed";
      throw new UsageError(`${where}: Cannot listen with TLS: ${wanted}`);
    }
    return {
      name,
      endpoint,
      link,
      tls: usageOfTls([endpoint], () => readServerTls(endpoint, { cert, key, clientCa }), where),
    };
  });
}

async function makeCertificate(
  flags: ReceiveFlags,
  endpoints: readonly Endpoint[],
  output: Output,
): Promise<TlsServerOptions> {
  if (flags.cert !== undefined || flags.key !== undefined) {
    throw new UsageError("--tls-self-signed makes its own certificate: leave out --cert and --key");
  }
  const { selfSigned } = await import("../lib/transport/self_signed.ts");
  const hosts = new Set(["localhost", "127.0.0.1", "::1", hostname(), ...endpoints.map(({ host }) => host)]);
  const pair = await selfSigned({ hosts: [...hosts] });
  output.progress("TLS with a certificate made for this run; mllp send takes it with --insecure");
  return { ...pair, clientCa: usageOfTls([], () => readPem("client-ca", flags.clientCa)) };
}

/** What is no file may be meant for something else. */
function adviseIfNoFile(path: string): void {
  if (existsSync(path)) return;
  const advice = adviseListen(path);
  throw new UsageError(
    advice === null ? `${path}: there is no such file; wanted a scenario` : `'${path}' is no scenario file: ${advice}`,
  );
}

/** An endpoint without its flag, as other programs take it, is worth a hint. */
function adviseListen(operand: string): string | null {
  const place = /^\d+$/.test(operand) ? `:${operand}` : operand;
  try {
    parseEndpoint(place);
    return `write --listen ${place}`;
  } catch {
    return null;
  }
}

function isLoopback({ kind, host }: Endpoint): boolean {
  if (kind !== "tcp" && kind !== "tls") return true;
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** A duration above zero. */
function parseWait(text: string): number {
  const ms = parseDuration(text);
  if (ms === 0) throw new RangeError(`Cannot wait ${text}: wanted more than 0`);
  return ms;
}
