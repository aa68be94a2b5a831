/**
 * The client: send one message, wait for its own acknowledgement, say what became of it.
 *
 * It knows HL7 as far as an acknowledgement goes: MSA-1 is the answer, MSA-2 says whose it is, and
 * MSH-15 and MSH-16 of the message say which acknowledgements are due. A negative acknowledgement
 * is a result. Nothing here throws for what a peer or a network does.
 *
 * # What settles a message (protocols.md section 8)
 *
 * | what comes | under `match: "id"` | under `match: "any"` |
 * |---|---|---|
 * | acknowledgement with our id | settles | settles |
 * | negative one with an empty id | settles, warning `nak_without_id` | settles, same |
 * | acknowledgement with another id | warning; the wait goes on | settles, warning `unmatched` |
 * | CA while the application acknowledgement is due | warning `commit`; the wait goes on | settles |
 * | a commit NAK to every try (release 2) | `reject`, code null | same |
 * | our acknowledgement with a code that is none of HL7's | settles: `damaged` | same |
 * | a frame without MSA | warning `no_msa`, refused where the link can; the wait goes on | settles: `accepted`, code null |
 * | an empty answer (HLLP), itself the lower layer's yes | settles: `accepted`, code null, warning `empty_reply` | settles |
 * | the same, in enhanced mode an application's answer being due | warning `commit`; the wait goes on | settles |
 * | an end that stands for an empty reply (ILLP) | `closed` | settles: `accepted`, code null |
 * | bytes outside of frames | remembered as damage | settles: `accepted`, code null |
 *
 * A wait that ends with nothing that settles it has the outcome of what did come: `wrong_id` after
 * acknowledgements of others (not late ones: they say that the receiver is slow), `damaged` after
 * damage, else `timeout` or `closed`; so has one that the link gave up. A RST is `reset` whatever came before.
 *
 * @module
 */
import { latin1, NO_BYTES, samePayload } from "./bytes.ts";
import { type Clock, pause, systemClock } from "./clock.ts";
import { Correlation, MATCH_MEANINGS } from "./correlation.ts";
import { TransportError } from "./errors.ts";
import { Evidence, unusable } from "./evidence.ts";
import { type AttemptEnd, type Exchange, isWorthARetry, NO_ANSWER } from "./exchange.ts";
import type { FrameFault, NoiseReceived } from "./framing/framer.ts";
import { type Awaited, awaited } from "./hl7/ack_awaited.ts";
import { acksDue } from "./hl7/ack_mode.ts";
import { AckScan } from "./hl7/ack_scan.ts";
import { HeaderScan } from "./hl7/header.ts";
import { type Link, type LinkEvent, settleLimitMs } from "./link/link.ts";
import { isRoutine } from "./link/routine.ts";
import { isNegative, type Outcome, outcomeOfCode } from "./outcome.ts";
import { type Ending, Session } from "./session.ts";
import type { Transport } from "./transport/transport.ts";
import { Wait } from "./wait.ts";

/** Choices of a client. */
export interface ClientOptions {
  /** Opens a stream; rejects with a `TransportError`. Called for the first message and after a loss. */
  readonly connect: () => Promise<Transport>;
  /** A fresh link for each stream. */
  readonly link: () => Link;
  /** How long to wait for a reply to each try, from its write, or from its commit where the link confirms; default 5 s. */
  readonly timeoutMs?: number;
  /** How long nothing may come before the link has confirmed a message; default: the link's own timers alone decide; at most `settleLimitMs`. */
  readonly deliveryTimeoutMs?: number;
  /** Whether only the message's own acknowledgement settles it (`id`, the default) or whatever comes. */
  readonly match?: "id" | "any";
  /** Tries after the first, with the same bytes and so the same MSH-10; default 0. A negative acknowledgement is not tried again. */
  readonly retries?: number;
  /** Waits before the tries after the first; the last one repeats. Default 2 s, 3 s, 4 s (the seed's). */
  readonly backoffMs?: readonly number[];
  /** Close after each message. */
  readonly connectionPerMessage?: boolean;
  /** Keep the bytes of each reply as they came. */
  readonly keepBytes?: boolean;
  readonly clock?: Clock;
  /** Told before each try and each wait; for progress. */
  readonly onAttempt?: (attempt: number, previous: Outcome | null, waitMs: number) => void;
}

/** How long the peer's own end is waited for when we close (our decision: nobody is to wait for a polite good-bye). */
const LINGER_MS = 100;

/** One try while it waits. */
interface Attempt {
  readonly message: Uint8Array;
  readonly entry: number;
  readonly awaited: Awaited;
  /** Whether another acknowledgement may follow the one of the lower layer. */
  readonly enhanced: boolean;
  readonly writtenAt: number;
  ticket: number;
  delivered: boolean;
  readonly settle: (end: AttemptEnd) => void;
}

/**
 * A client of one receiver: messages one after the other, over one connection or one each.
 *
 * @example
 * ```ts
 * import { Client } from "./client.ts";
 * import { Session } from "./session.ts";
 * import { linkMaker } from "./link/make.ts";
 * import { memoryPair } from "./transport/memory.ts";
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * const receiver = new Session(far, linkMaker()(), {
 *   event: (event) => event.type === "message" && receiver.send(utf8("MSH|^~\\&|LAB\rMSA|AA|1\r")),
 *   closed: () => {},
 * });
 * const client = new Client({ connect: () => Promise.resolve(near), link: linkMaker() });
 * const exchange = await client.send(utf8("MSH|^~\\&|ADT||||20260131||ADT^A01|1|P|2.5\r"));
 * assert.equal(exchange.outcome, "accepted");
 * assert.equal(exchange.code, "AA");
 * await client.close();
 * ```
 */
export class Client {
  readonly #options: Required<Omit<ClientOptions, "onAttempt">> & Pick<ClientOptions, "onAttempt">;
  readonly #scan = new AckScan();
  readonly #header = new HeaderScan();
  #session: Session | null = null;
  #sent = new Correlation(1);
  #attempt: Attempt | null = null;
  readonly #wait: Wait;
  /** What the link noted last. */
  #lastNote = "";
  /** The link still has a message that nobody waits for any more. */
  #stale = false;
  /** What came that settles nothing yet; what comes between two messages is told with the next. */
  #evidence = new Evidence();
  /** Bytes outside of frames that settle the message unless a frame follows in the same chunk. */
  #unframed: Uint8Array | null = null;
  /** Whether nothing of ours is under way any more: what was sent was answered, or waited for in vain. */
  #settled = true;
  /** Whether this is TLS on which the receiver has not said a thing. */
  #untried = false;
  readonly #stop = new AbortController();

  constructor(options: ClientOptions) {
    this.#options = {
      timeoutMs: 5000,
      deliveryTimeoutMs: Infinity,
      match: "id",
      retries: 0,
      backoffMs: [2000, 3000, 4000],
      connectionPerMessage: false,
      keepBytes: false,
      clock: systemClock,
      ...options,
    };
    this.#wait = new Wait(this.#options.clock);
  }

  /**
   * Sends one message and resolves with what became of it; it does not reject for what the peer or
   * the network did. Throws a `RangeError` for a message that cannot be framed.
   */
  async send(message: Uint8Array): Promise<Exchange> {
    const { retries, backoffMs, connectionPerMessage, keepBytes, onAttempt } = this.#options;
    const id = this.#header.scan(message) ? this.#header.controlId.slice() : NO_BYTES;
    for (let attempt = 1;; attempt++) {
      const end = await this.#try(message, id);
      const again = attempt <= retries && isWorthARetry(end) && !this.#stop.signal.aborted;
      if (connectionPerMessage) await this.#disconnect();
      if (again) {
        const waitMs = backoffMs[Math.min(attempt, backoffMs.length) - 1] ?? 0;
        onAttempt?.(attempt + 1, end.outcome, waitMs);
        await pause(this.#options.clock, waitMs, this.#stop.signal);
      }
      if (again && !this.#stop.signal.aborted) continue;
      const evidence = this.#evidence;
      this.#evidence = new Evidence();
      return evidence.exchange(end, { controlId: latin1(id), attempts: attempt, keepBytes });
    }
  }

  /** Ends the wait in hand (its outcome is `unanswered`) and closes. May be called twice; never rejects. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#settle({ ...NO_ANSWER, outcome: "unanswered" });
    await this.#disconnect();
  }

  async #try(message: Uint8Array, id: Uint8Array): Promise<AttemptEnd> {
    this.#evidence.nextTry();
    let session: Session;
    try {
      session = await this.#connected();
    } catch (error) {
      if (error instanceof TransportError) return { ...NO_ANSWER, outcome: "refused", error };
      throw error;
    }
    if (this.#stop.signal.aborted) {
      await this.#disconnect();
      return { ...NO_ANSWER, outcome: "unanswered" };
    }
    return await new Promise((settle) => this.#start(session, message, id, settle));
  }

  async #connected(): Promise<Session> {
    const current = this.#session;
    if (current !== null && !current.closed && !current.peerEnded && !this.#stale) return current;
    await this.#disconnect();
    this.#stale = false;
    const transport = await this.#options.connect();
    const session: Session = new Session(transport, this.#options.link(), {
      event: (event) => this.#onEvent(event),
      bytes: (chunk) => {
        this.#untried = false;
        this.#wait.heard();
        if (this.#options.keepBytes) this.#evidence.keep(chunk);
      },
      peerEnded: () => this.#onEnded({ how: "fin", error: null }),
      closed: (ending) => {
        if (this.#session !== session) return;
        this.#session = null;
        this.#onEnded(ending);
      },
    }, { clock: this.#options.clock, readWhileBlocked: true });
    this.#session = session;
    this.#sent = new Correlation(1);
    this.#untried = transport.info.tls !== null;
    return session;
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close(this.#settled ? LINGER_MS : undefined);
  }

  #start(session: Session, message: Uint8Array, id: Uint8Array, settle: (end: AttemptEnd) => void): void {
    const due = acksDue(message);
    const attempt: Attempt = {
      message,
      entry: this.#sent.open(id),
      awaited: awaited(due),
      enhanced: due.mode === "enhanced",
      writtenAt: this.#options.clock.now(),
      ticket: 0,
      delivered: false,
      settle,
    };
    this.#attempt = attempt;
    this.#settled = true;
    this.#lastNote = "";
    const [silenceMs, mostMs] = [this.#options.deliveryTimeoutMs, settleLimitMs(session.link)];
    if (session.link.confirms) {
      this.#wait.beginSilence(silenceMs, mostMs, (silent) => {
        this.#stale = true;
        this.#settle(this.#evidence.undelivered(silent ? silenceMs : mostMs, silent, this.#lastNote));
      });
    }
    try {
      attempt.ticket = session.send(message);
      session.flush();
    } catch (error) {
      this.#settle({ ...NO_ANSWER, outcome: "unanswered" });
      throw error;
    }
    if (!session.link.confirms) this.#afterDelivery(attempt, attempt.writtenAt);
  }

  /** The message is out of our hands: the wait for its reply begins, if one is due. */
  #afterDelivery(attempt: Attempt, now: number): void {
    attempt.delivered = true;
    if (attempt.awaited === "none" && this.#options.match === "id") {
      this.#settled = false;
      this.#evidence.warn("no_ack_due", "the message asks for no acknowledgement (MSH-15 and MSH-16 are NE)");
      this.#settle({ ...NO_ANSWER, outcome: "accepted" });
    } else {
      const { timeoutMs } = this.#options;
      this.#wait.begin(now + timeoutMs, () => {
        this.#settle(this.#evidence.late(timeoutMs, this.#session?.link));
        this.#sent.timedOut(attempt.entry);
      });
    }
  }

  #onEnded(ending: Ending): void {
    if (this.#attempt !== null) this.#settle(this.#evidence.lost(ending, this.#untried));
  }

  #onEvent(event: LinkEvent): void {
    switch (event.type) {
      case "message":
        for (const { rule, offset } of event.warnings) {
          this.#evidence.warn(rule, `tolerated at byte ${offset} of the stream`);
        }
        return this.#onReply(event.payload, event.heldMs);
      case "noise":
        return this.#onNoise(event);
      case "fault":
        return this.#onFault(event);
      case "delivered":
        if (this.#attempt?.ticket === event.ticket) this.#afterDelivery(this.#attempt, this.#options.clock.now());
        return;
      case "failed":
        // A stream that has ended says so itself.
        if (this.#attempt?.ticket !== event.ticket || event.error.code === "link_ended") return;
        return this.#settle(this.#evidence.failed(event.error));
      case "note":
        this.#lastNote = `${event.note} (${event.detail})`;
        if (!isRoutine(event)) this.#evidence.warn(event.note, event.detail);
    }
  }

  #onReply(payload: Uint8Array, heldMs: number): void {
    const attempt = this.#attempt;
    const scan = this.#scan;
    const any = this.#options.match === "any" && attempt !== null;
    if (!any && this.#isWordless(payload, heldMs)) return;
    if (!scan.scan(payload)) {
      if (any) return this.#acceptText(payload, attempt, heldMs);
      this.#evidence.warn("no_msa", "a message came that acknowledges nothing (it has no MSA)");
      // Nobody here takes it: its sender is to know.
      this.#session?.link.commit?.(false);
      if (attempt !== null) this.#evidence.foreign(payload, null);
      return;
    }
    const code = scan.code ?? latin1(payload, scan.codeStart, scan.codeEnd);
    const match = this.#sent.match(payload, isNegative(code), scan.idStart, scan.idEnd);
    if (match === "own" || any) {
      const shown = latin1(payload, scan.idStart, scan.idEnd) || "no message";
      if (match !== "own") this.#evidence.warn("unmatched", `the acknowledgement is for ${shown}`);
      else if (this.#sent.withoutId) {
        this.#evidence.warn("nak_without_id", "the negative acknowledgement names no message");
      }
      if (code === "CA" && attempt?.awaited === "application" && !any) {
        return this.#evidence.warn("commit", "a commit acknowledgement (CA) came; the application's is still due");
      }
      const outcome = outcomeOfCode(code);
      if (outcome !== null) return this.#accept(payload, code, outcome, heldMs);
      if (attempt === null) return;
      // No better one will come.
      this.#sent.answered(attempt.entry);
      return this.#settle(unusable(payload, code));
    }
    const shown = latin1(payload, scan.idStart, scan.idEnd);
    this.#evidence.warn(match, `${MATCH_MEANINGS[match]} (${shown === "" ? "MSA-2 is empty" : `MSA-2 ${shown}`})`);
    const what = shown === "" ? "an acknowledgement that names no message (MSA-2 is empty)" : undefined;
    if (attempt !== null && match !== "late") this.#evidence.foreign(payload, code, what);
  }

  /** Whether an empty message is the peer's way of saying nothing: by its end (ILLP), or as its answer (HLLP), which settles ours. */
  #isWordless(payload: Uint8Array, heldMs: number): boolean {
    const { link, peerEnded } = this.#session!;
    if (payload.length > 0 || peerEnded) return payload.length === 0;
    if (!link.confirms || link.confirmsReplies) return false;
    if (this.#attempt?.enhanced && this.#attempt.awaited === "application") {
      this.#evidence.warn("commit", "the lower layer took the message; the application's acknowledgement is still due");
    } else if (this.#attempt !== null) {
      this.#evidence.warn("empty_reply", "the lower layer took the message; an acknowledgement of HL7's did not come");
      this.#accept(payload, null, "accepted", heldMs);
    }
    return true;
  }

  #accept(payload: Uint8Array, code: string | null, outcome: Outcome, heldMs: number): void {
    const attempt = this.#attempt;
    if (attempt === null) return;
    if (!attempt.delivered) this.#evidence.warn("no_commit", "the answer came without a commit acknowledgement");
    this.#sent.answered(attempt.entry);
    const rttUs = Math.round((this.#options.clock.now() - heldMs - attempt.writtenAt) * 1000);
    this.#settle({ outcome, code, reply: payload.slice(), rttUs, error: null });
  }

  /** Under `match: "any"`: what came is no acknowledgement, and good enough. */
  #acceptText(payload: Uint8Array, attempt: Attempt, heldMs: number): void {
    if (samePayload(payload, attempt.message)) this.#evidence.warn("echo", "the receiver sent our own bytes back");
    else this.#evidence.warn("unmatched", "what came is no acknowledgement");
    this.#accept(payload, null, "accepted", heldMs);
  }

  #onNoise(event: NoiseReceived): void {
    this.#evidence.noise(event);
    if (this.#options.match !== "any" || this.#attempt === null || this.#unframed !== null) return;
    // A frame later in the same chunk goes before bytes that merely precede it.
    this.#unframed = event.bytes.slice();
    const attempt = this.#attempt;
    queueMicrotask(() => {
      const bytes = this.#unframed;
      this.#unframed = null;
      if (bytes === null || attempt === null || this.#attempt !== attempt) return;
      this.#acceptText(bytes, attempt, 0);
    });
  }

  #onFault(fault: FrameFault): void {
    const error = this.#evidence.fault(fault);
    // Half a frame that the stream's end cut off is told by the end itself.
    if (fault.code === "truncated" || this.#attempt === null) return;
    if (this.#session?.link.stopped) this.#settle({ ...NO_ANSWER, outcome: "damaged", error });
  }

  #settle(end: AttemptEnd): void {
    const attempt = this.#attempt;
    if (attempt === null) return;
    this.#attempt = null;
    this.#wait.end();
    if (this.#sent.waiting > 0) this.#sent.givenUp(attempt.entry);
    attempt.settle(end);
  }
}
