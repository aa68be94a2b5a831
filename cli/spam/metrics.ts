/**
 * `--metrics`: how the run stands, for Prometheus. All is read from the live snapshot when somebody
 * asks, and at most ten times a second; nothing is done for a message, and the run is never changed
 * by who looks at it.
 *
 * Names follow Prometheus' conventions: base units, `_total` for what only grows. Latencies are
 * those of the last whole interval, gauges with the label `quantile`; percentiles of the whole run
 * are in the run document.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import { type Clock, pause, systemClock } from "../../lib/clock.ts";
import type { LiveSnapshot } from "../../lib/load/result.ts";
import type { Endpoint } from "../../lib/transport/endpoint.ts";
import { formatDuration } from "../../lib/values.ts";
import { UsageError } from "../exit_code.ts";
import { MetricsPage } from "../metrics_page.ts";

/** How old what is shown may be, in milliseconds. */
const STALE_MS = 100;

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels?: readonly string[];
  /** What there is to show now; nothing where it does not exist, as a rate in a closed loop. */
  values(run: LiveSnapshot): readonly (readonly [Labels, number])[];
}

const single = (number: number | null) => number === null ? [] : [[{}, number] as const];
const labelled = (name: string, counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([label, count]) => [{ [name]: label }, count] as const);

const FAMILIES: readonly Family[] = [
  {
    name: "mllp_planned_total",
    type: "counter",
    help: "Messages that have fallen due.",
    values: (run) => single(run.planned),
  },
  { name: "mllp_sent_total", type: "counter", help: "Messages sent.", values: (run) => single(run.sent) },
  {
    name: "mllp_messages_total",
    type: "counter",
    help: "Messages that have their outcome.",
    labels: ["outcome"],
    values: (run) => labelled("outcome", run.outcomes),
  },
  {
    name: "mllp_acks_total",
    type: "counter",
    help: "Acknowledgements by the code that the peer sent (MSA-1).",
    labels: ["code"],
    values: (run) => labelled("code", run.acks),
  },
  {
    name: "mllp_in_flight",
    type: "gauge",
    help: "Messages that wait for their answer.",
    values: (run) => single(run.in_flight),
  },
  {
    name: "mllp_queue",
    type: "gauge",
    help: "Messages due that wait for a free connection.",
    values: (run) => single(run.queue),
  },
  {
    name: "mllp_retrying",
    type: "gauge",
    help: "Messages that wait to be sent again.",
    values: (run) => single(run.retrying),
  },
  { name: "mllp_connections_open", type: "gauge", help: "Open connections.", values: (run) => single(run.open) },
  {
    name: "mllp_connections_asked",
    type: "gauge",
    help: "Connections asked for.",
    values: (run) => single(run.connections),
  },
  {
    name: "mllp_rate_asked",
    type: "gauge",
    help: "Messages per second asked for; not there in a closed loop.",
    values: (run) => single(run.asked),
  },
  {
    name: "mllp_rate_achieved",
    type: "gauge",
    help: "Messages per second sent in the last interval.",
    values: (run) => single(run.achieved),
  },
  {
    name: "mllp_latency_seconds",
    type: "gauge",
    help: "Latency in the last interval: lag is send minus due, service answer minus write, response answer minus due.",
    labels: ["series", "quantile"],
    values: latencies,
  },
  {
    name: "mllp_elapsed_seconds",
    type: "gauge",
    help: "Time since the run began.",
    values: (run) => single(run.elapsed_s),
  },
];

function latencies(run: LiveSnapshot): [Labels, number][] {
  const values: [Labels, number][] = [];
  const add = (series: string, quantile: string, us: number) => values.push([{ series, quantile }, us / 1e6]);
  if (run.lag_p99 !== null) add("lag", "0.99", run.lag_p99);
  for (const series of ["service", "response"] as const) {
    const figures = run[series];
    if (figures === null || figures.count === 0) continue;
    add(series, "0.5", figures.p50);
    add(series, "0.99", figures.p99);
  }
  return values;
}

/** The metrics of one run, served over HTTP. */
export class MetricsServer {
  #page: MetricsPage | null = null;
  readonly #clock: Clock;
  readonly #registry = new Registry();
  #snapshot: (() => LiveSnapshot) | null = null;
  /** How the run ended. */
  #last: LiveSnapshot | null = null;
  #shown: { readonly at: number; readonly text: Promise<string> } | null = null;
  readonly #scrapedAfterwards = new AbortController();
  #wasRead = false;

  private constructor(clock: Clock) {
    this.#clock = clock;
    registerProcess(this.#registry);
  }

  /** Listens. Rejects with a `UsageError` where that cannot be: nothing was sent, and the peer is not to blame. */
  static async open(endpoint: Endpoint, clock: Clock = systemClock): Promise<MetricsServer> {
    const metrics = new MetricsServer(clock);
    try {
      metrics.#page = await MetricsPage.open(endpoint, {
        contentType: metrics.#registry.contentType,
        text: () => metrics.#text(),
        reading: (response) => metrics.#reading(response),
      });
    } catch (error) {
      throw new UsageError(`--metrics: ${(error as Error).message}`, { cause: error });
    }
    return metrics;
  }

  /** Whether anybody has read them. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  /** Where it is served. */
  get url(): string {
    return this.#page?.url ?? "";
  }

  /** The run begins: what it shows can be asked for any time until `ended`. */
  started(snapshot: () => LiveSnapshot): void {
    this.#snapshot = snapshot;
    registerRun(this.#registry, () => this.#last ?? snapshot());
  }

  /** The run is over: from now on its last figures are shown. */
  ended(): void {
    this.#last = this.#snapshot?.() ?? null;
    this.#shown = null;
  }

  /** Stays until somebody has read the last figures, or for so long, or until the signal aborts; then closes. */
  async linger(ms: number, signal: AbortSignal, say: (text: string) => void): Promise<void> {
    const over = AbortSignal.any([signal, this.#scrapedAfterwards.signal]);
    if (this.#last !== null && ms > 0 && !over.aborted) {
      say(`metrics stay on ${this.url} until they are read once more, ${formatDuration(ms)} at most; Ctrl-C ends that`);
      await pause(this.#clock, ms, over);
    }
    this.close();
  }

  /** Stops listening. */
  close(): void {
    this.#page?.close();
  }

  /** After the run, one who has read all is the last that is waited for. */
  #reading(response: ServerResponse): Readonly<Record<string, string>> {
    this.#wasRead = true;
    if (this.#last === null) return {};
    response.once("close", () => response.writableFinished && this.#scrapedAfterwards.abort());
    return { Connection: "close" };
  }

  #text(): Promise<string> {
    const now = this.#clock.now();
    if (this.#shown === null || now - this.#shown.at >= STALE_MS) {
      this.#shown = { at: now, text: this.#registry.metrics() };
    }
    return this.#shown.text;
  }
}

function registerRun(registry: Registry, read: () => LiveSnapshot): void {
  // One snapshot for all families of a scrape: the first asks for it, and it is gone by the next.
  let current: LiveSnapshot | null = null;
  const snapshot = () => {
    if (current === null) {
      current = read();
      queueMicrotask(() => current = null);
    }
    return current;
  };
  for (const { name, type, help, labels = [], values } of FAMILIES) {
    const about = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === "counter") {
      new Counter({
        ...about,
        collect() {
          this.reset();
          for (const [of, number] of values(snapshot())) this.inc(of, number);
        },
      });
    } else {
      new Gauge({
        ...about,
        collect() {
          this.reset();
          const shown = values(snapshot());
          // A gauge without labels is 0 when reset: one that does not exist is taken out.
          if (shown.length === 0 && labels.length === 0) this.remove();
          for (const [of, number] of shown) this.set(of, number);
        },
      });
    }
  }
}

function registerProcess(registry: Registry): void {
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of the load generator, user and system.",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of the load generator.",
    registers: [registry],
    collect() {
      this.set(process.memoryUsage().rss);
    },
  });
}
