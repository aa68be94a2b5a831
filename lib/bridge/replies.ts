/**
 * Replies on their way to the line: what a reply of the destination becomes there, and how it is put on the line by each
 * protocol. It knows no destination.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import { wants } from "../hl7/ack_mode.ts";
import { settleLimitMs } from "../link/link.ts";
import type { About } from "./answers.ts";
import type { Context } from "./context.ts";
import type { LineConnection } from "./line_connection.ts";
import type { Claim } from "./line_lock.ts";
import type { Lines } from "./lines.ts";
import { within } from "./wait.ts";

/** A message of the line that a reply may be due to. */
export interface Replied {
  readonly message: Uint8Array;
  readonly about: About;
  /** The connection it came on; `null` if that was in another life of the driver. */
  readonly connection: LineConnection | null;
}

/** What is said of it in events. */
type Words = { readonly line?: string; readonly controlId: string };

/** Puts replies on the line. */
export class Replies {
  readonly #context: Context;
  readonly #lines: Lines;

  constructor(context: Context, lines: Lines) {
    this.#context = context;
    this.#lines = lines;
  }

  /**
   * What the destination's reply puts on the line; `null` for nothing. A message that is an answer itself is answered
   * only if it asks for an accept acknowledgement (protocols.md section 8), or else two programs thank each other for ever.
   */
  of(request: Replied, reply: Uint8Array): Uint8Array | null {
    const { policy, options, answers, clock } = this.#context;
    const { message, about } = request;
    if (reply.length > 0) {
      if (!about.hasMsa || wants(about.due.accept, true)) return reply;
      this.#lost(request, reply, "an acknowledgement is not answered", "info");
      return policy.alwaysAnswers ? NO_BYTES : null;
    }
    if (policy.emptyReply === "nothing" || policy.emptyReply === "empty") {
      return policy.emptyReply === "empty" ? NO_BYTES : null;
    }
    if (options.emptyReply === "none") return null;
    if (options.emptyReply === "AA") return answers.acceptance(message, clock.date());
    return answers.refusal(message, "The destination closed without a reply", clock.date());
  }

  /** The AE that says what failed; `null` where the message has no right to one. */
  refusal({ message }: Replied, why: string): Uint8Array | null {
    return this.#context.answers.refusal(message, why, this.#context.clock.date());
  }

  /** Answers the peer that waits for it. Whether that went well. */
  answer(request: Replied, reply: Uint8Array): boolean {
    const { connection } = request;
    if (connection === null || !connection.writable) {
      this.#lost(request, reply, "The connection that it came on is gone");
      return false;
    }
    try {
      connection.answer(reply);
    } catch (error) {
      const why = (error as Error).message;
      this.#lost(request, reply, why);
      // The peer waits: what cannot be said is said to be so.
      const refusal = this.refusal(request, why);
      if (refusal === null) connection.refuse();
      else connection.answer(refusal);
      return false;
    }
    this.#replied(request, connection, reply);
    return true;
  }

  /**
   * Sends a reply as a message of its own and waits until the line has confirmed it, where it confirms; on a line with
   * one peer also on the connection that took the place of a lost one. Whether that went well.
   *
   * @param held the line is ours already
   */
  async send(request: Replied, reply: Uint8Array, held: boolean): Promise<boolean> {
    let put = reply;
    let why = "The line hung up before it had the reply";
    // A line that hangs up twice over one reply is not there.
    for (let tries = 0, ours = held; tries < 3; tries++, ours = false) {
      const connection = await this.#lines.again(request.connection);
      if (typeof connection === "string") {
        why = connection;
        break;
      }
      const failed = await this.#sendOn(connection, put, ours && connection === request.connection);
      if (failed === null) {
        this.#replied(request, connection, put);
        return put === reply;
      }
      why = typeof failed === "string" ? failed : failed.message;
      if (typeof failed !== "string" && put === reply) {
        this.#lost(request, reply, why);
        const refusal = this.refusal(request, why);
        if (refusal === null) return false;
        put = refusal;
      } else if (connection.open) break;
    }
    this.#lost(request, put, why);
    return false;
  }

  /** `null` when it went well; an error for a reply that the line cannot carry, or else why not, in words. */
  async #sendOn(connection: LineConnection, reply: Uint8Array, held: boolean): Promise<Error | string | null> {
    const { clock, ended } = this.#context;
    let claim: Claim | null = null;
    if (!held) {
      const got = await connection.claim("in");
      if (typeof got === "string") return `The line was not to be had: ${got}`;
      claim = got;
    }
    try {
      const { confirmed } = connection.send(reply);
      if (!connection.session.link.confirms) return null;
      const mostMs = settleLimitMs(connection.session.link);
      const end = await within(clock, mostMs, confirmed, ended);
      if (end.how === "late") return connection.stuck(mostMs);
      return end.how === "done" ? end.value : "The driver is stopping";
    } catch (error) {
      return error as Error;
    } finally {
      if (claim !== null) connection.release(claim);
    }
  }

  /** Says that a reply does not reach the line, whose peer was told AA: that is a loss only if the reply says otherwise. */
  superseded(request: Replied, reply: Uint8Array, why: string): void {
    const { code } = this.#context.answers.about(reply);
    this.#lost(request, reply, why, code === "AA" || code === "CA" ? "info" : "warning");
  }

  #replied(request: Replied, connection: LineConnection, reply: Uint8Array): void {
    const { counters, answers } = this.#context;
    counters.repliesOut++;
    counters.bytesOut += reply.length;
    this.#context.tell({
      event: "replied",
      level: "info",
      direction: "in",
      line: connection.name,
      controlId: request.about.controlId,
      bytes: reply.length,
      code: answers.about(reply).code ?? undefined,
    });
  }

  #lost(request: Replied, reply: Uint8Array, why: string, level: "info" | "warning" = "warning"): void {
    if (level === "warning") this.#context.counters.repliesLost++;
    const words: Words = { line: request.connection?.name, controlId: request.about.controlId };
    this.#context.tell({ event: "reply_lost", level, direction: "in", ...words, bytes: reply.length, detail: why });
  }
}
