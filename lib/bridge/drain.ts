/**
 * The spool's way out: its messages go to the destination one after the other, the oldest first, each as often as it
 * takes; the reply goes back on the line. It knows nothing of how messages came in, and nothing of disks.
 *
 * @module
 */
import { pause } from "../clock.ts";
import { wants } from "../hl7/ack_mode.ts";
import { formatDuration } from "../values.ts";
import type { About } from "./answers.ts";
import { Context } from "./context.ts";
import type { Destination } from "./destination.ts";
import type { LineConnection } from "./line_connection.ts";
import type { Spool, Spooled } from "./options.ts";
import type { Replied, Replies } from "./replies.ts";
import { within } from "./wait.ts";

/** Drains a spool. */
export class Drain {
  readonly #context: Context;
  readonly #spool: Spool;
  readonly #destination: Destination;
  readonly #replies: Replies;
  /** Where the messages came from that were put in during this life of the driver. */
  readonly #origins = new Map<number, LineConnection>();
  readonly #stop = new AbortController();
  /** The replies on their way to the line, one after the other. */
  #replying = 0;
  #lastReply: Promise<void> = Promise.resolve();
  #wake: (() => void) | null = null;
  #whenEmpty: (() => void)[] = [];

  constructor(context: Context, spool: Spool, destination: Destination, replies: Replies) {
    this.#context = context;
    this.#spool = spool;
    this.#destination = destination;
    this.#replies = replies;
  }

  /** Puts a message in; it is safe when this returns. Throws as the spool does. */
  put(from: { message: Uint8Array; about: About; connection: LineConnection }): void {
    const { message, about, connection } = from;
    const at = this.#context.clock.date();
    const id = this.#spool.put(message, { line: connection.name, controlId: about.controlId, at });
    this.#origins.set(id, connection);
    this.#context.counters.spooled++;
    this.#wake?.();
  }

  /** Waits until the spool is empty; whether it is. */
  async emptyWithin(ms: number): Promise<boolean> {
    if (this.#spool.size === 0) return true;
    const { clock, ended } = this.#context;
    const empty = new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    return (await within(clock, ms, empty, ended)).how === "done";
  }

  /** No other message is begun. */
  stop(): void {
    this.#stop.abort();
    this.#wake?.();
  }

  /** Drains until stopped; resolves then, after the message in hand. */
  async run(): Promise<void> {
    const { options, clock } = this.#context;
    for (let failures = 0; !this.#stop.signal.aborted;) {
      const entry = this.#next();
      if (entry === null) {
        for (const wake of this.#whenEmpty.splice(0)) wake();
        await this.#woken();
        continue;
      }
      if (entry !== "failed" && (await this.#deliver(entry)) === null) {
        failures = 0;
        continue;
      }
      failures++;
      await pause(clock, Context.waitMs(options.drainMs, failures), this.#stop.signal);
    }
  }

  #next(): Spooled | null | "failed" {
    let entry: Spooled | null = null;
    return this.#mark(() => entry = this.#spool.next()) === null ? entry : "failed";
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
      // It may have been put in, or stopped, since it was looked at.
      if (this.#stop.signal.aborted) this.#wake();
    });
  }

  /** One try; why it failed, or `null`. */
  async #deliver({ id, message }: Spooled): Promise<string | null> {
    const { answers, clock, ended, counters } = this.#context;
    const about = answers.about(message);
    const sentAt = clock.now();
    const reply = await this.#exchange(message).catch((error: Error) => error.message);
    if (typeof reply === "string") {
      this.#destination.failed(reply, { controlId: about.controlId });
      this.#mark(() => this.#spool.failed(id, reply));
      return reply;
    }
    this.#context.tell({
      event: "answered",
      level: "info",
      direction: "in",
      controlId: about.controlId,
      bytes: reply.length,
      code: answers.about(reply).code ?? undefined,
      tookMs: clock.now() - sentAt,
    });
    const stored = this.#mark(() => this.#spool.done(id));
    if (stored !== null) return stored;
    counters.drained++;
    const connection = this.#origins.get(id) ?? null;
    this.#origins.delete(id);
    await this.#replyInTurn({ message, about, connection }, reply);
    return ended.aborted ? "The driver is stopping" : null;
  }

  async #exchange(message: Uint8Array): Promise<Uint8Array | string> {
    const { options, clock, ended, counters } = this.#context;
    const call = await this.#destination.call(options.connectTimeoutMs);
    call.send(message);
    const end = await within(clock, options.replyTimeoutMs, call.reply, ended);
    if (end.how === "done") return end.value;
    call.abandon();
    if (end.how === "stopped") return "The driver is stopping";
    counters.timeouts++;
    return `No reply of the destination within ${formatDuration(options.replyTimeoutMs)}`;
  }

  /** Replies keep their order, but a line that does not take them must not keep messages from the destination. */
  async #replyInTurn(request: Replied, reply: Uint8Array): Promise<void> {
    this.#replying++;
    this.#lastReply = this.#lastReply.then(() => this.#reply(request, reply)).finally(() => this.#replying--);
    this.#context.track(this.#lastReply);
    if (this.#replying >= this.#context.options.lineQueue) await this.#lastReply;
  }

  async #reply(request: Replied, reply: Uint8Array): Promise<void> {
    const { policy, options } = this.#context;
    if (!policy.acknowledges) {
      // CA or AA, the peer has had it; an empty reply adds nothing to that, and AA was the last word.
      const committed = wants(request.about.due.accept, true);
      if (reply.length === 0) return;
      if (!committed && options.spoolAck === "AA") {
        return this.#replies.dropped(request, reply, "The line had its acknowledgement when the message was spooled");
      }
    }
    const put = this.#replies.of(request, reply);
    if (put !== null && put.length > 0) await this.#replies.send(request, put, false);
  }

  /** A spool that cannot write now will be asked again; what it keeps is sent again. Why it could not, or `null`. */
  #mark(mark: () => void): string | null {
    try {
      mark();
      return null;
    } catch (error) {
      const why = (error as Error).message;
      this.#context.tell({ event: "spool_failed", level: "error", detail: why });
      return why;
    }
  }
}
