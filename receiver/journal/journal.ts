/**
 * The journal of a receiver: takes the entry of each message, tells when it is written, and keeps the
 * last ones in memory. It knows neither connections nor what is sent.
 *
 * # When an entry is written (our decisions)
 *
 * Entries of one turn of the event loop, of all connections, go out in one write; the answers wait
 * for that, and so a killed process loses no entry of a message that was answered. Where entries must
 * be durable, the write is followed by one sync, and what comes meanwhile makes the next: the
 * group grows as the device is slow, with no timer for anything.
 *
 * # When it cannot be written
 *
 * Every waiter is told so, and each next group tries again: a message is then refused, at the cost
 * of a failed system call. Trouble and its end are told, no more than once in ten seconds; what is missing
 * is counted, and written as a `gap` note once there is room again. Nothing is kept for later.
 *
 * @module
 */
import { NO_BYTES, utf8 } from "../../lib/bytes.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { FieldPath } from "../../lib/hl7/path.ts";
import { messageHash } from "../../lib/message_hash.ts";
import { jsonText } from "../../lib/text.ts";
import type { JournalGap, JournalMessage, JournalNote, PayloadForm } from "./entry.ts";
import type { JournalFile } from "./file.ts";
import { keptPayload, textOf } from "./payload.ts";
import { Ring } from "./ring.ts";
import type { MessageStore } from "./store.ts";

/** How often trouble is told at most. */
const TELL_EVERY_MS = 10_000;
/** Characters that make a group by themselves, before the turn ends. */
const GROUP = 1024 * 1024;
/** Characters that may wait while the device is busy, before connections are not read any more. */
const FULL = 16 * 1024 * 1024;

/** What people and peers are told where an entry is missing. */
const NOT_WRITTEN = "The journal cannot be written";
const NOT_STORED = "The message cannot be stored";

/** Who waits for an entry. */
export interface Waiter {
  /** It is written; or why not, in a sentence for the peer. Called once, in the order of the entries, and must not throw. */
  recorded(failure: string | null): void;
}

/** Who hears of trouble. */
export interface JournalObserver {
  /** Entries cannot be written, for this reason. */
  failing(reason: string): void;
  /** They are written again; so many messages have none. */
  recovered(missing: number): void;
}

/** What a journal is made of. */
export interface JournalOptions {
  readonly file?: JournalFile | null;
  readonly store?: MessageStore | null;
  /** Whether an entry counts as written only when it is durable. */
  readonly fsync?: boolean;
  /** Default `headers`. */
  readonly payload?: PayloadForm;
  /** The path whose value stands in `key`. */
  readonly key?: FieldPath | null;
  /** How many entries are kept in memory. */
  readonly recent?: number;
  readonly clock?: Clock;
  readonly observer?: JournalObserver;
}

/** What is kept of a message from the moment in which its bytes are there. */
export interface Taken {
  readonly hash: string;
  readonly key: string | null;
  readonly payload: string | undefined;
  readonly stored: string | undefined;
  /** Why it could not be stored; null if it could, or need not. */
  readonly failure: string | null;
}

/** How many messages have their entry, and how many should have one and do not. */
export interface JournalCounts {
  entries: number;
  failed: number;
}

/** What is missing in the file. */
interface Gap {
  messages: number;
  notes: number;
  readonly since: string;
  readonly reason: string;
}

interface Item {
  readonly value: JournalMessage | JournalNote;
  readonly stored: string | undefined;
  readonly waiter: Waiter | null;
  failure: string | null;
}

/**
 * A journal.
 *
 * @example
 * ```ts
 * import { Journal } from "./journal.ts";
 * import assert from "node:assert/strict";
 *
 * const written: string[] = [];
 * const file = {
 *   append: (bytes: Uint8Array) => (written.push(new TextDecoder().decode(bytes)), null),
 *   sync: () => Promise.resolve(null),
 *   close: () => {},
 * };
 * const journal = new Journal({ file });
 * journal.note({ note: "open", at: "2026-01-31T12:00:00.000Z" });
 * await journal.close();
 * assert.deepEqual(written, ['{"note":"open","at":"2026-01-31T12:00:00.000Z"}\n']);
 * ```
 */
export class Journal {
  readonly counts: JournalCounts = { entries: 0, failed: 0 };
  readonly #file: JournalFile | null;
  readonly #store: MessageStore | null;
  readonly #fsync: boolean;
  readonly #payload: PayloadForm;
  readonly #key: FieldPath | null;
  readonly #clock: Clock;
  readonly #observer: JournalObserver | null;
  readonly #ring: Ring;
  #gathered: Item[] = [];
  #lines: string[] = [];
  #characters = 0;
  #scheduled = false;
  #syncing: Promise<void> | null = null;
  #gap: Gap | null = null;
  /** Messages without an entry since trouble began; null while there is none. */
  #trouble: { missing: number; told: boolean } | null = null;
  #toldAt = -Infinity;

  constructor(options: JournalOptions = {}) {
    this.#file = options.file ?? null;
    this.#store = options.store ?? null;
    this.#fsync = options.fsync ?? false;
    this.#payload = options.payload ?? "headers";
    this.#key = options.key ?? null;
    this.#clock = options.clock ?? systemClock;
    this.#observer = options.observer ?? null;
    this.#ring = new Ring(options.recent);
  }

  /** Whether answers have to wait for their entries: there is a file or a store. */
  get waits(): boolean {
    return this.#file !== null || this.#store !== null;
  }

  /** Whether so much waits for the device that no more messages should be read. */
  get full(): boolean {
    return this.#characters > FULL;
  }

  /** Writes the head, so that the file is a journal before there is a message. */
  start(): void {
    if (this.#file === null) return;
    const reason = this.#file.append(NO_BYTES);
    if (reason !== null) this.#failed(reason, 0, 0);
  }

  /** Takes of a message what will be needed of it, and stores it where that was asked for. */
  take(message: Uint8Array, n: number, controlId: string): Taken {
    const found = this.#key === null ? null : this.#key.first(message);
    const put = this.#store?.put(message, n, controlId);
    const failure = put !== undefined && "failure" in put ? put.failure : null;
    return {
      hash: messageHash(message),
      key: found === null ? null : textOf(found, 0, found.length),
      payload: keptPayload(message, this.#payload),
      stored: put !== undefined && "name" in put ? put.name : undefined,
      failure,
    };
  }

  /** An entry to be written; its answer waits, unless nobody does. */
  record(entry: JournalMessage, failure: string | null, waiter: Waiter | null): void {
    this.#add({ value: entry, stored: entry.stored, waiter, failure });
  }

  /** Something else to be written; nobody waits for that. */
  note(note: JournalNote): void {
    if (this.#file !== null) this.#add({ value: note, stored: undefined, waiter: null, failure: null });
  }

  /** Forgets the recent messages; what is written stays. */
  forget(): void {
    this.#ring.clear();
  }

  /** A message has come, or is done with, as this entry says: for who asks for recent ones. */
  done(entry: JournalMessage): void {
    this.#ring.push(entry);
  }

  /** The entries of at most so many of the messages last done with, the newest last. */
  recent(limit?: number): JournalMessage[] {
    return this.#ring.recent(limit);
  }

  /** Writes what is left and lets go of the file. */
  async close(): Promise<void> {
    while (this.#gathered.length > 0 || this.#syncing !== null) {
      if (this.#syncing === null) this.#flush();
      else await this.#syncing;
    }
    this.#file?.close();
  }

  #add(item: Item): void {
    const line = this.#file === null ? "" : jsonText(item.value);
    this.#gathered.push(item);
    this.#lines.push(line);
    this.#characters += line.length;
    if (!this.#fsync && this.#characters > GROUP) return this.#flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false;
    this.#flush();
  };

  #flush(): void {
    // Under way: what is gathered meanwhile follows by itself.
    if (this.#syncing !== null || this.#gathered.length === 0) return;
    const group = this.#gathered;
    const lines = this.#lines;
    this.#gathered = [];
    this.#lines = [];
    if (!this.#fsync) {
      const reason = this.#append(group, lines);
      this.#characters = 0;
      this.#settle(group, reason);
      return;
    }
    const characters = this.#characters;
    this.#syncing = this.#flushDurably(group, lines).then((reason) => {
      this.#syncing = null;
      this.#characters -= characters;
      this.#settle(group, reason);
      this.#flush();
    });
  }

  async #flushDurably(group: readonly Item[], lines: readonly string[]): Promise<string | null> {
    if (this.#store !== null) {
      const failures = await this.#store.sync(group.flatMap(({ stored }) => stored ?? []));
      for (const item of group) if (item.stored !== undefined) item.failure ??= failures.get(item.stored) ?? null;
    }
    const reason = this.#append(group, lines);
    if (reason !== null || this.#file === null) return reason;
    return await this.#file.sync();
  }

  /** One write for the group, but for entries whose message could not be stored. */
  #append(group: readonly Item[], lines: readonly string[]): string | null {
    if (this.#file === null) return null;
    let text = "";
    if (this.#gap !== null) text = `${JSON.stringify(this.#gapNote(this.#gap))}\n`;
    for (let i = 0; i < lines.length; i++) if (group[i].failure === null) text += `${lines[i]}\n`;
    return text === "" ? null : this.#file.append(utf8(text));
  }

  #gapNote({ messages, notes, since, reason }: Gap): JournalGap {
    return { note: "gap", at: this.#clock.date().toISOString(), since, messages, notes, reason };
  }

  #settle(group: readonly Item[], reason: string | null): void {
    if (reason === null) this.#gap = null;
    let messages = 0;
    let notes = 0;
    let unstored: string | null = null;
    for (const { value, failure } of group) {
      if (failure === null && reason === null) continue;
      unstored ??= failure;
      if ("note" in value) notes++;
      else messages++;
    }
    if (reason !== null || unstored !== null) this.#failed(reason ?? unstored!, messages, notes);
    else this.#recovered();
    for (const { value, stored, waiter, failure } of group) {
      if ("note" in value) continue;
      const missing = failure !== null ? NOT_STORED : reason !== null ? NOT_WRITTEN : null;
      if (missing === null) this.counts.entries++;
      else {
        this.counts.failed++;
        if (stored !== undefined) this.#store?.remove(stored);
      }
      waiter?.recorded(missing);
    }
  }

  #failed(reason: string, messages: number, notes: number): void {
    const gap = this.#gap ??= { messages: 0, notes: 0, since: this.#clock.date().toISOString(), reason };
    gap.messages += messages;
    gap.notes += notes;
    const trouble = this.#trouble ??= { missing: 0, told: false };
    trouble.missing += messages;
    if (trouble.told || this.#clock.now() - this.#toldAt < TELL_EVERY_MS) return;
    trouble.told = true;
    this.#toldAt = this.#clock.now();
    this.#observer?.failing(reason);
  }

  #recovered(): void {
    const trouble = this.#trouble;
    this.#trouble = null;
    if (trouble?.told) this.#observer?.recovered(trouble.missing);
  }
}
