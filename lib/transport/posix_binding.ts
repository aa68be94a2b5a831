/**
 * A port of `@serialport/bindings-interface` over a POSIX descriptor that does not block: it asks
 * again and again, often while something goes on and seldom when nothing does. It opens no device
 * and knows no endpoint.
 *
 * Polling it is, because every runtime has it: blocking reads stall other files and miss a hang-up,
 * the addon of `serialport` loads on Node alone (architecture.md). A look costs one or two
 * microseconds (`poll(2)`); a read that would have failed costs up to a hundred.
 *
 * A read of 0 bytes or `EIO` is a hang-up. On a line it is the end; on a pty's master it means that
 * nobody has the slave open just now, and says nothing about later.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type {
  BindingPortInterface,
  OpenOptions,
  PortStatus,
  SetOptions,
  UpdateOptions,
} from "@serialport/bindings-interface";
import { readSync, writeSync } from "node:fs";
import { systemCode } from "../errors.ts";
import { type Libc, MODEM_BITS } from "./libc.ts";

/** Looks in successive turns of the event loop before the first wait: an answer from the same machine comes within them. */
const TURNS = 32;
/** Waits of a millisecond, about a third of a second of them, before they grow: a dialogue's pauses are shorter. */
const SHORT_WAITS = 300;
/** The longest wait; 50 looks a second are about a thousandth of a core. */
const LONGEST_WAIT_MS = 20;
/** The most that one look writes, so that a reader as fast as us does not keep the event loop to itself. */
const WRITE_AT_ONCE = 65_536;

/**
 * How long to wait after so many looks that found nothing: not at all, then 1 ms, then twice as long
 * each time up to 20 ms (our decision; the times are architecture.md's).
 *
 * @example
 * ```ts
 * import { waitMs } from "./posix_binding.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([0, 100, 333, 10_000].map(waitMs), [0, 1, 4, 20]);
 * ```
 */
export function waitMs(emptyLooks: number): number {
  if (emptyLooks < TURNS) return 0;
  const longer = emptyLooks - TURNS - SHORT_WAITS;
  return longer < 0 ? 1 : Math.min(2 ** (longer + 1), LONGEST_WAIT_MS);
}

/** Looks until there is something. */
class Watch {
  readonly #look: () => boolean;
  #empty = 0;
  #cancel: (() => void) | null = null;

  /** `look` says whether it found what it looked for. */
  constructor(look: () => boolean) {
    this.#look = look;
  }

  /** Begins to look, not within this call. */
  start(): void {
    const ms = waitMs(this.#empty);
    if (ms === 0) {
      const turn = setImmediate(this.#onWake);
      this.#cancel = () => clearImmediate(turn);
    } else {
      const timer = setTimeout(this.#onWake, ms);
      this.#cancel = () => clearTimeout(timer);
    }
  }

  /** Something happened: more may follow soon. */
  hurry(): void {
    this.#empty = 0;
    if (this.#cancel === null) return;
    this.stop();
    this.start();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  readonly #onWake = (): void => {
    this.#cancel = null;
    if (this.#look()) this.#empty = 0;
    else {
      this.#empty++;
      this.start();
    }
  };
}

/** What a port is made of. */
export interface PortParts {
  readonly fd: number;
  readonly libc: Libc;
  readonly openOptions: Required<OpenOptions>;
  /** Whether a hang-up is the end, as it is but on a pty's master. */
  readonly endsOnHangUp: boolean;
  /** Whether something written is still on its way. */
  pending(): boolean;
  /** Sets and tells the speed; without them the port has none. */
  readonly speed: { set(baud: number): Promise<void>; get(): Promise<number> } | null;
  /** Closes the descriptor and gives back what was taken with it. */
  release(): void;
}

interface Reading {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
  resolve(result: { buffer: Buffer; bytesRead: number }): void;
  reject(error: Error): void;
}

interface Writing {
  readonly bytes: Uint8Array;
  done: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * An open port. What waits when it is closed is rejected with an error that is `canceled`.
 *
 * @example
 * ```ts
 * import { PosixPort } from "./posix_binding.ts";
 * import { closeSync, openSync } from "node:fs";
 * import assert from "node:assert/strict";
 *
 * const fd = openSync("/dev/null", "r+");
 * const openOptions = { path: "/dev/null" } as PosixPort["openOptions"];
 * const port = new PosixPort({
 *   fd,
 *   libc: { readable: () => true } as never,
 *   openOptions,
 *   endsOnHangUp: true,
 *   pending: () => false,
 *   speed: null,
 *   release: () => closeSync(fd),
 * });
 * assert.equal((await port.read(Buffer.alloc(8), 0, 8)).bytesRead, 0);
 * await port.close();
 * ```
 */
export class PosixPort implements BindingPortInterface {
  readonly openOptions: Required<OpenOptions>;
  isOpen = true;
  readonly #parts: PortParts;
  #reading: Reading | null = null;
  #writing: Writing | null = null;
  #draining: { resolve(): void; reject(error: Error): void } | null = null;
  readonly #reads: Watch = new Watch(() => this.#lookToRead());
  readonly #writes: Watch = new Watch(() => this.#lookToWrite());
  readonly #drains: Watch = new Watch(() => this.#lookToDrain());

  constructor(parts: PortParts) {
    this.#parts = parts;
    this.openOptions = parts.openOptions;
  }

  close(): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    this.isOpen = false;
    for (const watch of [this.#reads, this.#writes, this.#drains]) watch.stop();
    const waiting = [this.#reading, this.#writing, this.#draining];
    this.#reading = this.#writing = this.#draining = null;
    this.#parts.release();
    for (const each of waiting) each?.reject(canceled());
    return Promise.resolve();
  }

  /** Resolves with at least one byte, or with none when the line has hung up. */
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    if (!this.isOpen) return Promise.reject(canceled());
    return new Promise((resolve, reject) => {
      this.#reading = { buffer, offset, length, resolve, reject };
      // Never within the call: a line that always has more would leave no turn to anybody else.
      this.#reads.start();
    });
  }

  write(buffer: Buffer): Promise<void> {
    if (!this.isOpen) return Promise.reject(canceled());
    return new Promise((resolve, reject) => {
      this.#writing = { bytes: buffer, done: 0, resolve, reject };
      if (!this.#lookToWrite()) this.#writes.start();
    });
  }

  async update({ baudRate }: UpdateOptions): Promise<void> {
    if (this.#parts.speed === null) throw new Error("Cannot set the speed: a pty has none");
    await this.#parts.speed.set(baudRate);
  }

  async getBaudRate(): Promise<{ baudRate: number }> {
    if (this.#parts.speed === null) throw new Error("Cannot tell the speed: a pty has none");
    return { baudRate: await this.#parts.speed.get() };
  }

  /** Sets the modem lines that are given; only DTR, RTS and the break are ours to set. */
  set({ dtr, rts, brk }: SetOptions): Promise<void> {
    const { fd, libc } = this.#parts;
    let done = libc.modemLines(fd) !== null;
    if (dtr !== undefined) done &&= libc.setModemLines(fd, MODEM_BITS.dtr, dtr);
    if (rts !== undefined) done &&= libc.setModemLines(fd, MODEM_BITS.rts, rts);
    if (brk !== undefined) done &&= libc.setBreak(fd, brk);
    return done ? Promise.resolve() : Promise.reject(new Error("Cannot set modem lines: the device has none"));
  }

  get(): Promise<PortStatus> {
    const bits = this.#parts.libc.modemLines(this.#parts.fd);
    if (bits === null) return Promise.reject(new Error("Cannot read modem lines: the device has none"));
    const up = (bit: number) => (bits & bit) !== 0;
    return Promise.resolve({ cts: up(MODEM_BITS.cts), dsr: up(MODEM_BITS.dsr), dcd: up(MODEM_BITS.dcd) });
  }

  flush(): Promise<void> {
    this.#parts.libc.discard(this.#parts.fd);
    return Promise.resolve();
  }

  drain(): Promise<void> {
    if (!this.isOpen) return Promise.reject(canceled());
    return new Promise((resolve, reject) => {
      this.#draining = { resolve, reject };
      if (!this.#lookToDrain()) this.#drains.start();
    });
  }

  #lookToRead(): boolean {
    const { fd, libc, endsOnHangUp } = this.#parts;
    const reading = this.#reading;
    if (reading === null) return true;
    const { buffer, offset, length } = reading;
    let bytesRead = 0;
    let hungUp = false;
    let failed: Error | null = null;
    while (bytesRead < length && !hungUp && failed === null && libc.readable(fd)) {
      try {
        const got = readSync(fd, buffer, offset + bytesRead, length - bytesRead, null);
        bytesRead += got;
        hungUp = got === 0;
      } catch (error) {
        const code = systemCode(error);
        if (code === "EAGAIN") break;
        hungUp = code === "EIO";
        if (!hungUp && code !== "EINTR") failed = error as Error;
      }
    }
    // What came before a hang-up goes first; the next look finds it again.
    if (bytesRead === 0 && failed === null && !(hungUp && endsOnHangUp)) return false;
    this.#reading = null;
    if (bytesRead > 0 || failed === null) reading.resolve({ buffer, bytesRead });
    else reading.reject(failed);
    return true;
  }

  #lookToWrite(): boolean {
    const { fd, libc } = this.#parts;
    const writing = this.#writing;
    if (writing === null) return true;
    const { bytes } = writing;
    const pause = Math.min(bytes.length, writing.done + WRITE_AT_ONCE);
    const before = writing.done;
    try {
      while (writing.done < pause && libc.writable(fd)) {
        const rest = bytes.subarray(writing.done);
        const taken = libc.write(fd, rest);
        writing.done += taken > 0 ? taken : writeOne(fd, rest);
      }
    } catch (error) {
      const code = systemCode(error);
      if (code !== "EAGAIN" && code !== "EINTR") {
        this.#writing = null;
        writing.reject(code === "EIO" ? hangUp(error) : error as Error);
        return true;
      }
    }
    // Who has taken bytes may answer, and takes more.
    if (writing.done > before) {
      this.#reads.hurry();
      this.#writes.hurry();
    }
    if (writing.done < bytes.length) return false;
    this.#writing = null;
    writing.resolve();
    return true;
  }

  #lookToDrain(): boolean {
    if (this.#parts.pending()) return false;
    this.#draining?.resolve();
    this.#draining = null;
    return true;
  }
}

/**
 * Writes a byte, or says why not: Deno's `writeSync` goes on until all is written, and when that
 * fails it does not tell how much was (measured); of one byte there is no part.
 */
function writeOne(fd: number, bytes: Uint8Array): number {
  return writeSync(fd, bytes, 0, 1);
}

function canceled(): Error {
  return Object.assign(new Error("The line is closed"), { canceled: true });
}

function hangUp(cause: unknown): Error {
  return Object.assign(new Error("the line has hung up", { cause }), { code: "EIO" });
}
