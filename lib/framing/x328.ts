/**
 * Reading ANSI X3.28 as HL7 uses it: a stream, cut anywhere, into control sequences, blocks and aborts, with what is
 * damaged told as faults and what stands between as noise. It knows neither whose turn it is nor which block is due.
 *
 * This module performs no I/O.
 *
 * # How it reads (protocols.md section 3)
 *
 * | state | meaning | leaves on |
 * |---|---|---|
 * | `IDLE` | between sequences; all else is noise | STX, SOH, ENQ, EOT, NAK, DLE |
 * | `CONTROL` | after ENQ, EOT, NAK, or DLE and its character | CR: a control sequence; any other byte makes noise of it and is read anew |
 * | `ESCAPED` | after DLE | `0` to `7`, `<`; any other byte as in `CONTROL` |
 * | `HEADING` | after SOH: read and ignored | STX; another control character is a fault |
 * | `TEXT` | after STX: block number, five digits, text | ETB, ETX, STX (a new block: this one lost its end) |
 * | `INTERRUPTED` | after ENQ or EOT in a block | CR: an abort; any other byte: it was data |
 * | `CHECK` | after ETB or ETX: two hexadecimal digits, CR | the third byte, or the first wrong one |
 * | `SKIPPING` | in the rest of a block above the limit | ETB, ETX, or any control character |
 *
 * `ENQ CR` in a block is a block abort wherever it stands. `EOT CR` is a sending-station abort where ETX was due, that
 * is after as many bytes of text as the block said [spec]. Elsewhere [ours] it is damage if the block goes on, and an
 * abort if Timer B (`drop`) or a bid follows: so one damaged byte never ends a message.
 *
 * The reader follows the contract of `framer.ts` on chunks, views, noise and faults. It holds at most `maxText` bytes
 * and a dozen more.
 *
 * @module
 */
import { CR, DLE, ENQ, EOT, ETB, ETX, type HexWindow, NAK, NO_BYTES, SOH, STX } from "../bytes.ts";
import { FAULT_KEEP } from "./framer.ts";
import { hexWindow } from "./hex_window.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import { bccText, X328_MAX_MESSAGE } from "./x328_encode.ts";
import type { X328ControlName, X328FaultCode, X328Sink } from "./x328_token.ts";

/** How X3.28 is read. */
export interface X328ReadOptions {
  /** The longest text of a block taken; default 99,999, what five digits can say (a peer's blocks may be longer than ours). */
  readonly maxText?: number;
  /** The line strips or misuses the eighth bit: it is taken off each byte before anything else. Default false. */
  readonly sevenBit?: boolean;
}

const IDLE = 0;
const CONTROL = 1;
const ESCAPED = 2;
const HEADING = 3;
const TEXT = 4;
const INTERRUPTED = 5;
const CHECK = 6;
const SKIPPING = 7;

/** Block number and five digits of length. */
const HEAD = 6;
const ZERO = 0x30;
const SEVEN = 0x37;
const LESS_THAN = 0x3c;
const HEX = /^[0-9A-Fa-f]$/;

const STARTS: ReadonlySet<number> = new Set([STX, SOH, ENQ, EOT, NAK, DLE]);
const IN_TEXT: ReadonlySet<number> = new Set([STX, ETX, EOT, ENQ, ETB]);
const SIMPLE: ReadonlyMap<number, X328ControlName> = new Map([[ENQ, "enq"], [EOT, "eot"], [NAK, "nak"]]);

/**
 * The reader of X3.28.
 *
 * The constructor throws a `RangeError` for a limit that is not a whole number from 1 to 99,999.
 *
 * @example
 * ```ts
 * import { X328Reader } from "./x328.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const seen: string[] = [];
 * new X328Reader().push(utf8("\x05\r\x02100005MSH|\r\x0320\r\x101\r"), (token) => {
 *   if (token.type === "control") seen.push(`${token.control}${token.number}`);
 *   if (token.type === "block") seen.push(`block ${token.number} ${latin1(token.text)}`);
 * });
 * assert.deepEqual(seen, ["enq0", "block 1 MSH|\r", "ack1"]);
 * ```
 */
export class X328Reader {
  readonly #maxText: number;
  readonly #sevenBit: boolean;
  /** What came after STX, up to the two hexadecimal digits. */
  readonly #buffer: ReceiveBuffer;
  #state = IDLE;
  /** Offset in the stream of the present chunk. */
  #base = 0;
  /** Offset of the STX or, in a heading, of the SOH. */
  #start = 0;
  #xor = 0;
  /** Whether an EOT CR stood within the text: an abort, unless the block goes on. */
  #ended = false;
  /** ENQ, EOT, NAK or DLE, after which something is due; and the character after DLE. */
  #control = 0;
  #escaped = 0;
  /** How many digits of the BCC have come, and the first that is wrong. */
  #digits = 0;
  #wrong: { readonly offset: number; readonly byte: number } | null = null;

  constructor(options: X328ReadOptions = {}) {
    this.#maxText = options.maxText ?? X328_MAX_MESSAGE;
    this.#sevenBit = options.sevenBit ?? false;
    if (!Number.isSafeInteger(this.#maxText) || this.#maxText < 1 || this.#maxText > X328_MAX_MESSAGE) {
      throw new RangeError(
        `Cannot limit the text of a block to ${this.#maxText} bytes: expected a whole number from 1 to ${X328_MAX_MESSAGE}`,
      );
    }
    // A byte that was one too many, ETX, two digits and the byte that should have been CR are held as well.
    this.#buffer = new ReceiveBuffer(HEAD + this.#maxText + 5);
  }

  /** Offset in the stream of the STX of the block under way; -1 if none is. */
  get blockStart(): number {
    return this.#inBlock ? this.#start : -1;
  }

  /** How many bytes of an unfinished block are held. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /** The last bytes of an unfinished block, marked where the next one is due: a copy; `null` between blocks. */
  get unfinished(): HexWindow | null {
    return this.#inBlock ? this.#window(this.#end) : null;
  }

  get #inBlock(): boolean {
    return this.#state === TEXT || this.#state === INTERRUPTED || this.#state === CHECK;
  }

  /** Offset after the last byte held. */
  get #end(): number {
    return this.#start + 1 + this.#buffer.length;
  }

  /** The next bytes of the stream. */
  push(chunk: Uint8Array, sink: X328Sink): void {
    const bytes = this.#sevenBit ? chunk.map((byte) => byte & 0x7f) : chunk;
    for (let at = 0; at < bytes.length;) at = this.#step(bytes, at, sink);
    this.#base += bytes.length;
    this.#buffer.release();
  }

  /** Timer B: gives the block under way up, and says so by a `truncated` fault, or by the abort that it was. */
  drop(sink: X328Sink): void {
    if (this.#state === SKIPPING) this.#state = IDLE;
    if (!this.#inBlock) return;
    if (this.#ended) this.#abort("eot", sink);
    else this.#fault("truncated", this.#base, null, "0x17 or 0x03", sink);
    this.#buffer.release();
  }

  /** The peer has ended the stream. */
  end(sink: X328Sink): void {
    if (this.#inBlock) this.#fault("truncated", this.#base, null, "0x17 or 0x03", sink);
    else if (this.#state === HEADING) this.#fault("truncated", this.#base, null, "0x02", sink);
    else if (this.#state === CONTROL || this.#state === ESCAPED) this.#makeNoise(this.#base, sink);
    this.#state = IDLE;
    this.#buffer.release();
  }

  /** Reads on from `at`; returns the index of the first byte not dealt with. */
  #step(bytes: Uint8Array, at: number, sink: X328Sink): number {
    const byte = bytes[at];
    switch (this.#state) {
      case IDLE:
        return this.#idle(bytes, at, sink);
      case CONTROL:
        return this.#afterControl(byte, at, sink);
      case ESCAPED:
        if ((byte < ZERO || byte > SEVEN) && byte !== LESS_THAN) return this.#makeNoise(this.#base + at, sink, at);
        this.#escaped = byte;
        this.#state = CONTROL;
        return at + 1;
      case HEADING:
        return this.#heading(byte, at, sink);
      case TEXT:
        return this.#text(bytes, at, sink);
      case INTERRUPTED:
        return this.#interrupted(byte, at, sink);
      case CHECK:
        return this.#check(byte, at, sink);
      default:
        if (STARTS.has(byte)) return this.#to(IDLE, at);
        return this.#to(byte === ETB || byte === ETX ? IDLE : SKIPPING, at + 1);
    }
  }

  #to(state: number, at: number): number {
    this.#state = state;
    return at;
  }

  #idle(bytes: Uint8Array, at: number, sink: X328Sink): number {
    const byte = bytes[at];
    if (byte === STX) return this.#begin(at);
    if (STARTS.has(byte)) {
      this.#control = byte;
      this.#start = this.#base + at;
      return this.#to(byte === SOH ? HEADING : byte === DLE ? ESCAPED : CONTROL, at + 1);
    }
    let end = at + 1;
    while (end < bytes.length && !STARTS.has(bytes[end])) end++;
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset + at, end - at);
    sink({ type: "noise", bytes: view, offset: this.#base + at });
    return end;
  }

  #afterControl(byte: number, at: number, sink: X328Sink): number {
    if (byte !== CR) return this.#makeNoise(this.#base + at, sink, at);
    const simple = SIMPLE.get(this.#control);
    const control = simple ?? (this.#escaped === LESS_THAN ? "rint" : "ack");
    const number = control === "ack" ? this.#escaped - ZERO : 0;
    this.#state = IDLE;
    sink({ type: "control", control, number, offset: this.#start });
    return at + 1;
  }

  /** A control sequence that came to nothing. */
  #makeNoise(end: number, sink: X328Sink, at = 0): number {
    const bytes = new Uint8Array(end - this.#start);
    bytes[0] = this.#control;
    if (bytes.length > 1) bytes[1] = this.#escaped;
    this.#state = IDLE;
    sink({ type: "noise", bytes, offset: this.#start });
    return at;
  }

  #heading(byte: number, at: number, sink: X328Sink): number {
    if (byte === STX) return this.#begin(at);
    if (!STARTS.has(byte) && !IN_TEXT.has(byte)) return at + 1;
    this.#fault("invalid_header", this.#base + at, byte, "0x02", sink);
    return at;
  }

  #begin(at: number): number {
    this.#start = this.#base + at;
    this.#xor = 0;
    this.#ended = false;
    this.#buffer.clear();
    return this.#to(TEXT, at + 1);
  }

  #text(bytes: Uint8Array, at: number, sink: X328Sink): number {
    const limit = at + HEAD + this.#maxText - this.#buffer.length;
    let end = at;
    let xor = this.#xor;
    while (end < bytes.length && end < limit && !(bytes[end] <= ETB && IN_TEXT.has(bytes[end]))) xor ^= bytes[end++];
    this.#buffer.append(bytes, at, end);
    this.#xor = xor;
    if (end === bytes.length) return end;
    const byte = bytes[end];
    if (byte === STX) {
      this.#fault("unexpected_start", this.#base + end, byte, "0x17 or 0x03 before the next 0x02", sink);
      return this.#begin(end);
    }
    if (byte === ENQ || byte === EOT) {
      this.#control = byte;
      return this.#to(INTERRUPTED, end + 1);
    }
    if (byte === ETX || byte === ETB) {
      this.#hold(byte);
      this.#xor ^= byte;
      this.#digits = 0;
      this.#wrong = null;
      return this.#to(CHECK, end + 1);
    }
    this.#fault("frame_too_large", this.#base + end, byte, `at most ${this.#maxText} bytes of text`, sink);
    return this.#to(SKIPPING, end + 1);
  }

  #hold(byte: number): void {
    this.#buffer.append(new Uint8Array([byte]), 0, 1);
  }

  #interrupted(byte: number, at: number, sink: X328Sink): number {
    this.#state = TEXT;
    if (byte === CR && this.#control === ENQ) {
      const offset = this.#base + at - 1;
      const bid = this.#ended;
      this.#abort(bid ? "eot" : "enq", sink);
      if (bid) sink({ type: "control", control: "enq", number: 0, offset });
      return at + 1;
    }
    if (byte === CR && this.#control === EOT) {
      if (this.#buffer.length - HEAD === this.#said) {
        this.#abort("eot", sink);
        return at + 1;
      }
      this.#ended = true;
    }
    if (this.#buffer.length === HEAD + this.#maxText) {
      const wanted = `at most ${this.#maxText} bytes of text`;
      this.#fault("frame_too_large", this.#base + at - 1, this.#control, wanted, sink);
      return this.#to(SKIPPING, at);
    }
    // It was data, or damage; the checks will tell.
    this.#hold(this.#control);
    this.#xor ^= this.#control;
    return at;
  }

  /** The length that the block says it has; NaN where that is no five digits. */
  get #said(): number {
    if (this.#buffer.length < HEAD) return NaN;
    let said = 0;
    for (let i = 1; i < HEAD; i++) {
      const digit = this.#buffer.at(i) - ZERO;
      said = digit >= 0 && digit <= 9 ? said * 10 + digit : NaN;
    }
    return said;
  }

  #abort(by: "enq" | "eot", sink: X328Sink): void {
    this.#state = IDLE;
    this.#buffer.clear();
    sink({ type: "abort", by, offset: this.#start });
  }

  /** The two digits and the CR after ETB or ETX; a byte that is none of them may begin something else, and is read anew. */
  #check(byte: number, at: number, sink: X328Sink): number {
    const bcc = bccText(this.#xor);
    const offset = this.#base + at;
    if (this.#digits < 2) {
      if (byte !== bcc.charCodeAt(this.#digits) && this.#wrong === null) this.#wrong = { offset, byte };
      if (HEX.test(String.fromCharCode(byte))) {
        this.#hold(byte);
        this.#digits++;
        return at + 1;
      }
    }
    if (this.#wrong !== null) {
      this.#fault("invalid_checksum", this.#wrong.offset, this.#wrong.byte, `the checksum ${bcc}`, sink);
      return byte === CR ? at + 1 : at;
    }
    if (byte !== CR) {
      this.#fault("invalid_trailer", offset, byte, "0x0D", sink);
      return at;
    }
    this.#finish(this.#buffer.length - 3, sink);
    return at + 1;
  }

  /** A block of which the BCC is right; its text ends at the index `end` of what is held. */
  #finish(end: number, sink: X328Sink): void {
    const size = end - HEAD;
    if (size < 0 || this.#said !== size) {
      const wanted = size < 0
        ? "a block number and five digits of length"
        : `the length ${String(size).padStart(5, "0")}`;
      this.#fault("invalid_count", this.#start + 2, this.#buffer.at(1), wanted, sink);
      return;
    }
    const digit = this.#buffer.at(0);
    if (digit < ZERO || digit > SEVEN) {
      this.#fault("invalid_block_number", this.#start + 1, digit, "a block number from 0 to 7", sink);
      return;
    }
    const text = this.#buffer.view(HEAD, end);
    const last = this.#buffer.at(end) === ETX;
    this.#state = IDLE;
    this.#buffer.clear();
    sink({ type: "block", number: digit - ZERO, last, text, offset: this.#start });
  }

  #fault(code: X328FaultCode, offset: number, found: number | null, wanted: string, sink: X328Sink): void {
    const inBlock = this.#inBlock;
    const textEnd = this.#buffer.length - (this.#state === CHECK ? 1 + this.#digits : 0);
    const kept = inBlock ? Math.max(HEAD, Math.min(textEnd, HEAD + FAULT_KEEP)) : HEAD;
    const window = inBlock ? this.#window(offset, found) : { offset, bytes: ofOne(found), mark: offset };
    const bytes = this.#buffer.view(HEAD, kept);
    this.#state = IDLE;
    this.#buffer.clear();
    sink({ type: "fault", code, rule: null, offset, found, wanted, bytes, window });
  }

  /** The bytes around `mark`, where `found` is, whether it is held or not. */
  #window(mark: number, found: number | null = null): HexWindow {
    const end = found === null ? this.#end : Math.max(this.#end, mark + 1);
    return hexWindow(mark, this.#start, end, (offset) => {
      if (offset === mark && found !== null) return found;
      return offset === this.#start ? STX : this.#buffer.at(offset - this.#start - 1);
    });
  }
}

function ofOne(byte: number | null): Uint8Array {
  return byte === null ? NO_BYTES : new Uint8Array([byte]);
}
