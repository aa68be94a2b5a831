/** A stream that remembers what was written, in place of the terminal. */
import type { TextStream } from "../../cli/stream.ts";

/** What was written to it is `text`. */
export class RecordingStream implements TextStream {
  text = "";

  constructor(readonly isTerminal = false, readonly columns = 80, readonly rows = 24) {}

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows };
  }

  write(data: string | Uint8Array): void {
    this.text += typeof data === "string" ? data : new TextDecoder().decode(data);
  }

  /** What was written since the last call. */
  take(): string {
    const text = this.text;
    this.text = "";
    return text;
  }
}
