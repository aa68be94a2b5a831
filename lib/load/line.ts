/**
 * One place of the load: a connection that carries messages, up to so many at a time; or, with a
 * connection for each message, the place that one such message after the other takes. It knows what
 * is on its way and what became of it; which message comes next is the loop's business.
 *
 * A message that was on its way when its connection was lost is sent again first, with the same
 * bytes and so the same MSH-10, if it has tries left; else the loss is its outcome.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import { isRefusal, type TransportError } from "../errors.ts";
import type { FrameFault } from "../framing/framer.ts";
import type { LinkEvent, MessageFailed } from "../link/link.ts";
import { isRoutine } from "../link/routine.ts";
import { isNegative, type Outcome } from "../outcome.ts";
import { Connection } from "./connection.ts";
import { InFlight, type Pending } from "./in_flight.ts";
import type { LineHost } from "./line_host.ts";
import { Replies } from "./replies.ts";
import { Settler } from "./settler.ts";

/**
 * One place of the load.
 *
 * @example
 * ```ts
 * import { Line } from "./line.ts";
 * import type { LineHost } from "./line_host.ts";
 * import { completePlan } from "./plan.ts";
 * import { Feed } from "./feed.ts";
 * import { Recorder } from "./recorder.ts";
 * import { systemClock } from "../clock.ts";
 * import { linkMaker } from "../link/make.ts";
 * import { memoryPair } from "../transport/memory.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * const messages = [utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")];
 * const host: LineHost = {
 *   plan: completePlan({ target: "", connect: () => Promise.resolve(near), makeLink: linkMaker(), messages }),
 *   feed: new Feed(messages, { seed: 7 }),
 *   recorder: new Recorder(false),
 *   clock: systemClock,
 *   matchAny: false,
 *   timesAcks: false,
 *   t0: 0,
 *   epochAtZero: 0,
 *   room: () => {},
 *   wantsConnections: () => true,
 *   fail: (error) => assert.fail(String(error)),
 *   onSettled: null,
 *   keepBytes: false,
 * };
 * const line = new Line(host, 0);
 * await line.connection.connect();
 * line.take(0, NaN);
 * assert.equal(line.inFlight, 1);
 * await Promise.all([line.end(), far.close()]);
 * assert.equal(host.recorder.current.outcomes.unanswered, 1);
 * ```
 */
export class Line {
  readonly index: number;
  readonly connection: Connection;
  readonly #host: LineHost;
  readonly #single: boolean;
  readonly #flight: InFlight;
  readonly #replies: Replies;
  readonly #settler: Settler;
  /** What goes out as soon as there is a connection, oldest first. */
  #pending: Pending[] = [];
  /** After a timeout under `reconnect`: no more is sent, and when the rest is settled the connection is dropped. */
  #condemned = false;
  /** Bytes outside of frames that settle a message unless a frame follows in the same chunk. */
  #unframed: Uint8Array | null = null;
  /** Until when it takes no next message: a closed loop does not hammer a receiver that refuses. */
  #restsUntil = 0;
  #over = false;

  constructor(host: LineHost, index: number) {
    this.index = index;
    this.#host = host;
    this.#single = host.plan.connectionPerMessage;
    this.#flight = new InFlight(host.plan.inFlight);
    this.#replies = new Replies(host, this.#flight);
    this.#settler = new Settler(host);
    this.connection = new Connection(host.plan, host.clock, index, {
      opened: (tookMs, again) => this.#opened(tookMs, again),
      refused: (error) => this.#refused(error),
      event: (event) => this.#onEvent(event),
      lost: (outcome, why, error) => this.#lost(outcome, why, error),
      drained: () => this.#offer(),
      bytes: host.keepBytes || host.plan.deliveryTimeoutMs < Infinity ? (chunk) => this.#heard(chunk) : undefined,
      fail: (error) => host.fail(error),
    });
  }

  /** Whether it could carry a message now or soon. */
  get isHopeful(): boolean {
    return this.connection.state !== "pausing" && (this.#single || this.connection.state !== "closed");
  }

  /** How many messages are on their way. */
  get inFlight(): number {
    return this.#flight.sent.waiting;
  }

  /** How many messages wait to be sent again. */
  get retrying(): number {
    return this.#pending.reduce((count, { attempts }) => attempts > 0 ? count + 1 : count, 0);
  }

  /** Whether it can take a message now. */
  get hasRoom(): boolean {
    if (this.#pending.length > 0 || this.#restsUntil > 0 || this.#over) return false;
    const { waiting } = this.#flight.sent;
    const { state } = this.connection;
    if (this.#single) return waiting === 0 && (state === "closed" || state === "open");
    if (state !== "open" || this.#condemned || waiting >= this.#host.plan.inFlight) return false;
    return !this.connection.isBlocked;
  }

  /** Takes message `k`, due at `dueAt` (NaN in a closed loop). Only when it has room. */
  take(k: number, dueAt: number): void {
    const { clock, recorder, t0, epochAtZero } = this.#host;
    const now = clock.now();
    if (!Number.isNaN(dueAt)) recorder.current.lag.record((now - t0 - dueAt) * 1000);
    const epochMs = epochAtZero + now;
    if (this.connection.session === null) {
      this.#pending.push({ k, dueAt, epochMs, writtenAt: NaN, attempts: 0, sent: false, outcome: null });
      void this.connection.connect();
      return;
    }
    recorder.current.sent++;
    this.#transmit(k, dueAt, epochMs, 1, now);
  }

  /** Writes what was taken. */
  flush(): void {
    this.connection.session?.flush();
  }

  /** Time has passed: waits that are over end, and a pause that is over ends in a try to connect. */
  tick(now: number): void {
    this.connection.tick(now);
    if (this.#restsUntil > 0 && now >= this.#restsUntil) {
      this.#restsUntil = 0;
      this.#offer();
    }
    const flight = this.#flight;
    const { plan } = this.#host;
    for (let entry = flight.sent.oldest; entry >= 0 && flight.isOver(entry, now, plan); entry = flight.sent.oldest) {
      this.#expire(entry, now);
    }
  }

  #heard(chunk: Uint8Array): void {
    this.#flight.heardAt = this.#host.clock.now();
    if (this.#host.keepBytes) this.#settler.keep(chunk);
  }

  /** Ends it: what waits is given up. Resolves when the descriptor is gone; the peer may take at most `mostMs` for its end. */
  async end(mostMs = Infinity): Promise<void> {
    this.#over = true;
    this.giveUp();
    await this.connection.end(mostMs);
  }

  /** Gives up what it carries: what waits is unanswered, what was not sent is unsent. An answer that comes all the same is `late`. */
  giveUp(): void {
    const { sent } = this.#flight;
    // A connection for each message has had its message: another on it would hear this one's answer.
    const used = this.#single && sent.waiting > 0;
    for (let entry = sent.oldest; entry >= 0; entry = sent.oldest) {
      sent.givenUp(entry);
      this.#settler.settle(this.#flight.pending(entry), "unanswered", null, null, "the run ended before the reply");
    }
    const unsent = "the run ended before the message could be sent";
    this.#pending.splice(0).forEach((each) => this.#settler.settle(each, each.outcome ?? "unsent", null, null, unsent));
    if (used && this.connection.session !== null) this.connection.drop();
  }

  #offer(): void {
    if (this.hasRoom) this.#host.room(this);
  }

  #opened(tookMs: number, again: boolean): void {
    const { current } = this.#host.recorder;
    current.connect.record(tookMs * 1000);
    if (again && !this.#single) current.reconnects++;
    this.#condemned = false;
    this.#sendPending();
    this.flush();
    this.#offer();
  }

  #sendPending(): void {
    const { plan, recorder, clock } = this.#host;
    while (this.#pending.length > 0 && this.#flight.sent.waiting < plan.inFlight && this.connection.session !== null) {
      const { k, dueAt, epochMs, attempts, sent } = this.#pending.shift()!;
      if (attempts > 0) recorder.current.retries++;
      if (!sent) recorder.current.sent++;
      this.#transmit(k, dueAt, epochMs, attempts + 1, clock.now());
    }
  }

  #transmit(k: number, dueAt: number, epochMs: number, attempts: number, now: number): void {
    const { feed, matchAny } = this.#host;
    const session = this.connection.session!;
    const flight = this.#flight;
    const ticket = session.send(feed.render(k, epochMs));
    const { awaited } = feed;
    const { confirms } = session.link;
    const entry = flight.sent.open(feed.controlId);
    flight.k[entry] = k;
    flight.dueAt[entry] = dueAt;
    flight.writtenAt[entry] = now;
    flight.waitsFrom[entry] = confirms ? Infinity : now;
    flight.epochMs[entry] = epochMs;
    flight.attempts[entry] = attempts;
    flight.await(entry, awaited, ticket);
    if (awaited === "none" && !confirms && !matchAny) {
      flight.sent.givenUp(entry);
      this.#settler.settle(flight.pending(entry), "accepted", null, null, "");
      this.#afterOne();
    }
  }

  #onEvent(event: LinkEvent): void {
    const { clock, recorder } = this.#host;
    switch (event.type) {
      case "message": {
        const { payload, heldMs } = event;
        for (let i = 0; i < event.warnings.length; i++) recorder.current.warn(event.warnings[i].rule);
        this.#unframed = null;
        return this.#answer(this.#replies.hear(payload, heldMs, this.connection.session!), payload, heldMs);
      }
      case "noise":
        recorder.current.warn("noise");
        this.#replies.damaged();
        return this.#onUnframed(event.bytes);
      case "fault":
        return this.#onFault(event);
      case "delivered": {
        const entry = this.#flight.delivered(event.ticket, clock.now());
        if (entry >= 0 && this.#flight.awaited(entry) === "none") this.#answer(entry, NO_BYTES, 0, "accepted", null);
        return;
      }
      case "failed":
        return this.#onUndelivered(event);
      case "note":
        if (!isRoutine(event)) recorder.current.warn(event.note);
    }
  }

  #onUnframed(bytes: Uint8Array): void {
    if (!this.#host.matchAny || this.#flight.sent.waiting === 0 || this.#unframed !== null) return;
    // A frame later in the same chunk goes before bytes that merely precede it.
    const held = bytes.slice();
    const { session } = this.connection;
    this.#unframed = held;
    queueMicrotask(() => {
      if (this.#unframed !== held) return;
      this.#unframed = null;
      if (this.connection.session === session && this.#flight.sent.waiting > 0) {
        this.#answer(this.#replies.readText(held), held, 0);
      }
    });
  }

  #onFault(fault: FrameFault): void {
    const { clock, recorder, t0 } = this.#host;
    this.#replies.damaged();
    recorder.texts.add(`damaged frame (${fault.code})`, clock.now() - t0);
    // Half a frame that the stream's end cut off is told by the end itself.
    if (fault.code === "truncated" || !this.connection.session?.link.stopped) return;
    this.connection.drop();
    this.#lost("damaged", `the reply's frame was damaged (${fault.code})`, null);
  }

  #onUndelivered({ ticket, error }: MessageFailed): void {
    const { clock, recorder, t0 } = this.#host;
    const entry = this.#flight.ofTicket(ticket);
    // A stream that ended tells so itself.
    if (entry < 0 || error.code === "link_ended") return;
    const outcome = isRefusal(error) ? "reject" : this.#replies.evidence(entry, "timeout");
    const now = clock.now();
    recorder.texts.add(error.message, now - t0);
    if (outcome !== "reject") this.#timeWait(entry, (now - this.#flight.writtenAt[entry]) * 1000);
    this.#flight.sent.timedOut(entry);
    this.#settler.settle(this.#flight.pending(entry), outcome, null, null, error.message);
    this.#afterOne();
  }

  /** The message of an entry has its answer, whose last byte came `heldMs` ago; nothing at all for -1. */
  #answer(
    entry: number,
    payload: Uint8Array,
    heldMs: number,
    outcome: Outcome = this.#replies.outcome,
    code: string | null = this.#replies.code,
  ): void {
    if (entry < 0) return;
    const { recorder, clock, t0, timesAcks, onSettled } = this.#host;
    const flight = this.#flight;
    const now = (this.connection.session?.now ?? clock.now()) - heldMs;
    const serviceUs = (now - flight.writtenAt[entry]) * 1000;
    recorder.current.answer(code, serviceUs, (now - t0 - flight.dueAt[entry]) * 1000);
    if (timesAcks && code !== null) recorder.current.timeAck(code, serviceUs);
    if (isNegative(code)) recorder.texts.acknowledgement(code!, payload, this.#replies.idEnd, now - t0);
    flight.sent.answered(entry);
    this.connection.answered();
    if (onSettled === null) recorder.settle(outcome);
    else this.#settler.settle(flight.pending(entry), outcome, code, payload, "");
    this.#afterOne();
  }

  /** The wait for an acknowledgement is over. */
  #expire(entry: number, now: number): void {
    const { plan, recorder, t0 } = this.#host;
    const flight = this.#flight;
    const outcome = this.#replies.evidence(entry, "timeout");
    const reconnects = plan.onTimeout === "reconnect";
    const delivered = flight.waitsFrom[entry] < Infinity;
    flight.sent.timedOut(entry);
    if (reconnects && flight.attempts[entry] <= plan.retries) {
      this.#pending.push({ ...flight.pending(entry), outcome });
    } else {
      // At the timeout itself, not at the moment that it was noticed.
      this.#timeWait(entry, (delivered ? plan.timeoutMs : now - flight.writtenAt[entry]) * 1000);
      if (outcome === "timeout") recorder.texts.timedOut(delivered ? plan.timeoutMs : null, now - t0);
      this.#settler.settle(flight.pending(entry), outcome, null, null, "timed out");
    }
    // What a link could not deliver it goes on with, before anything else.
    if (reconnects || !delivered) this.#condemned = true;
    this.#afterOne();
  }

  /** A wait without an answer enters the series by its length. */
  #timeWait(entry: number, serviceUs: number): void {
    const { recorder, t0 } = this.#host;
    const { dueAt, writtenAt } = this.#flight;
    recorder.current.service.record(serviceUs);
    if (Number.isNaN(dueAt[entry])) return;
    recorder.current.response.record((writtenAt[entry] - t0 - dueAt[entry]) * 1000 + serviceUs);
  }

  /** The connection is gone, and what was on its way with it: to be sent again, or settled by the loss. */
  #lost(outcome: Outcome, why: string, error: Error | null): void {
    const { plan, recorder, clock, t0 } = this.#host;
    const flight = this.#flight;
    const again: Pending[] = [];
    if (error !== null) recorder.texts.add(error.message, clock.now() - t0);
    for (let entry = flight.sent.oldest; entry >= 0; entry = flight.sent.oldest) {
      const end = outcome === "closed" ? this.#replies.evidence(entry, outcome) : outcome;
      flight.sent.givenUp(entry);
      if (flight.attempts[entry] <= plan.retries) again.push({ ...flight.pending(entry), outcome: end });
      else this.#settler.settle(flight.pending(entry), end, null, null, why);
    }
    this.#pending.unshift(...again);
    this.#afterConnection();
  }

  #refused(error: TransportError): void {
    const { plan, recorder, clock, t0 } = this.#host;
    recorder.refused(error, clock.now() - t0);
    if (!this.#single) return this.connection.pause();
    const [pending] = this.#pending;
    if (pending === undefined) return;
    pending.attempts++;
    pending.outcome = "refused";
    if (pending.attempts <= plan.retries) return this.connection.pause();
    this.#pending.shift();
    this.#settler.settle(pending, "refused", null, null, error.message);
    if (plan.pacer === null) this.#restsUntil = this.connection.waitUntil();
    this.#offer();
  }

  /** A message less is on its way. */
  #afterOne(): void {
    if (this.#single || (this.#condemned && this.#flight.sent.waiting === 0)) {
      if (this.connection.session === null) return;
      this.connection.drop();
      return this.#afterConnection();
    }
    if (this.#pending.length > 0 && !this.#condemned) this.#sendPending();
    this.#offer();
  }

  /** A connection less: is another wanted? */
  #afterConnection(): void {
    if (this.#over) return;
    if (this.#pending.length > 0 || (!this.#single && this.#host.wantsConnections())) this.connection.again();
    else this.#offer();
  }
}
