/**
 * One message and its entry: what was kept of it at its arrival, what is foretold of its answer when
 * the entry is handed over, and what then came of it. The desk and the connection decide when.
 *
 * The entry must be written before anything of the answer leaves, and tell what the answer is: the answer gathers what its steps up
 * to the next wait do (`answer.ts`), and carries it out afterwards.
 *
 * @module
 */
import type { Answer } from "../answer.ts";
import { describeStep, type PlannedStep } from "../steps/registry.ts";
import type { JournalAmendment, JournalMessage, JournalReply, JournalStep } from "./entry.ts";
import type { Journal, Waiter } from "./journal.ts";

const NOTHING = { bytesOut: 0, code: [] as readonly string[] };

/** An entry that is still being filled in. */
export type OpenEntry = { -readonly [K in keyof JournalMessage]: JournalMessage[K] };

/** Who makes recordings. */
export interface Recorder {
  readonly journal: Journal;
  /** A time of the clock as ISO 8601. */
  isoTime(at: number): string;
  /** The journal has answered. */
  recorded(answer: Answer): void;
}

/** A message's way into the journal. */
export class Recording implements Waiter {
  /** Whether its entry was handed over, and whether that was answered. */
  state: "open" | "waiting" | "settled" = "open";
  /** Why it has no entry, in a sentence for the peer; null if it has, or will have. */
  failure: string | null = null;
  readonly #recorder: Recorder;
  readonly #answer: Answer;
  readonly #entry: OpenEntry;
  readonly #unstored: string | null;
  /** What was done so far, and when. */
  readonly #done: { readonly step: PlannedStep; readonly at: number }[] = [];
  #bytesOut = 0;
  #firstOutAt = 0;
  #lastOutAt = 0;

  /** `entry` is complete but for its steps, reply and outcome; `unstored` says why the message could not be stored, if it could not. */
  constructor(recorder: Recorder, answer: Answer, entry: OpenEntry, unstored: string | null) {
    this.#recorder = recorder;
    this.#answer = answer;
    this.#entry = entry;
    this.#unstored = unstored;
  }

  /** MSH-10 as ISO 8859-1. */
  get controlId(): string {
    return this.#entry.controlId;
  }

  /** MSH-9 as `ADT^A01`. */
  get type(): string {
    return this.#entry.type;
  }

  /** A step has been done, or at the beginning waited for. */
  did(step: PlannedStep, at: number): void {
    this.#done.push({ step, at });
  }

  /** Bytes of the reply were handed on. */
  sent(bytes: number, at: number): void {
    if (this.#bytesOut === 0) this.#firstOutAt = at;
    this.#bytesOut += bytes;
    this.#lastOutAt = at;
  }

  /** Hands over the entry, with what the answer has gathered if it is its time, and waits for it. */
  hand(now: number): void {
    this.state = "waiting";
    const { effects, outcome, gathers, progress, isAside } = this.#answer;
    const entry = this.#entry;
    entry.steps = this.#steps();
    entry.reply = gathers && effects !== null ? this.#reply(effects.codes, effects.bytes, now, now) : null;
    entry.outcome = !gathers || progress === "waits" || (progress === "aside" && isAside) ? "pending" : outcome;
    this.#recorder.journal.record(entry, this.#unstored, this);
  }

  recorded(failure: string | null): void {
    this.failure = failure;
    this.state = "settled";
    this.#recorder.recorded(this.#answer);
  }

  /** The message is done with: what came otherwise than foretold is amended, and what has no entry yet gets one. */
  done(codes: readonly string[], now: number): void {
    const { journal } = this.#recorder;
    const { outcome } = this.#answer;
    const entry = this.#entry;
    const bytesOut = this.#bytesOut;
    const handed = this.state !== "open";
    const { bytesOut: foretold, code } = entry.reply ?? NOTHING;
    const asForetold = entry.outcome === outcome && foretold === bytesOut && isAlike(code, codes);
    if (handed && asForetold) return journal.done(entry);
    const steps = this.#steps();
    const reply = this.#reply([...codes], bytesOut, this.#firstOutAt, this.#lastOutAt);
    if (!handed) {
      entry.steps = steps;
      entry.reply = reply;
      entry.outcome = outcome;
      journal.done(entry);
      if (journal.waits) journal.record(entry, this.#unstored, null);
      return;
    }
    journal.done({ ...entry, steps, reply, outcome });
    if (this.failure === null) {
      // What could not be written needs no amending.
      const at = this.#recorder.isoTime(now);
      const amendment: JournalAmendment = { note: "amended", at, n: entry.n, steps, reply, outcome };
      journal.note(amendment);
    }
  }

  #reply(code: readonly string[], bytesOut: number, firstOutAt: number, lastOutAt: number): JournalReply | null {
    if (bytesOut === 0) return null;
    const recorder = this.#recorder;
    return { code, bytesOut, firstByteAt: recorder.isoTime(firstOutAt), lastByteAt: recorder.isoTime(lastOutAt) };
  }

  #steps(): JournalStep[] {
    const { arrivedAt } = this.#answer;
    const steps: JournalStep[] = [];
    for (const { step, at } of this.#done) {
      steps.push({ verb: step.verb, at_ms: Math.round((at - arrivedAt) * 1000) / 1000, detail: describeStep(step) });
    }
    return steps;
  }
}

function isAlike(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each, i) => each === others[i]);
}
