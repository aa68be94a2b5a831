/**
 * Every command line that the project prints for people to try: in README and docs, and in the
 * help of each command. A test runs them all.
 *
 * In Markdown they stand in fences marked `sh`, one command a line, continued by a backslash. A
 * fence that cannot be run here says why: ```` ```sh norun: needs a serial device ````.
 *
 * @module
 */
import { COMMANDS } from "../cli/commands.ts";
import { filesBelow, read } from "./source.ts";

/** A command line as printed. */
export interface PrintedCommand {
  /** The file, or `mllp help COMMAND`. */
  readonly source: string;
  /** Its line in the file; 0 in a help text. */
  readonly lineNumber: number;
  /** `mllp ...`, continuations joined. */
  readonly command: string;
  /** Why it is not run; `null` if it is. */
  readonly norun: string | null;
}

/** The `mllp` command lines in the `sh` fences of a Markdown text. Throws for a fence that says `norun` and not why. */
export function printedIn(markdown: string, source: string): PrintedCommand[] {
  const found: PrintedCommand[] = [];
  let fence: { end: string; norun: string | null; isShell: boolean } | null = null;
  let begun = "";
  markdown.split("\n").forEach((line, i) => {
    if (fence === null) {
      const [, ticks, language, rest] = /^\s*(`{3,})(\w*)\s*(.*)$/.exec(line) ?? [];
      if (ticks === undefined) return;
      const [, reason] = /^norun:?\s*(.*)$/.exec(rest) ?? [];
      if (reason === "") throw new Error(`${source}:${i + 1}: a fence says norun and not why`);
      fence = { end: ticks, norun: reason ?? null, isShell: language === "sh" };
      return;
    }
    if (line.trim() === fence.end) {
      fence = null;
      begun = "";
      return;
    }
    if (!fence.isShell) return;
    const whole = begun + line.trim().replace(/^\$ /, "");
    if (whole.endsWith("\\")) {
      begun = whole.slice(0, -1);
      return;
    }
    begun = "";
    if (/^mllp(\s|$)/.test(whole)) found.push({ source, lineNumber: i + 1, command: whole, norun: fence.norun });
  });
  return found;
}

/** The command lines of README.md and of every document in docs/. */
export function printedInDocuments(): PrintedCommand[] {
  return ["README.md", ...filesBelow("docs", ".md")].flatMap((path) => printedIn(read(path), path));
}

/** The examples at the end of each command's help. */
export async function printedInHelp(): Promise<PrintedCommand[]> {
  const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
  return commands.flatMap(({ name, examples }) =>
    examples.map(({ line }) => ({ source: `mllp help ${name}`, lineNumber: 0, command: line, norun: null }))
  );
}
