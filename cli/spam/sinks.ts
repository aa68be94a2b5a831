/**
 * What a run feeds while it runs: a log, metrics, Axiom. All is made sure of before anything is
 * sent, nothing of it ever holds the run up or ends it, and what did not get there is counted.
 *
 * In the order of a run: `openSinks`, `started`, the run with the `observer`, `finish`, the report,
 * `linger`; or `giveUp` where the run came to nothing. What serves only some of the runs is loaded
 * when it is asked for.
 *
 * @module
 */
import { parsePath } from "../../lib/hl7/path.ts";
import type { SettledMessage } from "../../lib/load/line_host.ts";
import type { Delivery, LiveSnapshot } from "../../lib/load/result.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { parseDuration } from "../../lib/values.ts";
import { anyText, type FlagValues, group, toggle, value } from "../command.ts";
import { UsageError } from "../exit_code.ts";
import type { Output } from "../output.ts";
import type { AxiomSink } from "./axiom.ts";
import type { LogSink } from "./log_sink.ts";
import type { MetricsServer } from "./metrics.ts";
import { type TakenFile, TakenFiles } from "./taken_file.ts";

/** How long metrics stay after the run: long enough for the usual scrape intervals of 15 and 30 seconds (our decision). */
const LINGER_MS = 30_000;
/** How long if nobody has looked at them yet: there may be nobody to wait for (our decision). */
const LINGER_UNSEEN_MS = 5_000;

/** The flags. */
export const sinkFlags = group("Telemetry", {
  log: value("FILE", "write a line (NDJSON) for each message: id, hash, outcome; no payload", anyText, undefined, {
    path: true,
  }),
  logKey: value("PATH", "put the value there, as PID-3.1, into each line of the log", parsePath),
  logFull: toggle("slow the run down rather than drop a line of the log"),
  metrics: value("HOST:PORT", "serve Prometheus metrics while it runs; :9464 is on this machine only", parseListen),
  linger: value(
    "DURATION",
    "how long metrics wait for a last scrape after the run (30s; 5s if there was none during the run)",
    parseDuration,
  ),
  axiomDataset: value("NAME", "send an event for each message to Axiom; AXIOM_TOKEN or API_TOKEN", parseDataset),
  axiomUrl: value("URL", "where Axiom is, if not at its vendor's", parseUrl),
  axiomPayload: toggle("put each reply into its event; it may name patients"),
});

/** The values of the flags. */
export type SinkFlags = FlagValues<typeof sinkFlags>;

/** What is fed. */
export interface Sinks {
  /** For the loop; empty where nothing is to be told. */
  readonly observer: {
    readonly settled?: (message: SettledMessage) => void;
    /** While true, the loop hands out no message. */
    readonly isFull?: () => boolean;
  };
  /** The run begins; the snapshot can be taken until `finish`. */
  started(snapshot: () => LiveSnapshot): void;
  /** The run is over: delivers what is left, for at most five seconds; nearly at once when the signal aborts. */
  finish(signal?: AbortSignal): Promise<readonly Delivery[]>;
  /** What went wrong that the exit status has to tell (1); known after `finish`. */
  readonly complaints: readonly string[];
  /** Waits, after the report, for a last look at the metrics; at most as long as asked for, or until the signal aborts. */
  linger(signal?: AbortSignal): Promise<void>;
  /** Nothing was sent: leaves no file and no port behind. */
  giveUp(): void;
}

/**
 * Opens what is asked for. Throws a `UsageError` for flags that cannot be, a missing token, a file
 * that cannot be written or is one of `taken`, a port for the metrics that cannot be had.
 *
 * @param taken the files that the run reads, and those that its reports go to
 */
export async function openSinks(
  flags: SinkFlags,
  environment: Readonly<Record<string, string | undefined>>,
  output: Output,
  taken: readonly TakenFile[] = [],
): Promise<Sinks> {
  requireTogether(flags);
  refuseTaken(flags, taken);
  const token = flags.axiomDataset === undefined ? null : readToken(environment);
  const log = flags.log === undefined ? null : await openLog(flags.log, flags);
  let metrics: MetricsServer | null = null;
  let axiom: AxiomSink | null = null;
  try {
    if (flags.metrics !== undefined) metrics = await openMetrics(flags.metrics, output);
    if (token !== null) axiom = await openAxiom(flags, token, output);
  } catch (error) {
    log?.giveUp();
    metrics?.close();
    throw error;
  }

  const never = new AbortController().signal;
  const complaints: string[] = [];
  return {
    observer: {
      ...(log === null && axiom === null ? {} : { settled: toEach(log, axiom) }),
      ...(log !== null && flags.logFull ? { isFull: () => log.isFull() } : {}),
    },
    complaints,
    started: (snapshot) => metrics?.started(snapshot),
    async finish(signal = never) {
      metrics?.ended();
      const deliveries = await Promise.all(
        [log, axiom].filter((sink) => sink !== null).map((sink) => sink.finish(signal)),
      );
      if (log !== null && log.failure !== null) {
        complaints.push(`--log ${flags.log}: cannot write the log: ${log.failure}`);
      }
      return deliveries;
    },
    linger: async (signal = never) => {
      const wait = metrics?.wasRead ? LINGER_MS : LINGER_UNSEEN_MS;
      // Said under --quiet too: a program that seems to hang must say why.
      await metrics?.linger(flags.linger ?? wait, signal, (text) => output.notice(text));
    },
    giveUp() {
      log?.giveUp();
      axiom?.giveUp();
      metrics?.close();
    },
  };
}

function toEach(log: LogSink | null, axiom: AxiomSink | null): (message: SettledMessage) => void {
  if (axiom === null) return (message) => log!.settled(message);
  if (log === null) return (message) => axiom.settled(message);
  return (message) => {
    log.settled(message);
    axiom.settled(message);
  };
}

/** What makes sense only with something else. */
function requireTogether(flags: SinkFlags): void {
  const pairs: [boolean, string, unknown, string][] = [
    [flags.logKey !== undefined, "--log-key", flags.log, "--log FILE"],
    [flags.logFull, "--log-full", flags.log, "--log FILE"],
    [flags.linger !== undefined, "--linger", flags.metrics, "--metrics :PORT"],
    [flags.axiomUrl !== undefined, "--axiom-url", flags.axiomDataset, "--axiom-dataset NAME"],
    [flags.axiomPayload, "--axiom-payload", flags.axiomDataset, "--axiom-dataset NAME"],
  ];
  for (const [given, name, other, wanted] of pairs) {
    if (given && other === undefined) throw new UsageError(`${name}: has no meaning without ${wanted}`);
  }
}

function refuseTaken({ log }: SinkFlags, taken: readonly TakenFile[]): void {
  const by = log === undefined ? null : new TakenFiles(taken).by(log);
  if (by !== null) throw new UsageError(`--log ${log}: that is the file of ${by}; wanted one of its own`);
}

async function openLog(path: string, { logKey, logFull }: SinkFlags): Promise<LogSink> {
  const [{ LogSink }, { openLogFile }] = await Promise.all([import("./log_sink.ts"), import("./log_file.ts")]);
  return new LogSink(openLogFile("--log", path), { key: logKey ?? null, full: logFull });
}

async function openMetrics(endpoint: ReturnType<typeof parseListen>, output: Output): Promise<MetricsServer> {
  const { MetricsServer } = await import("./metrics.ts");
  const metrics = await MetricsServer.open(endpoint);
  output.progress(`metrics on ${metrics.url}`);
  return metrics;
}

async function openAxiom(flags: SinkFlags, token: string, output: Output): Promise<AxiomSink> {
  const { axiomDataset, axiomUrl, axiomPayload } = flags;
  if (axiomUrl !== undefined && isInTheClear(axiomUrl)) {
    output.warn(`--axiom-url ${axiomUrl}: the token and the events go over the network unencrypted`);
  }
  const { AxiomSink } = await import("./axiom.ts");
  return await AxiomSink.open({
    dataset: axiomDataset!,
    url: axiomUrl,
    token,
    payload: axiomPayload,
    warn: (text) => output.warn(text),
  });
}

/**
 * The token. `AXIOM_TOKEN` goes first: `API_TOKEN`, mllp_spammer's word for it, may well be that of
 * some other service.
 */
function readToken(environment: Readonly<Record<string, string | undefined>>): string {
  const name = environment.AXIOM_TOKEN?.trim() ? "AXIOM_TOKEN" : "API_TOKEN";
  const token = environment[name]?.trim() ?? "";
  if (token === "") {
    throw new UsageError("--axiom-dataset: no token: set AXIOM_TOKEN or API_TOKEN in the environment or in .env");
  }
  // A header takes nothing else, and what it does take must not be said in an error.
  if (!/^[!-~]+$/.test(token)) throw new UsageError(`${name}: not a token: it has characters that none has`);
  if (token.startsWith("xapt-")) throw new UsageError(`${name}: a personal token (xapt-): wanted an API token (xaat-)`);
  return token;
}

function parseListen(text: string) {
  const endpoint = parseEndpoint(text);
  if (endpoint.kind === "tcp" && Object.keys(endpoint.options).length === 0) return endpoint;
  throw new RangeError(`Cannot serve metrics on '${text}': wanted :PORT or HOST:PORT`);
}

function parseDataset(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,127}$/i.test(text)) return text;
  throw new RangeError(`Cannot read '${text}' as a dataset: wanted letters, digits, '-', '_' and '.', at most 128`);
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError(`Cannot read '${text}' as a URL: wanted https://HOST`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new RangeError(`Cannot use the URL at ${url.host}: wanted scheme, host and path alone`);
  }
  return text;
}

function isInTheClear(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === "http:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
