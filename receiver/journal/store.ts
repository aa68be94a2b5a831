/**
 * `--store DIR`: each message in a file of its own, byte for byte as it came, without its frame. It
 * knows nothing of connections and journals.
 *
 * # Names (our decision)
 *
 * `00000042-MSG1.hl7`: a number, and the control id with everything but letters, digits, `-`, `_` and `.` replaced
 * by `_`, cut at 64 characters. The number goes on where the folder's highest one ends, so that a
 * second run overwrites nothing; the journal's entry tells the name in `stored`. A file that is
 * there already is never written over. Messages are about patients: files are made for their owner alone (0600), and so is
 * a folder that is not there yet (0700).
 *
 * @module
 */
import { close, closeSync, fsync, mkdirSync, open, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { whyNotWritten } from "../../lib/system_words.ts";

/** Where messages are stored. No verb throws. */
export interface MessageStore {
  /** Writes a message; the name of its file, or why there is none. */
  put(message: Uint8Array, n: number, controlId: string): { readonly name: string } | { readonly failure: string };
  /** Makes the files of these names durable; for each that could not be, why. */
  sync(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Takes a message away again. */
  remove(name: string): void;
}

const LONGEST_ID = 64;
/** As many as the runtimes have threads for (our decision: more would only hold descriptors). */
const SYNCED_AT_ONCE = 4;

/**
 * The file name of a message.
 *
 * @example
 * ```ts
 * import { storedName } from "./store.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(storedName(42, "../MSG 1"), "00000042-.._MSG_1.hl7");
 * assert.equal(storedName(43, ""), "00000043.hl7");
 * ```
 */
export function storedName(number: number, controlId: string): string {
  const id = controlId.slice(0, LONGEST_ID).replace(/[^A-Za-z0-9._-]/g, "_");
  return `${String(number).padStart(8, "0")}${id === "" ? "" : `-${id}`}.hl7`;
}

/**
 * A folder of messages.
 *
 * @example
 * ```ts
 * import { FolderStore } from "./store.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, readFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const folder = mkdtempSync(join(tmpdir(), "store-"));
 * const put = new FolderStore(folder).put(utf8("MSH|1\r"), 1, "MSG1");
 * assert.deepEqual(put, { name: "00000001-MSG1.hl7" });
 * assert.equal(readFileSync(join(folder, "00000001-MSG1.hl7"), "utf8"), "MSH|1\r");
 * ```
 */
export class FolderStore implements MessageStore {
  readonly #folder: string;
  readonly #before: number;

  /** Makes the folder if it is not there. Throws what the system throws if it cannot be made or read. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#before = readdirSync(folder).reduce((highest, name) => {
      const [, digits] = /^(\d{8,15})(?:-.*)?\.hl7$/.exec(name) ?? [];
      return digits === undefined ? highest : Math.max(highest, Number(digits));
    }, 0);
  }

  put(message: Uint8Array, n: number, controlId: string): { readonly name: string } | { readonly failure: string } {
    const name = storedName(this.#before + n, controlId);
    const path = join(this.#folder, name);
    let fd: number | null = null;
    try {
      fd = openSync(path, "wx", 0o600);
      for (let at = 0; at < message.length;) {
        const count = writeSync(fd, message, at, message.length - at);
        if (count === 0) throw new Error("the system takes no more");
        at += count;
      }
      closeSync(fd);
      return { name };
    } catch (error) {
      if (fd !== null) {
        try {
          closeSync(fd);
        } catch {
          // The failure that matters is told already.
        }
        this.remove(name);
      }
      return { failure: whyNotWritten(error) };
    }
  }

  async sync(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const failures = new Map<string, string>();
    const left = [...names];
    const lane = async () => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) {
        const failure = await syncPath(join(this.#folder, name), "r+");
        if (failure !== null) failures.set(name, failure);
      }
    };
    await Promise.all(Array.from({ length: SYNCED_AT_ONCE }, lane));
    // Not every system lets a folder be opened; those see to its names in their own time.
    await syncPath(this.#folder, "r");
    return failures;
  }

  remove(name: string): void {
    try {
      rmSync(join(this.#folder, name), { force: true });
    } catch {
      // What cannot be taken away stays, and no entry names it.
    }
  }
}

function syncPath(path: string, flags: string): Promise<string | null> {
  return new Promise((resolve) => {
    open(path, flags, (openError, fd) => {
      if (openError) return resolve(whyNotWritten(openError));
      fsync(fd, (error) => {
        close(fd, () => {});
        resolve(error ? whyNotWritten(error) : null);
      });
    });
  });
}
