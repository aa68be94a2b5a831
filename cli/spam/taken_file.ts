/**
 * Files that a run reads or writes already, so that no other flag writes there too.
 *
 * @module
 */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** A file, and what names it: `FILE` (an operand), `--template`, `--csv-feed`, `--out`. */
export interface TakenFile {
  readonly path: string;
  readonly by: string;
}

/** Files, found again by whatever name and over whatever links. */
export class TakenFiles {
  readonly #byPlace = new Map<string, string>();

  constructor(files: Iterable<TakenFile>) {
    for (const file of files) this.add(file);
  }

  add({ path, by }: TakenFile): void {
    this.#byPlace.set(placeOf(path), by);
  }

  /**
   * What has taken the file at `path`; null where nothing has. A device or a pipe, such as /dev/null, takes what any
   * number of flags give it.
   */
  by(path: string): string | null {
    return isDevice(path) ? null : this.#byPlace.get(placeOf(path)) ?? null;
  }
}

function isDevice(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The same for the same file, there or not yet. */
function placeOf(path: string): string {
  for (const look of [fileId, placeInFolder]) {
    try {
      return look(path);
    } catch {
      // It is not there: who opens it says what is wrong with that.
    }
  }
  return resolve(path);
}

function fileId(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

function placeInFolder(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}
