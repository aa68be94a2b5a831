/**
 * A few lines at the bottom of the terminal, redrawn in place. It knows nothing of what they say.
 *
 * @module
 */
import type { TextStream } from "./stream.ts";
import { truncate } from "../lib/text.ts";

/** Redraws are at least this far apart, in milliseconds: ten a second (load.md section 4). */
const REDRAW_MS = 100;
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const ERASE_BELOW = "\u001b[J";
const ERASE_LINE = "\u001b[K";

/** A few lines at the bottom of the terminal, redrawn in place. */
export interface LiveRegion {
  /** Whether anything is shown: standard error is a terminal and `--quiet` was not given. If not, `draw` does nothing. */
  readonly shown: boolean;
  /** How many columns a line may take now; longer ones are cut. */
  readonly columns: number;
  /** Shows these lines in place of the last; at most ten times a second, calls between are skipped (the last is kept for `end`). */
  draw(lines: readonly string[]): void;
  /** Leaves the last lines standing (or, with `erase`, takes them away) and gives the cursor back. May be called twice. */
  end(erase?: boolean): void;
}

/** The region on a terminal. Text printed meanwhile goes through `around`, which keeps it above the region. */
export class TerminalRegion implements LiveRegion {
  readonly shown = true;
  #drawn: readonly string[] = [];
  #latest: readonly string[] = [];
  #drawnAt = -Infinity;
  #open = true;
  #hidden = false;

  constructor(
    private readonly stream: TextStream,
    private readonly dress: (line: string) => string,
    private readonly now: () => number,
  ) {}

  /** One less than the terminal has: some wrap a line that fills them. */
  get columns(): number {
    return this.stream.size().columns - 1;
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    this.#latest = lines;
    if (this.now() - this.#drawnAt < REDRAW_MS) return;
    this.#redraw();
  }

  /** Prints what belongs above the region. */
  around(print: () => void): void {
    if (!this.#open || this.#drawn.length === 0) return print();
    this.stream.write(this.#back() + ERASE_BELOW);
    this.#drawn = [];
    print();
    this.#redraw();
  }

  end(erase = false): void {
    if (!this.#open) return;
    if (erase) {
      this.#latest = [];
      if (this.#drawn.length > 0) this.stream.write(this.#back() + ERASE_BELOW);
    } else if (this.#latest !== this.#drawn) this.#redraw();
    this.#open = false;
    if (this.#hidden) this.stream.write(SHOW_CURSOR);
  }

  /** To the start of the region's first line. */
  #back(): string {
    return this.#drawn.length === 0 ? "" : `\u001b[${this.#drawn.length}F`;
  }

  #redraw(): void {
    const { columns } = this;
    const { rows } = this.stream.size();
    // A region taller than the screen could not be returned to.
    const lines = this.#latest.slice(0, Math.max(1, rows - 1));
    const text = lines.map((line) => `${truncate(this.dress(line), columns)}${ERASE_LINE}\n`).join("");
    this.stream.write((this.#hidden ? "" : HIDE_CURSOR) + this.#back() + text + ERASE_BELOW);
    this.#hidden = true;
    this.#drawn = lines.length === this.#latest.length ? this.#latest : lines;
    this.#drawnAt = this.now();
  }
}

/** The region where there is no terminal, or nobody wants to see it: no byte is written. */
export const HIDDEN_REGION: LiveRegion = { shown: false, columns: 79, draw: () => {}, end: () => {} };
