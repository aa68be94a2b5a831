/**
 * `-d`: what passes on the line, decoded: each frame, block and control sequence by its name, with its size and MSH-10.
 * Never a byte of a message beyond that. Bytes in, lines of text out; it knows no clock and no terminal.
 *
 * @module
 */
import { ACK, byteName, NAK } from "../../lib/bytes.ts";
import { describeFault, type FrameFault, type NoiseReceived } from "../../lib/framing/framer.ts";
import { HllpFramer } from "../../lib/framing/hllp.ts";
import { MllpFramer } from "../../lib/framing/mllp.ts";
import { X328Reader } from "../../lib/framing/x328.ts";
import type { X328Token } from "../../lib/framing/x328_token.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import type { LineOptions, TraceEntry } from "../../lib/bridge/options.ts";
import { excerpt, printable } from "../../lib/text.ts";
import { formatCount } from "../../lib/values.ts";
import { LONGEST_ID } from "./log.ts";

const NAK_WORDS: Readonly<Record<string, string>> = {
  C: "count wrong",
  X: "checksum wrong",
  B: "too long",
  G: "anything else",
};

/** Reads one direction of one connection; calls `say` for each thing it finds. */
type Decode = (bytes: Uint8Array) => void;

/** The trace of a driver's line. */
export class LineTrace {
  readonly #options: LineOptions;
  readonly #maxMessage: number;
  readonly #say: (text: string) => void;
  readonly #decoders = new Map<string, Decode>();
  readonly #header = new HeaderScan();
  #entry: TraceEntry | null = null;

  /** `say` gets each line: the connection, the direction (`<` from the peer, `>` to it), and what it was. */
  constructor(options: LineOptions, maxMessage: number, say: (text: string) => void) {
    this.#options = options;
    this.#maxMessage = maxMessage;
    this.#say = say;
  }

  /** Bytes have passed. */
  take(entry: TraceEntry): void {
    const key = `${entry.direction} ${entry.line}`;
    let decode = this.#decoders.get(key);
    if (decode === undefined) this.#decoders.set(key, decode = this.#decoder());
    this.#entry = entry;
    decode(entry.bytes);
    this.#entry = null;
  }

  /** A connection is gone. */
  forget(line: string): void {
    for (const direction of ["in", "out"]) this.#decoders.delete(`${direction} ${line}`);
  }

  #tell(text: string): void {
    const { line, direction } = this.#entry!;
    this.#say(`${line} ${direction === "in" ? "<" : ">"} ${text}`);
  }

  #decoder(): Decode {
    switch (this.#options.protocol) {
      case "x328": {
        const reader = new X328Reader({ sevenBit: this.#options.x328?.sevenBit });
        return (bytes) => reader.push(bytes, (token) => this.#tell(this.#token(token)));
      }
      case "hllp": {
        const framer = new HllpFramer({ checksumIncludesCount: this.#options.hllp?.checksumIncludesCount });
        return (bytes) =>
          framer.push(bytes, (event) => {
            if (event.type !== "frame") return this.#tell(odd(event));
            const { kind, version, payload, checked } = event;
            const unchecked = checked ? "" : ", checksum 999";
            if (kind === "D") return this.#tell(`D${version} block, ${this.#message(payload)}${unchecked}`);
            const code = String.fromCharCode(payload[0] ?? 0x20);
            this.#tell(`N${version} block, ${printable(code)} (${NAK_WORDS[code] ?? "unknown"})`);
          });
      }
      case "mllp":
      case "mllp2": {
        const commitBlocks = this.#options.protocol === "mllp2";
        const framer = new MllpFramer({ commitBlocks, maxFrame: this.#maxMessage });
        return (bytes) =>
          framer.push(bytes, (event) => {
            if (event.type !== "frame") return this.#tell(odd(event));
            const { payload } = event;
            const commit = commitBlocks && payload.length === 1 ? COMMITS.get(payload[0]) : undefined;
            this.#tell(commit ?? `frame, ${this.#message(payload)}`);
          });
      }
    }
  }

  #token(token: X328Token): string {
    switch (token.type) {
      case "control":
        return token.control === "ack" ? `ACK${token.number}` : token.control.toUpperCase();
      case "block": {
        const first = token.number === 1 ? this.#message(token.text) : sizeOf(token.text);
        return `block ${token.number}, ${first}, ${token.last ? "ETX" : "ETB"}`;
      }
      case "abort":
        return token.by === "enq" ? "block abort (ENQ)" : "message abort (EOT)";
      default:
        return odd(token);
    }
  }

  #message(payload: Uint8Array): string {
    const id = this.#header.scan(payload) ? excerpt(this.#header.text(10), LONGEST_ID) : "";
    return id === "" ? sizeOf(payload) : `${sizeOf(payload)}, MSH-10 ${id}`;
  }
}

const COMMITS: ReadonlyMap<number, string> = new Map([[ACK, "commit ACK"], [NAK, "commit NAK"]]);

function sizeOf(bytes: Uint8Array): string {
  return bytes.length === 1 ? "1 byte" : `${formatCount(bytes.length)} bytes`;
}

function odd(event: NoiseReceived | FrameFault): string {
  if (event.type === "noise") {
    const [first] = event.bytes;
    // A control character alone says what went wrong; any other may be a message's.
    const name = event.bytes.length === 1 && first < 0x20 ? `, ${byteName(first)}` : "";
    return `noise, ${sizeOf(event.bytes)}${name}`;
  }
  return `fault ${event.code}: ${describeFault(event)}`;
}
