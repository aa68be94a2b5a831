/**
 * Archives that are the same, byte for byte, whoever packs the same files: in order of their paths,
 * all of one time, owned by nobody. It reads and writes no file.
 *
 * @module
 */
import { gzipSync, type Zippable, zipSync } from "fflate";
import { packTar } from "modern-tar";

/** A file of an archive. */
export interface Entry {
  /** Where it goes, with slashes: `completions/mllp.bash`. */
  readonly path: string;
  readonly data: Uint8Array;
  readonly executable?: boolean;
}

/** How hard to press: 9 takes three times as long, for one per cent of the size (measured). */
const LEVEL = 6;

function inOrder(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function modeOf({ executable = false }: Entry): number {
  return executable ? 0o755 : 0o644;
}

/** A `.tar.gz` of the entries, all of one time. */
export async function tarGz(entries: readonly Entry[], at: Date): Promise<Uint8Array> {
  const packed = await packTar(
    inOrder(entries).map((entry) => ({
      header: {
        name: entry.path,
        size: entry.data.length,
        mode: modeOf(entry),
        mtime: at,
        type: "file",
        uid: 0,
        gid: 0,
        uname: "",
        gname: "",
      },
      body: entry.data,
    })),
  );
  return gzipSync(packed, { level: LEVEL, mtime: 0 });
}

/** A `.zip` of the entries, all of one day. */
export function zip(entries: readonly Entry[], at: Date): Uint8Array {
  // The format knows local time only, and is written by the clock on the wall: noon there, so that all walls agree.
  const noon = new Date(Math.max(at.getUTCFullYear(), 1980), at.getUTCMonth(), at.getUTCDate(), 12);
  const UNIX = 3;
  const files: Zippable = {};
  for (const entry of inOrder(entries)) {
    files[entry.path] = [entry.data, {
      level: LEVEL,
      mtime: noon,
      os: UNIX,
      attrs: (0o100000 | modeOf(entry)) * 0x10000,
    }];
  }
  return zipSync(files);
}
