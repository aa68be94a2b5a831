/**
 * Completion scripts for bash, zsh and fish, generated from the table of commands. The scripts are
 * complete in themselves: pressing TAB starts no program and evaluates nothing that was typed.
 *
 * @module
 */
import { oneOf } from "../lib/one_of.ts";
import { type Command, defineCommand, type Flag, type Flags } from "./command.ts";
import { usage } from "./exit_code.ts";
import { longName } from "./parser.ts";
import { outputFlags } from "./shared_flags.ts";

/** The shells there are scripts for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The name of a shell. */
export type Shell = typeof SHELLS[number];

/** The command `completion`; the other commands are loaded only when it runs. */
export function completionCommand(others: () => Promise<readonly Command[]>): Command {
  const command: Command = defineCommand({
    name: "completion",
    purpose: "Print a script that completes commands and options in a shell",
    operands: [{ name: "SHELL", about: `the shell: ${SHELLS.join(", ")}`, required: true }],
    // Every command takes them (cli.md), but a script is printed the same with and without: they are not shown.
    flags: hidden(outputFlags),
    notes: [
      "Load it in the shell's start-up file:",
      "  bash: source <(mllp completion bash)",
      "  zsh:  source <(mllp completion zsh)",
      "  fish: mllp completion fish | source",
    ],
    examples: [
      { about: "for bash", line: "mllp completion bash" },
      { about: "for zsh", line: "mllp completion zsh" },
      { about: "for fish", line: "mllp completion fish" },
    ],
    async run({ operands, output }) {
      const shell = usage(() => oneOf(operands[0], SHELLS));
      output.raw(completionScript(shell, [...await others(), command]));
      return 0;
    },
  });
  return command;
}

function hidden<F extends Flags>(flags: F): F {
  return Object.fromEntries(
    Object.entries(flags).map(([key, flag]) => [key, { ...flag, hidden: true }]),
  ) as unknown as F;
}

/** The script that completes `commands` in a shell. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](commands);
}

/** The flags a user should be offered. */
function offered(command: Command): [name: string, flag: Flag<unknown>][] {
  return Object.entries(command.flags)
    .filter(([, flag]) => !flag.hidden)
    .map(([key, flag]) => [longName(key), flag]);
}

/** The words an operand can be, where they are few. */
function operandWords(command: Command, commands: readonly Command[]): readonly string[] {
  if (command.name === "completion") return SHELLS;
  return command.name === "help" ? commands.map(({ name }) => name) : [];
}

const HELP = { name: "help", purpose: "Show the commands, or the options and examples of one" };
const MAN = { name: "--man", about: "print the manual page" };

function bash(commands: readonly Command[]): string {
  const values: string[] = [];
  const options: string[] = [];
  for (const command of commands) {
    const flags = offered(command);
    options.push(`    ${command.name}) words='${[...flags.map(([name]) => name), "--help"].join(" ")}' ;;`);
    const free: string[] = [];
    const paths: string[] = [];
    for (const [name, flag] of flags) {
      if (flag.placeholder === "") continue;
      if (flag.choices.length > 0) {
        const words = `COMPREPLY=($(compgen -W '${flag.choices.join(" ")}' -- "$cur"))`;
        values.push(`    '${command.name} ${name}') ${words}${spared(flag.choices)}; return ;;`);
      } else (flag.path ? paths : free).push(`'${command.name} ${name}'`);
    }
    if (paths.length > 0) values.push(`    ${paths.join(" | ")}) return ;;`);
    if (free.length > 0) values.push(`    ${free.join(" | ")}) compopt +o default 2>/dev/null; return ;;`);
  }
  options.push(`    ${HELP.name}) words='${MAN.name}' ;;`);
  const names = [...commands.map(({ name }) => name), HELP.name].join(" ");
  return `# bash completion of mllp. Load it by: source <(mllp completion bash)
_mllp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]} $prev" in
    'help help') COMPREPLY=($(compgen -W '${names}' -- "$cur")); return ;;
    'completion completion') COMPREPLY=($(compgen -W '${SHELLS.join(" ")}' -- "$cur")); return ;;
${values.join("\n")}
  esac
  # Anything but an option is a file, which readline completes by itself.
  [[ $cur == -* ]] || return
  case "\${COMP_WORDS[1]}" in
${options.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _mllp mllp
`;
}

/** No space behind a word that goes on, such as `file:`. */
function spared(choices: readonly string[]): string {
  if (!choices.some((word) => word.endsWith(":"))) return "";
  return "; [[ ${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null";
}

function zsh(commands: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  // In the specifications of _arguments and _describe, colons and brackets have a meaning.
  const inert = (text: string) => text.replace(/[\\:[\]]/g, "\\$&");
  const cases = commands.map((command) => {
    const specifications = offered(command).map(([name, flag]) => {
      const values = flag.choices.length > 0 ? `(${inert(flag.choices.join(" "))})` : flag.path ? "_files" : "";
      const value = flag.placeholder === "" ? "" : `:${inert(flag.placeholder)}:${values}`;
      return quote(`*${name}[${inert(flag.about)}]${value}`);
    });
    const words = operandWords(command, commands);
    command.operands.forEach((operand, i) => {
      const values = words.length > 0 ? `(${words.join(" ")})` : operand.path ? "_files" : "";
      specifications.push(quote(`${operand.many ? "*" : i + 1}:${inert(operand.name)}:${values}`));
    });
    return `    ${command.name})\n      _arguments -S ${
      ["'--help[show the help]'", ...specifications].join(" \\\n        ")
    } ;;`;
  });
  const described = [...commands, HELP].map(({ name, purpose }) => quote(`${name}:${inert(purpose)}`));
  return `#compdef mllp
# zsh completion of mllp. Load it by: source <(mllp completion zsh)
_mllp() {
  local -a commands
  commands=(
    ${described.join("\n    ")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
    help) _arguments '${MAN.name}[${MAN.about}]' '1:command: _describe command commands' ;;
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _mllp ]]; then _mllp "$@"; else compdef _mllp mllp; fi
`;
}

function fish(commands: readonly Command[]): string {
  const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = ["# fish completion of mllp. Load it by: mllp completion fish | source", "complete -c mllp -f"];
  for (const { name, purpose } of [...commands, HELP]) {
    lines.push(`complete -c mllp -n __fish_use_subcommand -a ${name} -d ${quote(purpose)}`);
  }
  const names = commands.map(({ name }) => name).join(" ");
  lines.push(`complete -c mllp -n '__fish_seen_subcommand_from help' -a ${quote(names)}`);
  lines.push(`complete -c mllp -n '__fish_seen_subcommand_from help' -l ${MAN.name.slice(2)} -d ${quote(MAN.about)}`);
  for (const command of commands) {
    const here = `complete -c mllp -n '__fish_seen_subcommand_from ${command.name}'`;
    const words = operandWords(command, commands);
    if (words.length > 0) lines.push(`${here} -a ${quote(words.join(" "))}`);
    if (command.operands.some((operand) => operand.path)) lines.push(`${here} -F`);
    for (const [name, flag] of offered(command)) {
      let values = "";
      if (flag.choices.length > 0) values = ` -x -a ${quote(flag.choices.join(" "))}`;
      else if (flag.placeholder !== "") values = flag.path ? " -r -F" : " -x";
      lines.push(`${here} -l ${name.slice(2)}${values} -d ${quote(flag.about)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
