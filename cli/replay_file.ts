/**
 * The messages that a receiver kept, from its journal: for `mllp send --from-journal`.
 *
 * @module
 */
import { AckScan } from "../lib/hl7/ack_scan.ts";
import { messageHash } from "../lib/message_hash.ts";
import { formatCount, formatSize } from "../lib/values.ts";
import { isHead, isNote, type JournalHead, type JournalMessage } from "../receiver/journal/entry.ts";
import { UsageError } from "./exit_code.ts";
import { readJournals } from "./journal_file.ts";
import type { OutgoingMessage } from "./messages.ts";
import type { Output } from "./output.ts";
import type { ReplayedMessage } from "./send_journal.ts";

/** What the messages may weigh together (our decision: they are held in memory, as those of files are). */
const LARGEST = 1024 * 1024 * 1024;

interface Kept extends OutgoingMessage {
  readonly n: number;
  /** Which receiver's. */
  readonly run: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The messages of the journals, in order of arrival. Throws a `UsageError` that names file and line for one that cannot
 * be read, or that does not keep whole messages.
 */
export async function readReplay(paths: readonly string[], speed: number, output: Output): Promise<ReplayedMessage[]> {
  const kept: Kept[] = [];
  const runs = new Map<string, number>();
  const scan = new AckScan();
  let head: JournalHead | null = null;
  let file = "";
  let bytesKept = 0;
  let answers = 0;
  let empty = 0;
  let changed = 0;
  await readJournals(paths, {
    begin: (next) => file = next,
    line(line, lineNumber) {
      if (isHead(line)) {
        head = line;
        const name = runOf(line);
        if (!runs.has(name)) runs.set(name, runs.size);
      }
      if (isHead(line) || isNote(line)) return;
      const message = line as JournalMessage;
      const bytes = payloadOf(message, head!);
      if (bytes.length === 0) return void empty++;
      // Nobody answers an acknowledgement.
      if (message.outcome === "none" && scan.scan(bytes)) return void answers++;
      if (messageHash(bytes) !== message.hash) changed++;
      bytesKept += bytes.length;
      if (bytesKept > LARGEST) throw new RangeError(`more than ${formatSize(LARGEST)} of messages; split the journal`);
      const at = Date.parse(message.at);
      if (Number.isNaN(at)) throw new RangeError(`found at '${message.at}', wanted a time in ISO 8601`);
      const source = `${file}:${lineNumber}`;
      kept.push({ bytes, source, file, line: lineNumber, column: 1, n: message.n, run: runs.get(runOf(head!))!, at });
    },
    warn: (text) => output.warn(text),
  });
  const tell = (count: number, one: string, several: string) => {
    if (count > 0) output.warn(`--from-journal: ${count === 1 ? `1 ${one}` : `${formatCount(count)} ${several}`}`);
  };
  tell(
    answers,
    "message is an acknowledgement itself and is left out",
    "messages are acknowledgements themselves and are left out",
  );
  tell(empty, "message is empty and is left out", "messages are empty and are left out");
  tell(
    changed,
    "message is not as it came: the journal has another hash of it",
    "messages are not as they came: the journal has other hashes of them",
  );
  if (kept.length === 0) throw new UsageError(`--from-journal ${paths.join(", ")}: there is no message in it to send`);
  return due(kept, speed);
}

/** By what the lines of one receiver are known in several files. */
function runOf({ run, seed, at }: JournalHead): string {
  return run ?? `${seed} ${at}`;
}

function payloadOf({ payload }: JournalMessage, head: JournalHead): Uint8Array {
  if (head.payload !== "full" || payload === undefined) {
    const form = head.payload === "full" ? "nothing of this message" : `${head.payload} only`;
    throw new RangeError(`the journal keeps ${form}, wanted whole messages: mllp receive --journal --payload full`);
  }
  const bytes = new Uint8Array(payload.length);
  for (let i = 0; i < payload.length; i++) {
    const code = payload.charCodeAt(i);
    if (code > 0xff) throw new RangeError(`payload: found U+${code.toString(16)}, wanted one character a byte`);
    bytes[i] = code;
  }
  return bytes;
}

/** A receiver's own numbers tell its order, the clocks the order between receivers. */
function due(kept: Kept[], speed: number): ReplayedMessage[] {
  kept.sort((a, b) => a.run - b.run || a.n - b.n);
  const times = new Map<Kept, number>();
  let [run, latest] = [-1, -Infinity];
  for (const message of kept) {
    // A clock that was set back takes no message back.
    latest = message.run === run ? Math.max(latest, message.at) : message.at;
    run = message.run;
    times.set(message, latest);
  }
  kept.sort((a, b) => times.get(a)! - times.get(b)!);
  const first = times.get(kept[0])!;
  return kept.map((message) => {
    const { bytes, source, file, line, column } = message;
    return { bytes, source, file, line, column, dueMs: (times.get(message)! - first) / speed };
  });
}
