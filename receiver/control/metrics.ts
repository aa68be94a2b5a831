/**
 * How the receiver stands, for Prometheus: all is read when somebody asks, nothing is done for a message.
 *
 * @module
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { ControlSurface, FaultCounts, ReceiverStatus } from "./surface.ts";

type Labels = Readonly<Record<string, string>>;
type Value = readonly [Labels, number];

/** What one scrape sees. */
interface Seen {
  readonly status: ReceiverStatus;
  readonly faults: readonly (readonly [rule: string, counts: FaultCounts])[];
  readonly standings: ReturnType<ControlSurface["standings"]>;
}

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly labels?: readonly string[];
  values(seen: Seen): readonly Value[];
}

const single = (number: number): readonly Value[] => [[{}, number]];
const labelled = (name: string, counts: Readonly<Record<string, number>>): readonly Value[] =>
  Object.entries(counts).filter(([, count]) => count > 0).map(([label, count]) => [{ [name]: label }, count]);
const byRule = (seen: Seen, key: keyof FaultCounts): readonly Value[] =>
  seen.faults.map(([rule, counts]) => [{ rule }, counts[key]]);

const FAMILIES: readonly Family[] = [
  {
    name: "mllp_receive_messages_total",
    type: "counter",
    help: "Messages received.",
    values: ({ status }) => single(status.totals.messages),
  },
  {
    name: "mllp_receive_replies_total",
    type: "counter",
    help: "Replies sent, by MSA-1.",
    labels: ["code"],
    values: ({ status }) => labelled("code", status.totals.replies),
  },
  {
    name: "mllp_receive_duplicates_total",
    type: "counter",
    help: "Messages whose control id had come before.",
    values: ({ status }) => single(status.totals.duplicates),
  },
  {
    name: "mllp_receive_held_total",
    type: "counter",
    help: "Messages deliberately not answered.",
    values: ({ status }) => single(status.totals.held),
  },
  {
    name: "mllp_receive_unanswered_total",
    type: "counter",
    help: "Messages whose steps were cut off by the end of their connection.",
    values: ({ status }) => single(status.totals.unanswered),
  },
  {
    name: "mllp_receive_frame_faults_total",
    type: "counter",
    help: "Frames that were refused and deliveries that failed, by code.",
    labels: ["code"],
    values: ({ status }) => labelled("code", status.totals.frameFaults),
  },
  {
    name: "mllp_receive_noise_bytes_total",
    type: "counter",
    help: "Bytes outside of frames.",
    values: ({ status }) => single(status.totals.noiseBytes),
  },
  {
    name: "mllp_receive_connections_total",
    type: "counter",
    help: "Connections taken.",
    values: ({ status }) => single(status.totals.connections),
  },
  {
    name: "mllp_receive_connections_refused_total",
    type: "counter",
    help: "Connections beyond the limit, and such as failed while they were accepted.",
    values: ({ status }) => single(status.totals.refused),
  },
  {
    name: "mllp_receive_connections_open",
    type: "gauge",
    help: "Connections that are open.",
    values: ({ status }) => single(status.connections),
  },
  {
    name: "mllp_receive_faults_asked_total",
    type: "counter",
    help: "How often a rule acted.",
    labels: ["rule"],
    values: (seen) => byRule(seen, "asked"),
  },
  {
    name: "mllp_receive_faults_injected_total",
    type: "counter",
    help: "How often what a rule asked for was done.",
    labels: ["rule"],
    values: (seen) => byRule(seen, "injected"),
  },
  {
    name: "mllp_receive_faults_overflowed_total",
    type: "counter",
    help: "How often a message was spared, for there were as many faults as the limits allow.",
    labels: ["rule"],
    values: (seen) => byRule(seen, "overflowed"),
  },
  {
    name: "mllp_receive_faults_active",
    type: "gauge",
    help: "Faults under way: waits, held replies.",
    labels: ["rule"],
    values: (seen) => byRule(seen, "active"),
  },
  {
    name: "mllp_receive_rule_on",
    type: "gauge",
    help: "Whether a rule may act on the next event.",
    labels: ["rule"],
    values: ({ standings }) => standings.map(({ id, standing }) => [{ rule: id }, standing === "on" ? 1 : 0]),
  },
  {
    name: "mllp_receive_listener_open",
    type: "gauge",
    help: "Whether a listener takes connections.",
    labels: ["endpoint"],
    values: ({ status }) => status.listeners.map(({ endpoint, state }) => [{ endpoint }, state === "open" ? 1 : 0]),
  },
  {
    name: "mllp_receive_uptime_seconds",
    type: "gauge",
    help: "Time since the receiver was started.",
    values: ({ status }) => single(status.uptimeMs / 1000),
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Memory of the receiver.",
    values: () => single(process.memoryUsage().rss),
  },
];

/** The metrics of one receiver. */
export class ReceiverMetrics {
  readonly #registry: Registry = new Registry();
  readonly #surface: ControlSurface;
  #seen: Seen | null = null;

  constructor(surface: ControlSurface) {
    this.#surface = surface;
    for (const { name, type, help, labels = [], values } of FAMILIES) {
      const about = { name, help, labelNames: [...labels], registers: [this.#registry] };
      const see = () => this.#see();
      if (type === "counter") {
        new Counter({
          ...about,
          collect() {
            this.reset();
            for (const [of, number] of values(see())) this.inc(of, number);
          },
        });
      } else {
        new Gauge({
          ...about,
          collect() {
            this.reset();
            for (const [of, number] of values(see())) this.set(of, number);
          },
        });
      }
    }
  }

  /** As Prometheus reads it. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics, as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** One look for all families of a scrape. */
  #see(): Seen {
    if (this.#seen !== null) return this.#seen;
    queueMicrotask(() => this.#seen = null);
    const surface = this.#surface;
    return this.#seen = {
      status: surface.status(),
      faults: Object.entries(surface.faults()),
      standings: surface.standings(),
    };
  }
}
