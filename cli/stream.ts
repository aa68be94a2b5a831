/**
 * A descriptor to write to: standard output or standard error. It knows nothing of what is written.
 *
 * Writing is synchronous. In Bun the stream of `process.stdout` reports a pipe's bytes as written
 * while they still wait in memory, and they are lost when the program exits (measured: 40 MB
 * written, 64 KB arrived); a synchronous write loses nothing and holds nothing. Its price is that
 * a reader who does not read stops us, as it stops any program in a pipe.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { systemCode } from "../lib/errors.ts";

/** Something to write to; what a test puts in place of the terminal. */
export interface TextStream {
  readonly isTerminal: boolean;
  /** Width and height now; they change with the window. */
  size(): { columns: number; rows: number };
  write(data: string | Uint8Array): void;
}

/** The size assumed where there is no terminal, or none that tells. */
const PAPER = { columns: 80, rows: 24 };

const encoder = new TextEncoder();
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The stream of descriptor 1 or 2. When it takes no more, because its reader has gone (`EPIPE`, as of `| head`) or
 * its disk is full, `failed` is called once with the system's code, and what is written afterwards is dropped.
 */
export function descriptorStream(descriptor: 1 | 2, failed: (code: string) => void = () => {}): TextStream {
  let open = true;
  let terminal: boolean | undefined;
  return {
    get isTerminal() {
      // Only when asked: `node:tty` brings the whole of `node:net` into a start that may not need it.
      return terminal ??= process.getBuiltinModule("node:tty").isatty(descriptor);
    },
    size() {
      if (!this.isTerminal) return PAPER;
      const { columns, rows } = descriptor === 1 ? process.stdout : process.stderr;
      return { columns: columns || PAPER.columns, rows: rows || PAPER.rows };
    },
    write(data) {
      const bytes = typeof data === "string" ? encoder.encode(data) : data;
      for (let at = 0; open && at < bytes.length;) {
        try {
          at += writeSync(descriptor, bytes, at);
        } catch (error) {
          // EAGAIN: whoever shares the descriptor has made it non-blocking, and the reader is behind.
          if (systemCode(error) === "EAGAIN") Atomics.wait(pause, 0, 0, 2);
          else {
            open = false;
            failed(systemCode(error));
          }
        }
      }
    },
  };
}
