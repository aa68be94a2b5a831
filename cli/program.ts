/**
 * From argv to an exit status: finds the command, reads its flags, runs it, and says in one line
 * what was wrong. The commands, the streams and the environment are handed in, so that a test runs
 * it like the shell does. It knows no command but `help`; main.ts answers a plain `--version` before this is loaded.
 *
 * @module
 */
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { MllpError } from "../lib/errors.ts";
import { nearest } from "../lib/values.ts";
import { CLASSIC_WORDS, rewriteArguments } from "./argv.ts";
import type { Command, Flags } from "./command.ts";
import { type Environment, readEnvironment } from "./env_file.ts";
import { type ExitCode, exitOfError, UsageError } from "./exit_code.ts";
import { meantCommand } from "./meant.ts";
import { createOutput, type Output, type OutputOptions } from "./output.ts";
import type { outputFlags } from "./shared_flags.ts";
import type { TextStream } from "./stream.ts";
import { paint, printable, table } from "../lib/text.ts";
import { VERSION, VERSION_WORDS, versionText } from "./version.ts";

/** A command by name; the rest of it is loaded when it is needed, to keep start-up short. */
export interface CommandEntry {
  readonly name: string;
  readonly purpose: string;
  load(): Promise<Command>;
}

/** What a program runs in. */
export interface Surroundings {
  /** The name it was called by, with or without a path. */
  readonly calledAs: string;
  /** The arguments behind the name. */
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  stdin(): Readable;
  readonly commands: readonly CommandEntry[];
}

/** Runs the program; resolves with its exit status and never rejects. */
export async function runProgram(surroundings: Surroundings): Promise<ExitCode> {
  const { args, environment, stdout, stderr } = surroundings;
  const basics = { stdout, stderr, environment, noColor: args.includes("--no-color") };
  const output = createOutput({ ...basics, program: "mllp" });
  const isDriver = basename(surroundings.calledAs) === "llpdrv";
  const [word, ...rest] = isDriver ? ["llpdrv", ...args] : args;
  if (word === undefined) {
    // Nothing was asked for: the overview is the explanation, so it goes where errors go.
    createOutput({ ...basics, program: "mllp", json: true }).report(overview(surroundings.commands));
    return 2;
  }
  try {
    if (VERSION_WORDS.includes(word)) {
      output.raw(`${version(word, rest)}\n`);
      return 0;
    }
    if (word === "help" || word === "--help" || word === "-h") return await help(rest, surroundings, output);
    const command = await find(word, surroundings).load();
    return await runCommand(command, rest, surroundings, basics);
  } catch (error) {
    return explain(error, output);
  }
}

/** Says what was thrown where nothing could catch it, and gives the exit status. */
export function reportUnforeseen(error: unknown, { stdout, stderr, environment }: Surroundings): ExitCode {
  return explain(error, createOutput({ stdout, stderr, environment, program: "mllp" }));
}

/** Says why a command failed, and gives the status of it; what nobody foresaw is told as a bug. */
function explain(error: unknown, output: Output): ExitCode {
  const code = exitOfError(error);
  if (code !== 70) output.fail(error instanceof UsageError ? printable(error.message) : (error as MllpError).message);
  else {
    output.fail(`this is a bug in mllp ${VERSION}, please report it with these lines:`);
    output.fail(bugReport(error));
  }
  return code;
}

async function runCommand(
  command: Command,
  args: readonly string[],
  surroundings: Surroundings,
  basics: Omit<OutputOptions, "program">,
): Promise<ExitCode> {
  let output = createOutput({ ...basics, program: `mllp ${command.name}` });
  try {
    // Loaded here, not above: `--version` and the overview do without the option parser.
    const { helpText, parseArguments } = await import("./parser.ts");
    const modern = await rewritten(command, args);
    const parsed = parseArguments<typeof outputFlags>(command as unknown as Command<typeof outputFlags>, modern);
    if (parsed === "help") {
      output.report(helpText(command));
      return 0;
    }
    const { json, quiet, noColor, envFile } = parsed.flags;
    const environment = readEnvironment(envFile, surroundings.environment);
    output = createOutput({ ...basics, environment, json, quiet, noColor, program: `mllp ${command.name}` });
    const { operands, flags, given } = parsed as unknown as { operands: string[]; flags: Flags; given(): boolean };
    return await command.run({
      operands,
      flags,
      given,
      output,
      environment,
      get input() {
        return surroundings.stdin();
      },
    });
  } catch (error) {
    return explain(error, output);
  } finally {
    output.flush();
  }
}

/** The words of other programs that a command takes, in its own. */
async function rewritten(command: Command, args: readonly string[]): Promise<readonly string[]> {
  if (command.name === "send" || command.name === "spam") return rewriteArguments(command.name, args);
  if (command.name !== "llpdrv") return args;
  return (await import("./llpdrv/argv.ts")).rewriteWords(args, command.flags);
}

function version(word: string, rest: readonly string[]): string {
  const text = versionText(rest);
  if (text !== null) return text;
  throw new UsageError(`unexpected '${rest.find((one) => one !== "--json")}' behind ${word}: wanted --json or nothing`);
}

/** `help [COMMAND] [--man]`: with `--man` as a manual page, for `man -l -`. */
async function help(words: readonly string[], surroundings: Surroundings, output: Output): Promise<ExitCode> {
  const [word, extra] = words.filter((one) => one !== "--man" && one !== "--no-color");
  if (extra !== undefined) {
    throw new UsageError(`unexpected '${extra}' behind help ${word}: wanted one command, or none`);
  }
  const command = word === undefined || word === "help" ? null : await find(word, surroundings).load();
  if (words.includes("--man")) {
    const { manOfCommand, manOfProgram } = await import("./man.ts");
    output.raw(command === null ? manOfProgram(surroundings.commands) : manOfCommand(command, surroundings.commands));
  } else if (command === null) output.report(overview(surroundings.commands));
  else output.report((await import("./parser.ts")).helpText(command));
  return 0;
}

function find(word: string, { commands }: Surroundings): CommandEntry {
  const entry = commands.find(({ name }) => name === word);
  if (entry !== undefined) return entry;
  const names = commands.map(({ name }) => name);
  if (CLASSIC_WORDS.includes(word.replace(/=.*$/s, ""))) {
    throw new UsageError(`the command is missing before ${word}: wanted 'mllp send' or 'mllp spam'`);
  }
  if (word.startsWith("-")) {
    const meant = nearest(word, ["--version", "--help"]);
    throw new UsageError(
      `unknown option '${word}' before a command; ` +
        (meant === null ? `options go behind it: mllp COMMAND ${word}` : `did you mean ${meant}?`),
    );
  }
  const meant = meantCommand(word, [...names, "help"]);
  throw new UsageError(
    `unknown command '${word}'; ` +
      (meant === null ? `there are ${names.join(", ")} and help` : `did you mean ${meant}? ('mllp help' shows all)`),
  );
}

function overview(commands: readonly CommandEntry[]): string {
  const rows = commands.map(({ name, purpose }) => [paint("cyan", name), purpose]);
  rows.push([paint("cyan", "help"), "Show this text, or the options and examples of a command"]);
  return [
    `${paint("bold", `mllp ${VERSION}`)}: HL7 over MLLP, from the command line`,
    "",
    `${paint("bold", "Usage:")} mllp COMMAND [operands] [options]`,
    "",
    paint("bold", "Commands:"),
    ...table(rows, { indent: 2 }),
    "",
    paint("bold", "Try it, in two terminals:"),
    "  mllp receive",
    "  mllp send 127.0.0.1:2575",
    "",
    paint("bold", "And then:"),
    ...FIRST_TASKS.flatMap(([what, how]) => [`  ${what}`, `    ${how}`]),
    "README's 'How do I' has each of them in full.",
    "",
    "'mllp help COMMAND' shows the options and examples of a command.",
  ].join("\n");
}

/** What people come for, and what to begin with. */
const FIRST_TASKS = [
  ["See why a receiver rejects a message", "mllp send HOST:PORT adt.hl7"],
  ["500/s for ten minutes, judged for CI", "mllp spam HOST:PORT --rate 500/s --duration 10m --fail-if 'errors > 0.1%'"],
  ["A mock with scripted faults, such as: the first two tries of each fail", "mllp receive SCENARIO.yaml"],
  ["Bridge a serial analyser", "mllp llpdrv -a -t /dev/ttyS0 -i 2600%localhost -i 2601"],
] as const;

/** What a bug report needs and no more: a message of the runtime's own, no text that may hold a patient's data. */
function bugReport(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const ours = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const head = ours ? `${error.name}: ${printable(error.message).slice(0, 200)}` : error.name;
  return [head, ...frames].join("\n");
}
