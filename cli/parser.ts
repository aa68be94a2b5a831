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
import { meantOption } from "./meant.ts";
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
    throw new UsageError(explain(error, command, commander.args), { cause: error });
  }
  const flags = Object.fromEntries(
    Object.entries(command.flags).map(([key, flag]) => [key, values.has(key) ? values.get(key) : flag.initial]),
  ) as FlagValues<F>;
  return { operands, flags, given: (key) => values.has(key as string) };
}

/** The help of a command: purpose, usage, grouped options with defaults, notes, examples. */
export function helpText(command: Command): string {
  const options = build(command, () => {}).helpInformation().trimEnd();
  const choices = choiceLines(command);
  const notes = command.notes ?? [];
  const examples = command.examples.map(({ about, line }) => `  ${paint("dim", `# ${about}`)}\n  ${folded(line)}`);
  const paragraphs = [choices, notes].flatMap((lines) => lines.length > 0 ? ["", ...lines] : []);
  return [options, ...paragraphs, "", paint("bold", "Examples:"), ...examples].join("\n");
}

/** The words that values can be, where the line of the option does not say them; options with the same ones together. */
function choiceLines(command: Command): string[] {
  const rows = new Map<string, { placeholder: string; names: string[] }>();
  for (const [key, { placeholder, about, choices, hidden }] of Object.entries(command.flags)) {
    if (hidden || choices.every((word) => `${placeholder} ${about}`.includes(word))) continue;
    const list = choices.join(", ");
    const row = rows.get(list) ?? { placeholder: placeholder.replace(/,\.\.\.$/, ""), names: [] };
    row.names.push(longName(key));
    rows.set(list, row);
  }
  return [...rows].flatMap(([list, { placeholder, names }]) =>
    wrapped(`${placeholder} of ${names.join(" and ")}: ${list}`, "  ")
  );
}

/** A text in lines the help has room for; `indent` begins each but the first. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > HELP_COLUMNS) {
      lines.push(line);
      line = indent + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function build(
  command: Command,
  take: (key: string, name: string, flag: Flag<unknown>, text: string) => void,
): Commander {
  const commander = new Commander(`mllp ${command.name}`);
  const showsOutput = Object.values(command.flags).some(({ heading, hidden }) => heading === "Output" && !hidden);
  commander
    .description(`${command.purpose}.`)
    .optionsGroup(showsOutput ? "Output:" : "Options:")
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

/** One line for what commander found wrong; `operands` are those it was given. */
function explain(error: CommanderError, command: Command, operands: readonly string[]): string {
  const help = `'mllp help ${command.name}' shows the usage`;
  const said = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  const quoted = /'([^']*)'/s.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return unknownOption(quoted, command);
    case "commander.missingArgument":
      return `${quoted} is missing: wanted ${usageLine(command)}; ${help}`;
    case "commander.optionMissingArgument": {
      const [name, placeholder] = quoted.split(" ");
      return `${name}: its value is missing, wanted ${name} ${placeholder.replace(/^<(.*)>$/, "$1")}; ${help}`;
    }
    case "commander.excessArguments": {
      const extra = operands[command.operands.length];
      const wanted = command.operands.length === 0 ? "there are no operands" : `wanted ${usageLine(command)}`;
      return `unexpected '${extra}': ${wanted}; ${command.advise?.(extra) ?? help}`;
    }
    default:
      return `${said}; ${help}`;
  }
}

/** How a command is called, options aside: `mllp send ENDPOINT [FILE...]`. */
function usageLine({ name, operands }: Command): string {
  const words = operands.map((operand) => {
    const shown = `${operand.name}${operand.many ? "..." : ""}`;
    return operand.required ? shown : `[${shown}]`;
  });
  return ["mllp", name, ...words].join(" ");
}

/** `written` is the option as given, its value behind an equals sign included. */
function unknownOption(written: string, command: Command): string {
  const word = written.replace(/=.*$/s, "");
  const names = Object.entries(command.flags).flatMap(([key, { hidden, aliases }]) =>
    (hidden ? aliases : [key, ...aliases]).map(longName)
  );
  const known = Object.keys(command.flags).some((key) => longName(key) === word) || names.includes(word);
  if (known || word === "--help") return `${word} takes no value, found '${written.slice(word.length + 1)}'`;
  const operands = command.operands.map(({ name }) => name);
  // The words of mllp_spammer stand where an endpoint does (argv.ts).
  const classic = operands.includes("ENDPOINT") && /^-[a-z]{2,}$/.test(word) ? nearest(word, CLASSIC_WORDS) : null;
  const meant = classic === null ? meantOption(word, { options: names, operands }) : { text: classic, likely: true };
  const unknown = `unknown option '${written}'`;
  if (operands.includes(meant.text)) return `${unknown}; ${meant.text} is an operand: ${usageLine(command)}`;
  if (meant.likely) return `${unknown}; did you mean ${meant.text}?`;
  return `${unknown}; the nearest is ${meant.text}, and 'mllp help ${command.name}' shows all`;
}
