/**
 * What came while a message waited for its acknowledgement and did not settle it: acknowledgements
 * of others, damage, noise, oddities. When the wait ends without an answer, this decides what the
 * end is called.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { byteName, FS, type HexWindow, latin1, NO_BYTES } from "./bytes.ts";
import { FramingError, isRefusal, type LinkError, type MllpError, ReplyError, type TransportError } from "./errors.ts";
import { describeFault, type FrameFault, type NoiseReceived } from "./framing/framer.ts";
import { type AttemptEnd, type Exchange, type ExchangeWarning, NO_ANSWER } from "./exchange.ts";
import type { Outcome } from "./outcome.ts";
import { SendBuffer } from "./send_buffer.ts";
import { formatDuration } from "./values.ts";

/** How much of a reply's raw bytes is kept at most (our decision: for looking at, not for storing). */
const KEEP_BYTES = 1024 * 1024;
/** How many warnings are kept (our decision: a peer that floods must not fill the memory). */
const KEEP_WARNINGS = 100;

/** What is known of a message besides what came. */
export interface ExchangeFacts {
  readonly controlId: string;
  readonly attempts: number;
  /** Whether the bytes of its reply are wanted as they came. */
  readonly keepBytes: boolean;
}

/**
 * The evidence of one exchange.
 *
 * @example
 * ```ts
 * import { Evidence } from "./evidence.ts";
 * import { ReplyError } from "./errors.ts";
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const evidence = new Evidence();
 * const silence = new ReplyError("reply_timeout", "No acknowledgement within 5 s");
 * assert.equal(evidence.conclude("timeout", silence).outcome, "timeout");
 * evidence.noise({ type: "noise", bytes: utf8("MSA|AA|1"), offset: 0 });
 * assert.equal(evidence.conclude("timeout", silence).outcome, "damaged");
 * ```
 */
export class Evidence {
  /** In the order of their coming; at most a hundred. */
  readonly warnings: ExchangeWarning[] = [];
  /** The bytes around the first damage. */
  window: HexWindow | null = null;
  #damage: FramingError | ReplyError | null = null;
  #foreign: { readonly payload: Uint8Array; readonly code: string | null; readonly what: string } | null = null;
  #raw: SendBuffer | null = null;

  /** Another try begins: what the last one met no longer decides how this one ends; its warnings stay. */
  nextTry(): void {
    this.window = null;
    this.#damage = null;
    this.#foreign = null;
    this.#raw = null;
  }

  /** Notes something odd. */
  warn(word: string, detail: string): void {
    if (this.warnings.length < KEEP_WARNINGS) this.warnings.push({ word, detail });
  }

  /** A message came that does not answer ours: an acknowledgement of another's (`what` says so), or (`code` null) none at all. */
  foreign(payload: Uint8Array, code: string | null, what = "an acknowledgement of another message"): void {
    this.#foreign = { payload: payload.slice(), code: code ?? this.#foreign?.code ?? null, what };
  }

  /** Bytes outside of frames came. */
  noise({ bytes, offset }: NoiseReceived): void {
    if (!this.warnings.some(({ word }) => word === "noise")) {
      this.warn("noise", `bytes outside of a frame, from byte ${offset} of the stream`);
    }
    if (this.#damage !== null) return;
    const found = byteName(bytes[0]);
    this.#damage = new ReplyError(
      "reply_damaged",
      `Expected 0x0B (VT), the start of a frame, at byte ${offset}, found ${found}: ${whatTheyAre(bytes)}`,
    );
    this.window = { offset, bytes: bytes.slice(0, 32), mark: offset };
  }

  /** A damaged frame came; returns its error. The first one goes before noise, and stays. */
  fault(fault: FrameFault): FramingError {
    const damage = new FramingError(fault.code, describeFault(fault));
    if (!(this.#damage instanceof FramingError)) {
      this.#damage = damage;
      this.window = fault.window;
    }
    this.warn(fault.code, damage.message);
    return damage;
  }

  /** A frame was begun and had no end when the wait was over; `frameEnd` is what would have been one, if not 0x1C 0x0D. */
  unfinished({ offset, bytes, mark }: HexWindow, frameEnd?: string): void {
    if (this.#damage instanceof FramingError) return;
    if (frameEnd !== undefined) {
      const message = `Expected ${frameEnd} at byte ${mark}, found nothing: the frame has no end`;
      this.#damage = new FramingError("truncated", message);
      this.window = { offset, bytes, mark: mark - 1 };
      return;
    }
    const end = bytes.lastIndexOf(FS);
    if (end >= 0 && end + 1 < bytes.length) {
      const at = offset + end + 1;
      const found = byteName(bytes[end + 1]);
      this.#damage = new FramingError("invalid_trailer", `Expected 0x1C 0x0D at byte ${at}, found 0x1C ${found}`);
      this.window = { offset, bytes, mark: at };
    } else if (end >= 0) {
      const message = `Expected 0x0D after 0x1C at byte ${mark}, found nothing; --allow end-on-eb would accept it`;
      this.#damage = new FramingError("invalid_trailer", message);
      this.window = { offset, bytes, mark: mark - 1 };
    } else {
      const message = `Expected 0x1C 0x0D at byte ${mark}, found nothing: the frame has no end`;
      this.#damage = new FramingError("truncated", message);
      this.window = { offset, bytes, mark: mark - 1 };
    }
  }

  /** Keeps bytes as they stood on the line. */
  keep(chunk: Uint8Array): void {
    this.#raw ??= new SendBuffer();
    const room = KEEP_BYTES - this.#raw.length;
    if (room > 0) this.#raw.append(chunk.subarray(0, room));
  }

  /** The bytes kept since the last call, handed over. */
  kept(): Uint8Array {
    return this.#raw?.take() ?? NO_BYTES;
  }

  /** What became of the message, its last try having ended so. */
  exchange(end: AttemptEnd, { controlId, attempts, keepBytes }: ExchangeFacts): Exchange {
    const { outcome, code, reply, rttUs, error } = end;
    const replyBytes = keepBytes ? this.kept() : null;
    const window = outcome === "damaged" ? this.window : null;
    return { controlId, outcome, code, reply, replyBytes, rttUs, attempts, warnings: this.warnings, error, window };
  }

  /** How a wait ended that was as long as it may be; the link may hold the beginning of a frame. */
  late(timeoutMs: number, link?: { readonly unfinished: HexWindow | null; readonly frameEnd?: string }): AttemptEnd {
    if (link !== undefined && link.unfinished !== null) this.unfinished(link.unfinished, link.frameEnd);
    const silence = new ReplyError("reply_timeout", `No acknowledgement within ${formatDuration(timeoutMs)}`);
    return this.conclude("timeout", silence);
  }

  /** How a wait ended whose message the lower layer has given up. */
  failed(error: LinkError): AttemptEnd {
    return isRefusal(error) ? { ...NO_ANSWER, outcome: "reject", error } : this.conclude("timeout", error);
  }

  /** How a wait ended in which the lower layer did not deliver the message: nothing came for so long, or, if not `silent`, it took so long; `last` is its last word. */
  undelivered(waitedMs: number, silent: boolean, last: string): AttemptEnd {
    const what = silent ? "nothing came for" : "it is not through after";
    const why = `Cannot deliver the message: ${what} ${formatDuration(waitedMs)}`;
    const words = last === "" ? why : silent ? `${why} after ${last}` : `${why}, the last was ${last}`;
    return this.conclude("timeout", new ReplyError("reply_timeout", words));
  }

  /** How a wait ended with its connection; `untried` where that is TLS on which nothing had come. */
  lost({ how, error }: { readonly how: string; readonly error: TransportError | null }, untried: boolean): AttemptEnd {
    if (how === "reset") {
      const broken = new ReplyError("reply_reset", "The receiver reset the connection before its acknowledgement");
      return { ...NO_ANSWER, outcome: "reset", error: broken };
    }
    if (error !== null) {
      // With TLS 1.3 a server refuses our certificate only after the handshake.
      return { ...NO_ANSWER, outcome: error.code === "tls_failed" ? "refused" : "closed", error };
    }
    const hint = untried ? "; over TLS a refused certificate looks like this too" : "";
    const message = `The receiver closed the connection before its acknowledgement${hint}`;
    return this.conclude("closed", new ReplyError("reply_closed", message));
  }

  /** How a wait ended in which nothing settled the message: `outcome`, unless something came that says more. */
  conclude(outcome: Outcome, error: MllpError): AttemptEnd {
    if (this.#foreign !== null) {
      const { payload, code } = this.#foreign;
      const came = code === null ? "a message that acknowledges nothing" : this.#foreign.what;
      const wrong = new ReplyError("reply_wrong_id", `${error.message}; only ${came} came`);
      return { outcome: "wrong_id", code, reply: payload, rttUs: null, error: wrong };
    }
    if (this.#damage !== null) return { ...NO_ANSWER, outcome: "damaged", error: this.#damage };
    return { ...NO_ANSWER, outcome, error };
  }
}

/**
 * How a try ends with our own acknowledgement, whose code HL7 does not know: no better one will come.
 *
 * @example
 * ```ts
 * import { unusable } from "./evidence.ts";
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(unusable(utf8("MSH|^~\\&|LAB\rMSA|OK|1\r"), "OK").outcome, "damaged");
 * ```
 */
export function unusable(payload: Uint8Array, code: string): AttemptEnd {
  const message = `The acknowledgement's MSA-1 is "${code}", wanted AA, AE, AR, CA, CE or CR`;
  const error = new ReplyError("reply_damaged", message);
  return { outcome: "damaged", code: null, reply: payload.slice(), rttUs: null, error };
}

/** What bytes without a frame most likely are. */
function whatTheyAre(bytes: Uint8Array): string {
  if (bytes[0] === 0x15 && bytes[1] === 0x03) return "a TLS alert, so the receiver speaks TLS (tls://HOST:PORT)";
  if (latin1(bytes, 0, 5) === "HTTP/") return "an HTTP answer, so this is a web server";
  return "the bytes are not framed";
}
