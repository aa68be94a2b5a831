/**
 * A distal client's message on its way over the line: the line is waited for, the message sent, its own answer picked
 * out of what comes. One at a time. It knows no client's socket, and no destination.
 *
 * @module
 */
import { NO_BYTES, utf8 } from "../bytes.ts";
import { Correlation, MATCH_MEANINGS } from "../correlation.ts";
import { type Awaited, awaited } from "../hl7/ack_awaited.ts";
import { AckScan } from "../hl7/ack_scan.ts";
import { HeaderScan } from "../hl7/header.ts";
import { isNegative } from "../outcome.ts";
import { settleLimitMs } from "../link/link.ts";
import { formatDuration } from "../values.ts";
import type { About } from "./answers.ts";
import type { Context } from "./context.ts";
import type { LineConnection } from "./line_connection.ts";
import type { Lines } from "./lines.ts";
import { within } from "./wait.ts";

/** A distal client's message. */
export interface Request {
  readonly message: Uint8Array;
  readonly about: About;
  /** Whether the client has left: what answers it then has nobody to go to. */
  readonly gone: boolean;
}

/** What became of it: the reply, be it empty, or why there is none, as a sentence. */
export type Outcome = { readonly reply: Uint8Array } | { readonly why: string };

/** What a message of the line is to the request that waits. */
export type Match =
  /** Its answer: taken. */
  | { readonly how: "taken" }
  /** No answer to anything. */
  | { readonly how: "request" }
  /** An answer, and not one that anybody waits for. */
  | { readonly how: "unmatched"; readonly meaning: string };

interface Waiting {
  readonly request: Request;
  readonly connection: LineConnection;
  readonly awaited: Awaited;
  readonly entry: number;
  /** A commit acknowledgement (CA) that came while the application's is due. */
  commit: Uint8Array | null;
  delivered: boolean;
  outcome: Outcome | null;
  readonly settle: (outcome: Outcome) => void;
}

/** Sends the messages of distal clients over the line, one at a time. */
export class Outbound {
  readonly #context: Context;
  readonly #lines: Lines;
  readonly #sent = new Correlation(1);
  readonly #scan = new AckScan();
  readonly #header = new HeaderScan();
  #waiting: Waiting | null = null;

  constructor(context: Context, lines: Lines) {
    this.#context = context;
    this.#lines = lines;
  }

  /** Whether an answer is waited for that this connection may bring. */
  awaits(connection: LineConnection): boolean {
    return this.#waiting !== null && this.#mayBring(this.#waiting, connection);
  }

  /** Sends a message and waits for its answer; never rejects. Must not be called before the last call has resolved. */
  async transact(request: Request): Promise<Outcome> {
    for (;;) {
      const connection = await this.#lines.pick();
      if (typeof connection === "string") return { why: connection };
      const claim = await connection.claim("out");
      // It went away before anything was sent: another may do.
      if (claim === "closed" || (typeof claim !== "string" && !connection.open)) {
        if (typeof claim !== "string") connection.release(claim);
        continue;
      }
      if (claim === "full") return { why: "Too many wait for the line" };
      if (claim === "timeout") {
        return { why: `The line was in use for ${formatDuration(this.#context.options.lineTimeoutMs)}` };
      }
      try {
        if (this.#context.stopping) return { why: "The driver is stopping" };
        return await this.#run(request, connection, () => connection.release(claim));
      } catch (error) {
        // What the line cannot carry, or an id too long to be told again.
        return { why: (error as Error).message };
      } finally {
        connection.release(claim);
      }
    }
  }

  /** A message of the line: whether it is the answer that is waited for, and if so it is taken. */
  offer(connection: LineConnection, message: Uint8Array, isAnswer: boolean): Match {
    const waiting = this.#waiting;
    const isAck = this.#scan.scan(message);
    if (isAnswer && waiting !== null && !waiting.request.gone) {
      this.#take(waiting, message);
      return { how: "taken" };
    }
    if (!isAck) return { how: "request" };
    const { code, codeStart, codeEnd, idStart, idEnd } = this.#scan;
    const negative = isNegative(code ?? String.fromCharCode(...message.subarray(codeStart, codeEnd).subarray(0, 8)));
    const match = this.#sent.match(message, negative, idStart, idEnd);
    if (match !== "own") return { how: "unmatched", meaning: MATCH_MEANINGS[match] };
    if (waiting === null || !this.#mayBring(waiting, connection)) {
      return { how: "unmatched", meaning: "the acknowledgement came on another connection" };
    }
    if (waiting.request.gone) return { how: "unmatched", meaning: "the client that waited for it has left" };
    if (code === "CA" && waiting.awaited === "application") waiting.commit = message;
    else this.#take(waiting, message);
    return { how: "taken" };
  }

  /** A connection brings nothing any more. */
  lost(connection: LineConnection): void {
    const waiting = this.#waiting;
    if (waiting === null || waiting.connection !== connection) return;
    // Where a transfer is all that the line is kept for, the reply may come when the line is back.
    const mayComeBack = this.#context.policy.holds === "transfer" && this.#context.options.line.medium !== "listen";
    if (waiting.delivered && mayComeBack) return;
    waiting.settle({ why: "The line hung up before the reply came" });
  }

  async #run(request: Request, connection: LineConnection, release: () => void): Promise<Outcome> {
    const { policy, clock, ended, options } = this.#context;
    const { promise, settle } = outcomeLater();
    const waiting: Waiting = {
      request,
      connection,
      awaited: awaited(request.about.due),
      entry: this.#sent.open(this.#idOf(request.message)),
      commit: null,
      delivered: policy.settledBy === "reply",
      outcome: null,
      settle: (outcome) => settle(waiting.outcome ??= outcome),
    };
    this.#waiting = waiting;
    try {
      const { confirmed } = connection.send(request.message);
      this.#tell("sent", request, connection);
      if (policy.settledBy !== "reply") {
        const mostMs = settleLimitMs(connection.session.link);
        const end = await within(clock, mostMs, confirmed, ended);
        if (end.how === "stopped") return { why: "The driver is stopping" };
        if (end.how === "late") return { why: connection.stuck(mostMs) };
        if (end.value !== null) return { why: end.value };
        waiting.delivered = true;
        this.#tell("delivered", request, connection);
        if (policy.holds === "transfer") release();
      }
      this.#count(request);
      if (waiting.awaited === "none" || policy.settledBy === "link") return waiting.outcome ?? { reply: NO_BYTES };
      const end = await within(clock, options.replyTimeoutMs, promise, ended);
      if (end.how === "done") return end.value;
      if (waiting.commit !== null) return { reply: waiting.commit };
      if (end.how === "stopped") return { why: "The driver is stopping" };
      // Who asks to hear of errors alone has good news in silence (HL7 table 0155).
      if (request.about.due.application === "ER") return { reply: NO_BYTES };
      this.#context.counters.timeouts++;
      const delivered = policy.settledBy === "reply" ? "" : "The line has confirmed the message, but ";
      const silence = `no reply came within ${formatDuration(options.replyTimeoutMs)}`;
      return { why: delivered === "" ? `N${silence.slice(1)}` : delivered + silence };
    } finally {
      this.#waiting = null;
      if (this.#sent.waiting > 0) this.#sent.timedOut(waiting.entry);
    }
  }

  #take(waiting: Waiting, message: Uint8Array): void {
    this.#sent.answered(waiting.entry);
    waiting.settle({ reply: message });
  }

  #mayBring(waiting: Waiting, connection: LineConnection): boolean {
    return waiting.connection === connection || this.#context.options.line.medium !== "listen";
  }

  #idOf(message: Uint8Array): Uint8Array {
    return this.#header.scan(message) ? this.#header.controlId.slice() : utf8("");
  }

  #count(request: Request): void {
    this.#context.counters.messagesOut++;
    this.#context.counters.bytesOut += request.message.length;
  }

  #tell(event: "sent" | "delivered", { about, message }: Request, { name }: LineConnection): void {
    const words = { line: name, controlId: about.controlId, bytes: message.length };
    this.#context.tell({ event, level: "info", direction: "out", ...words });
  }
}

function outcomeLater(): { promise: Promise<Outcome>; settle: (outcome: Outcome) => void } {
  let settle!: (outcome: Outcome) => void;
  return { promise: new Promise((resolve) => settle = resolve), settle };
}
