/**
 * The verbs of a transport over a line: a serial device or a pty. A line differs from a socket.
 *
 * - It has no FIN: `end()` ends our writing, and the peer sees nothing of it. A protocol that needs
 *   a half-close (ILLP) cannot run on a line.
 * - `close()` waits, for at most `lingerMs`, until what was written has left: on a serial line for
 *   the driver to send it, on a pty that we made for its reader to take it, since the kernel throws
 *   away what is unread when the master goes. It waits for no end of the peer's.
 * - A hang-up (the carrier, the plug, the pty's master gone) is an `end`, and then `close` follows
 *   by itself, since nothing can be written any more. Where it is found by a write it is an `error`
 *   with the code `EIO`.
 * - `reset()` throws away what has not been sent or read, and closes.
 *
 * @module
 */
import type {
  BindingInterface,
  BindingPortInterface,
  OpenOptions,
  PortInfo,
  PortStatus,
} from "@serialport/bindings-interface";
import { type ErrorCallback, SerialPortStream } from "@serialport/stream";
import { TransportError } from "../errors.ts";
import { DEFAULT_LINGER_MS, readAway } from "./stream_transport.ts";
import type { Transport, TransportInfo } from "./transport.ts";

/** A binding as `SerialPortStream` takes it, over one port that is open already. */
class OpenedBinding implements BindingInterface {
  readonly port: BindingPortInterface;

  constructor(port: BindingPortInterface) {
    this.port = port;
  }

  list(): Promise<PortInfo[]> {
    const unknown = {
      manufacturer: undefined,
      serialNumber: undefined,
      pnpId: undefined,
      locationId: undefined,
      productId: undefined,
      vendorId: undefined,
    };
    return Promise.resolve([{ path: this.port.openOptions.path, ...unknown }]);
  }

  open(_options: OpenOptions): Promise<BindingPortInterface> {
    return Promise.resolve(this.port);
  }
}

/** `SerialPortStream` with the endings of a Node stream: it closes the port when it is destroyed, and says `close` once. */
class LineStream extends SerialPortStream<OpenedBinding> {
  readonly #port: BindingPortInterface;

  constructor(port: BindingPortInterface) {
    const { path, baudRate } = port.openOptions;
    super({ binding: new OpenedBinding(port), path, baudRate, autoOpen: false });
    this.#port = port;
    // The only end of a line is its hang-up: nothing can be written to it any more.
    this.once("end", () => this.destroy());
  }

  override _disconnected(error: Error): void {
    this.destroy(error);
  }

  override close(callback?: ErrorCallback): void {
    if (callback !== undefined) this.once("close", () => callback(null));
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close().then(() => done(error), done);
  }
}

/** Modem lines to set; what is absent stays as it is. */
export interface ModemLines {
  /** Data terminal ready. */
  readonly dtr?: boolean;
  /** Request to send. */
  readonly rts?: boolean;
  /** A break begins (`true`) or ends. */
  readonly brk?: boolean;
}

/**
 * A transport over an open port; the module's text says how it differs from a socket's.
 *
 * @example
 * ```ts
 * import { openPty } from "./pty.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import { whyNoLines } from "./libc.ts";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, rmdirSync } from "node:fs";
 *
 * if (whyNoLines("pty") === null) {
 *   const folder = mkdtempSync("/tmp/mllp-");
 *   const line = await openPty("connect", parseEndpoint(`pty:${folder}/line`));
 *   assert.match(line.info.peer, /^\/dev\//);
 *   await line.close();
 *   rmdirSync(folder);
 * }
 * ```
 */
export class LineTransport implements Transport {
  readonly stream: SerialPortStream;
  readonly info: TransportInfo;
  readonly #port: BindingPortInterface;
  readonly #gone: Promise<void>;
  #closing: Promise<void> | null = null;

  private constructor(stream: SerialPortStream, port: BindingPortInterface, info: TransportInfo) {
    this.stream = stream;
    this.#port = port;
    this.info = info;
    stream.on("error", () => {});
    this.#gone = new Promise((resolve) => stream.once("close", () => resolve()));
  }

  /** A transport over a port that is open. */
  static over(port: BindingPortInterface, info: TransportInfo): Promise<LineTransport> {
    const stream: SerialPortStream = new LineStream(port);
    const transport = new LineTransport(stream, port, info);
    return new Promise((resolve) => stream.open(() => resolve(transport)));
  }

  end(): void {
    if (!this.stream.destroyed && !this.stream.writableEnded) this.stream.end();
  }

  /**
   * Closes the line when what was written has left it, or after `lingerMs`. From now on the stream
   * has no readers. A second call waits for the same end, whatever its `lingerMs`.
   */
  close(lingerMs: number = DEFAULT_LINGER_MS): Promise<void> {
    this.#closing ??= this.#closeInOrder(lingerMs);
    return this.#closing;
  }

  async #closeInOrder(lingerMs: number): Promise<void> {
    const { stream } = this;
    readAway(stream);
    const timer = setTimeout(() => stream.destroy(), lingerMs);
    this.end();
    if (!stream.writableFinished) {
      const finished = new Promise<void>((resolve) => stream.once("finish", () => resolve()));
      await Promise.race([finished, this.#gone]);
    }
    // Rejected when the port is closed meanwhile, by the timer, a reset or a hang-up.
    await this.#port.drain().catch(() => {});
    stream.destroy();
    await this.#gone;
    clearTimeout(timer);
  }

  reset(): void {
    if (this.stream.destroyed) return;
    void this.#port.flush();
    this.stream.destroy();
  }

  /** The modem lines that the peer sets. Rejects with a `TransportError` (`not_supported`) where there are none, as on a pty. */
  async modemStatus(): Promise<PortStatus> {
    return await this.#port.get().catch((error) => this.#refuse("read", error));
  }

  /** Sets modem lines of ours. Rejects with a `TransportError` (`not_supported`) where there are none, as on a pty. */
  async setModemLines(lines: ModemLines): Promise<void> {
    await this.#port.set(lines).catch((error) => this.#refuse("write", error));
  }

  #refuse(operation: "read" | "write", cause: Error): never {
    const { peer } = this.info;
    throw new TransportError("not_supported", `${cause.message}: ${peer}`, { operation, endpoint: peer, cause });
  }
}
