/**
 * Endpoints: where a stream comes from, as people write it and as a value. It opens nothing and
 * reads no file: what an option means is for whoever uses it, but the settings of a serial line,
 * which are few and fixed, are checked here.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { nearest } from "../values.ts";
import { readLineSettings } from "./serial_options.ts";

/** Where to connect or listen. */
export interface Endpoint {
  readonly kind: "tcp" | "tls" | "unix" | "serial" | "pty" | "memory";
  /** Host name or address, without brackets; empty for the other kinds. */
  readonly host: string;
  /** 0 to 65535; 0 listens on any free port. */
  readonly port: number;
  /** The path of a UNIX socket or device, or the name of a memory endpoint; empty for tcp and tls. */
  readonly path: string;
  /** What stood behind `?`, as written (percent escapes resolved): `framing`, `cert`, `baud`, ... */
  readonly options: Readonly<Record<string, string>>;
}

const FRAMING_OPTIONS = ["framing", "allow", "deny", "strict"];
const TLS_OPTIONS = ["cert", "key", "ca", "servername", "insecure", "client-ca"];
const LINE_OPTIONS = ["baud", "parity", "data", "stop", "flow"];

/** The options each kind of endpoint takes (cli.md gives the words; which kind takes which is our decision). */
export const ENDPOINT_OPTIONS: Readonly<Record<Endpoint["kind"], readonly string[]>> = {
  tcp: FRAMING_OPTIONS,
  tls: [...FRAMING_OPTIONS, ...TLS_OPTIONS],
  unix: FRAMING_OPTIONS,
  serial: [...FRAMING_OPTIONS, ...LINE_OPTIONS],
  pty: FRAMING_OPTIONS,
  memory: FRAMING_OPTIONS,
};

/** What stands behind the scheme, per kind without a host. */
const PATH_KINDS: Readonly<Record<string, { readonly kind: Endpoint["kind"]; readonly hint: string }>> = {
  unix: { kind: "unix", hint: "a path, as in unix:/run/hl7.sock" },
  serial: { kind: "serial", hint: "a device, as in serial:/dev/ttyS0" },
  pty: { kind: "pty", hint: "a path, as in pty:/tmp/line" },
  memory: { kind: "memory", hint: "a name, as in memory:line" },
};

const SCHEMES = ["tcp", "tls", "unix", "serial", "pty", "memory"];
const LOOPBACK = "127.0.0.1";

function refuse(text: string, why: string): never {
  throw new RangeError(`Cannot read '${text}' as an endpoint: ${why}`);
}

/**
 * Reads an endpoint: `host:port`, `[::1]:port`, `:port` (on 127.0.0.1), `tcp://`, `tls://`,
 * `unix:/path`, `serial:/dev/ttyS0`, `pty:/path`, `memory:NAME`, each with `?name=value&...`.
 * In paths and option values `%3F`, `%26` and `%25` stand for `?`, `&` and `%`.
 *
 * Throws a `RangeError` that says what is wrong and, where it can, what was meant. A port alone
 * (`2575`) is refused: it could be meant for any address (our decision).
 *
 * @param options `defaultKind` is the kind of an endpoint with no scheme (default `tcp`).
 *
 * @example
 * ```ts
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const endpoint = parseEndpoint("tls://lab.example:2576?framing=mllp2");
 * assert.equal(endpoint.kind, "tls");
 * assert.equal(endpoint.port, 2576);
 * assert.deepEqual(endpoint.options, { framing: "mllp2" });
 * assert.equal(parseEndpoint(":2575").host, "127.0.0.1");
 * ```
 */
export function parseEndpoint(text: string, options: { readonly defaultKind?: "tcp" | "tls" } = {}): Endpoint {
  if (text === "") refuse(text, "it is empty, wanted host:port");
  const question = text.indexOf("?");
  const place = question < 0 ? text : text.slice(0, question);
  const query = question < 0 ? "" : text.slice(question + 1);

  const address = /^(tcp|tls):\/\/(.*)$/is.exec(place);
  const [word, rest] = splitScheme(place);
  let kind: Endpoint["kind"];
  let host = "";
  let port = 0;
  let path = "";
  if (address !== null) {
    kind = address[1].toLowerCase() as "tcp" | "tls";
    [host, port] = readAddress(text, address[2]);
  } else if (Object.hasOwn(PATH_KINDS, word)) {
    kind = PATH_KINDS[word].kind;
    path = readPath(text, word, rest);
  } else {
    if (word !== "" && /^[/.]/.test(rest)) refuseScheme(text, word);
    if (/^\.{0,2}\//.test(place)) {
      refuse(text, `a path needs its kind: write ${place.startsWith("/dev/") ? "serial" : "unix"}:${place}`);
    }
    kind = options.defaultKind ?? "tcp";
    [host, port] = readAddress(text, place);
  }
  const endpoint = { kind, host, port, path, options: readOptions(text, kind, query, address !== null) };
  if (kind === "serial") readLineSettings(endpoint);
  if (isLine(endpoint) && endpoint.options.framing === "illp") refuse(text, NO_ILLP);
  return endpoint;
}

/** Why ILLP cannot run on a serial line or a pty, and what can. */
export const NO_ILLP = "ILLP ends a message with the stream, and a line has no end; wanted mllp, mllp2, hllp or x328";

/**
 * Whether an endpoint is a line: a serial device or a pty, which has one stream, that has no end.
 *
 * @example
 * ```ts
 * import { isLine, parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(["pty:/tmp/line", ":2575"].map((text) => isLine(parseEndpoint(text))), [true, false]);
 * ```
 */
export function isLine({ kind }: Pick<Endpoint, "kind">): boolean {
  return kind === "serial" || kind === "pty";
}

function splitScheme(place: string): [word: string, rest: string] {
  const found = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(place);
  return found === null ? ["", ""] : [found[1].toLowerCase(), found[2]];
}

function refuseScheme(text: string, word: string): never {
  if (word === "tcp" || word === "tls") refuse(text, `write ${word}:// and then host:port`);
  const near = nearest(word, SCHEMES);
  const meant = near === null ? `known are ${SCHEMES.join(", ")}` : `did you mean '${near}'?`;
  refuse(text, `unknown scheme '${word}', ${meant}`);
}

function readAddress(text: string, address: string): [host: string, port: number] {
  if (/^\d+$/.test(address)) refuse(text, `a port alone does not say where: write :${address} for ${LOOPBACK}`);
  const bracketed = /^\[([^\]]*)\](.*)$/s.exec(address);
  if (bracketed !== null) {
    const [, host, tail] = bracketed;
    const [numeric, zone] = host.split("%", 2);
    if (!isIpv6(numeric) || zone === "") {
      refuse(text, `'${host}' is not an IPv6 address`);
    }
    if (!tail.startsWith(":")) refuse(text, `no port, write [${host}]:2575`);
    return [host, readPort(text, tail.slice(1))];
  }
  const slash = address.indexOf("/");
  if (slash >= 0) refuse(text, `a host and a port have no path, found '${address.slice(slash)}'`);
  const colon = address.lastIndexOf(":");
  if (colon < 0) refuse(text, `no port, write ${address === "" ? LOOPBACK : address}:2575`);
  const host = address.slice(0, colon);
  if (host.includes(":")) refuse(text, "an IPv6 address stands in brackets, as in [::1]:2575");
  const foreign = /[\s@#\[\]\\%]/.exec(host);
  if (foreign !== null) refuse(text, `a host name has no '${foreign[0]}'`);
  return [host === "" ? LOOPBACK : host, readPort(text, address.slice(colon + 1))];
}

/** Eight groups, or fewer around one `::`; an IPv4 address may stand for the last two (RFC 4291, section 2.2). */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"));
  const dotted = !text.endsWith("::") && /^(\d{1,3}\.){3}\d{1,3}$/.test(groups.at(-1) ?? "") ? groups.pop() : undefined;
  if (dotted?.split(".").some((byte) => Number(byte) > 255)) return false;
  const count = groups.length + (dotted === undefined ? 0 : 2);
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) &&
    (halves.length === 1 ? count === 8 : halves.length === 2 && count < 8);
}

function readPort(text: string, digits: string): number {
  if (digits === "") refuse(text, "no port behind the colon, wanted 0 to 65535");
  if (!/^\d+$/.test(digits)) refuse(text, `'${digits}' is not a port, wanted 0 to 65535`);
  const port = Number(digits);
  if (port > 65535) refuse(text, `port ${digits} is out of range, wanted 0 to 65535`);
  return port;
}

function readPath(text: string, word: string, rest: string): string {
  // `unix:///run/x` is how URL writers put an absolute path.
  const path = decode(text, rest.startsWith("///") ? rest.slice(2) : rest);
  if (path === "") refuse(text, `wanted ${PATH_KINDS[word].hint}`);
  if (path.startsWith("//")) refuse(text, `no host stands before a path, write ${word}:${path.slice(1)}`);
  if (path.includes("\0")) refuse(text, "a path has no zero byte");
  return path;
}

function readOptions(text: string, kind: Endpoint["kind"], query: string, schemed: boolean): Record<string, string> {
  const options: Record<string, string> = {};
  if (query === "") return options;
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!ENDPOINT_OPTIONS[kind].includes(name)) refuseOption(text, kind, name, schemed);
    if (Object.hasOwn(options, name)) refuse(text, `option '${name}' is given twice`);
    options[name] = equals < 0 ? "" : decode(text, part.slice(equals + 1));
  }
  return options;
}

function refuseOption(text: string, kind: Endpoint["kind"], name: string, schemed: boolean): never {
  const owner = SCHEMES.find((scheme) => ENDPOINT_OPTIONS[scheme as Endpoint["kind"]].includes(name));
  if (owner !== undefined) {
    const hint = kind === "tcp" && owner === "tls" ? `, write tls://${text.slice(schemed ? 6 : 0)}` : "";
    refuse(text, `option '${name}' is one of ${owner} endpoints, this one is ${kind}${hint}`);
  }
  const near = nearest(name, ENDPOINT_OPTIONS[kind]);
  const known = ENDPOINT_OPTIONS[kind].join(", ");
  refuse(text, `unknown option '${name}', ${near === null ? `known are ${known}` : `did you mean '${near}'?`}`);
}

function decode(text: string, escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    refuse(text, `'${escaped}' has a broken percent escape, write %25 for a percent sign`);
  }
}

/**
 * An endpoint as text, scheme always included: the inverse of {@link parseEndpoint}.
 *
 * @example
 * ```ts
 * import { formatEndpoint, parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatEndpoint(parseEndpoint("[::1]:2575?strict")), "tcp://[::1]:2575?strict");
 * assert.equal(formatEndpoint(parseEndpoint("unix:/run/hl7.sock")), "unix:/run/hl7.sock");
 * ```
 */
export function formatEndpoint(endpoint: Endpoint): string {
  const { kind, path } = endpoint;
  const place = kind === "tcp" || kind === "tls"
    ? `${kind}://${formatAddress(endpoint.host, endpoint.port)}`
    : `${kind}:${path.replace(/[%?]/g, encodeURIComponent)}`;
  const options = Object.entries(endpoint.options).map(([name, value]) =>
    value === "" ? name : `${name}=${value.replace(/[%&]/g, encodeURIComponent)}`
  );
  return options.length === 0 ? place : `${place}?${options.join("&")}`;
}

/**
 * The endpoint as text without its options: for messages.
 *
 * @example
 * ```ts
 * import { formatPlace, parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatPlace(parseEndpoint("tls://lab:2576?key=/etc/lab.key")), "tls://lab:2576");
 * ```
 */
export function formatPlace(endpoint: Endpoint): string {
  return formatEndpoint({ ...endpoint, options: {} });
}

/**
 * Host and port as text, an IPv6 address in brackets.
 *
 * @example
 * ```ts
 * import { formatAddress } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatAddress("::1", 2575), "[::1]:2575");
 * ```
 */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
