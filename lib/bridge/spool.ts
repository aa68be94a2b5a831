/**
 * A durable queue of messages in one SQLite file: what it has taken in is on disk, stays there through a kill or a
 * power cut, and comes out in order. It knows no line and no destination.
 *
 * # The file
 *
 * `spool.sqlite` in a folder of its own, for its owner alone (folder 0700 if we make it, files 0600). It is used in WAL
 * mode with `synchronous=FULL`: each `put` returns after one fsync (measured: a third of the time of a rollback
 * journal). The files `-wal` and `-shm` beside it belong to it: after a kill the `-wal` holds messages, and is read at
 * the next opening; deleting it loses them. While a driver has the file open nobody else can.
 *
 * | table `queue` | |
 * |---|---|
 * | `id` | counts up, never used twice |
 * | `at` | when the message had come, ISO 8601 |
 * | `line`, `control_id` | where it came from, MSH-10 |
 * | `message`, `sha256` | its bytes and their hash: what the disk has changed is not delivered |
 * | `tries`, `why` | how often the destination failed, and the last reason |
 *
 * The table `dead` has the same columns: messages that were given up, and why. They stay until somebody takes them out,
 * or puts them back into `queue`.
 *
 * # What is refused
 *
 * A file that is damaged, or not ours, or half of what it was (a `-wal` without it), is an error that names it: it is
 * never made anew, it may hold messages whose sender was told that they are safe. A message above the bound is refused
 * before it is acknowledged. Messages that are done are overwritten in the file (`secure_delete`); copies in the `-wal`
 * go when that is started over, at the latest at the close.
 *
 * Delivery is at least once: a kill between the destination's answer and `done` makes the message come out again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { chmodSync, closeSync, constants, fsyncSync, linkSync, lstatSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { systemCode } from "../errors.ts";
import { whyNotWritten } from "../system_words.ts";
import { formatSize } from "../values.ts";
import type { Spool, SpoolAbout, Spooled } from "./options.ts";

/** The name of the file in its folder. */
export const SPOOL_FILE = "spool.sqlite";

/** How much a spool holds unless told otherwise, in bytes (our decision: days of a laboratory, and no full disk). */
export const SPOOL_BOUND = 256 * 1024 * 1024;

/** What a message counts for beyond its own bytes: its row, so that a million empty ones are bounded too. */
const ROW_BYTES = 256;

/** Says whose file it is, in SQLite's own header: "LLPD". */
const APPLICATION_ID = 0x4c4c5044;
const VERSION = 1;

/** What went wrong: another program has it, it holds all it may, it is not what was written, or the system failed. */
export type SpoolCode = "spool_in_use" | "spool_full" | "spool_damaged" | "spool_failed";

/**
 * The spool failed; nothing was taken in or out.
 *
 * @example
 * ```ts
 * import { SpoolError } from "./spool.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new SpoolError("spool_full", "Cannot spool a message: ...").code, "spool_full");
 * ```
 */
export class SpoolError extends Error {
  override readonly name = "SpoolError";
  constructor(readonly code: SpoolCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Choices of a spool. */
export interface SpoolOptions {
  /** How many bytes of messages it holds at most, 256 for each of them added; default 256 MiB. */
  readonly maxBytes?: number;
}

interface Row {
  readonly id: number;
  readonly message: Uint8Array;
  readonly sha256: Uint8Array;
}

/**
 * A spool on disk. What its methods throw is a `SpoolError`.
 *
 * @example
 * ```ts
 * import { FileSpool } from "./spool.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, rmSync } from "node:fs";
 *
 * const folder = mkdtempSync("/tmp/mllp-spool-");
 * const spool = FileSpool.open(folder);
 * const id = spool.put(utf8("MSH|1\r"), { line: "/dev/ttyS0#1", controlId: "1", at: new Date(0) });
 * spool.close();
 *
 * const again = FileSpool.open(folder);
 * assert.equal(latin1(again.next()!.message), "MSH|1\r");
 * again.done(id);
 * assert.equal(again.next(), null);
 * again.close();
 * rmSync(folder, { recursive: true });
 * ```
 */
export class FileSpool implements Spool {
  /** The file. */
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #maxBytes: number;
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;
  #size: number;
  #dead: number;
  #bytes: number;

  private constructor(path: string, database: DatabaseSync, maxBytes: number) {
    this.path = path;
    this.#database = database;
    this.#maxBytes = maxBytes;
    this.#statements = prepareAll(database);
    const { count, bytes } = this.#statements.sum.get() as { count: number; bytes: number };
    const dead = this.#statements.sumOfDead.get() as { count: number; bytes: number };
    this.#size = count;
    this.#dead = dead.count;
    this.#bytes = bytes + dead.bytes;
  }

  /**
   * Opens the spool of a folder, and makes folder and file where there are none (the folder's parent must be there).
   * Throws a `SpoolError`, or a `RangeError` for a bound that is none.
   */
  static open(folder: string, options: SpoolOptions = {}): FileSpool {
    const { maxBytes = SPOOL_BOUND } = options;
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
      throw new RangeError(`Cannot bound a spool by ${maxBytes} bytes: wanted a whole number of at least 1`);
    }
    const path = join(folder, SPOOL_FILE);
    return attempt(`open the spool ${path}`, () => {
      makeFolder(folder);
      if (!isThere(path)) create(folder, path);
      const database = new DatabaseSync(path);
      try {
        takeAlone(database, path);
        check(database, path);
        database.exec(`CREATE TABLE IF NOT EXISTS dead ${COLUMNS}`);
        return new FileSpool(path, database, maxBytes);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  /** How many messages it holds that are to be delivered. */
  get size(): number {
    return this.#size;
  }

  /** How many it holds that were given up. */
  get dead(): number {
    return this.#dead;
  }

  /** What all of them count for against the bound. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a message in; it is on disk when this returns. Throws (`spool_full`) for one above the bound. */
  put(message: Uint8Array, about: SpoolAbout): number {
    const bytes = this.#bytes + message.length + ROW_BYTES;
    if (bytes > this.#maxBytes) {
      throw new SpoolError(
        "spool_full",
        // A peer may be told this: it says nothing of our files.
        `Cannot spool a message of ${formatSize(message.length)}: the spool holds ${this.#size + this.#dead}, ` +
          `of the ${formatSize(this.#maxBytes)} allowed ${
            formatSize(Math.max(0, this.#maxBytes - this.#bytes))
          } are left`,
      );
    }
    const id = attempt(`write to the spool ${this.path}`, () => {
      const { lastInsertRowid } = this.#statements.put.run(
        about.at.toISOString(),
        about.line,
        about.controlId,
        message,
        hashOf(message),
      );
      return Number(lastInsertRowid);
    });
    this.#size++;
    this.#bytes = bytes;
    return id;
  }

  /** The oldest message, or the oldest behind the one with this id. */
  next(after = 0): Spooled | null {
    const row = attempt(`read from the spool ${this.path}`, () => this.#statements.next.get(after)) as Row | undefined;
    if (row === undefined) return null;
    const message = new Uint8Array(row.message);
    const same = Buffer.compare(hashOf(message), row.sha256) === 0;
    const damage = same ? null : `The bytes of message ${row.id} are not those that were written`;
    return { id: row.id, message, damage };
  }

  /** The destination has answered it: it goes. */
  done(id: number): void {
    const { bytes } = (attempt(`read from the spool ${this.path}`, () => this.#statements.length.get(id)) ??
      { bytes: null }) as { bytes: number | null };
    if (bytes === null) return;
    attempt(`write to the spool ${this.path}`, () => this.#statements.done.run(id));
    this.#size--;
    this.#bytes -= bytes + ROW_BYTES;
  }

  /** A try failed; why is kept. */
  failed(id: number, why: string): void {
    attempt(`write to the spool ${this.path}`, () => this.#statements.failed.run(why, id));
  }

  /** It is given up: it goes to the table `dead`. */
  bury(id: number, why: string): void {
    const moved = attempt(`write to the spool ${this.path}`, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const { changes } = this.#statements.bury.run(why, id);
        this.#statements.done.run(id);
        this.#database.exec("COMMIT");
        return Number(changes);
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
    });
    this.#size -= moved;
    this.#dead += moved;
  }

  /** Closes the file; nothing more can be asked of the spool. May be called twice. */
  close(): void {
    if (this.#database.isOpen) attempt(`close the spool ${this.path}`, () => this.#database.close());
  }
}

const COLUMNS = `(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    line TEXT NOT NULL,
    control_id TEXT NOT NULL,
    message BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT ''
  ) STRICT`;

const SCHEMA = `
  CREATE TABLE queue ${COLUMNS};
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

const SUM = `count(*) AS count, coalesce(sum(length(message) + ${ROW_BYTES}), 0) AS bytes`;

const STATEMENTS = {
  put: "INSERT INTO queue (at, line, control_id, message, sha256) VALUES (?, ?, ?, ?, ?)",
  next: "SELECT id, message, sha256 FROM queue WHERE id > ? ORDER BY id LIMIT 1",
  length: "SELECT length(message) AS bytes FROM queue WHERE id = ?",
  done: "DELETE FROM queue WHERE id = ?",
  failed: "UPDATE queue SET tries = tries + 1, why = ? WHERE id = ?",
  bury: "INSERT INTO dead SELECT id, at, line, control_id, message, sha256, tries + 1, ? FROM queue WHERE id = ?",
  sum: `SELECT ${SUM} FROM queue`,
  sumOfDead: `SELECT ${SUM} FROM dead`,
} as const;

function prepareAll(database: DatabaseSync): Record<keyof typeof STATEMENTS, StatementSync> {
  const entries = Object.entries(STATEMENTS).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(entries) as Record<keyof typeof STATEMENTS, StatementSync>;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    if (!lstatSync(`${folder}/`).isDirectory()) throw Object.assign(new Error("no folder"), { code: "ENOTDIR" });
  }
}

/** Whether the file is there; throws for what cannot be it. */
function isThere(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    if (lstatSync(`${path}-wal`, { throwIfNoEntry: false }) === undefined) return false;
    throw damaged(path, "the file is gone, its -wal is still there");
  }
  if (!found.isFile()) throw damaged(path, "that is no plain file");
  if (found.size === 0) throw damaged(path, "the file is empty");
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o600);
  return true;
}

/** Makes the file whole under another name first: one that is there at all has its tables. */
function create(folder: string, path: string): void {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
  try {
    const database = new DatabaseSync(draft);
    try {
      database.exec(`PRAGMA synchronous = EXTRA; ${SCHEMA}`);
    } finally {
      database.close();
    }
    // Unlike a rename, it fails if another program was faster.
    linkSync(draft, path);
  } finally {
    for (const each of [draft, `${draft}-journal`]) rmSync(each, { force: true });
  }
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** From here on until the close the file is locked: two drivers with one spool would deliver everything twice. */
function takeAlone(database: DatabaseSync, path: string): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const { journal_mode } = database.prepare("PRAGMA journal_mode = WAL").get() as { journal_mode: string };
  if (journal_mode !== "wal") throw new SpoolError("spool_failed", `Cannot use ${path}: no WAL on this file system`);
  database.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 4194304");
  // In WAL mode nothing is locked before the first write.
  database.exec("BEGIN IMMEDIATE; COMMIT");
}

function check(database: DatabaseSync, path: string): void {
  const owner = (database.prepare("PRAGMA application_id").get() as { application_id: number }).application_id;
  if (owner !== APPLICATION_ID) throw damaged(path, "it is a database of something else");
  const version = (database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  if (version !== VERSION) {
    throw new SpoolError("spool_failed", `Cannot use ${path}: found version ${version}, wanted ${VERSION}`);
  }
  const rows = database.prepare("PRAGMA quick_check(1)").all() as { quick_check: string }[];
  if (rows.length !== 1 || rows[0].quick_check !== "ok") throw damaged(path, rows[0]?.quick_check ?? "no answer");
}

function damaged(path: string, why: string): SpoolError {
  return new SpoolError(
    "spool_damaged",
    `Cannot use the spool ${path}: ${why}; look for messages in it, then move it away`,
  );
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** SQLite's result codes (its low byte) that mean something here. */
const BUSY = [5, 6];
const CORRUPT = [11, 26];
const FULL = 13;

/** Runs it; what the system or SQLite throws becomes a `SpoolError` that says what was tried. */
function attempt<T>(action: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SpoolError || error instanceof RangeError) throw error;
    const { errcode, message } = error as Error & { errcode?: number };
    const code = (errcode ?? 0) & 0xff;
    const said = (code_: SpoolCode, why: string) => new SpoolError(code_, `Cannot ${action}: ${why}`, { cause: error });
    // Not every runtime gives the number.
    if (BUSY.includes(code) || /database( table)? is locked/.test(message)) {
      throw said("spool_in_use", "another program uses it");
    }
    if (CORRUPT.includes(code) || /not a database|malformed/.test(message)) {
      throw said("spool_damaged", `${message}; look for messages in it, then move it away`);
    }
    if (code === FULL || /disk is full/.test(message)) throw said("spool_failed", "no space left on the device");
    const system = systemCode(error);
    throw said("spool_failed", system.startsWith("ERR_SQLITE") ? message : whyNotWritten(error));
  }
}
