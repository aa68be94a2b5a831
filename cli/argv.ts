/**
 * The words of mllp_spammer, rewritten into the flags of `mllp send` and `mllp spam` before the
 * option parser sees them. Argv in, argv out: it knows no socket and no message.
 *
 *     mllp spam -host localhost -p 51961 -sps 1 -mode once
 *     mllp spam localhost:51961 --connection-per-message --match any --escapes --rate 1/s --count 1
 *
 * | word | becomes | source |
 * |---|---|---|
 * | `-host H -p PORT`, `--host --port` | the ENDPOINT operand: every other operand is a file | cli.md |
 * | (any of them) | `--connection-per-message --match any` | cli.md |
 * | | `--escapes`: `\x0b` in a file or text is the byte it means, as in the Axiom versions | protocols.md 6 |
 * | `-sps N` | spam: `--rate N/s`; send: `--interval`, the pause between its messages | our decision for send |
 * | `-mode once` | spam: `--count 1` | protocols.md 6 |
 * | `-m TEXT` | `--text TEXT` | protocols.md 6 |
 * | `-aip false` | `--framing none` | protocols.md 6 |
 * | `-rop false` | `--show-frame` | protocols.md 6 |
 * | `-ld DATASET` | spam: `--axiom-dataset DATASET` | protocols.md 6 |
 *
 * @module
 */
import { formatDuration, nearest, parseRate } from "../lib/values.ts";
import { usage, UsageError } from "./exit_code.ts";

type Word = "host" | "port" | "sps" | "mode" | "dataset" | "text" | "prefix" | "strip";

/** The words as written. `--sps` alone is a plain alias of `--rate`, so it does not tell the old way from the new. */
const WORDS: ReadonlyMap<string, Word> = new Map([
  ["-host", "host"],
  ["--host", "host"],
  ["-p", "port"],
  ["--port", "port"],
  ["-sps", "sps"],
  ["--sps", "sps"],
  ["-mode", "mode"],
  ["--mode", "mode"],
  ["-ld", "dataset"],
  ["-m", "text"],
  ["-aip", "prefix"],
  ["-rop", "strip"],
]);

/** The words, for "did you mean". */
export const CLASSIC_WORDS: readonly string[] = [...WORDS.keys()];

/**
 * The arguments behind `mllp send` or `mllp spam` with the old words rewritten; without such words,
 * the arguments as they are. Throws a `UsageError` for a word with a bad value.
 */
export function rewriteArguments(command: "send" | "spam", args: readonly string[]): string[] {
  const { given, rest, tail } = take(args);
  const classic = [...given.keys()].some((name) => WORDS.get(name) !== "sps");
  if (!classic && !given.has("-sps")) return [...args];

  const said = new Map([...given].map(([name, value]) => [WORDS.get(name)!, { name, value }]));
  const flags: string[] = [];
  const sps = said.get("sps");
  if (sps) {
    const rate = usage(() => parseRate(sps.value), sps.name);
    if (command === "spam") flags.push("--rate", sps.value);
    else flags.push("--interval", formatDuration(1000 / rate));
  }
  if (!classic) return [...flags, ...rest, ...tail];

  const mode = said.get("mode");
  if (mode) {
    oneOf(mode, ["once", "spam"]);
    if (mode.value === "spam" && command === "send") {
      throw new UsageError(`${mode.name} spam: 'mllp send' sends each message once; to go on sending use 'mllp spam'`);
    }
    if (mode.value === "once" && command === "spam") flags.push("--count", "1");
  }
  const dataset = said.get("dataset");
  if (dataset && command === "send") {
    throw new UsageError(`${dataset.name} ${dataset.value}: only 'mllp spam' tells Axiom of its messages`);
  }
  if (dataset) flags.push("--axiom-dataset", dataset.value);
  const text = said.get("text");
  if (text) flags.push("--text", text.value);
  if (isFalse(said.get("prefix"))) flags.push("--framing", "none");
  if (isFalse(said.get("strip"))) flags.push("--show-frame");

  const target = endpoint(command, said.get("host"), said.get("port"));
  return [target, "--connection-per-message", "--match", "any", "--escapes", ...flags, ...rest, ...tail];
}

/** The old words with their values, what stands between them, and what stands from `--` on. */
function take(args: readonly string[]): { given: Map<string, string>; rest: string[]; tail: string[] } {
  const given = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") return { given, rest, tail: args.slice(i) };
    // -p51961 and -host=localhost, as Python's argparse reads them.
    const [, name, attached] = /^(-p)(\d+)$/.exec(arg) ?? /^(--?[a-z]+)=(.*)$/s.exec(arg) ?? [null, arg, null];
    if (!WORDS.has(name)) rest.push(arg);
    else if (attached !== null) given.set(name, attached);
    else if (i + 1 < args.length) given.set(name, args[++i]);
    else throw new UsageError(`${name}: its value is missing`);
  }
  return { given, rest, tail: [] };
}

interface Said {
  readonly name: string;
  readonly value: string;
}

function endpoint(command: string, host: Said | undefined, port: Said | undefined): string {
  if (!host) throw new UsageError(`-host HOST is missing: wanted 'mllp ${command} -host HOST -p PORT'`);
  if (!port) throw new UsageError(`-p PORT is missing: wanted 'mllp ${command} -host HOST -p PORT'`);
  if (!/^\d{1,5}$/.test(port.value) || Number(port.value) < 1 || Number(port.value) > 65535) {
    throw new UsageError(`${port.name} ${port.value}: wanted a port from 1 to 65535`);
  }
  const bare = host.value.replace(/^\[(.*)\]$/, "$1");
  if (/^[\da-f.]*:[\da-f.:]*:[\da-f.:%\w]*$/i.test(bare)) return `[${bare}]:${port.value}`;
  if (!/^[^\s:/?#[\]@]+$/.test(bare)) {
    throw new UsageError(`${host.name} ${host.value}: wanted a host name or an address; the port goes to -p`);
  }
  return `${bare}:${port.value}`;
}

function oneOf({ name, value }: Said, words: readonly string[]): void {
  if (words.includes(value)) return;
  const meant = nearest(value, words);
  throw new UsageError(
    `${name} ${value}: wanted ${words.join(" or ")}${meant === null ? "" : `; did you mean ${meant}?`}`,
  );
}

/** Whether a word of yes and no (true, 1, yes, on and their opposites, in any case) says no. */
function isFalse(said: Said | undefined): boolean {
  if (!said) return false;
  const value = said.value.toLowerCase();
  if (["false", "0", "no", "off"].includes(value)) return true;
  if (["true", "1", "yes", "on"].includes(value)) return false;
  throw new UsageError(`${said.name} ${said.value}: wanted true or false`);
}
