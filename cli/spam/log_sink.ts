/**
 * `--log`: one line a message, written behind the run's back. The loop is never made to wait: lines
 * gather in chunks, chunks in a bounded queue that is written asynchronously, and what does not fit
 * is dropped and counted. With `--log-full` the loop is told to hand out no more messages until there
 * is room. What a line says is lib/report/message_line.ts's business.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { latin1 } from "../../lib/bytes.ts";
import { type Clock, pause, systemClock, type Timer } from "../../lib/clock.ts";
import type { FieldPath } from "../../lib/hl7/path.ts";
import type { SettledMessage } from "../../lib/load/line_host.ts";
import type { Delivery } from "../../lib/load/result.ts";
import { messageHash } from "../../lib/message_hash.ts";
import { messageLine } from "../../lib/report/message_line.ts";
import type { LogFile } from "./log_file.ts";

/** Bytes written at once: some 200 lines. */
const CHUNK = 64 * 1024;
/** How long a line waits for others to be written with, so that `tail -f` shows what goes on. */
const GATHER_MS = 250;
/** Bytes that wait to be written at most: more than a second of 10,000 lines a second (our decision). */
const BOUND = 4 * 1024 * 1024;
/** With `--log-full`: where the loop is stopped, and what the messages already on their way may still add. */
const FULL = 2 * 1024 * 1024;
const BOUND_WHEN_FULL = 64 * 1024 * 1024;
/** How long the end of the run waits for the last lines. */
const FLUSH_MS = 5000;

/** What a log is made with. */
export interface LogChoices {
  /** The path of the key in each line; null for none. */
  readonly key: FieldPath | null;
  /** Whether the run slows down rather than that a line is dropped. */
  readonly full: boolean;
  readonly clock?: Clock;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly lines: number;
}

/** The log of one run. */
export class LogSink {
  readonly #file: LogFile;
  readonly #key: FieldPath | null;
  readonly #clock: Clock;
  readonly #bound: number;
  #gathering = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  #lines = 0;
  readonly #chunks: Chunk[] = [];
  /** Bytes of chunks that are not in the file yet. */
  #waiting = 0;
  #writing: Promise<void> | null = null;
  #timer: Timer | null = null;
  #delivered = 0;
  #lost = 0;
  #failure: string | null = null;
  #late = false;

  constructor(file: LogFile, choices: LogChoices) {
    this.#file = file;
    this.#key = choices.key;
    this.#bound = choices.full ? BOUND_WHEN_FULL : BOUND;
    this.#clock = choices.clock ?? systemClock;
  }

  /** Why the file could not be written, in plain words; null if it could. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Lines that are not in the file and will not be. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes note of a message. Never waits and never throws. */
  settled(message: SettledMessage): void {
    if (this.#failure !== null || this.#waiting + this.#used > this.#bound) {
      this.#lost++;
      return;
    }
    const found = this.#key === null ? null : this.#key.first(message.message);
    const key = found === null ? null : latin1(found);
    const line = `${messageLine(message, key, messageHash(message.message))}\n`;
    if (this.#used + line.length > this.#gathering.length) {
      this.#handOver();
      if (line.length > this.#gathering.length) this.#gathering = Buffer.allocUnsafe(line.length);
    }
    // The line is ASCII: one byte a character.
    this.#used += this.#gathering.write(line, this.#used, "latin1");
    this.#lines++;
    this.#timer ??= this.#clock.schedule(this.#clock.now() + GATHER_MS, () => {
      this.#timer = null;
      this.#handOver();
    });
  }

  /** Whether the loop should hand out no message until the disk has caught up (`--log-full`). */
  isFull(): boolean {
    return this.#failure === null && this.#waiting >= FULL;
  }

  /** Writes what is left, and closes the file; gives up after five seconds, or soon after the signal. */
  async finish(signal: AbortSignal): Promise<Delivery> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#handOver();
    const limit = new AbortController();
    const hurry = () => void pause(this.#clock, 100, limit.signal).then(() => limit.abort());
    if (signal.aborted) hurry();
    else signal.addEventListener("abort", hurry, { once: true });
    await Promise.race([this.#writing, pause(this.#clock, FLUSH_MS, limit.signal)]);
    limit.abort();
    signal.removeEventListener("abort", hurry);
    if (this.#writing === null) this.#close();
    // Those still on their way to the disk may get there, or not: nobody can tell, so they count as lost.
    const unsure = this.#chunks.reduce((sum, { lines }) => sum + lines, 0);
    this.#late = unsure > 0;
    this.#lost += unsure;
    return { to: "log", delivered: this.#delivered, lost: this.#lost, note: this.#note() };
  }

  /** Nothing was sent: the file is as it was before. */
  giveUp(): void {
    this.#timer?.cancel();
    this.#file.giveUp();
  }

  #note(): string {
    if (this.#lost === 0) return "";
    if (this.#failure !== null) return `the log could not be written: ${this.#failure}`;
    if (this.#late) return "the disk did not take the last lines in time";
    return "the disk did not keep up; with --log-full the run slows down instead";
  }

  #close(): void {
    try {
      this.#file.close();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error.message : String(error);
    }
  }

  #handOver(): void {
    if (this.#lines === 0) return;
    const chunk = { bytes: this.#gathering.subarray(0, this.#used), lines: this.#lines };
    this.#gathering = Buffer.allocUnsafe(CHUNK);
    this.#used = 0;
    this.#lines = 0;
    if (this.#failure !== null) {
      this.#lost += chunk.lines;
      return;
    }
    this.#chunks.push(chunk);
    this.#waiting += chunk.bytes.length;
    this.#writing ??= this.#write().finally(() => this.#writing = null);
  }

  async #write(): Promise<void> {
    while (this.#chunks.length > 0) {
      const { bytes, lines } = this.#chunks[0];
      const { written, reason } = await this.#file.append(bytes);
      this.#chunks.shift();
      this.#waiting -= bytes.length;
      if (reason === null) {
        this.#delivered += lines;
        continue;
      }
      // No half line stays behind: the file ends with the last whole one.
      const whole = bytes.subarray(0, written).lastIndexOf(0x0a) + 1;
      if (whole < written) this.#file.takeBack(written - whole);
      const kept = countLines(bytes.subarray(0, whole));
      this.#delivered += kept;
      this.#lost += lines - kept;
      this.#failure = reason;
      for (const chunk of this.#chunks.splice(0)) this.#lost += chunk.lines;
      this.#waiting = 0;
    }
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x0a) count++;
  return count;
}
