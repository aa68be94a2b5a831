/**
 * A journal file in memory that fails, hangs and forgets as a test tells it to.
 *
 * @module
 */
import type { JournalMessage, JournalNote } from "../../../receiver/journal/entry.ts";
import type { JournalFile } from "../../../receiver/journal/file.ts";

/** A file of a test. */
export class FakeFile implements JournalFile {
  /** Each append that worked. */
  readonly appends: string[] = [];
  /** Why appending fails at present; null while it works. */
  full: string | null = null;
  /** Whether syncs wait for `release`. */
  slow = false;
  syncs = 0;
  closed = false;
  readonly #waiting: ((reason: string | null) => void)[] = [];

  append(bytes: Uint8Array): string | null {
    if (this.full !== null) return this.full;
    if (bytes.length > 0) this.appends.push(new TextDecoder().decode(bytes));
    return null;
  }

  sync(): Promise<string | null> {
    this.syncs++;
    if (!this.slow) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets the sync under way end, well or not; nothing if there is none. */
  release(reason: string | null = null): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) return;
    if (reason !== null) this.appends.pop();
    resolve(reason);
  }

  close(): void {
    this.closed = true;
  }

  get lines(): (JournalMessage & JournalNote)[] {
    return this.appends.join("").split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** The lines of messages. */
  get messages(): JournalMessage[] {
    return this.lines.filter((line) => line.note === undefined);
  }

  /** The notes with this name. */
  notes(name: string): JournalNote[] {
    return this.lines.filter(({ note }) => note === name);
  }
}
