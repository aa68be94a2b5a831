/**
 * From a command's table of flags to commander, and from argv to typed values. It knows no command
 * in particular, and prints nothing: help comes back as text, mistakes as a `UsageError`.
 *
 * @module
 */
import { Command as Commander, CommanderError, Option } from "commander";
import { nearest } from "../lib/values.ts";
import { CLASSIC_WORDS } from "./argv.ts";
import type { Command, Flag, Flags, FlagValues } from "./command.ts";
import { usage, UsageError } from "./exit_code.ts";
import { paint } from "../lib/text.ts";

/** Columns of the help text, whatever the terminal: it is compared and printed in documents. */
const HELP_COLUMNS = 80;

/** What an argv said. */
export interface Parsed<F extends Flags> {
  readonly operands: readonly string[];
  readonly flags: FlagValues<F>;
  given(key: keyof F): boolean;
}

/** The long name of a flag: `maxFrame` is `--max-frame`. */
export function longName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

/**
 * The operands and flags of a command in its arguments; `"help"` if help was asked for. Throws a
 * `UsageError` that names what is wrong and the nearest thing that would be right.
 */
export function parseArguments<F extends Flags>(command: Command<F>, args: readonly string[]): Parsed<F> | "help" {
  const values = new Map<string, unknown>();
  const commander = build(command, (key, name, flag, text) => {
    values.set(key, usage(() => flag.read(text, values.get(key)), name));
  });
  let operands: readonly string[] = [];
  // The action is called with the operands in place, which `args` alone would not have checked.
  commander.action(() => {
    operands = commander.args;
  });
  try {
    commander.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return "help";
    throw new UsageError(explain(error, command), { cause: error });
  }
  const flags = Object.fromEntries(
    Object.entries(command.flags).map(([key, flag]) => [key, values.has(key) ? values.get(key) : flag.initial]),
  ) as FlagValues<F>;
  return { operands, flags, given: (key) => values.has(key as string) };
}

/** The help of a command: purpose, usage, grouped options with defaults, notes, examples. */
export function helpText(command: Command): string {
  const options = build(command, () => {}).helpInformation().trimEnd();
  const notes = command.notes ?? [];
  const examples = command.examples.map(({ about, line }) => `  ${paint("dim", `# ${about}`)}\n  ${folded(line)}`);
  return [options, ...notes.length > 0 ? ["", ...notes] : [], "", paint("bold", "Examples:"), ...examples].join("\n");
}

function build(
  command: Command,
  take: (key: string, name: string, flag: Flag<unknown>, text: string) => void,
): Commander {
  const commander = new Commander(`mllp ${command.name}`);
  commander
    .description(`${command.purpose}.`)
    .optionsGroup("Output:")
    .helpOption("-h, --help", "show this text")
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, getOutHasColors: () => true })
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: HELP_COLUMNS, styleTitle: (title) => paint("bold", title) });
  for (const operand of command.operands) {
    const name = `${operand.name}${operand.many ? "..." : ""}`;
    commander.argument(operand.required ? `<${name}>` : `[${name}]`, operand.about);
  }
  for (const [key, flag] of Object.entries(command.flags)) {
    for (const name of [longName(key), ...flag.aliases.map(longName)]) {
      const option = new Option(flag.placeholder === "" ? name : `${name} <${flag.placeholder}>`, described(flag));
      option.helpGroup(`${flag.heading}:`).hideHelp(flag.hidden || name !== longName(key));
      commander.addOption(option);
      // Beside commander's own listener: ours knows the type, and may be called several times.
      commander.on(`option:${option.name()}`, (text?: string) => take(key, name, flag, text ?? ""));
    }
  }
  return commander;
}

/** A command line in lines the help has room for, as a shell would read it. */
function folded(line: string): string {
  const room = HELP_COLUMNS - "      \\".length;
  const lines = [""];
  for (const part of line.split(/ (?=--)/)) {
    const last = lines[lines.length - 1];
    if (last === "") lines[0] = part;
    else if (last.length + 1 + part.length <= room) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines.join(" \\\n    ");
}

function described(flag: Flag<unknown>): string {
  const also = flag.aliases.length === 0 ? "" : `; also ${flag.aliases.map(longName).join(", ")}`;
  return flag.shown === "" ? `${flag.about}${also}` : `${flag.about}${also} (default: ${flag.shown})`;
}

/** One line for what commander found wrong. */
function explain(error: CommanderError, command: Command): string {
  const said = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  if (error.code !== "commander.unknownOption") return `${said}; 'mllp help ${command.name}' shows the usage`;
  const word = /'([^']*)'/.exec(said)?.[1].replace(/=.*$/s, "") ?? "";
  const long = [
    "--help",
    ...Object.entries(command.flags).flatMap(([key, flag]) => [key, ...flag.aliases].map(longName)),
  ];
  const names = word.startsWith("--") ? long : [...long, ...CLASSIC_WORDS];
  // Of a single letter, the option that begins with it is meant.
  const meant = /^-[a-z]$/.test(word) ? long.find((name) => name.startsWith(`-${word}`)) : nearest(word, names);
  if (meant) return `${said}; did you mean ${meant}?`;
  return `${said}; the nearest is ${nearest(word, names, Infinity)}, and 'mllp help ${command.name}' shows all`;
}
