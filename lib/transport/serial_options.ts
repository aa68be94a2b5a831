/**
 * The settings of a serial line, as an endpoint gives them and as stty(1) takes them. It opens no
 * device and runs no program.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { nearest, parsePositive } from "../values.ts";
import type { Endpoint } from "./endpoint.ts";

/** What is to be set; `null` leaves it as the device has it. */
export interface LineSettings {
  /** Bits per second; which of them a device has, it says itself. */
  readonly baud: number | null;
  readonly data: 5 | 6 | 7 | 8 | null;
  readonly parity: "none" | "even" | "odd" | null;
  readonly stop: 1 | 2 | null;
  /** Who may stop the sender: nobody, the modem lines RTS and CTS, or the characters DC3 and DC1. */
  readonly flow: "none" | "rtscts" | "xonxoff" | null;
}

/** The words of each option but `baud`, and what stty(1) calls each. */
const WORDS: Readonly<Record<"data" | "parity" | "stop" | "flow", Readonly<Record<string, readonly string[]>>>> = {
  data: { 5: ["cs5"], 6: ["cs6"], 7: ["cs7"], 8: ["cs8"] },
  parity: { none: ["-parenb"], even: ["parenb", "-parodd"], odd: ["parenb", "parodd"] },
  stop: { 1: ["-cstopb"], 2: ["cstopb"] },
  flow: {
    none: ["-crtscts", "-ixon", "-ixoff"],
    rtscts: ["crtscts", "-ixon", "-ixoff"],
    xonxoff: ["-crtscts", "ixon", "ixoff", "-ixany"],
  },
};

/**
 * What is set on every open (protocols.md 5: raw, no echo, min and time): bytes go through as they
 * are, no character has a meaning. The words are those that GNU, BSD and BusyBox share; `raw` itself
 * is not among them, because it sets flow control too.
 */
const RAW: readonly string[] = [
  ..."-ignbrk -brkint -parmrk -istrip -inlcr -igncr -icrnl -opost".split(" "),
  ..."-icanon -isig -iexten -echo -echoe -echok -echonl cread min 1 time 0".split(" "),
];

/**
 * The settings that an endpoint asks for with `baud`, `data`, `parity`, `stop` and `flow`.
 * Throws a `RangeError` that names the option, the text found and what is wanted.
 *
 * @example
 * ```ts
 * import { readLineSettings } from "./serial_options.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const settings = readLineSettings(parseEndpoint("serial:/dev/ttyS0?baud=9600&parity=even&data=7"));
 * assert.deepEqual(settings, { baud: 9600, data: 7, parity: "even", stop: null, flow: null });
 * ```
 */
export function readLineSettings(endpoint: Endpoint): LineSettings {
  const choice = (name: keyof typeof WORDS) => {
    const text = endpoint.options[name];
    if (text === undefined) return null;
    if (Object.hasOwn(WORDS[name], text)) return text;
    const known = Object.keys(WORDS[name]);
    const near = nearest(text, known);
    const wanted = near === null || /^\d$/.test(near) ? `wanted ${known.join(", ")}` : `did you mean '${near}'?`;
    throw new RangeError(`Cannot use the option '${name}=${text}' of serial:${endpoint.path}: ${wanted}`);
  };
  const numeric = (text: string | null) => text === null ? null : Number(text);
  return {
    baud: readBaud(endpoint),
    data: numeric(choice("data")) as LineSettings["data"],
    parity: choice("parity") as LineSettings["parity"],
    stop: numeric(choice("stop")) as LineSettings["stop"],
    flow: choice("flow") as LineSettings["flow"],
  };
}

function readBaud(endpoint: Endpoint): number | null {
  const text = endpoint.options.baud;
  if (text === undefined) return null;
  try {
    return parsePositive(text);
  } catch (cause) {
    const wanted = "wanted bits per second, such as 9600";
    throw new RangeError(`Cannot use the option 'baud=${text}' of serial:${endpoint.path}: ${wanted}`, { cause });
  }
}

/**
 * How many bytes a serial line carries in a second, each with a start bit, its data, its parity and its stop bits;
 * `undefined` where the endpoint says no speed, or is no serial line. What is not said is taken for 8 data bits, no
 * parity, one stop bit (our decision).
 *
 * @example
 * ```ts
 * import { bytesPerSecond } from "./serial_options.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(bytesPerSecond(parseEndpoint("serial:/dev/ttyS0?baud=9600")), 960);
 * assert.equal(bytesPerSecond(parseEndpoint("127.0.0.1:2575")), undefined);
 * ```
 */
export function bytesPerSecond(endpoint: Endpoint): number | undefined {
  if (endpoint.kind !== "serial") return undefined;
  const { baud, data, parity, stop } = readLineSettings(endpoint);
  if (baud === null) return undefined;
  return baud / (1 + (data ?? 8) + (parity === null || parity === "none" ? 0 : 1) + (stop ?? 1));
}

/**
 * The words for stty(1): always raw, and of speed, data bits, parity, stop bits and flow control
 * those that are asked for. The speed stands last, where all forms of stty take it.
 *
 * @example
 * ```ts
 * import { sttyWords } from "./serial_options.ts";
 * import assert from "node:assert/strict";
 *
 * const words = sttyWords({ baud: 9600, data: null, parity: "odd", stop: null, flow: null });
 * assert.deepEqual(words.slice(-3), ["parenb", "parodd", "9600"]);
 * ```
 */
export function sttyWords(settings: LineSettings): string[] {
  const words = [...RAW];
  for (const name of ["data", "parity", "stop", "flow"] as const) {
    const value = settings[name];
    if (value !== null) words.push(...WORDS[name][value]);
  }
  if (settings.baud !== null) words.push(String(settings.baud));
  return words;
}
