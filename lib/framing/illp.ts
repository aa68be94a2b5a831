/**
 * ILLP, the internal protocol of the line driver: a message is all that comes until the end of the stream. An older form
 * puts the sender's address and STX before a request.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, type HexWindow, NO_BYTES, STX, utf8 } from "../bytes.ts";
import { FAULT_KEEP, type Framer, type FrameSink, NO_WARNINGS } from "./framer.ts";
import { hexWindow } from "./hex_window.ts";
import { DEFAULT_MAX_FRAME, ReceiveBuffer } from "./receive_buffer.ts";

/** How ILLP is read and written. */
export interface IllpFramerOptions {
  /** The longest message taken, in bytes, its address included; default 16 MiB. */
  readonly maxFrame?: number;
  /** Written before each message, with an STX behind it; and where it is given, such a text is expected before each message read. */
  readonly fromAddress?: string;
}

/**
 * The framer of ILLP (protocols.md section 4). A message is told of by `end`, and only if there is any byte of it; what
 * nothing at all means, is the link's business.
 *
 * The constructor throws a `RangeError` for an address that is empty or holds an STX, and for a limit that is not a
 * whole number of at least 1.
 *
 * @example
 * ```ts
 * import { IllpFramer } from "./illp.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const framer = new IllpFramer({ fromAddress: "ward1" });
 * assert.equal(latin1(framer.encode(utf8("MSH|\r"))), "ward1\x02MSH|\r");
 * framer.push(utf8("ward2\x02MSH|"), () => assert.fail("a part is not a message"));
 * framer.end((event) => assert.equal(event.type === "frame" && latin1(event.payload), "MSH|"));
 * assert.equal(latin1(framer.address), "ward2");
 * ```
 */
export class IllpFramer implements Framer {
  readonly stopped = false;
  readonly wantsIdle = false;
  /** The address before the last message read; no bytes without `fromAddress`. */
  address: Uint8Array = NO_BYTES;
  readonly #maxFrame: number;
  readonly #prefix: Uint8Array;
  readonly #buffer: ReceiveBuffer;
  /** Offset in the stream of the next byte. */
  #offset = 0;
  #overrun = false;

  constructor(options: IllpFramerOptions = {}) {
    const { maxFrame = DEFAULT_MAX_FRAME, fromAddress } = options;
    if (!Number.isSafeInteger(maxFrame) || maxFrame < 1) {
      throw new RangeError(`Cannot limit messages to ${maxFrame} bytes: expected a whole number of at least 1`);
    }
    if (fromAddress === "" || fromAddress?.includes("\x02")) {
      throw new RangeError(
        `Cannot write the address '${fromAddress}': expected at least one character, none of them STX`,
      );
    }
    this.#maxFrame = maxFrame;
    this.#prefix = fromAddress === undefined ? NO_BYTES : utf8(`${fromAddress}\x02`);
    this.#buffer = new ReceiveBuffer(maxFrame);
  }

  get buffered(): number {
    return this.#buffer.length;
  }

  get unfinished(): HexWindow | null {
    const held = this.#buffer.length;
    if (held === 0) return null;
    const start = this.#offset - held;
    return hexWindow(this.#offset, start, this.#offset, (offset) => this.#buffer.at(offset - start));
  }

  push(chunk: Uint8Array, sink: FrameSink): void {
    const start = this.#offset - this.#buffer.length;
    this.#offset += chunk.length;
    if (this.#overrun) return;
    const room = this.#maxFrame - this.#buffer.length;
    if (chunk.length <= room) return this.#buffer.append(chunk, 0, chunk.length);
    this.#buffer.append(chunk, 0, room);
    const at = start + this.#maxFrame;
    const bytes = this.#buffer.view(0, Math.min(FAULT_KEEP, this.#maxFrame));
    const window = hexWindow(at, start, at + 1, (offset) => {
      return offset < at ? this.#buffer.at(offset - start) : chunk[room];
    });
    this.#overrun = true;
    sink({
      type: "fault",
      code: "frame_too_large",
      rule: null,
      offset: at,
      found: chunk[room],
      wanted: `at most ${this.#maxFrame} bytes before the end of the stream`,
      bytes,
      window,
    });
    this.#forget();
  }

  /** A pause says nothing: a message ends with its stream. */
  idle(): void {}

  end(sink: FrameSink): void {
    const held = this.#buffer.length;
    if (held === 0) return;
    const offset = this.#offset - held;
    const bytes = this.#buffer.view(0, held);
    const at = this.#prefix.length === 0 ? -1 : bytes.indexOf(STX);
    if (this.#prefix.length > 0 && at < 0) {
      sink({
        type: "fault",
        code: "invalid_header",
        rule: null,
        offset: this.#offset,
        found: null,
        wanted: "an address and 0x02 before the message",
        bytes: bytes.subarray(0, FAULT_KEEP),
        window: hexWindow(offset, offset, this.#offset, (place) => bytes[place - offset]),
      });
    } else {
      this.address = at < 0 ? NO_BYTES : bytes.slice(0, at);
      const payload = bytes.subarray(at + 1);
      const empty = payload.length === 0 || (payload.length === 1 && payload[0] === CR);
      sink({ type: "frame", payload, offset, empty, warnings: NO_WARNINGS });
    }
    this.#forget();
  }

  /** The stream is gone without its end: what was begun is no message. */
  cut(sink: FrameSink): void {
    const window = this.unfinished;
    if (window === null) return;
    const bytes = this.#buffer.view(0, Math.min(FAULT_KEEP, this.#buffer.length));
    const about = { code: "truncated", rule: null, offset: this.#offset, found: null } as const;
    sink({ type: "fault", ...about, wanted: "the end of the stream in order", bytes, window });
    this.#forget();
  }

  #forget(): void {
    this.#buffer.clear();
    this.#buffer.release();
  }

  encode(payload: Uint8Array): Uint8Array {
    const message = new Uint8Array(this.encodedLength(payload));
    this.encodeInto(payload, message, 0);
    return message;
  }

  encodedLength(payload: Uint8Array): number {
    return this.#prefix.length + payload.length;
  }

  encodeInto(payload: Uint8Array, target: Uint8Array, at: number): number {
    target.set(this.#prefix, at);
    target.set(payload, at + this.#prefix.length);
    return at + this.#prefix.length + payload.length;
  }
}
