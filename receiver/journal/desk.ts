/**
 * Where one connection hands its entries in: for each message a recording, and the order in which
 * they are handed over. What waits for them is the connection's queue.
 *
 * @module
 */
import type { Answer } from "../answer.ts";
import type { Workbench } from "../workbench.ts";
import type { Journal } from "./journal.ts";
import { textOf } from "./payload.ts";
import { type OpenEntry, type Recorder, Recording } from "./recording.ts";

const NONE: readonly never[] = Object.freeze([]);

/** What a desk knows of its connection. */
export interface DeskOptions {
  readonly connection: number;
  /** The listener's endpoint. */
  readonly listener: string;
  readonly peer: string;
  /** Whether entries are handed over at once, whatever delay the reply has: the lower layer's commit waits for them. */
  readonly atOnce: boolean;
  /** The answer gathers what its steps up to the next wait do. */
  perform(answer: Answer): void;
  /** The journal has answered; called in the order of the entries. */
  recorded(answer: Answer): void;
}

/** One connection's entries. */
export class Desk implements Recorder {
  readonly journal: Journal;
  readonly #bench: Workbench;
  readonly #options: DeskOptions;
  /** How many at the head of the queue have handed theirs over. */
  #handed = 0;
  #lastFound = "";
  #lastComponent = 0;
  #lastType = "";

  constructor(bench: Workbench, journal: Journal, options: DeskOptions) {
    this.journal = journal;
    this.#bench = bench;
    this.#options = options;
  }

  /** Whether answers wait for their entries. */
  get waits(): boolean {
    return this.journal.waits;
  }

  /** Takes a message that the workbench has just scanned, while its bytes are there. */
  take(answer: Answer): void {
    const bench = this.#bench;
    const { header, decider: { draws } } = bench;
    const { connection, listener, peer } = this.#options;
    const { n, attempt, message, arrivedAt, warnings, plan: { rule, considered } } = answer;
    const controlId = textOf(message, header.start(10), header.end(10));
    const { hash, key, stored, payload, failure } = this.journal.take(message, n, controlId);
    const entry: OpenEntry = {
      n,
      at: bench.isoTime(arrivedAt),
      connection,
      listener,
      peer,
      attempt,
      controlId,
      type: this.#typeOf(message),
      bytesIn: message.length,
      hash,
      key,
      warnings: warnings.length === 0 ? NONE : warnings.map((warning) => warning.rule),
      rule,
      considered,
      scope: draws && controlId === "" ? answer.scope : undefined,
      plan: draws || bench.replay !== null ? answer.plan.steps : undefined,
      steps: NONE,
      reply: null,
      outcome: "pending",
      duplicateOf: attempt > 1 && controlId !== "" ? bench.attempts.first : undefined,
      stored,
      payload,
    };
    this.journal.done(entry);
    answer.recording = new Recording(this, answer, entry, failure);
  }

  /** A connection mostly brings messages of one type. */
  #typeOf(message: Uint8Array): string {
    const { header } = this.#bench;
    const found = textOf(message, header.start(9), header.end(9));
    const { component } = header.separators;
    if (found !== this.#lastFound || component !== this.#lastComponent) {
      this.#lastFound = found;
      this.#lastComponent = component;
      this.#lastType = header.type;
    }
    return this.#lastType;
  }

  /** Hands over the entries of the messages at the head of the queue whose turn it is. */
  handOver(queue: readonly Answer[]): void {
    if (this.#handed === queue.length) return;
    const now = this.#bench.clock.now();
    for (; this.#handed < queue.length; this.#handed++) {
      const answer = queue[this.#handed];
      if (answer.readyAt > now && !this.#options.atOnce) return;
      this.#hand(answer, now);
    }
  }

  /** Hands over the entry of a message that is in no queue. */
  hand(answer: Answer): void {
    this.#hand(answer, this.#bench.clock.now());
  }

  #hand(answer: Answer, now: number): void {
    if (answer.recording === null || answer.recording.state !== "open") return;
    // A message whose wait is not over does nothing before it is.
    if (answer.readyAt <= now) this.#options.perform(answer);
    answer.recording.hand(now);
  }

  /** Whether the message at the head of the queue may be answered. */
  isRecorded(queue: readonly Answer[]): boolean {
    const { recording } = queue[0];
    if (recording === null || !this.waits) return true;
    this.handOver(queue);
    return recording.state === "settled";
  }

  isoTime(at: number): string {
    return this.#bench.isoTime(at);
  }

  recorded(answer: Answer): void {
    this.#options.recorded(answer);
  }

  /** The head has left the queue. */
  shifted(): void {
    if (this.#handed > 0) this.#handed--;
  }

  /** The queue was emptied. */
  emptied(): void {
    this.#handed = 0;
  }
}
