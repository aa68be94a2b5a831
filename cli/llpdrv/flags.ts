/**
 * The flags of `mllp llpdrv`, by group, and which of them mean something in which case: one that would mean nothing is
 * refused, never ignored.
 *
 * @module
 */
import { HLLP_VERSIONS } from "../../lib/framing/hllp_block.ts";
import type { LineProtocol } from "../../lib/bridge/options.ts";
import { parseNetwork } from "../../lib/network.ts";
import { type Endpoint, parseEndpoint } from "../../lib/transport/endpoint.ts";
import { parseCount, parseDuration, parsePositive, parseSize } from "../../lib/values.ts";
import { anyText, choice, type FlagValues, group, listed, toggle, value } from "../command.ts";
import { UsageError } from "../exit_code.ts";
import { longName } from "../parser.ts";
import { outputFlags } from "../shared_flags.ts";

/** What log lines there are, each with those before it. */
export const LOG_LEVELS = ["error", "warning", "info", "debug"] as const;

const lineFlags = group("The line", {
  protocol: choice("what is spoken on it; -m, -h, -a for MLLP, HLLP, X3.28", ["mllp", "mllp2", "hllp", "x328"], "mllp"),
  listen: value("SERVICE[%ADDR]", "-i, -u: listen, on loopback without ADDR; or host:port, unix:PATH, tls://", anyText),
  line: value("ENDPOINT", "connect to it, again and again: a serial server that listens", parseEndpoint),
  device: value("PATH", "-t: a tty device", anyText, undefined, { path: true }),
  pty: value("PATH", "-p: make a pty, PATH a link to its other side; or a tty that is there", anyText, undefined, {
    path: true,
  }),
  setLine: toggle("-I: set the device at each open: 9600 baud 8N1 without flow control, or as said below"),
  baud: value("N", "its speed; as the others below, with or without -I", parsePositive),
  parity: choice("its parity", ["none", "even", "odd"]),
  dataBits: choice("its data bits", ["5", "6", "7", "8"]),
  stopBits: choice("its stop bits", ["1", "2"]),
  flow: choice("its flow control", ["none", "rtscts", "xonxoff"]),
  priority: choice(
    "X3.28, HLLP: who yields when both begin at once: we (line) or the peer (host)",
    ["line", "host"],
    "line",
  ),
});

const roleFlags = group("The inside (ILLP)", {
  to: value("SERVICE[%HOST]", "the second -i: the destination of the line's messages", anyText),
  dist: value("SERVICE[%ADDR]", "the third -i: where programs of this host connect to send on the line", anyText),
  distalAllow: listed(
    "NETWORK,...",
    "who may connect there; beyond this host only if said here",
    parseNetwork,
    "127.0.0.0/8,::1",
  ),
  distalTo: choice("which connection of the line gets their messages", ["newest", "oldest", "only"], "newest"),
  services: value("FILE", "names of services, asked before /etc/services", anyText, undefined, { path: true }),
  fromAddress: value("TEXT", "write TEXT STX before each request, and expect it", anyText),
  maxMessage: value("SIZE", "longest message either way", parseSize, "16MiB"),
});

const waitFlags = group("Waits", {
  ackHold: value(
    "DURATION",
    "X3.28, MLLP 2: hold the line's acknowledgement for the reply at most",
    parseDuration,
    "4s",
  ),
  replyTimeout: value("DURATION", "wait for a reply, of the destination or of the line", parseDuration, "30s"),
  connectTimeout: value("DURATION", "wait for a connection to the destination", parseDuration, "5s"),
  emptyReply: choice("MLLP: what an empty reply of the destination puts on the line", ["AA", "AE", "none"], "AE"),
  lineWait: value("DURATION", "how long a message waits for a line when there is none", parseDuration, "10s"),
  lineTimeout: value("DURATION", "how long a message waits for a line that is in use", parseDuration, "60s"),
  lineQueue: value("N", "how many messages may wait for it", parsePositive, "64"),
  stopTimeout: value("DURATION", "how long the end waits for the transaction in hand", parseDuration, "10s"),
});

const x328Flags = group("X3.28", {
  timerA: value("DURATION", "Timer A: no answer to a bid or a block", parseDuration, "6s"),
  timerB: value("DURATION", "Timer B: a block begun and not ended", parseDuration, "3s"),
  timerD: value("DURATION", "Timer D: nothing at all in a transfer", parseDuration, "30s"),
  rebid: value("DURATION", "pause before the next bid", parseDuration, "1s"),
  maxBlock: value("BYTES", "longest text of a block sent", parsePositive, "245"),
  bidTries: value("N", "how often the line is bid for", parsePositive, "5"),
  blockTries: value("N", "how often a block is sent", parsePositive, "5"),
  sevenBit: toggle("the line strips the eighth bit"),
});

const otherProtocolFlags = group("HLLP, MLLP 2", {
  hllpVersion: choice("HLLP: version in the blocks sent", HLLP_VERSIONS, "23"),
  checksumIncludesCount: toggle("HLLP: the checksum covers the count, as one deployed decoder wants it"),
  readTimeout: value("DURATION", "HLLP: wait for an answer, or for the rest of a block", parseDuration, "10s"),
  commitTimeout: value("DURATION", "MLLP 2: wait for a commit acknowledgement", parseDuration, "10s"),
  retries: value("N", "how often a block is sent again (default: HLLP 5, MLLP 2 2)", parseCount),
});

const spoolFlags = group("Spool", {
  spool: value("DIR", "keep messages of the line there until the destination has answered", anyText, undefined, {
    path: true,
  }),
  spoolAck: choice("MLLP, HLLP: what answers a message that is spooled and not delivered yet", ["AA"]),
  spoolMax: value("SIZE", "how much it may hold; beyond that messages are refused", parseSize, "256MiB"),
  spoolTries: value(
    "N",
    "how often the destination may fail with a message before it is given up, if it does not fail with others",
    parsePositive,
    "3",
  ),
});

const processFlags = group("The process", {
  once: toggle("-1: one transaction of the line, no distal server, then the end; in the foreground"),
  debug: toggle("-d: show each frame and control sequence of the line; in the foreground"),
  foreground: toggle("-y: stay in the foreground, keep the terminal"),
  supervised: toggle("-Y: started by init or a supervisor: do not fork"),
  dryRun: toggle("show what the command line means, and do nothing"),
  pidFile: value("FILE", "write the server's process id there", anyText, undefined, { path: true }),
  logFile: value("FILE", "append the log there, NDJSON without payload; - is standard error", anyText, undefined, {
    path: true,
  }),
  logLevel: choice("how much is logged", LOG_LEVELS, "info", { placeholder: "LEVEL" }),
  statusFile: value("FILE", "keep the counters there, as JSON", anyText, undefined, { path: true }),
  metrics: value("HOST:PORT", "serve the counters there, for Prometheus", parsePlace),
});

/** All of them. */
export const llpdrvFlags = {
  ...lineFlags,
  ...roleFlags,
  ...waitFlags,
  ...x328Flags,
  ...otherProtocolFlags,
  ...spoolFlags,
  ...processFlags,
  ...outputFlags,
};

/** Their values. */
export type LlpdrvFlags = FlagValues<typeof llpdrvFlags>;

/** The settings of a serial device. */
export const DEVICE_FLAGS = ["setLine", "baud", "parity", "dataBits", "stopBits", "flow"] as const;

/** What decides whether a flag means something. */
export interface Situation {
  readonly protocol: LineProtocol;
  /** Whether the line is a serial device. */
  readonly serial: boolean;
  readonly distal: boolean;
  readonly spool: boolean;
}

/** How people name the protocols. */
export const PROTOCOL_NAMES: Readonly<Record<LineProtocol, string>> = {
  mllp: "MLLP",
  mllp2: "MLLP release 2",
  hllp: "HLLP",
  x328: "X3.28",
};

const BY_PROTOCOL: readonly (readonly [readonly (keyof typeof llpdrvFlags)[], readonly LineProtocol[]])[] = [
  [Object.keys(x328Flags) as (keyof typeof x328Flags)[], ["x328"]],
  [["hllpVersion", "checksumIncludesCount", "readTimeout"], ["hllp"]],
  [["commitTimeout"], ["mllp2"]],
  [["retries"], ["hllp", "mllp2"]],
  [["emptyReply"], ["mllp", "mllp2"]],
  [["ackHold"], ["x328", "mllp2"]],
  [["priority"], ["x328", "hllp"]],
  [["spoolAck"], ["mllp", "hllp"]],
];

const BY_PRESENCE:
  readonly (readonly [readonly (keyof typeof llpdrvFlags)[], "serial" | "distal" | "spool", string])[] = [
    [DEVICE_FLAGS, "serial", "it sets a serial device: wanted -t PATH"],
    [["distalAllow", "distalTo"], "distal", "there is no distal server: wanted a third -i, or --dist"],
    [["spoolAck", "spoolMax", "spoolTries"], "spool", "there is no spool: wanted --spool DIR"],
  ];

/** Throws a `UsageError` for a flag that was given and means nothing. */
export function refuseIdle(given: (key: keyof typeof llpdrvFlags) => boolean, situation: Situation): void {
  for (const [keys, protocols] of BY_PROTOCOL) {
    const key = protocols.includes(situation.protocol) ? undefined : keys.find(given);
    if (key !== undefined) {
      const wanted = protocols.map((protocol) => PROTOCOL_NAMES[protocol]).join(" or ");
      throw new UsageError(
        `${longName(key)}: it is an option of ${wanted}, the line speaks ${PROTOCOL_NAMES[situation.protocol]}`,
      );
    }
  }
  for (const [keys, presence, why] of BY_PRESENCE) {
    const key = situation[presence] ? undefined : keys.find(given);
    if (key !== undefined) throw new UsageError(`${longName(key)}: ${why}`);
  }
}

function parsePlace(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint.kind !== "tcp" || Object.keys(endpoint.options).length > 0) {
    throw new RangeError(`Cannot serve metrics at '${text}': wanted HOST:PORT`);
  }
  return endpoint;
}
