/**
 * From the flags of `mllp llpdrv` to the options of the driver. It opens nothing but the file of services.
 *
 * @module
 */
import type { DriverOptions, LineMedium, LineProtocol } from "../../lib/bridge/options.ts";
import { HLLP_HEAD, HLLP_TAIL } from "../../lib/framing/hllp_block.ts";
import { isIn, type Network } from "../../lib/network.ts";
import { type Endpoint, formatPlace } from "../../lib/transport/endpoint.ts";
import { bytesPerSecond } from "../../lib/transport/serial_options.ts";
import { oneOf } from "../../lib/one_of.ts";
import { usage, UsageError } from "../exit_code.ts";
import { parseAddress } from "./address.ts";
import { type LlpdrvFlags, llpdrvFlags, PROTOCOL_NAMES, refuseIdle } from "./flags.ts";
import { Services } from "./services.ts";

/** What a command line asks for. */
export interface Plan {
  /** Without spool and observers. */
  readonly options: DriverOptions;
  readonly foreground: boolean;
  /** What must be said loudly before anything is bound. */
  readonly warnings: readonly string[];
}

/** Whether the user gave a flag. */
export type Given = (key: keyof LlpdrvFlags) => boolean;

/** What -I sets where nothing else is said (our decision: what most instruments come with). */
const LINE_DEFAULTS = { baud: "9600", data: "8", parity: "none", stop: "1", flow: "none" };

const LOOPBACK: readonly Network[] = llpdrvFlags.distalAllow.initial;

/** Reads the flags. Throws a `UsageError` that names the one that is wrong. */
export function makePlan(flags: LlpdrvFlags, given: Given): Plan {
  const services = new Services(flags.services);
  const { medium, endpoint, protocol } = readLine(flags, given, services);
  if (flags.to === undefined) {
    throw new UsageError("the destination is missing: wanted -i SERVICE%HOST behind the line, or --to");
  }
  const to = usage(() => parseAddress(flags.to!, "connect", services), "the destination");
  const distal = flags.dist === undefined ? null : readDist(flags.dist, flags.distalAllow, services);
  refuseIdle(given, {
    protocol,
    serial: endpoint.kind === "serial",
    distal: distal !== null,
    spool: flags.spool !== undefined,
  });
  const dist = flags.once ? null : distal;
  const warnings = [
    ...flags.once && distal !== null ? [`-1 has no distal server: ${formatPlace(distal)} is not used`] : [],
    ...spoolsLittle(protocol, flags),
    ...openTo(medium, endpoint),
    ...distalOpenTo(dist, flags.distalAllow),
  ];
  return {
    options: {
      line: { medium, endpoint, protocol, ...protocolOptions(flags, given, endpoint) },
      to,
      dist,
      ...common(flags),
    },
    foreground: flags.once || flags.debug || flags.foreground || flags.supervised,
    warnings,
  };
}

/** What a spool cannot do where the line has no acknowledgement but the application's. */
function spoolsLittle(protocol: LineProtocol, { spool, spoolAck }: LlpdrvFlags): string[] {
  if (spool === undefined || spoolAck !== undefined || (protocol !== "mllp" && protocol !== "hllp")) return [];
  return [
    "--spool without --spool-ack AA keeps only messages that ask for an accept acknowledgement (MSH-15): while the " +
    "destination is down, others are refused, and stay with the sender",
  ];
}

function common(flags: LlpdrvFlags): Partial<DriverOptions> {
  return {
    distalAllow: flags.distalAllow,
    distalTo: flags.distalTo,
    lineWaitMs: flags.lineWait,
    lineTimeoutMs: flags.lineTimeout,
    lineQueue: flags.lineQueue,
    ackHoldMs: flags.ackHold,
    replyTimeoutMs: flags.replyTimeout,
    connectTimeoutMs: flags.connectTimeout,
    emptyReply: flags.emptyReply,
    priority: flags.priority,
    fromAddress: flags.fromAddress ?? null,
    maxMessage: flags.maxMessage,
    spoolAck: flags.spoolAck ?? null,
    spoolTries: flags.spoolTries,
    once: flags.once,
    stopTimeoutMs: flags.stopTimeout,
  };
}

function protocolOptions(
  flags: LlpdrvFlags,
  given: Given,
  endpoint: Endpoint,
): Pick<DriverOptions["line"], "mllp" | "hllp" | "x328"> {
  const { retries } = flags;
  return {
    mllp: { mllp2: { commitTimeoutMs: flags.commitTimeout, retries } },
    hllp: {
      version: flags.hllpVersion,
      checksumIncludesCount: flags.checksumIncludesCount,
      readTimeoutMs: flags.readTimeout,
      retries,
      bytesPerSecond: bytesPerSecond(endpoint),
      ...given("maxMessage") ? { maxFrame: HLLP_HEAD + flags.maxMessage + HLLP_TAIL } : {},
    },
    x328: {
      timerAMs: flags.timerA,
      timerBMs: flags.timerB,
      timerDMs: flags.timerD,
      rebidMs: flags.rebid,
      maxBlock: flags.maxBlock,
      bidTries: flags.bidTries,
      blockTries: flags.blockTries,
      sevenBit: flags.sevenBit,
      ...given("maxMessage") ? { maxMessage: Math.min(flags.maxMessage, 99_999) } : {},
    },
  };
}

interface Line {
  readonly medium: LineMedium;
  readonly endpoint: Endpoint;
  readonly protocol: LineProtocol;
}

function readLine(flags: LlpdrvFlags, given: Given, services: Services): Line {
  const ways = (["listen", "line", "device", "pty"] as const).filter((key) => flags[key] !== undefined);
  if (ways.length === 0) {
    throw new UsageError("the line is missing: wanted -i SERVICE, -u PATH, -p PATH, -t DEVICE, or --line ENDPOINT");
  }
  if (ways.length > 1) throw new UsageError(`--${ways[0]} and --${ways[1]}: the line is one, wanted one of them`);
  switch (ways[0]) {
    case "listen": {
      const endpoint = usage(() => parseAddress(flags.listen!, "listen", services, ["tcp", "tls", "unix"]), "the line");
      return withFraming({ medium: "listen", endpoint, protocol: flags.protocol }, given);
    }
    case "device":
      return withFraming({
        medium: "device",
        endpoint: withSettings(devicePath("serial", flags.device!), flags),
        protocol: flags.protocol,
      }, given);
    case "pty":
      return { medium: "device", endpoint: devicePath("pty", flags.pty!), protocol: flags.protocol };
    case "line": {
      const { kind } = flags.line!;
      const endpoint = kind === "serial" ? withSettings(flags.line!, flags) : flags.line!;
      if (kind === "tcp" || kind === "tls") connectable(endpoint);
      const medium = kind === "serial" || kind === "pty" ? "device" : "connect";
      return withFraming({ medium, endpoint, protocol: flags.protocol }, given);
    }
  }
}

function connectable(endpoint: Endpoint): void {
  if (endpoint.port === 0) throw new UsageError(`--line ${formatPlace(endpoint)}: wanted a port from 1 to 65535`);
}

function devicePath(kind: "serial" | "pty", path: string): Endpoint {
  if (path === "") throw new UsageError(`-${kind === "pty" ? "p" : "t"}: wanted the path of a device`);
  return { kind, host: "", port: 0, path, options: {} };
}

/** The settings of a device: the flags', the endpoint's own, and with -I the usual ones for the rest. */
function withSettings(endpoint: Endpoint, flags: LlpdrvFlags): Endpoint {
  const said = {
    baud: flags.baud === undefined ? undefined : String(flags.baud),
    data: flags.dataBits,
    parity: flags.parity,
    stop: flags.stopBits,
    flow: flags.flow,
  };
  const settings = Object.fromEntries(Object.entries(said).filter(([, text]) => text !== undefined)) as Record<
    string,
    string
  >;
  const all = flags.setLine ? LINE_DEFAULTS : {};
  return { ...endpoint, options: { ...all, ...endpoint.options, ...settings } };
}

/** The protocol, which an endpoint may name too; its rules of strictness are not to be had here. */
function withFraming({ medium, endpoint, protocol }: Line, given: Given): Line {
  const { framing, ...options } = endpoint.options;
  for (const name of ["strict", "allow", "deny"]) {
    if (options[name] !== undefined) {
      throw new UsageError(
        `the line ${formatPlace(endpoint)}: the option '${name}' is not for llpdrv, which reads tolerantly`,
      );
    }
  }
  if (framing === undefined) return { medium, endpoint, protocol };
  const named = usage(() => oneOf(framing, Object.keys(PROTOCOL_NAMES) as LineProtocol[]), "the line's framing");
  if (given("protocol") && named !== protocol) {
    throw new UsageError(`the line's framing=${framing}: --protocol says ${protocol}, wanted one of them`);
  }
  return { medium, endpoint: { ...endpoint, options }, protocol: named };
}

/** Loopback, unless the address is said, or somebody beyond this host is let in: then it must be reachable. */
function readDist(text: string, allow: readonly Network[], services: Services): Endpoint {
  const endpoint = usage(() => parseAddress(text, "listen", services), "the distal server");
  if (endpoint.kind !== "tcp" || /[%:/]/.test(text) || allow.every(isLocal)) return endpoint;
  return {
    ...endpoint,
    host: allow.some(({ bytes }) => bytes.length === 16 && !isLocal({ bytes, bits: 128 })) ? "::" : "0.0.0.0",
  };
}

function isLocal({ bytes, bits }: Network): boolean {
  const address = bytes.length === 4 ? bytes.join(".") : hexAddress(bytes);
  return LOOPBACK.some((network) =>
    network.bytes.length === bytes.length && bits >= network.bits && isIn(address, network)
  );
}

function hexAddress(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return groups.join(":");
}

function openTo(medium: LineMedium, endpoint: Endpoint): string[] {
  if (medium !== "listen" || endpoint.kind !== "tcp" || isLoopbackHost(endpoint.host)) return [];
  return [`the line on ${formatPlace(endpoint)} can be reached from other machines, and asks nobody who he is`];
}

function distalOpenTo(dist: Endpoint | null, allow: readonly Network[]): string[] {
  const wide = allow.filter((network) => !isLocal(network));
  if (dist === null || wide.length === 0) return [];
  return [
    `the distal server on ${
      formatPlace(dist)
    } lets in more than this host: who is on these networks may send on the line`,
  ];
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || LOOPBACK.some((network) => isIn(host, network));
}
