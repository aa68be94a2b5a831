/**
 * The file that a journal is appended to: whole pieces or nothing, made durable where asked for,
 * rotated by size. It knows nothing of what is written, but that each file begins with a head.
 *
 * # What holds (our decisions)
 *
 * - An append that failed leaves the file as it was: what was written of it is cut off again. Where
 *   that fails too, nothing is appended until it has been done, so no line is ever torn in the middle.
 * - Appending is a plain system call, two microseconds into the page cache; a killed process loses none of
 *   it. What waits for the device is `sync`, and that does not hold up the process.
 * - What comes is about patients: a new file is for its owner alone (0600). One that is there keeps the rights that it has.
 * - A file that cannot be rotated goes on growing, and that is told: messages matter more than sizes.
 *
 * @module
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { joined, utf8 } from "../../lib/bytes.ts";
import { whyNotWritten } from "../../lib/system_words.ts";
import { rotatedNumbers } from "./rotated.ts";
import { mendTail } from "./tail.ts";

/** Who may read a new file, and write it: whoever it belongs to. */
const OWNERS = 0o600;

/** A place to append to. No verb throws; why something failed is a few words for people, null if it did not. */
export interface JournalFile {
  /** Writes the head, if it is due, and these bytes: all of it or nothing. */
  append(bytes: Uint8Array): string | null;
  /** Makes what was appended durable. One at a time. If it fails, the last append is taken back. */
  sync(): Promise<string | null>;
  close(): void;
}

/** How a journal file is kept. */
export interface DiskFileOptions {
  /** The first line of each file, its line end included; asked for anew for each. */
  head(): string;
  /** Begin a new file rather than let this one grow beyond so many bytes; `Infinity` unless given. */
  readonly rotateBytes?: number;
  /** Whether a new file's name is made durable at once. */
  readonly durable?: boolean;
  /** Hears of what went wrong and did no harm. */
  warn?(text: string): void;
}

/**
 * A journal file on disk.
 *
 * @example
 * ```ts
 * import { DiskFile } from "./file.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, readFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const path = join(mkdtempSync(join(tmpdir(), "journal-")), "journal.ndjson");
 * const file = new DiskFile(path, { head: () => '{"journal":"mllp.journal/1"}\n' });
 * assert.equal(file.append(utf8('{"note":"open"}\n')), null);
 * file.close();
 * assert.equal(readFileSync(path, "utf8"), '{"journal":"mllp.journal/1"}\n{"note":"open"}\n');
 * ```
 */
export class DiskFile implements JournalFile {
  /** How many bytes of a torn last line were cut off when it was opened. */
  readonly cut: number;
  readonly #path: string;
  readonly #options: DiskFileOptions;
  #fd: number;
  readonly #made: boolean;
  /** A pipe or a device can be neither cut nor rotated, and is not synced. */
  readonly #regular: boolean;
  #headDue = true;
  #headWasDue = true;
  /** Whether there is more in it than a head. */
  #holds: boolean;
  #size: number;
  /** How many bytes the last append had. */
  #appended = 0;
  /** How many bytes at its end are to be cut off. */
  #excess = 0;
  /** After a rotation that failed, the size at which the next is tried. */
  #rotateAt: number;

  /**
   * Opens or makes the file, and mends its end.
   *
   * @throws RangeError for a file that is no journal or is damaged; what the system throws if it cannot be opened
   */
  constructor(path: string, options: DiskFileOptions) {
    this.#path = path;
    this.#options = options;
    this.#rotateAt = options.rotateBytes ?? Infinity;
    this.#made = !existsSync(path);
    this.#fd = openForAppending(path);
    this.#regular = fstatSync(this.#fd).isFile();
    try {
      const tail = this.#regular ? mendTail(this.#fd) : { size: 0, cut: 0, unended: false };
      this.#size = tail.size;
      this.#holds = tail.size > 0;
      this.cut = tail.cut;
      if (tail.unended && this.#write(utf8("\n")) !== null) throw new RangeError("its last line cannot be ended");
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    this.#syncFolder();
  }

  append(bytes: Uint8Array): string | null {
    if (this.#excess > 0) {
      const reason = this.#cutBack();
      if (reason !== null) return reason;
    }
    if (this.#regular && this.#holds && this.#size + bytes.length > this.#rotateAt) this.#rotate();
    this.#headWasDue = this.#headDue;
    const reason = this.#write(this.#headDue ? joined([utf8(this.#options.head()), bytes]) : bytes);
    if (reason !== null) return reason;
    this.#headDue = false;
    this.#holds ||= bytes.length > 0;
    return null;
  }

  #write(bytes: Uint8Array): string | null {
    let written = 0;
    try {
      while (written < bytes.length) {
        const count = writeSync(this.#fd, bytes, written, bytes.length - written);
        if (count === 0) throw new Error("the system takes no more");
        written += count;
      }
    } catch (error) {
      if (this.#regular) this.#cut(written);
      return whyNotWritten(error);
    }
    this.#appended = written;
    this.#size += written;
    return null;
  }

  /** Takes so many bytes at the end away again, now or before the next append. */
  #cut(bytes: number): void {
    this.#excess += bytes;
    if (bytes > 0) this.#cutBack();
  }

  #cutBack(): string | null {
    try {
      // From the end, not to a place: somebody may have emptied the file meanwhile.
      const size = Math.max(0, fstatSync(this.#fd).size - this.#excess);
      ftruncateSync(this.#fd, size);
      this.#size = size;
      this.#headDue ||= size === 0;
      this.#excess = 0;
      return null;
    } catch (error) {
      return whyNotWritten(error);
    }
  }

  sync(): Promise<string | null> {
    if (!this.#regular) return Promise.resolve(null);
    return new Promise((resolve) => {
      fdatasync(this.#fd, (error) => {
        if (error === null || error === undefined) return resolve(null);
        // What is on the device now, nobody knows: it is written again after the next success, or not at all.
        this.#headDue = this.#headWasDue;
        this.#cut(this.#appended);
        resolve(whyNotWritten(error));
      });
    });
  }

  /** Closes it; if it was made for this and nothing was written, it is taken away again. */
  giveUp(): void {
    this.close();
    try {
      if (this.#made && this.#size === 0) rmSync(this.#path, { force: true });
    } catch {
      // An empty file does no harm.
    }
  }

  close(): void {
    try {
      closeSync(this.#fd);
    } catch (error) {
      this.#options.warn?.(`cannot close the journal ${this.#path}: ${whyNotWritten(error)}`);
    }
  }

  #rotate(): void {
    const path = this.#path;
    let renamed: string | null = null;
    try {
      // What was taken out of the way by name must not be less durable for it.
      if (this.#options.durable) fdatasyncSync(this.#fd);
      const numbers = rotatedNumbers(path);
      renamed = `${path}.${(numbers.at(-1) ?? 0) + 1}`;
      renameSync(path, renamed);
      const fd = openSync(path, "ax+", OWNERS);
      this.close();
      this.#fd = fd;
      this.#size = 0;
      this.#headDue = true;
      this.#holds = false;
      this.#rotateAt = this.#options.rotateBytes ?? Infinity;
      this.#syncFolder();
    } catch (error) {
      if (renamed !== null) this.#renameBack(renamed);
      this.#rotateAt = this.#size + (this.#options.rotateBytes ?? Infinity);
      this.#options.warn?.(`cannot rotate the journal ${path}, it goes on growing: ${whyNotWritten(error)}`);
    }
  }

  #renameBack(from: string): void {
    try {
      renameSync(from, this.#path);
    } catch {
      // Then it goes on growing under the other name, which a reader of the set finds as well.
    }
  }

  /** Makes the file's name durable; where folders cannot be synced, the system does it in its own time. */
  #syncFolder(): void {
    if (!this.#options.durable || !this.#regular) return;
    try {
      const fd = openSync(dirname(this.#path), "r");
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch {
      // Not every system lets a folder be opened.
    }
  }
}

/** For reading as well, to look at its end; a device or a pipe may allow writing only. */
function openForAppending(path: string): number {
  try {
    return openSync(path, "a+", OWNERS);
  } catch (error) {
    if (["EACCES", "EPERM"].includes((error as { code?: string }).code ?? "")) return openSync(path, "a");
    throw error;
  }
}
