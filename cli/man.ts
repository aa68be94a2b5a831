/**
 * Manual pages, generated from the table of commands: `mllp(1)` and one for each command, in the
 * macros of man(7), which groff and mandoc both read. The release lays them into its archives;
 * `mllp help COMMAND --man` prints one. It knows no command in particular, and writes nothing.
 *
 * @module
 */
import { type Command, type Flag, type Operand } from "./command.ts";
import { KNOWN_SETTINGS } from "./env_file.ts";
import { EXIT_CODES } from "./exit_code.ts";
import { longName } from "./parser.ts";
import type { CommandEntry } from "./program.ts";
import { VERSION } from "./version.ts";

/** What the pages say of a command that is not loaded. */
type Listed = Pick<CommandEntry, "name" | "purpose">;

/** The name of a page: `mllp-send`; without a command, `mllp`. */
export function manName(command?: string): string {
  return command === undefined ? "mllp" : `mllp-${command}`;
}

/** The page of the program: its commands, exit statuses and settings. `date` is that of the release, as `2026-01-31`. */
export function manOfProgram(commands: readonly Listed[], date = ""): string {
  return page([
    title(manName(), date),
    ...name(manName(), "HL7 over MLLP, from the command line"),
    ".SH SYNOPSIS",
    ".B mllp",
    `${italic("COMMAND")} [${italic("operands")}] [${italic("options")}]`,
    ".br",
    ".B mllp help",
    `[${italic("COMMAND")}] [${bold("--man")}]`,
    ".br",
    ".B mllp \\-\\-version",
    `[${bold("--json")}]`,
    ".SH DESCRIPTION",
    sentence(
      "mllp sends, receives and load-tests HL7 v2 messages over MLLP and its kin, the lower-layer protocols of " +
        "hospital interfaces",
    ),
    sentence("A command does one of these things; each has a page of its own"),
    ".SH COMMANDS",
    ...commands.flatMap(({ name, purpose }) => tagged(`.BR ${text(manName(name))} (1)`, purpose)),
    ...tagged(".B help", "Show the commands, or the options and examples of one; with --man, its manual page"),
    ...tagged(
      ".B \\-\\-version",
      "Show the version; with --json, also the commit, the runtime and the system built for",
    ),
    ...exitStatus(),
    ...environment(),
    ".SH EXAMPLES",
    "In two terminals:",
    ...verbatim(["mllp receive", "mllp send 127.0.0.1:2575"]),
    ...seeAlso(commands.map((command) => manName(command.name))),
  ]);
}

/** The page of a command: its operands, options, notes and examples. `date` as for the program's. */
export function manOfCommand(command: Command, others: readonly Listed[], date = ""): string {
  const { operands, examples, notes = [] } = command;
  const itself = manName(command.name);
  return page([
    title(itself, date),
    ...name(itself, command.purpose),
    ".SH SYNOPSIS",
    `.B mllp ${text(command.name)}`,
    [...operands.map(synopsisOf), `[${italic("options")}]`].join(" "),
    ".SH DESCRIPTION",
    sentence(command.purpose),
    ...operands.flatMap((operand) => tagged(`.I ${text(operand.name)}`, operand.about)),
    ...options(command),
    ...(notes.length === 0 ? [] : [".SH NOTES", ...paragraphs(notes)]),
    ...exitStatus(),
    ...environment(),
    ".SH EXAMPLES",
    ...examples.flatMap(({ about, line }) => [".PP", `${text(about)}:`, ...verbatim([line])]),
    ...seeAlso([manName(), ...others.filter(({ name }) => name !== command.name).map((other) => manName(other.name))]),
  ]);
}

/** Lines of roff as a page. */
function page(all: readonly string[]): string {
  // A heading begins a paragraph by itself.
  const lines = all.filter((line, i) => line !== ".PP" || !all[i - 1].startsWith(".SH"));
  return `.\\" Generated from the table of commands of mllp ${VERSION}.\n${lines.join("\n")}\n`;
}

/** Our text as roff reads it: no escape, no request, hyphens that can be copied, ASCII only. */
function text(words: string): string {
  const inert = words.replace(/[\\\-'`^~]/g, (char) => ESCAPES[char])
    .replace(/[^\x20-\x7e]/gu, (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`);
  return inert.startsWith(".") ? `\\&${inert}` : inert;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${text(words)}\\fR`;
}

function title(itself: string, date: string): string {
  return `.TH ${text(itself.toUpperCase())} 1 "${date}" "mllp ${VERSION}" "mllp manual"`;
}

function name(itself: string, purpose: string): string[] {
  return [".SH NAME", `${text(itself)} \\- ${text(purpose)}`];
}

function sentence(words: string): string {
  return `${text(words)}.`;
}

/** A word that stands out (as a request), with what it means below it. */
function tagged(head: string, meaning: string): string[] {
  return [".TP", head, text(meaning)];
}

/** Lines as they stand, one below the other. */
function verbatim(lines: readonly string[]): string[] {
  return [".PP", ".RS 4", ".nf", ...lines.map((line) => line === "" ? "\\&" : text(line)), ".fi", ".RE"];
}

/** Notes as paragraphs: lines that begin with a space are tables, which stand as they are; the rest flows. */
function paragraphs(lines: readonly string[]): string[] {
  const isTable = (line: string) => line.startsWith(" ");
  const runs: string[][] = [];
  lines.forEach((line, i) => {
    if (i === 0 || line === "" || isTable(line) !== isTable(lines[i - 1])) runs.push([]);
    if (line !== "") runs[runs.length - 1].push(line);
  });
  return runs.filter((run) => run.length > 0).flatMap((run) =>
    isTable(run[0]) ? verbatim(run.map((line) => line.slice(2))) : [".PP", text(run.join(" "))]
  );
}

function synopsisOf({ name, required, many }: Operand): string {
  const word = italic(name) + (many ? " ..." : "");
  return required ? word : `[${word}]`;
}

function options(command: Command): string[] {
  const groups = new Map<string, string[]>();
  for (const [key, flag] of Object.entries(command.flags)) {
    if (flag.hidden) continue;
    groups.set(flag.heading, [...groups.get(flag.heading) ?? [], ...optionOf(longName(key), flag)]);
  }
  const help = tagged('.BR \\-h ", " \\-\\-help', "show the help");
  return [".SH OPTIONS", ...help, ...[...groups].flatMap(([heading, lines]) => [`.SS ${text(heading)}`, ...lines])];
}

function optionOf(long: string, { placeholder, about, shown, aliases, choices }: Flag<unknown>): string[] {
  const head = placeholder === ""
    ? `.B ${text(long)}`
    : `.BI ${text(long)} " ${text(placeholder).replaceAll('"', "\\(dq")}"`;
  const said = [about];
  if (!choices.every((word) => `${placeholder} ${about}`.includes(word))) said.push(`one of ${choices.join(", ")}`);
  if (aliases.length > 0) said.push(`also ${aliases.map(longName).join(", ")}`);
  if (shown !== "") said.push(`default ${shown}`);
  return tagged(head, said.join("; "));
}

function exitStatus(): string[] {
  const rows = Object.entries(EXIT_CODES).flatMap(([code, meaning]) =>
    tagged(`.B ${code}`, meaning.replaceAll("`", ""))
  );
  return [".SH EXIT STATUS", ...rows];
}

function environment(): string[] {
  const rows = Object.entries(KNOWN_SETTINGS).flatMap(([setting, meaning]) => tagged(`.B ${text(setting)}`, meaning));
  return [
    ".SH ENVIRONMENT",
    "A .env in the current directory, or the file of \\-\\-env\\-file, may set these too:",
    ...rows,
  ];
}

function seeAlso(pages: readonly string[]): string[] {
  return [".SH SEE ALSO", ...pages.map((other, i) => `.BR ${text(other)} (1)${i < pages.length - 1 ? "," : ""}`)];
}
