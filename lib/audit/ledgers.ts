/**
 * What was sent and what was received, in columns: some 40 bytes a message beside its id, key and hash.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Outcome, OUTCOMES } from "../outcome.ts";
import { Column } from "./column.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Interner } from "./interner.ts";
import {
  acknowledgedAt,
  type Amendment,
  type ReceivedHead,
  type ReceivedMessage,
  type SentMessage,
} from "./records.ts";

/** What stands for a key that is not there. */
export const NONE = -1;

/** The messages of the logs, in the order in which they were read. */
export class SentLedger {
  readonly k: Column<Float64Array> = new Column(Float64Array);
  /** Milliseconds since 1970. */
  readonly at: Column<Float64Array> = new Column(Float64Array);
  readonly id: Column<Int32Array> = new Column(Int32Array);
  readonly key: Column<Int32Array> = new Column(Int32Array);
  /** Fingerprints. */
  readonly content: Column<Float64Array> = new Column(Float64Array);
  readonly outcome: Column<Uint8Array> = new Column(Uint8Array);
  readonly attempts: Column<Uint16Array> = new Column(Uint16Array);
  /** Which log. */
  readonly file: Column<Uint16Array> = new Column(Uint16Array);
  /** The logs, and how many messages each holds. */
  readonly files: { readonly name: string; messages: number }[] = [];
  readonly #names: Interner;

  /** `names` are the ids and keys of both sides. */
  constructor(names: Interner) {
    this.#names = names;
  }

  /** How many messages. */
  get length(): number {
    return this.k.length;
  }

  /** Another log begins. */
  begin(name: string): void {
    this.files.push({ name, messages: 0 });
  }

  /** Takes note of a message of the present log. */
  add({ k, at, controlId, key, hash, outcome, attempts }: SentMessage): void {
    this.k.push(k);
    this.at.push(Date.parse(at));
    this.id.push(this.#names.add(controlId));
    this.key.push(key === null ? NONE : this.#names.add(key));
    this.content.push(fingerprint(hash));
    this.outcome.push(OUTCOMES.indexOf(outcome));
    this.attempts.push(Math.min(attempts, 0xffff));
    this.file.push(this.files.length - 1);
    this.files[this.files.length - 1].messages++;
  }

  /** What message `i` came to. */
  outcomeOf(i: number): Outcome {
    return OUTCOMES[this.outcome.get(i)];
  }
}

/** A stretch of a journal that one receiver wrote without a break. */
export interface Stretch {
  /** Which journal. */
  readonly file: number;
  /** By what it is told whether another stretch was written by the same receiver. */
  readonly receiver: string;
}

/** The messages of the journals, in the order in which they were read. */
export class ReceivedLedger {
  readonly n: Column<Float64Array> = new Column(Float64Array);
  /** Milliseconds since 1970. */
  readonly at: Column<Float64Array> = new Column(Float64Array);
  /** When the last byte of a positive acknowledgement left; NaN if none did. */
  readonly acknowledged: Column<Float64Array> = new Column(Float64Array);
  readonly id: Column<Int32Array> = new Column(Int32Array);
  readonly key: Column<Int32Array> = new Column(Int32Array);
  /** Fingerprints. */
  readonly content: Column<Float64Array> = new Column(Float64Array);
  /** Which stretch. */
  readonly stretch: Column<Uint32Array> = new Column(Uint32Array);
  readonly stretches: Stretch[] = [];
  /** What became of messages later: of which stretch and number, and when they were acknowledged. */
  readonly amended = {
    stretch: new Column(Uint32Array),
    n: new Column(Float64Array),
    acknowledged: new Column(Float64Array),
  };
  /** The journals, and how many messages each holds. */
  readonly files: { readonly name: string; messages: number }[] = [];
  readonly #names: Interner;

  /** `names` are the ids and keys of both sides. */
  constructor(names: Interner) {
    this.#names = names;
  }

  /** How many messages. */
  get length(): number {
    return this.n.length;
  }

  /** Another journal begins. */
  begin(name: string): void {
    this.files.push({ name, messages: 0 });
  }

  /** A receiver begins to write, in the present journal. */
  head({ run, seed, scenario }: ReceivedHead): void {
    this.stretches.push({ file: this.files.length - 1, receiver: run ?? `${seed} ${scenario}` });
  }

  /** Takes note of a message of the present journal. */
  add(message: ReceivedMessage): void {
    const { n, at, controlId, key, hash } = message;
    this.n.push(n);
    this.at.push(Date.parse(at));
    this.acknowledged.push(acknowledgedAt(message));
    this.id.push(this.#names.add(controlId));
    this.key.push(key === null ? NONE : this.#names.add(key));
    this.content.push(fingerprint(hash));
    this.stretch.push(this.stretches.length - 1);
    this.files[this.files.length - 1].messages++;
  }

  /** Takes note of what became of a message of the same receiver. */
  amend(amendment: Amendment): void {
    const { stretch, n, acknowledged } = this.amended;
    stretch.push(this.stretches.length - 1);
    n.push(amendment.n);
    acknowledged.push(acknowledgedAt(amendment));
  }

  /** The journal that message `r` stands in. */
  fileOf(r: number): number {
    return this.stretches[this.stretch.get(r)].file;
  }
}
