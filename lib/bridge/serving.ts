/**
 * Serving one connection of the line: each message the peer begins goes to the destination, is acknowledged as its
 * protocol says, and is answered. What differs between protocols is asked of the policy table.
 *
 * # How a message is served (protocols.md section 5)
 *
 * 1. It is its distal client's answer: that takes it, and it is acknowledged at once.
 * 2. The line is claimed, where it is kept for transactions; a message that crosses one of ours is served within ours,
 *    if the line has priority or the link says that it is its turn, because we may not be answered before it is.
 * 3. The destination is reached (at the bid already, where there are bids), or the message is refused.
 * 4. The request is written. An acknowledgement of the line's own is given when the reply has come, or at the end of
 *    `ackHoldMs` if the request was written whole; the reply is waited for until `replyTimeoutMs`.
 * 5. The reply goes back, or what says that there is none.
 *
 * With a spool steps 2 to 5 belong to the drain; here the message is put on disk and acknowledged, where it may be.
 *
 * @module
 */
import { NO_BYTES, sameBytes } from "../bytes.ts";
import { wants } from "../hl7/ack_mode.ts";
import { formatDuration } from "../values.ts";
import type { Context } from "./context.ts";
import type { Destination, DestinationCall } from "./destination.ts";
import type { Drain } from "./drain.ts";
import type { LineConnection } from "./line_connection.ts";
import type { Outbound } from "./outbound.ts";
import type { Replied, Replies } from "./replies.ts";
import { within } from "./wait.ts";

/** The parts of the driver that a connection is served with. */
export interface ServingParts {
  readonly destination: Destination;
  readonly replies: Replies;
  readonly outbound: Outbound;
  /** `null` without a spool. */
  readonly drain: Drain | null;
}

interface Job extends Replied {
  readonly connection: LineConnection;
  /** When it came, or came again. */
  arrivedAt: number;
  /** Whether the line's own acknowledgement is still held. */
  held: boolean;
  /** Whether it was given. */
  acknowledged: boolean;
  /** Set once the destination is being asked. */
  call: DestinationCall | null;
}

/** Serves one connection of the line. */
export class Serving {
  readonly #context: Context;
  readonly #connection: LineConnection;
  readonly #parts: ServingParts;
  readonly #queue: Job[] = [];
  #pumping = false;
  /** How many are in hand, those in the queue included. */
  #inHand = 0;
  #whenIdle: (() => void)[] = [];
  /** Those in hand whose acknowledgement the line has not had. */
  readonly #unacknowledged = new Set<Job>();
  /** Reached at a bid, for the message that follows it. */
  #ready: DestinationCall | null = null;

  constructor(context: Context, connection: LineConnection, parts: ServingParts) {
    this.#context = context;
    this.#connection = connection;
    this.#parts = parts;
  }

  /** How many messages wait for their turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when nothing of this connection is in hand. */
  idle(): Promise<void> {
    if (this.#inHand === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** The connection is gone. */
  lost(): void {
    this.transferOver();
  }

  /** No new message is taken: of a transfer that has just begun the peer is told so, instead of at its end. */
  stop(): void {
    if (this.#unacknowledged.size === 0 && !this.#parts.outbound.awaits(this.#connection)) this.#connection.interrupt();
  }

  /** What the peer had bid for is over: a destination reached for a message that did not come is let go of. */
  transferOver(): void {
    this.#ready?.abandon();
    this.#ready = null;
  }

  /** A message was lost to damage. Where nothing but a reply could say so, and its header has come, one does. */
  damaged(start: Uint8Array, why: string): void {
    const { policy, answers, clock } = this.#context;
    const connection = this.#connection;
    if (policy.refusal !== "ae") return;
    const message = start.slice();
    const about = answers.about(message);
    const refusal = about.isHl7 ? answers.refusal(message, why, clock.date()) : null;
    if (refusal !== null) this.#parts.replies.answer({ message, about, connection }, refusal);
    // A framer that is strict reads nothing more: the peer has to begin anew.
    if (connection.session.link.stopped) void connection.close();
  }

  /** The peer asks whether it may send. */
  bid(): void {
    const { drain, outbound } = this.#parts;
    // What comes may be the answer that a distal client waits for, whoever is down.
    const surely = drain !== null || outbound.awaits(this.#connection) || this.#ready?.open === true;
    if (this.#context.stopping && !outbound.awaits(this.#connection)) this.#refuseBid("The driver is stopping");
    else if (surely) this.#connection.answerBid(true);
    else this.#context.track(this.#reachAtBid());
  }

  /** A message of the line. */
  take(message: Uint8Array, isAnswer: boolean): void {
    const { counters, policy, answers, clock, options } = this.#context;
    const connection = this.#connection;
    const match = this.#parts.outbound.offer(connection, message, isAnswer);
    if (match.how === "taken") {
      if (policy.acknowledges) connection.commit(true);
      return;
    }
    for (const held of this.#unacknowledged) if (sameBytes(held.message, message)) return this.#takeRepeat(held);
    const about = answers.about(message);
    const held = policy.acknowledges;
    const job: Job = { message, about, connection, arrivedAt: clock.now(), held, acknowledged: false, call: null };
    counters.messagesIn++;
    counters.bytesIn += message.length;
    this.#tell("received", "info", job, {});
    if (match.how === "unmatched") {
      counters.unmatched++;
      this.#tell("unmatched", "warning", job, { code: about.code ?? undefined, detail: match.meaning });
    }
    if (this.#context.stopping) return this.#refuse(job, "The driver is stopping");
    if (message.length === 0 || (message.length === 1 && message[0] === 0x0d)) return this.#takeEmpty(job);
    if (this.#spool(job)) return;
    if (this.#queue.length >= options.lineQueue) return this.#refuse(job, "Too many messages wait for the line");
    if (job.held) this.#unacknowledged.add(job);
    this.#inHand++;
    if (policy.holds === "transfer") this.#context.track(this.#serve(job).finally(() => this.#done()));
    else {
      this.#queue.push(job);
      if (!this.#pumping) this.#context.track(this.#pump());
    }
  }

  /** The peer waits no more for the acknowledgement that is held. */
  abandoned(): void {
    for (const job of this.#unacknowledged) job.held = false;
  }

  /** The same message again, while the destination has it: it is not to have it twice. */
  #takeRepeat(job: Job): void {
    this.#context.counters.duplicates++;
    this.#tell("note", "info", job, { code: "duplicate", detail: "a repeat of a message in hand" });
    if (job.held) return;
    job.held = true;
    job.arrivedAt = this.#context.clock.now();
    // Its time was up before: what is written may be acknowledged.
    if (job.call?.written === true) this.#acknowledge(job);
  }

  async #reachAtBid(): Promise<void> {
    const { ackHoldMs } = this.#context.options;
    try {
      const call = await this.#parts.destination.call(ackHoldMs);
      if (!this.#connection.open) return call.abandon();
      if (this.#context.stopping) {
        call.abandon();
        return this.#refuseBid("The driver is stopping");
      }
      this.#ready?.abandon();
      this.#ready = call;
      this.#connection.answerBid(true);
    } catch (error) {
      this.#parts.destination.failed((error as Error).message, { line: this.#connection.name, controlId: "" });
      this.#refuseBid((error as Error).message);
    }
  }

  #refuseBid(why: string): void {
    this.#context.tell({
      event: "refused",
      level: "warning",
      direction: "in",
      line: this.#connection.name,
      detail: `The bid: ${why}`,
    });
    this.#connection.answerBid(false);
  }

  /** Puts a message on disk and acknowledges it, if there is a spool and it may do both. */
  #spool(job: Job): boolean {
    const { drain } = this.#parts;
    const { policy, options, answers, clock } = this.#context;
    if (drain === null) return false;
    const { due, hasMsa } = job.about;
    const commit = wants(due.accept, true);
    const nothingDue = hasMsa || (!commit && due.application === "NE");
    // Nothing on the line would say that it is safe: the destination's own reply has to.
    if (!policy.acknowledges && !commit && !nothingDue && options.spoolAck === null) return false;
    const answer = policy.acknowledges || nothingDue
      ? null
      : commit
      ? answers.commit(job.message, clock.date())
      : answers.acceptance(job.message, clock.date());
    try {
      drain.put(job);
    } catch (error) {
      this.#context.tell({ event: "spool_failed", level: "error", detail: (error as Error).message });
      this.#refuse(job, `The message could not be stored: ${(error as Error).message}`);
      return true;
    }
    this.#tell("spooled", "info", job, {});
    if (policy.acknowledges) this.#acknowledge(job);
    else if (answer !== null || policy.alwaysAnswers) this.#parts.replies.answer(job, answer ?? NO_BYTES);
    this.#context.onTransaction(true, "");
    return true;
  }

  /** Nothing to pass on. */
  #takeEmpty(job: Job): void {
    if (job.held) this.#acknowledge(job);
    else this.#refuse(job, "The message is empty");
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      await this.#serveInTurn(job);
      this.#done();
    }
    this.#pumping = false;
  }

  #done(): void {
    this.#inHand--;
    if (this.#inHand === 0) { for (const wake of this.#whenIdle.splice(0)) wake(); }
  }

  async #serveInTurn(job: Job): Promise<void> {
    const { options, policy, clock, ended } = this.#context;
    const { connection } = job;
    const { drain } = this.#parts;
    // What was taken before goes before, and its replies need the line.
    if (drain !== null && !(await drain.emptyWithin(options.replyTimeoutMs))) {
      return this.#refuse(job, "Messages before it wait for the destination");
    }
    if (this.#context.stopping) return this.#refuse(job, "The driver is stopping");
    const first = policy.crossing === "link" || options.priority === "line";
    if (connection.lock.holder === "out" && first) return await this.#serve(job);
    const claiming = connection.claim("in");
    const turn = await within(clock, this.#holdLeftMs(job), claiming, ended);
    const claim = turn.how === "done" ? turn.value : turn.how;
    if (typeof claim !== "string") {
      await this.#serve(job);
      return connection.release(claim);
    }
    // One that comes too late is given back at once.
    void claiming.then((late) => typeof late === "string" ? undefined : connection.release(late));
    this.#refuse(job, turn.how === "stopped" ? "The driver is stopping" : `The line was not to be had: ${claim}`);
  }

  async #serve(job: Job): Promise<void> {
    const { options, clock, ended } = this.#context;
    let call: DestinationCall;
    try {
      call = await this.#reach(job);
      call.send(job.message);
      job.call = call;
    } catch (error) {
      this.#parts.destination.failed((error as Error).message, this.#named(job));
      return this.#refuse(job, (error as Error).message);
    }
    const sentAt = clock.now();
    try {
      if (job.held) {
        const end = await within(clock, this.#holdLeftMs(job), call.reply, ended);
        if (end.how !== "done" && !call.written) {
          call.abandon();
          return await this.#failed(job, "The destination does not read");
        }
        if (end.how !== "stopped") this.#acknowledge(job);
      }
      const end = await within(clock, sentAt + options.replyTimeoutMs - clock.now(), call.reply, ended);
      if (end.how === "done") return await this.#answered(job, end.value, clock.now() - sentAt);
      call.abandon();
      if (end.how === "late") this.#context.counters.timeouts++;
      const silence = `No reply of the destination within ${formatDuration(options.replyTimeoutMs)}`;
      await this.#failed(job, end.how === "late" ? silence : "The driver is stopping");
    } catch (error) {
      await this.#failed(job, (error as Error).message);
    }
  }

  async #reach(job: Job): Promise<DestinationCall> {
    const ready = this.#ready;
    this.#ready = null;
    if (ready?.open === true) return ready;
    ready?.abandon();
    return await this.#parts.destination.call(this.#holdLeftMs(job));
  }

  #holdLeftMs(job: Job): number {
    const { options, clock } = this.#context;
    return job.held ? Math.max(0, job.arrivedAt + options.ackHoldMs - clock.now()) : Infinity;
  }

  async #answered(job: Job, reply: Uint8Array, tookMs: number): Promise<void> {
    const { replies } = this.#parts;
    const { policy } = this.#context;
    const code = this.#context.answers.about(reply).code ?? undefined;
    this.#tell("answered", "info", job, { code, bytes: reply.length, tookMs });
    const put = replies.of(job, reply);
    const well = put === null ||
      (policy.reply === "answer"
        ? replies.answer(job, put)
        : await replies.send(job, put, policy.holds !== "transfer"));
    this.#context.onTransaction(well, well ? "" : "The reply could not be put on the line");
  }

  /** The destination had the message, or part of it, and there is no reply. */
  async #failed(job: Job, why: string): Promise<void> {
    const { replies, destination } = this.#parts;
    const { policy, counters } = this.#context;
    destination.failed(why, this.#named(job));
    const refusal = replies.refusal(job, why);
    if (job.held || (policy.failure === "ae" && (refusal === null || !job.about.isHl7))) return this.#refuse(job, why);
    counters.refusedIn++;
    this.#tell("refused", "warning", job, { detail: why });
    if (refusal !== null && policy.reply === "answer") replies.answer(job, refusal);
    else if (refusal !== null) await replies.send(job, refusal, policy.holds !== "transfer");
    this.#context.onTransaction(false, why);
  }

  /** Nothing was acknowledged: the line is told that the message is not taken. */
  #refuse(job: Job, why: string): void {
    const { policy, counters } = this.#context;
    const { connection } = job;
    counters.refusedIn++;
    this.#tell("refused", "warning", job, { detail: why });
    const { held } = job;
    const naks = counters.naksOut;
    this.#letGo(job);
    switch (policy.refusal) {
      case "commit_nak":
        if (held) connection.commit(false);
        break;
      case "eot":
        // Of a transfer that is over, nothing can be refused any more; the next one is not to blame.
        if (held) connection.interrupt();
        break;
      case "nak_g":
        connection.refuse();
        break;
      case "ae": {
        const refusal = this.#parts.replies.refusal(job, why);
        if (refusal !== null) this.#parts.replies.answer(job, refusal);
      }
    }
    // Some links tell of the NAK, some do not.
    if (policy.refusal.includes("nak") && counters.naksOut === naks) counters.naksOut++;
    this.#context.onTransaction(false, why);
  }

  #acknowledge(job: Job): void {
    if (!job.held) return;
    this.#letGo(job);
    if (!job.connection.writable) return;
    job.acknowledged = true;
    job.connection.commit(true);
    this.#tell("acknowledged", "info", job, { tookMs: this.#context.clock.now() - job.arrivedAt });
  }

  #letGo(job: Job): void {
    job.held = false;
    this.#unacknowledged.delete(job);
  }

  #named(job: Job): { line: string; controlId: string } {
    return { line: this.#connection.name, controlId: job.about.controlId };
  }

  #tell(
    event: "received" | "spooled" | "acknowledged" | "refused" | "answered" | "unmatched" | "note",
    level: "info" | "warning",
    job: Job,
    more: { readonly code?: string; readonly detail?: string; readonly bytes?: number; readonly tookMs?: number },
  ): void {
    this.#context.tell({ event, level, direction: "in", ...this.#named(job), bytes: job.message.length, ...more });
  }
}
