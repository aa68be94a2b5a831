/**
 * The spool's way out: its messages go to the destination one after the other, the oldest first, each as often as it
 * takes; the reply goes back on the line. It knows nothing of how messages came in, and nothing of disks.
 *
 * # A message that the destination fails with (our decision)
 *
 * A destination that cannot be reached is waited for: no message is to blame, and the order stays. One that takes a
 * message and breaks off, or says nothing, may have stumbled over that message. After `spoolTries` of those the first
 * behind it that has not failed so often is tried in turns with it. Where that one is answered the oldest has one more
 * try; if it fails once more it is a dead letter: it stays in the spool for people, the log says so as an error, and its
 * sender gets an AE, where it may still have one. Where none is answered the destination is at fault, and nothing is given up.
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

/** Why a try failed, and who may be to blame for it: the message, or anything else. */
interface Failure {
  readonly why: string;
  readonly blame: "message" | "nobody";
}

const STOPPING: Failure = { why: "The driver is stopping", blame: "nobody" };

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
  /** How often the destination failed with a message that it was given, by id. */
  readonly #tries = new Map<number, number>();
  /** Whether it is the turn of one behind the oldest, and whether one was answered since the oldest's last try. */
  #aside = false;
  #works = false;

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
      const next = this.#next();
      if (next === null) {
        for (const wake of this.#whenEmpty.splice(0)) wake();
        await this.#woken();
        continue;
      }
      if (next !== "failed" && await this.#dealWith(next.entry, next.isOldest)) {
        failures = 0;
        continue;
      }
      failures++;
      await pause(clock, Context.waitMs(options.drainMs, failures), this.#stop.signal);
    }
  }

  #next(): { readonly entry: Spooled; readonly isOldest: boolean } | null | "failed" {
    let oldest: Spooled | null = null;
    let entry: Spooled | null = null;
    const read = () => {
      oldest = entry = this.#spool.next();
      while (this.#aside && entry !== null && this.#isSuspect(entry)) entry = this.#spool.next(entry.id);
      entry ??= oldest;
    };
    if (this.#mark(read) !== null) return "failed";
    return entry === null ? null : { entry, isOldest: entry === oldest };
  }

  #isSuspect({ id }: Spooled): boolean {
    return (this.#tries.get(id) ?? 0) >= this.#context.options.spoolTries;
  }

  /** Delivers a message, or gives it up; false if it is to be tried again. */
  async #dealWith(entry: Spooled, isOldest: boolean): Promise<boolean> {
    const { id, damage } = entry;
    if (damage !== null) return this.#bury(entry, damage) !== null;
    const failure = await this.#deliver(entry);
    this.#aside = false;
    if (failure === null) {
      this.#works = !isOldest;
      return true;
    }
    const works = this.#works;
    if (isOldest) this.#works = false;
    if (failure.blame === "nobody") return false;
    this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1);
    if (!isOldest) return false;
    this.#aside = true;
    return works && this.#isSuspect(entry) && this.#giveUp(entry, failure.why);
  }

  /** Its sender is told, where that is still possible. Whether it is given up. */
  #giveUp(entry: Spooled, why: string): boolean {
    const request = this.#bury(entry, why);
    if (request === null) return false;
    this.#aside = false;
    const refusal = this.#replies.refusal(request, `Given up: ${why}`);
    if (refusal !== null) void this.#replyInTurn(request, refusal);
    return true;
  }

  /** What it was; `null` if that could not be written. */
  #bury({ id, message }: Spooled, why: string): Replied | null {
    if (this.#mark(() => this.#spool.bury(id, why)) !== null) return null;
    const { answers, counters } = this.#context;
    const about = answers.about(message);
    counters.deadLetters++;
    const words = { controlId: about.controlId, bytes: message.length, detail: `Given up, kept in the spool: ${why}` };
    this.#context.tell({ event: "dead_letter", level: "error", direction: "in", ...words });
    return { message, about, connection: this.#forget(id) };
  }

  /** Where a message came from, which is done with. */
  #forget(id: number): LineConnection | null {
    const connection = this.#origins.get(id) ?? null;
    this.#origins.delete(id);
    this.#tries.delete(id);
    return connection;
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

  /** One try; why it failed, and whether the message may be to blame, or `null`. */
  async #deliver({ id, message }: Spooled): Promise<Failure | null> {
    const { answers, clock, ended, counters } = this.#context;
    const about = answers.about(message);
    const sentAt = clock.now();
    const reply = await this.#exchange(message);
    if ("why" in reply) {
      this.#destination.failed(reply.why, { controlId: about.controlId });
      this.#mark(() => this.#spool.failed(id, reply.why));
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
    if (stored !== null) return { why: stored, blame: "nobody" };
    counters.drained++;
    await this.#replyInTurn({ message, about, connection: this.#forget(id) }, reply);
    return ended.aborted ? STOPPING : null;
  }

  async #exchange(message: Uint8Array): Promise<Uint8Array | Failure> {
    const { options, clock, ended, counters } = this.#context;
    let blame: Failure["blame"] = "nobody";
    try {
      const call = await this.#destination.call(options.connectTimeoutMs);
      blame = "message";
      call.send(message);
      const end = await within(clock, options.replyTimeoutMs, call.reply, ended);
      if (end.how === "done") return end.value;
      call.abandon();
      if (end.how === "stopped") return STOPPING;
      counters.timeouts++;
      return { why: `No reply of the destination within ${formatDuration(options.replyTimeoutMs)}`, blame };
    } catch (error) {
      return { why: (error as Error).message, blame };
    }
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
        return this.#replies.superseded(
          request,
          reply,
          "The line had its acknowledgement when the message was spooled",
        );
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
