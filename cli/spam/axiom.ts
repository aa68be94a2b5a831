/**
 * `--axiom-dataset`: an event for each message, delivered to Axiom behind the run's back. Whatever
 * Axiom does, the loop is never made to wait: events gather in a bounded queue, what does not fit
 * is dropped and counted, and one request at a time takes them away. What an event says is
 * lib/report/axiom_event.ts's business; what an answer means, axiom_request.ts's.
 *
 * | what comes back | what is done |
 * |---|---|
 * | 200 | its `ingested` count as delivered, the rest as lost |
 * | 429, 5xx, no connection | again after half a second, doubled twice, or when Axiom says; then lost |
 * | 401, 403, 404 | told once; no further tries, all is lost |
 * | no answer within ten seconds | lost: it may have arrived, so not again |
 * | anything else | lost |
 *
 * @module
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { utf8 } from "../../lib/bytes.ts";
import { pause, systemClock, type Timer } from "../../lib/clock.ts";
import type { SettledMessage } from "../../lib/load/line_host.ts";
import type { Delivery } from "../../lib/load/result.ts";
import { axiomEvent } from "../../lib/report/axiom_event.ts";
import { formatCount } from "../../lib/values.ts";
import { type AxiomAnswer, type AxiomIngest, axiomIngest, type AxiomPlace } from "./axiom_request.ts";

/** Events that wait at most, and their characters: one second of 10,000/s, or fewer with large payloads (our decision). */
const MOST_EVENTS = 10_000;
const MOST_TEXT = 16 * 1024 * 1024;
/** Events in a request at most: a quarter of what Axiom takes, about a megabyte before it is packed. */
const BATCH = 2500;

const GONE = "the run ended before Axiom took them";

/** Times of a delivery, in milliseconds. */
export interface AxiomTimes {
  /** How long an event waits for others to be sent with. */
  readonly gatherMs: number;
  /** How long an answer may take. */
  readonly answerMs: number;
  /** The waits before each further try. */
  readonly waitsMs: readonly number[];
  /** The longest wait that Axiom may ask for. */
  readonly longestWaitMs: number;
  /** How long the end of the run waits for the last events. */
  readonly flushMs: number;
}

/** The times as they are. */
export const AXIOM_TIMES: AxiomTimes = {
  gatherMs: 1000,
  answerMs: 10_000,
  waitsMs: [500, 1000, 2000],
  longestWaitMs: 10_000,
  flushMs: 5000,
};

/** What is told, and to whom else. */
export interface AxiomChoices extends AxiomPlace {
  /** Whether replies stand in the events. */
  readonly payload: boolean;
  /** Told, once, that no further try is made, and why. */
  readonly warn: (text: string) => void;
  readonly times?: Partial<AxiomTimes>;
}

const pack = promisify(gzip);

/** The events of one run. */
export class AxiomSink {
  readonly #choices: AxiomChoices;
  readonly #times: AxiomTimes;
  readonly #ingest: AxiomIngest;
  #queue: string[] = [];
  /** Characters of the queue. */
  #queued = 0;
  #delivering: Promise<void> | null = null;
  #timer: Timer | null = null;
  #ending = false;
  #stopped = false;
  /** Aborted when nothing is waited for any more. */
  readonly #over = new AbortController();
  #delivered = 0;
  /** How many were lost, by reason. */
  readonly #lost = new Map<string, number>();

  constructor(choices: AxiomChoices, ingest: AxiomIngest) {
    this.#choices = choices;
    this.#times = { ...AXIOM_TIMES, ...choices.times };
    this.#ingest = ingest;
  }

  /** Loads the vendor's client. Sends nothing. */
  static async open(choices: AxiomChoices): Promise<AxiomSink> {
    return new AxiomSink(choices, await axiomIngest(choices));
  }

  /** Takes note of a message. Never waits and never throws. */
  settled(message: SettledMessage): void {
    if (this.#stopped) return this.#lose(1, "Axiom takes no events");
    if (this.#queue.length >= MOST_EVENTS || this.#queued >= MOST_TEXT) return this.#lose(1, "Axiom did not keep up");
    const event = axiomEvent(message, { correlationId: crypto.randomUUID(), payload: this.#choices.payload });
    this.#queue.push(event);
    this.#queued += event.length;
    if (this.#delivering !== null) return;
    if (this.#queue.length >= BATCH) this.#deliver();
    else this.#deliverSoon();
  }

  /** Delivers what is left; gives up after five seconds, or at once when the signal aborts. */
  async finish(signal: AbortSignal): Promise<Delivery> {
    this.#ending = true;
    const limit = new AbortController();
    void pause(systemClock, this.#times.flushMs, AbortSignal.any([signal, limit.signal])).then(() =>
      this.#over.abort()
    );
    while (this.#queue.length > 0 || this.#delivering !== null) {
      this.#deliver();
      await this.#delivering;
    }
    limit.abort();
    const lost = [...this.#lost.values()].reduce((sum, count) => sum + count, 0);
    return { to: "axiom", delivered: this.#delivered, lost, note: this.#note() };
  }

  /** Nothing was sent: there is nothing to tell. */
  giveUp(): void {
    this.#timer?.cancel();
    this.#over.abort();
  }

  /** Why events were lost, the most frequent reason first. */
  #note(): string {
    const reasons = [...this.#lost].sort(([, a], [, b]) => b - a);
    if (reasons.length === 1) return reasons[0][0];
    return reasons.slice(0, 3).map(([reason, count]) => `${formatCount(count)}: ${reason}`).join("; ");
  }

  #lose(count: number, reason: string): void {
    if (count > 0) this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + count);
  }

  #deliverSoon(): void {
    this.#timer ??= systemClock.schedule(systemClock.now() + this.#times.gatherMs, () => this.#deliver());
  }

  #deliver(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#delivering ??= this.#deliverQueued().finally(() => {
      this.#delivering = null;
      if (this.#queue.length > 0) this.#deliverSoon();
    });
  }

  async #deliverQueued(): Promise<void> {
    do {
      const batch = this.#queue.splice(0, BATCH);
      if (batch.length === 0) return;
      this.#queued -= batch.reduce((sum, { length }) => sum + length, 0);
      const answer = await this.#ingestPatiently(batch);
      const taken = answer.kind === "taken" ? answer.count : 0;
      this.#delivered += taken;
      this.#lose(batch.length - taken, answer.reason);
      if (answer.kind === "never") this.#stop(answer.reason);
    } while (this.#ending || this.#queue.length >= BATCH);
  }

  async #ingestPatiently(batch: readonly string[]): Promise<AxiomAnswer> {
    const { waitsMs, longestWaitMs } = this.#times;
    const packed = await pack(utf8(batch.join("\n")), { level: 1 });
    const over = this.#over.signal;
    for (let tries = 0;; tries++) {
      if (over.aborted) return { kind: "lost", reason: GONE };
      const answer = await this.#ingestOnce(packed, batch.length);
      if (answer.kind !== "again" || tries === waitsMs.length) return answer;
      await pause(systemClock, Math.min(answer.waitMs ?? waitsMs[tries], longestWaitMs), over);
      if (over.aborted) return answer;
    }
  }

  async #ingestOnce(packed: Uint8Array, count: number): Promise<AxiomAnswer> {
    const limit = new AbortController();
    const timer = systemClock.schedule(systemClock.now() + this.#times.answerMs, () => limit.abort());
    const answer = await this.#ingest(packed, count, AbortSignal.any([limit.signal, this.#over.signal]));
    timer.cancel();
    return answer;
  }

  #stop(reason: string): void {
    this.#stopped = true;
    this.#lose(this.#queue.length, reason);
    this.#queue = [];
    this.#queued = 0;
    this.#choices.warn(
      `--axiom-dataset ${this.#choices.dataset}: ${reason}; no further event is sent, the run goes on`,
    );
  }
}
