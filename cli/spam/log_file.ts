/**
 * The file that a log is appended to while a run goes on. It knows nothing of what is written.
 *
 * @module
 */
import { close, closeSync, existsSync, fstatSync, ftruncate, ftruncateSync, openSync, rmSync, write } from "node:fs";
import { UsageError } from "../exit_code.ts";
import { whyNotWritten } from "../../lib/system_words.ts";
import { isPipe, openPipe } from "../out_file.ts";

/** How an append went. */
export interface Appended {
  /** How many bytes are in the file. */
  readonly written: number;
  /** Why not all are, in plain words; null if they are. */
  readonly reason: string | null;
}

/** A file that grows. */
export interface LogFile {
  /** Appends; one at a time. The first one empties the file of what was in it before. Never rejects. */
  append(bytes: Uint8Array): Promise<Appended>;
  /** Takes the last so many bytes away again, where the file can be cut: a pipe cannot. */
  takeBack(bytes: number): void;
  /** Closes it. A file to which nothing was appended is empty then. */
  close(): void;
  /** Closes it; if nothing was appended, it is as it was before, or not there. */
  giveUp(): void;
}

/** Who may read a new file: whoever it belongs to. It has no payload, yet control ids, and keys that may name patients. */
const OWNERS = 0o600;

/**
 * Opens a file for appending. Throws a `UsageError` that names the flag, the file and the reason if that fails, as for
 * a pipe that nobody reads.
 */
export function openLogFile(flag: string, path: string): LogFile {
  const existed = existsSync(path);
  let fd: number;
  try {
    fd = isPipe(path) ? openPipe(path) : openSync(path, "a", OWNERS);
  } catch (error) {
    throw new UsageError(`${flag} ${path}: cannot write the file: ${whyNotWritten(error)}`, { cause: error });
  }
  const regular = fstatSync(fd).isFile();
  let begun = false;
  let length = 0;

  const begin = () => {
    begun = true;
    if (regular) ftruncateSync(fd, 0);
  };
  const writeFrom = (bytes: Uint8Array, from: number, done: (appended: Appended) => void) => {
    write(fd, bytes, from, bytes.length - from, null, (error, count) => {
      const written = from + (error === null ? count : 0);
      length += written - from;
      if (error !== null) done({ written, reason: whyNotWritten(error) });
      else if (written === bytes.length) done({ written, reason: null });
      else if (count === 0) done({ written, reason: "the system takes no more" });
      else writeFrom(bytes, written, done);
    });
  };
  return {
    append: (bytes) =>
      new Promise((resolve) => {
        try {
          if (!begun) begin();
        } catch (error) {
          return resolve({ written: 0, reason: whyNotWritten(error) });
        }
        writeFrom(bytes, 0, resolve);
      }),
    takeBack(bytes) {
      // The run goes on whether this works or not.
      if (regular) ftruncate(fd, Math.max(0, length - bytes), () => {});
    },
    close() {
      try {
        if (!begun) begin();
      } finally {
        close(fd, () => {});
      }
    },
    giveUp() {
      closeSync(fd);
      if (!existed && !begun) rmSync(path, { force: true });
    },
  };
}
