/**
 * Serial devices as transports: `serial:/dev/ttyS0`, and whatever else is a terminal device. The
 * device is opened so that it neither blocks nor becomes our controlling terminal, taken for us
 * alone, made raw, and set as the endpoint asks.
 *
 * @module
 */
import type { OpenOptions } from "@serialport/bindings-interface";
import { closeSync, constants, openSync, readdirSync, realpathSync, statSync } from "node:fs";
import { systemCode, type TransportError } from "../errors.ts";
import { nearest } from "../values.ts";
import { lockDevice } from "./device_lock.ts";
import { type Endpoint, formatPlace } from "./endpoint.ts";
import { failure } from "./failure.ts";
import { type Libc, loadLibc, whyNoLines } from "./libc.ts";
import { LineTransport } from "./line.ts";
import { PosixPort } from "./posix_binding.ts";
import { bytesPerSecond, type LineSettings, readLineSettings } from "./serial_options.ts";
import { lineSpeed, setLine, setLineSpeed } from "./stty.ts";

/** What is being done, for the words of an error. */
export type Opening = "connect" | "listen";

/** How lines are opened; the runtimes add close-on-exec. */
export const LINE_FLAGS: number = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied, its group (often dialout) may use it",
  EBUSY: "another program has it for itself alone",
  EIO: "no hardware answers there",
  ENODEV: "no hardware answers there",
  ENXIO: "no hardware answers there",
};

/**
 * Opens a terminal device. Rejects with a `TransportError` (`connect_refused` or `listen_failed`,
 * and `not_supported` where there are no lines), or with a `RangeError` for a setting that is no
 * setting, which `parseEndpoint` finds first.
 *
 * @example
 * ```ts
 * import { openSerial } from "./serial.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(openSerial("connect", parseEndpoint("serial:/dev/no-such-line")), /no such device|not supported/);
 * ```
 */
export async function openSerial(opening: Opening, endpoint: Endpoint): Promise<LineTransport> {
  const settings = readLineSettings(endpoint);
  const libc = await libcFor(opening, endpoint);
  let fd: number | null = null;
  let unlock = () => {};
  const release = () => {
    // An orderly close has waited; what is left now would hold the close up, half a minute long.
    if (fd !== null && libc.unsent(fd) > 0) libc.discardOutput(fd);
    if (fd !== null) closeSync(fd);
    unlock();
  };
  try {
    if (!statSync(endpoint.path).isCharacterDevice()) throw new Error("that file is not a terminal device");
    const device = realpathSync(endpoint.path);
    const own = fd = openSync(device, LINE_FLAGS);
    if (!libc.isTerminal(own)) throw new Error("that device is not a terminal");
    const { isPty, release: removeLock } = lockDevice(libc, own, device);
    unlock = removeLock;
    await setLine(device, settings);
    const baud = settings.baud ?? await lineSpeed(device).catch(() => 0);
    // Keeps out who knows of no locks, but for root; stty(1) too, which opens the device by itself.
    const exclude = (on: boolean) => void (isPty || libc.exclude(own, on));
    const opened = <T>(run: () => Promise<T>) => {
      exclude(false);
      return run().finally(() => exclude(true));
    };
    exclude(true);
    const port = new PosixPort({
      fd: own,
      libc,
      openOptions: openOptions(device, settings),
      endsOnHangUp: true,
      pending: () => libc.unsent(own) > 0,
      speed: {
        set: (baud) => opened(() => setLineSpeed(device, baud)),
        get: () => opened(() => lineSpeed(device)),
      },
      release,
    });
    const place = formatPlace(endpoint);
    const info = { kind: endpoint.kind, local: place, peer: place, peerAddress: "", canReset: false, tls: null };
    // A device that has hung up says 0.
    const set = { ...endpoint, kind: "serial", options: { ...endpoint.options, baud: String(baud) } } as const;
    return await LineTransport.over(port, baud > 0 ? { ...info, bytesPerSecond: bytesPerSecond(set) } : info);
  } catch (error) {
    release();
    throw lineFailure(opening, endpoint, error);
  }
}

/** The C library, or a `TransportError` (`not_supported`) that says why lines are not to be had. */
export async function libcFor(opening: Opening, endpoint: Endpoint): Promise<Libc> {
  const why = whyNoLines(endpoint.kind === "serial" ? "serial" : "pty");
  if (why !== null) throw failure("not_supported", opening, endpoint, why);
  try {
    return await loadLibc();
  } catch (error) {
    throw failure("not_supported", opening, endpoint, (error as Error).message, error);
  }
}

/** The `TransportError` of a line that could not be opened. */
export function lineFailure(opening: Opening, endpoint: Endpoint, error: unknown): TransportError {
  const code = systemCode(error);
  // Our own errors have no system call, and say it already.
  const bySystem = (error as { syscall?: unknown }).syscall !== undefined;
  const words = code === "ENOENT" && bySystem
    ? `there is no such device${hintFor(endpoint.path)}`
    : bySystem && Object.hasOwn(WORDS, code)
    ? WORDS[code]
    : (error as Error).message;
  return failure(opening === "listen" ? "listen_failed" : "connect_refused", opening, endpoint, words, error);
}

/**
 * The serial devices of this machine, by their usual names; of those that are listed not all need
 * have hardware behind them.
 *
 * @example
 * ```ts
 * import { listDevices } from "./serial.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(listDevices().every((path) => path.startsWith("/dev/")));
 * ```
 */
export function listDevices(): string[] {
  try {
    const usual = /^(tty(S|USB|ACM|AMA)\d+|cu\..+)$/;
    return readdirSync("/dev").filter((name) => usual.test(name)).sort().map((name) => `/dev/${name}`);
  } catch {
    return [];
  }
}

/**
 * What tells a pty that is named by its number from another that has the number later: its node and when that was made or
 * last given away. `null` for any other path, whose name stays with the device, and for one that is not there.
 *
 * @example
 * ```ts
 * import { ptsIdentity } from "./serial.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(ptsIdentity("/dev/ttyS0"), null);
 * ```
 */
export function ptsIdentity(path: string): string | null {
  if (!/^\/dev\/pts\/\d+$/.test(path)) return null;
  try {
    const { rdev, ino, ctimeNs } = statSync(path, { bigint: true });
    return `${rdev} ${ino} ${ctimeNs}`;
  } catch {
    return null;
  }
}

function hintFor(path: string): string {
  const near = nearest(path, listDevices());
  return near === null ? "" : `, did you mean ${near}?`;
}

/** As `SerialPortStream` has them; 0 baud is a speed left as it is. */
export function openOptions(path: string, settings: Partial<LineSettings>): Required<OpenOptions> {
  const xonxoff = settings.flow === "xonxoff";
  return {
    path,
    baudRate: settings.baud ?? 0,
    dataBits: settings.data ?? 8,
    lock: true,
    stopBits: settings.stop ?? 1,
    parity: settings.parity ?? "none",
    rtscts: settings.flow === "rtscts",
    xon: xonxoff,
    xoff: xonxoff,
    xany: false,
    hupcl: true,
  };
}
