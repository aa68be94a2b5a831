/**
 * The C library: the only foreign function calls of this project, for what `node:fs` lacks on lines
 * (ptys, locks, modem lines, writes that tell how much was taken). It knows no transport.
 *
 * Calls never block. None of them reads `errno`, which a runtime may have overwritten by then: a
 * call says that it failed, and who needs to know why asks `node:fs`.
 *
 * Functions are called by the numbers of Linux and macOS on x86-64 and ARM64; those of macOS are
 * taken from its headers and were not run.
 *
 * @module
 */

/** How a value is passed. */
type Kind = "int" | "ulong" | "bytes" | "text";
type Signature = readonly [result: Kind, ...parameters: Kind[]];
type Value = number | Uint8Array | Int32Array;
type Calls = Readonly<Record<string, (...values: Value[]) => number | string | null>>;

interface DenoFfi {
  dlopen(name: string, symbols: Record<string, { parameters: string[]; result: string }>): {
    symbols: Record<string, (...values: Value[]) => unknown>;
  };
  UnsafePointerView: { getCString(pointer: unknown): string };
}

interface BunFfi {
  dlopen(name: string, symbols: Record<string, { args: string[]; returns: string }>): {
    symbols: Record<string, (...values: Value[]) => unknown>;
  };
  CString: new (pointer: unknown) => { toString(): string };
}

/** `ioctl` takes its third argument as one of a variable list, and on Apple's ARM64 those lie on the stack, behind eight registers. */
const VARIADIC_PADS: Kind[] = process.platform === "darwin" && process.arch === "arm64" ? Array(6).fill("ulong") : [];

const SIGNATURES: Readonly<Record<string, Signature>> = {
  write: ["int", "int", "bytes", "ulong"],
  poll: ["int", "bytes", "ulong", "int"],
  flock: ["int", "int", "int"],
  isatty: ["int", "int"],
  grantpt: ["int", "int"],
  unlockpt: ["int", "int"],
  ptsname: ["text", "int"],
  tcgetattr: ["int", "int", "bytes"],
  cfmakeraw: ["int", "bytes"],
  tcsetattr: ["int", "int", "int", "bytes"],
  tcflush: ["int", "int", "int"],
  ioctl: ["int", "int", "ulong", ...VARIADIC_PADS, "bytes"],
};

const POLLIN = 1;
const POLLOUT = 4;
const LOCK_EX_NB = 2 | 4;
const TCSANOW = 0;
/** More than `struct termios` has anywhere (60 bytes with glibc, 72 on macOS); what is in it is for the library alone. */
const TERMIOS_BYTES = 256;

/** The numbers that differ: of `tcflush`, and the requests of `ioctl`. The bits of the modem lines are the same. */
const NUMBERS = process.platform === "darwin"
  ? {
    TCOFLUSH: 2,
    TCIOFLUSH: 3,
    TIOCOUTQ: 0x40047473,
    TIOCEXCL: 0x2000740d,
    TIOCNXCL: 0x2000740e,
    TIOCMGET: 0x4004746a,
    TIOCMBIS: 0x8004746c,
    TIOCMBIC: 0x8004746b,
    TIOCSBRK: 0x2000747b,
    TIOCCBRK: 0x2000747a,
  }
  : {
    TCOFLUSH: 1,
    TCIOFLUSH: 2,
    TIOCOUTQ: 0x5411,
    TIOCEXCL: 0x540c,
    TIOCNXCL: 0x540d,
    TIOCMGET: 0x5415,
    TIOCMBIS: 0x5416,
    TIOCMBIC: 0x5417,
    TIOCSBRK: 0x5427,
    TIOCCBRK: 0x5428,
  };

/** The library's names, the first that loads is taken: glibc, musl (which takes the first for itself too), macOS. */
const NAMES: readonly string[] = process.platform === "darwin"
  ? ["/usr/lib/libSystem.B.dylib"]
  : ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`, "libc.so"];

/** The bits of a modem line (`TIOCM_...`). */
export const MODEM_BITS = { dtr: 0x002, rts: 0x004, cts: 0x020, dcd: 0x040, dsr: 0x100 } as const;

/** What lines need of the C library. All calls return at once. */
export interface Libc {
  /** How many bytes the system took; -1 if none, for a reason that `node:fs` can tell. */
  write(fd: number, bytes: Uint8Array): number;
  /** Whether a read would give bytes, an end or an error. On Linux this brings in what is still on its way within the kernel. */
  readable(fd: number): boolean;
  /** Whether a write would take bytes, or fail. */
  writable(fd: number): boolean;
  /** Takes the file for this open descriptor alone (`flock`); false if another has it. */
  lock(fd: number): boolean;
  isTerminal(fd: number): boolean;
  /** Prepares the slave of a pty master and gives its path; `null` if the system has none. */
  slaveOf(master: number): string | null;
  /** Eight bits, no echo, no character with a meaning, reads of one byte on. */
  makeRaw(fd: number): boolean;
  /** Bytes written that have not left the driver; 0 where it does not say. */
  unsent(fd: number): number;
  /** Throws away what has not left the driver. */
  discardOutput(fd: number): void;
  /** Throws away what has not been sent and what has not been read. */
  discard(fd: number): void;
  /** Refuses further opens, but root's, or allows them again. */
  exclude(fd: number, on: boolean): boolean;
  /** The modem lines as {@link MODEM_BITS}; `null` where there are none. */
  modemLines(fd: number): number | null;
  /** Raises or drops modem lines. */
  setModemLines(fd: number, bits: number, up: boolean): boolean;
  /** Begins or ends a break. */
  setBreak(fd: number, on: boolean): boolean;
}

/**
 * Why this system or runtime has no lines; `null` if it has. For the two messages of an endpoint's failure.
 *
 * @example
 * ```ts
 * import { whyNoLines } from "./libc.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   whyNoLines("serial", "win32", "bun"),
 *   "serial lines are not supported on Windows: use a serial server and -i",
 * );
 * ```
 */
export function whyNoLines(
  kind: "serial" | "pty",
  platform: string = process.platform,
  runtime: "deno" | "bun" | "node" = runtimeHere(),
): string | null {
  const what = kind === "serial" ? "serial lines" : "ptys";
  if (platform === "win32") return `${what} are not supported on Windows: use a serial server and -i`;
  if (platform !== "linux" && platform !== "darwin") return `${what} are not supported on ${platform}`;
  if (runtime === "node") return `${what} are not supported on Node: use the mllp binary, Deno or Bun`;
  return null;
}

function runtimeHere(): "deno" | "bun" | "node" {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

let loaded: Promise<Libc> | null = null;

/**
 * The C library of this system, loaded once. Rejects with an `Error` that says why it cannot be had;
 * see {@link whyNoLines} for where it never can.
 *
 * @example
 * ```ts
 * import { loadLibc, whyNoLines } from "./libc.ts";
 * import assert from "node:assert/strict";
 *
 * if (whyNoLines("pty") === null) {
 *   const libc = await loadLibc();
 *   assert.equal(libc.isTerminal(9999), false);
 * }
 * ```
 */
export function loadLibc(): Promise<Libc> {
  loaded ??= openLibrary().then(libcOver);
  return loaded;
}

async function openLibrary(): Promise<Calls> {
  const open = runtimeHere() === "deno" ? openOnDeno : await bunOpener();
  const refusals: string[] = [];
  for (const name of NAMES) {
    try {
      return open(name);
    } catch (error) {
      refusals.push(`${name}: ${String((error as Error).message)}`);
    }
  }
  throw new Error(`Cannot load the C library: ${refusals.join("; ")}`);
}

function openOnDeno(name: string): Calls {
  const ffi = (globalThis as unknown as { Deno: DenoFfi }).Deno;
  const types: Record<Kind, string> = { int: "i32", ulong: "u64", bytes: "buffer", text: "pointer" };
  const declared = declare((result, parameters) => ({ parameters, result }), types);
  const { symbols } = ffi.dlopen(name, declared);
  return callsOf(symbols, (pointer) => pointer === null ? null : ffi.UnsafePointerView.getCString(pointer));
}

async function bunOpener(): Promise<(name: string) => Calls> {
  // A name that no other runtime's checker looks up.
  const module: string = "bun:ffi";
  const ffi = await import(module) as BunFfi;
  const types: Record<Kind, string> = { int: "i32", ulong: "u64", bytes: "ptr", text: "ptr" };
  const declared = declare((returns, args) => ({ args, returns }), types);
  return (name) =>
    callsOf(
      ffi.dlopen(name, declared).symbols,
      (pointer) => pointer === null ? null : String(new ffi.CString(pointer)),
    );
}

function declare<T>(form: (result: string, parameters: string[]) => T, types: Record<Kind, string>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, [result, ...parameters]]) => [
      name,
      form(types[result], parameters.map((kind) => types[kind])),
    ]),
  );
}

function callsOf(
  symbols: Record<string, (...values: Value[]) => unknown>,
  textAt: (pointer: unknown) => string | null,
): Calls {
  return Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, [result]]) => {
      const call = symbols[name];
      return [name, result === "text" ? (...values) => textAt(call(...values)) : call as Calls[string]];
    }),
  );
}

function libcOver(calls: Calls): Libc {
  const word = new Int32Array(1);
  /** `struct pollfd`: the descriptor, then two 16-bit sets, asked and found; all targets are little-endian. */
  const polled = new Int32Array(2);
  const pads: number[] = VARIADIC_PADS.map(() => 0);
  const control = (fd: number, request: number) => calls.ioctl(fd, request, ...pads, word) === 0;
  const ready = (fd: number, events: number) => {
    polled[0] = fd;
    polled[1] = events;
    return calls.poll(polled, 1, 0) !== 0;
  };
  return {
    write: (fd, bytes) => Number(calls.write(fd, bytes, bytes.length)),
    readable: (fd) => ready(fd, POLLIN),
    writable: (fd) => ready(fd, POLLOUT),
    lock: (fd) => calls.flock(fd, LOCK_EX_NB) === 0,
    isTerminal: (fd) => calls.isatty(fd) === 1,
    slaveOf(master) {
      if (calls.grantpt(master) !== 0 || calls.unlockpt(master) !== 0) return null;
      return calls.ptsname(master) as string | null;
    },
    makeRaw(fd) {
      const termios = new Uint8Array(TERMIOS_BYTES);
      if (calls.tcgetattr(fd, termios) !== 0) return false;
      calls.cfmakeraw(termios);
      return calls.tcsetattr(fd, TCSANOW, termios) === 0;
    },
    unsent: (fd) => control(fd, NUMBERS.TIOCOUTQ) ? word[0] : 0,
    discardOutput: (fd) => void calls.tcflush(fd, NUMBERS.TCOFLUSH),
    discard: (fd) => void calls.tcflush(fd, NUMBERS.TCIOFLUSH),
    exclude: (fd, on) => control(fd, on ? NUMBERS.TIOCEXCL : NUMBERS.TIOCNXCL),
    modemLines: (fd) => control(fd, NUMBERS.TIOCMGET) ? word[0] : null,
    setModemLines(fd, bits, up) {
      word[0] = bits;
      return control(fd, up ? NUMBERS.TIOCMBIS : NUMBERS.TIOCMBIC);
    },
    setBreak: (fd, on) => control(fd, on ? NUMBERS.TIOCSBRK : NUMBERS.TIOCCBRK),
  };
}
