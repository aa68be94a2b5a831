/**
 * `--status-file`: how the driver stands, as one JSON document that is always whole: written beside, then renamed.
 *
 * @module
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { DriverStatus } from "../../lib/bridge/options.ts";
import { whyNotWritten } from "../../lib/system_words.ts";
import { jsonText } from "../../lib/text.ts";

/** The form of the document. */
export const STATUS_SCHEMA = "mllp.llpdrv/1";

/** How often it is written at most, in milliseconds. */
const EVERY_MS = 1000;

/** What does not change. */
export interface StatusHead {
  readonly pid: number;
  readonly started: string;
  readonly protocol: string;
  readonly line: string;
  readonly to: string;
  readonly dist: string | null;
}

/** The document. */
export function statusDocument(head: StatusHead, status: DriverStatus, at: Date): Record<string, unknown> {
  const { state, lines, distalClients, queue, longestWaitMs, spool, dead, destinationUp, counters, atMs } = status;
  return {
    schema: STATUS_SCHEMA,
    ...head,
    at: at.toISOString(),
    state,
    destinationUp,
    lines: lines.map(({ line, sinceMs, holder, waiting }) => ({
      line,
      since: new Date(at.getTime() - Math.round(atMs - sinceMs)).toISOString(),
      holder,
      waiting,
    })),
    distalClients,
    queue,
    longestWaitMs: { in: Math.round(longestWaitMs.in), out: Math.round(longestWaitMs.out) },
    spool,
    dead,
    counters,
  };
}

/** What has changed since: all but the times. */
function contentOf(document: Record<string, unknown>): string {
  const lines = (document.lines as { since: string }[]).map((line) => ({ ...line, since: "" }));
  return JSON.stringify({ ...document, at: "", lines });
}

/** Keeps the document in its file while a driver runs. */
export class StatusFile {
  readonly #path: string;
  readonly #read: () => Record<string, unknown>;
  readonly #failed: (why: string) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #written = "";
  #broken = false;

  /** Writes it, now and every second in which something changed. `failed` is told once, until it works again. */
  constructor(path: string, read: () => Record<string, unknown>, failed: (why: string) => void) {
    this.#path = path;
    this.#read = read;
    this.#failed = failed;
    this.#timer = setInterval(() => this.write(), EVERY_MS);
    this.write();
  }

  /** Writes it if something has changed. */
  write(): void {
    const document = this.#read();
    const content = contentOf(document);
    if (content === this.#written) return;
    const why = writeWhole(this.#path, `${jsonText(document, 2)}\n`);
    if (why === null) this.#written = content;
    else if (!this.#broken) this.#failed(why);
    this.#broken = why !== null;
  }

  /** The last time. The file stays. */
  end(): void {
    clearInterval(this.#timer);
    this.write();
  }
}

/** Replaces a file by one that is whole; why that failed, or `null`. */
export function writeWhole(path: string, text: string): string | null {
  const draft = `${path}.${process.pid}`;
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { flag: "wx", mode: 0o644 });
    renameSync(draft, path);
    return null;
  } catch (error) {
    rmSync(draft, { force: true });
    return whyNotWritten(error);
  }
}
