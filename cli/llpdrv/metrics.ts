/**
 * `--metrics`: the counters of a driver for Prometheus, read when somebody asks. Nothing is done for a message.
 *
 * @module
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { Counters, DriverStatus } from "../../lib/bridge/options.ts";
import type { Endpoint } from "../../lib/transport/endpoint.ts";
import { MetricsPage } from "../metrics_page.ts";

/** What each counter is called and what it counts; those with a label are one family. */
const COUNTERS: Readonly<
  Record<keyof Counters, readonly [family: string, direction: "in" | "out" | "", help: string]>
> = {
  messagesIn: ["messages", "in", "Messages taken whole from the line (in), and taken by it (out)."],
  messagesOut: ["messages", "out", ""],
  bytesIn: ["bytes", "in", "Bytes of these messages."],
  bytesOut: ["bytes", "out", ""],
  repliesIn: ["replies", "in", "Replies of the line given to distal clients (in), and put on the line (out)."],
  repliesOut: ["replies", "out", ""],
  refusedIn: ["failed", "in", "Messages refused on the line (in), and of distal clients that failed (out)."],
  failedOut: ["failed", "out", ""],
  blocksIn: ["blocks", "in", "Blocks read from and written to the line."],
  blocksOut: ["blocks", "out", ""],
  naksIn: ["naks", "in", "Negative acknowledgements of the line's protocol."],
  naksOut: ["naks", "out", ""],
  repliesLost: ["replies_lost", "", "Replies that could not be put on the line."],
  unmatched: ["unmatched", "", "Acknowledgements of the line that nobody waited for."],
  destinationFailures: ["destination_failures", "", "Times the destination was unreachable, broke off or was silent."],
  distalRefused: ["distal_refused", "", "Distal clients turned away."],
  retries: ["retries", "", "Blocks and bids sent again."],
  duplicates: ["duplicates", "", "Blocks that came again."],
  checksumErrors: ["checksum_errors", "", "Blocks whose checksum (BCC) or count was wrong."],
  faults: ["faults", "", "Other damage on the line."],
  timeouts: ["timeouts", "", "Timers of the line that ran out."],
  lineOpens: ["line_opens", "", "Connections of the line, accepted, reached or opened."],
  reopenings: ["line_reopenings", "", "Those after the first, of a device or a line that we connect."],
  spooled: ["spooled", "", "Messages taken into the spool."],
  drained: ["drained", "", "Messages of the spool that the destination has answered."],
  deadLetters: ["dead_letters", "", "Messages of the spool that were given up."],
};

const GAUGES: readonly (readonly [name: string, help: string, value: (status: DriverStatus) => number | null])[] = [
  ["up", "1 while the driver takes new work.", ({ state }) => state === "running" ? 1 : 0],
  ["lines", "Live connections of the line.", ({ lines }) => lines.length],
  ["queue", "Messages waiting for the line.", ({ queue }) => queue],
  ["distal_clients", "Distal clients connected.", ({ distalClients }) => distalClients],
  ["spool", "Messages in the spool; not there without one.", ({ spool }) => spool],
  ["spool_dead", "Messages in the spool that were given up, ever; not there without one.", ({ dead }) => dead],
  [
    "destination_up",
    "Whether the last use of the destination worked; not there before the first.",
    ({ destinationUp }) => destinationUp === null ? null : Number(destinationUp),
  ],
  ["longest_wait_in_seconds", "Longest wait for the line, of its messages.", (s) => s.longestWaitMs.in / 1000],
  ["longest_wait_out_seconds", "Longest wait for the line, of distal clients.", (s) => s.longestWaitMs.out / 1000],
];

/** Serves the metrics of one driver; `read` gives `null` before it runs. Rejects with a `TransportError`. */
export function openMetrics(endpoint: Endpoint, read: () => DriverStatus | null): Promise<MetricsPage> {
  const registry = new Registry();
  register(registry, read);
  return MetricsPage.open(endpoint, { contentType: registry.contentType, text: () => registry.metrics() });
}

function register(registry: Registry, read: () => DriverStatus | null): void {
  const families = new Map<string, { help: string; keys: [keyof Counters, string][] }>();
  for (const [key, [family, direction, help]] of Object.entries(COUNTERS)) {
    const found = families.get(family) ?? { help, keys: [] };
    found.keys.push([key as keyof Counters, direction]);
    families.set(family, found);
  }
  for (const [family, { help, keys }] of families) {
    new Counter({
      name: `llpdrv_${family}_total`,
      help,
      labelNames: keys.length > 1 ? ["direction"] : [],
      registers: [registry],
      collect() {
        this.reset();
        const status = read();
        for (const [key, direction] of keys) {
          this.inc(direction === "" ? {} : { direction }, status?.counters[key] ?? 0);
        }
      },
    });
  }
  for (const [name, help, value] of GAUGES) {
    new Gauge({
      name: `llpdrv_${name}`,
      help,
      registers: [registry],
      collect() {
        const status = read();
        const now = status === null ? null : value(status);
        this.reset();
        if (now === null) this.remove();
        else this.set(now);
      },
    });
  }
}
