/**
 * The journals of `mllp receive --journal`, read into an audit.
 *
 * @module
 */
import type { Audit } from "../../lib/audit/audit.ts";
import { readReceived } from "../../lib/audit/records.ts";
import { formatCount } from "../../lib/values.ts";
import { UsageError } from "../exit_code.ts";
import { readJournals } from "../journal_file.ts";

/**
 * Reads the journals; what is odd goes to `warnings`. Throws a `UsageError` that names the file for what cannot be
 * read, and for a journal that lacks messages by its own account.
 */
export async function readReceivedFiles(paths: readonly string[], audit: Audit, warnings: string[]): Promise<void> {
  let present = "";
  await readJournals(paths, {
    begin(file) {
      present = file;
      audit.beginJournal(file);
    },
    line(journalLine) {
      const line = readReceived(journalLine as unknown as Readonly<Record<string, unknown>>);
      if (line.type === "message") audit.received(line.message);
      else if (line.type === "head") audit.head(line.head);
      else if (line.type === "amended") audit.amended(line.amendment);
      else if (line.type === "gap" && line.messages > 0) {
        const why = line.reason === "" ? "" : `: ${line.reason}`;
        throw new UsageError(
          `Cannot judge: ${present} says that it lacks ${formatCount(line.messages)} messages${why}`,
        );
      }
    },
    warn: (text) => warnings.push(text),
  });
}
