/**
 * Every command line that the project prints for people to try: in README and docs, and in the help of each command. A
 * test runs them all.
 *
 * In Markdown they stand in fences marked `sh`, one command a line, continued by a backslash, or `console`, where `$ `
 * begins a command and the other lines are what it prints. Behind the language of a fence can stand
 *
 * - `norun: REASON`: cannot be run here; the reason is told in the test's output;
 * - `above`: needs what was started above it under the same heading (`mllp receive`, `mllp llpdrv -y`);
 * - `exit N`: ends with this status.
 *
 * A file that a command needs is printed above it under the same heading, in a fence whose first line is a comment with
 * its name: `# scenario.yaml`.
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

/** A fence of a document. */
export interface Fence {
  readonly source: string;
  /** Of the line that opens it. */
  readonly lineNumber: number;
  readonly language: string;
  /** What stands behind the language. */
  readonly info: string;
  /** The heading it stands under, counted from the top of the document. */
  readonly section: number;
  readonly lines: readonly string[];
}

/** Command lines that belong together: a fence, or an example of a help text. */
export interface PrintedBlock {
  readonly source: string;
  readonly lineNumber: number;
  readonly section: number;
  readonly norun: string | null;
  /** Whether it needs what was started above it in its section. */
  readonly above: boolean;
  /** The status it ends with, where it is said. */
  readonly exit: number | null;
  readonly commands: readonly PrintedLine[];
}

/** A command line of a block, and what it is said to print. */
export interface PrintedLine {
  readonly lineNumber: number;
  readonly command: string;
  readonly prints: readonly string[];
}

/** The languages that a shell reads. */
const SHELL = ["sh", "console", "powershell"];

/** Every fence of a Markdown text. */
export function fencesIn(markdown: string, source: string): Fence[] {
  const found: Fence[] = [];
  let open: Fence & { ticks: string; lines: string[] } | null = null;
  let section = 0;
  markdown.split("\n").forEach((line, i) => {
    if (open !== null) {
      if (line.trim() !== open.ticks) open.lines.push(line);
      else {
        found.push(open);
        open = null;
      }
      return;
    }
    if (/^#{1,6} /.test(line)) section++;
    const [, ticks, language, info] = /^\s*(`{3,})(\w*)\s*(.*)$/.exec(line) ?? [];
    if (ticks === undefined) return;
    open = { source, lineNumber: i + 1, language, info, section, lines: [], ticks };
  });
  return found;
}

/** What stands behind the language of a fence. Throws for what means nothing, and for `norun` without a reason. */
export function readInfo({ source, lineNumber, info }: Fence): Pick<PrintedBlock, "norun" | "above" | "exit"> {
  const where = `${source}:${lineNumber}`;
  const [, reason] = /^norun:?\s*(.*)$/.exec(info) ?? [];
  if (reason === "") throw new Error(`${where}: a fence says norun and not why`);
  if (reason !== undefined) return { norun: reason, above: false, exit: null };
  const [, above, exit] = /^(above)?\s*(?:exit (\d+))?$/.exec(info) ?? [];
  if (above === undefined && exit === undefined && info !== "") {
    throw new Error(`${where}: a fence says '${info}', wanted 'norun: REASON', 'above' or 'exit N'`);
  }
  return { norun: null, above: above !== undefined, exit: exit === undefined ? null : Number(exit) };
}

/** The blocks of command lines in a Markdown text. */
export function blocksIn(markdown: string, source: string): PrintedBlock[] {
  return fencesIn(markdown, source).filter(({ language }) => SHELL.includes(language)).map((fence) => ({
    source,
    lineNumber: fence.lineNumber,
    section: fence.section,
    ...readInfo(fence),
    commands: commandsOf(fence),
  }));
}

function commandsOf({ language, lines, lineNumber }: Fence): PrintedLine[] {
  const found: { lineNumber: number; command: string; prints: string[] }[] = [];
  let begun = "";
  lines.forEach((line, i) => {
    const text = line.trim();
    const isPrinted = language === "console" && begun === "" && !text.startsWith("$ ");
    if (isPrinted) {
      found.at(-1)?.prints.push(line);
      return;
    }
    const whole = begun + text.replace(/^\$ /, "");
    begun = whole.endsWith("\\") ? whole.slice(0, -1) : "";
    if (begun !== "" || whole === "" || whole.startsWith("#")) return;
    found.push({ lineNumber: lineNumber + 1 + i, command: whole, prints: [] });
  });
  return found;
}

/** The `mllp` command lines in the fences of a Markdown text. */
export function printedIn(markdown: string, source: string): PrintedCommand[] {
  return blocksIn(markdown, source).flatMap(({ norun, commands }) =>
    commands.filter(({ command }) => isOurs(command)).map(({ lineNumber, command }) => ({
      source,
      lineNumber,
      command,
      norun,
    }))
  );
}

/** Whether a command line runs this program. */
export function isOurs(command: string): boolean {
  return /^(mllp|llpdrv)(\s|$)/.test(command);
}

/** The documents whose command lines are run. */
export function documents(): string[] {
  return ["README.md", ...filesBelow("docs", ".md")];
}

/** The command lines of README.md and of every document in docs/. */
export function printedInDocuments(): PrintedCommand[] {
  return documents().flatMap((path) => printedIn(read(path), path));
}

/** The examples at the end of each command's help: each a block of its own, but those that speak to one running receiver. */
export async function blocksInHelp(): Promise<PrintedBlock[]> {
  const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
  const alone = { lineNumber: 0, norun: null, above: false, exit: null };
  return commands.flatMap(({ name, examples }) => {
    const lines = examples.map(({ line }) => ({ lineNumber: 0, command: line, prints: [] }));
    const blocks = name === "ctl" ? [lines] : lines.map((line) => [line]);
    return blocks.map((commands, section) => ({ ...alone, source: `mllp help ${name}`, section, commands }));
  });
}
