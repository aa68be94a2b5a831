/**
 * What `mllp receive` writes down: the flags of the journal and the store, and what they are made into.
 *
 * @module
 */
import { parsePath } from "../lib/hl7/path.ts";
import { formatCount, formatSize, parseSize } from "../lib/values.ts";
import { PAYLOAD_FORMS } from "../receiver/journal/entry.ts";
import type { Journal } from "../receiver/journal/journal.ts";
import { RECENT_ENTRIES } from "../receiver/journal/ring.ts";
import { whyNotWritten } from "../lib/system_words.ts";
import type { Scenario } from "../receiver/scenario/scenario.ts";
import { anyText, choice, type FlagValues, group, toggle, value } from "./command.ts";
import { UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { longName } from "./parser.ts";
import { VERSION } from "./version.ts";

/** The flags. */
export const journalFlags = group("Journal", {
  journal: value(
    "FILE",
    "write an entry for each message, before its reply: NDJSON, appended; what cannot be written is answered AE",
    anyText,
    undefined,
    { path: true },
  ),
  fsync: toggle("reply only when the entry is on the disk, not just with the system"),
  payload: choice(
    "what an entry keeps of its message: all, MSH MSA ERR, or nothing but the hash",
    PAYLOAD_FORMS,
    "headers",
  ),
  journalKey: value("PATH", "the value that an entry has as its key, such as PID-3.1", parsePath),
  journalRotate: value(
    "SIZE",
    "begin a new file at this size; the old ones are FILE.1, FILE.2, ..., none is deleted",
    parseRotation,
  ),
  store: value("DIR", "write each message to a file of its own, before its reply", anyText, undefined, { path: true }),
});

/** The journal of a run, ready to be written. */
export interface OpenJournal {
  readonly journal: Journal;
  /** There will be no run: the file is as it was, or not there. */
  giveUp(): void;
}

/**
 * Opens what the flags ask for, and the journal in memory where the control API may ask for it; null if nobody asks for anything. Throws a `UsageError` for a file or folder that
 * cannot be used, and for a flag that would have no effect.
 */
export async function openJournal(
  flags: FlagValues<typeof journalFlags>,
  given: (key: keyof typeof journalFlags) => boolean,
  scenario: Scenario,
  { output, isAsked }: { readonly output: Output; readonly isAsked: boolean },
): Promise<OpenJournal | null> {
  const { journal: path, store: folder, fsync, payload } = flags;
  if (path === undefined) {
    for (const key of ["payload", "journalKey", "journalRotate"] as const) {
      // The control API answers with what is kept in memory.
      if (given(key) && !(isAsked && key === "payload")) {
        throw new UsageError(`${longName(key)} is about the journal: add --journal FILE`);
      }
    }
  }
  if (path === undefined && folder === undefined) {
    if (fsync) throw new UsageError("--fsync is about the journal and the store: add --journal FILE or --store DIR");
    if (!isAsked) return null;
  } else if (scenario.defaults.reply === "echo") {
    const flag = path === undefined ? "--store" : "--journal";
    throw new UsageError(`${flag} cannot be kept of --reply echo: its bytes go back before there is a message`);
  }
  // A receiver without a journal starts without it.
  const [{ DiskFile }, { headOf }, { Journal }, { FolderStore }] = await Promise.all([
    import("../receiver/journal/file.ts"),
    import("../receiver/journal/head.ts"),
    import("../receiver/journal/journal.ts"),
    import("../receiver/journal/store.ts"),
  ]);
  const store = folder === undefined
    ? null
    : opened(`--store ${folder}`, "use the folder", () => new FolderStore(folder));
  const key = flags.journalKey ?? null;
  const file = path === undefined ? null : opened(`--journal ${path}`, "write the file", () =>
    new DiskFile(path, {
      head: headOf(scenario, { version: VERSION, runtime: runtimeName(), payload, key: key?.text ?? null }),
      rotateBytes: flags.journalRotate,
      durable: fsync,
      warn: (text) => output.warn(text),
    }));
  if (file !== null && file.cut > 0) {
    output.warn(
      `--journal ${path}: its last line was torn and is cut off: ${formatSize(file.cut)}, never acknowledged`,
    );
  }
  const what = path === undefined ? `the store ${folder}` : `the journal ${path}`;
  const observer = {
    failing: (reason: string) =>
      output.warn(`${what} cannot be written: ${reason}; messages are answered AE until it can`),
    recovered: (missing: number) =>
      output.notice(`${what} is written again; ${formatCount(missing)} messages are not in it, none answered AA`),
  };
  // Nobody but the control API can ask for recent entries.
  const recent = isAsked ? scenario.limits.journal ?? RECENT_ENTRIES : 0;
  const journal = new Journal({ file, store, fsync, payload, key, observer, recent });
  return { journal, giveUp: () => file?.giveUp() };
}

function opened<T>(flag: string, action: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const why = error instanceof RangeError ? error.message : whyNotWritten(error);
    throw new UsageError(`${flag}: cannot ${action}: ${why}`, { cause: error });
  }
}

function runtimeName(): string {
  const { deno, bun, node } = process.versions as Readonly<Record<string, string | undefined>>;
  if (deno !== undefined) return `deno ${deno}`;
  return bun !== undefined ? `bun ${bun}` : `node ${node}`;
}

/** A size that a file can be rotated at. */
function parseRotation(text: string): number {
  const bytes = parseSize(text);
  if (bytes < 1024) throw new RangeError(`Cannot rotate at ${text}: wanted 1KiB or more`);
  return bytes;
}
