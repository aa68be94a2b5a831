/**
 * An audit for people: the accounts of both sides, the verdict on each kind of finding, then examples.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { paint, printable, table, wrap } from "../text.ts";
import { formatCount } from "../values.ts";
import { type AuditDocument, type Finding, FINDINGS, type ForeignExample, type SentExample } from "./document.ts";

const MEANINGS: Readonly<Record<Finding, string>> = {
  lost: "sent, and never received",
  acknowledged_not_received: "of the lost: the sender holds an acknowledgement",
  duplicated: "received again without a reason",
  reordered: "received after one that was sent later",
  altered: "received with another content",
  foreign: "received, and never sent",
  received_not_acknowledged: "received, but the sender does not know",
  resent: "received again, as it was sent again",
};

/**
 * The audit, line by line, without line ends; sentences are broken at `width`, tables are as wide as their cells.
 *
 * @example
 * ```ts
 * import { auditText } from "./audit_text.ts";
 * import type { AuditDocument } from "./document.ts";
 *
 * function show(document: AuditDocument): string {
 *   return auditText(document, 80).join("\n");
 * }
 * ```
 */
export function auditText(document: AuditDocument, width: number): string[] {
  const lines = [paint("bold", "ACCOUNTS"), ...accounts(document), "", paint("bold", "FINDINGS")];
  lines.push(...table(FINDINGS.map((finding) => verdict(document, finding)), { indent: 2, align: "llr" }));
  for (const finding of FINDINGS) lines.push(...examplesOf(document, finding));
  if (document.unjudged.length > 0) {
    lines.push("", paint("bold", "NOT JUDGED"));
    for (const sentence of document.unjudged) {
      lines.push(...wrap(printable(sentence), width - 4).map((line, i) => `${i === 0 ? "  " : "    "}${line}`));
    }
  }
  return [...lines, "", lastLine(document)];
}

function accounts({ sent, received }: AuditDocument): string[] {
  const rows: string[][] = [["sent", formatCount(sent.messages), filesOf(sent.files, "log")]];
  const parts = [
    ["accepted", sent.accepted, "AA or CA came"],
    ["refused", sent.refused, "AE, AR, CE or CR came"],
    ["unacknowledged", sent.unacknowledged, "nothing good came"],
    ["never sent", sent.never_sent, "no connection, or no room"],
  ] as const;
  for (const [word, count, about] of parts) {
    if (count > 0 || word === "accepted") rows.push([`  ${word}`, formatCount(count), about]);
  }
  rows.push(["received", formatCount(received.messages), filesOf(received.files, "journal")]);
  rows.push(["  distinct", formatCount(received.different), "of the messages sent"]);
  if (received.earlier > 0) {
    rows.push(["  earlier", formatCount(received.earlier), "not of them: before the first was sent (a warm-up?)"]);
  }
  return table(rows, { indent: 2, align: "lr" });
}

function filesOf(files: readonly { readonly name: string }[], what: string): string {
  return files.length === 1 ? printable(files[0].name) : `in ${formatCount(files.length)} ${what}s`;
}

function verdict({ counts, copies, failed, fail_on, content, order }: AuditDocument, finding: Finding): string[] {
  const count = counts[finding];
  const judged = finding === "altered" ? content : finding !== "reordered" || order !== "none";
  const word = !judged
    ? paint("dim", "-")
    : failed.includes(finding)
    ? paint("red", "FAILED")
    : fail_on.includes(finding)
    ? paint("green", "passed")
    : count > 0
    ? paint("yellow", "noted")
    : paint("dim", "none");
  const times = finding === "duplicated" || finding === "resent" ? copies[finding] : 0;
  const more = times > count ? `, ${formatCount(times)} times in all` : "";
  return [word, finding, judged ? formatCount(count) : "-", `${MEANINGS[finding]}${more}`];
}

function examplesOf({ counts, examples }: AuditDocument, finding: Finding): string[] {
  const some = examples[finding];
  // Each of these stands among the lost as well, with its outcome.
  if (some.length === 0 || (finding === "acknowledged_not_received" && examples.lost.length === counts.lost)) return [];
  const rows = finding === "foreign"
    ? [["n", "received", "control id", "key"], ...(some as readonly ForeignExample[]).map(foreignRow)]
    : [
      ["k", "sent", "control id", "key", "outcome", "tries", lastColumn(finding)],
      ...(some as readonly SentExample[]).map((example) => sentRow(finding, example)),
    ];
  const left = counts[finding] - some.length;
  const heading = `${finding.toUpperCase().replaceAll("_", " ")}${
    left > 0 ? ` (${formatCount(some.length)} of ${formatCount(counts[finding])})` : ""
  }`;
  const named = rows.some((row, i) => i > 0 && row[3] !== "-");
  const shown = named ? rows : rows.map((row) => row.toSpliced(3, 1));
  return ["", paint("bold", heading), ...table(shown, { indent: 2, align: named ? "rllllr" : "rlllr" })];
}

function lastColumn(finding: Finding): string {
  return finding === "lost" || finding === "acknowledged_not_received" ? "" : "received";
}

function sentRow(finding: Finding, example: SentExample): string[] {
  const { k, at, controlId, key, outcome, attempts, received, times, overtaken_by } = example;
  const receipts = received.slice(0, 3).map(({ n, at }) => `n ${n} ${clock(at)}`).join(", ");
  const last = finding === "reordered" && overtaken_by !== undefined
    ? `n ${received[0].n} ${clock(received[0].at)}, after k ${overtaken_by.k} ${printable(overtaken_by.controlId)}`
    : times > 3
    ? `${receipts} and ${formatCount(times - 3)} more`
    : receipts;
  return [String(k), at, shown(controlId), shown(key), outcome, String(attempts), last];
}

function foreignRow({ n, at, controlId, key }: ForeignExample): string[] {
  return [String(n), at, shown(controlId), shown(key)];
}

function shown(text: string | null): string {
  return text === null ? "-" : text === "" ? "(none)" : printable(text);
}

/** The time of day, as it stands in the date. */
function clock(at: string): string {
  return at.slice(11, -1);
}

function lastLine({ failed, counts, pass, sent, received }: AuditDocument): string {
  if (!pass) {
    const parts = failed.map((finding) => `${formatCount(counts[finding])} ${finding}`);
    return paint("red", `FAILED: ${parts.join(", ")}`);
  }
  const noted = FINDINGS.filter((finding) => counts[finding] > 0);
  const but = noted.length === 0 ? "" : `; ${noted.map((each) => `${formatCount(counts[each])} ${each}`).join(", ")}`;
  const words = received.different === sent.messages
    ? sent.messages === 1 ? "the message was received" : `all ${formatCount(sent.messages)} messages were received`
    : `${formatCount(received.different)} of ${formatCount(sent.messages)} messages were received`;
  return paint(noted.length === 0 ? "green" : "yellow", `${words}${but}`);
}
