/**
 * What was probably meant by an option or a command that there is not: words are compared, and a
 * table knows what other programs call things. It takes and gives words, and reads no argv.
 *
 * @module
 */
import { editDistance, nearest } from "../lib/values.ts";

/** What can be meant by an option. */
export interface Vocabulary {
  /** The long options: `--timeout`. */
  readonly options: readonly string[];
  /** The operands: `ENDPOINT`. */
  readonly operands: readonly string[];
}

/**
 * What other load generators, servers and HTTP clients call things, and what that is here: of several, the first that the
 * command has. In capitals an operand; behind an option, a value that goes with it (our decision).
 */
const ELSEWHERE: readonly (readonly [words: string, meant: readonly string[]])[] = [
  ["port p", ["--listen :PORT", "ENDPOINT"]],
  [
    "host address addr url uri target server endpoint peer remote bind listen",
    ["--listen HOST:PORT", "ENDPOINT"],
  ],
  ["file files input infile f i", ["FILE", "--reply file:PATH"]],
  ["data body payload-file", ["FILE", "--reply file:PATH"]],
  ["message m", ["--text", "--show-payload"]],
  ["verbose v debug trace dump show print", ["--show-payload", "--json"]],
  ["silent s q", ["--quiet"]],
  [
    "conns conn clients client concurrency concurrent parallel threads thread workers worker users vus sessions connections c",
    ["--connections", "--max-connections", "--connection-per-message"],
  ],
  ["tps qps rps mps throughput speed r", ["--rate", "--interval"]],
  ["time length period", ["--duration", "--for", "--timeout"]],
  ["duration", ["--for", "--timeout"]],
  ["rate", ["--interval", "--delay"]],
  ["for", ["--duration", "--timeout"]],
  ["requests number num iterations loops total amount repeat messages n", ["--count", "--retries"]],
  ["pipeline depth window outstanding", ["--in-flight"]],
  ["wait deadline w", ["--timeout", "--delay"]],
  ["sleep pause latency think-time", ["--delay", "--interval", "--rate"]],
  ["attempts tries retry", ["--retries"]],
  ["ack nak nack code response answer reply", ["--reply", "--expect"]],
  ["echo", ["--reply echo"]],
  ["drop loss lose chaos failure error errors", ["--fault", "--fail-if"]],
  ["threshold assert check", ["--fail-if", "--expect"]],
  ["output outfile save report log o", ["--out", "--json"]],
  ["ssl https secure", ["--tls"]],
  ["cacert cafile root-ca ca-file ca-cert ca-certs", ["--ca", "--client-ca"]],
  ["certificate crt pem", ["--cert"]],
  ["private-key", ["--key"]],
  ["sni", ["--servername"]],
  ["no-verify no-check skip-verify tls-self-signed tls-selfsigned self-signed selfsigned k", [
    "--insecure",
    "--tls-self-signed",
  ]],
  ["mutual mtls verify-client", ["--client-ca", "--cert"]],
  ["lenient tolerant relaxed", ["--allow"]],
  ["limit max-size max-length", ["--max-frame"]],
  ["protocol framer encoding", ["--framing"]],
  ["config env", ["--env-file"]],
  ["test simulate", ["--dry-run"]],
];

const MEANINGS: ReadonlyMap<string, readonly string[]> = new Map(
  ELSEWHERE.flatMap(([words, meant]) => words.split(" ").map((word) => [word, meant] as const)),
);

/** Words that say nothing of what an option is about. */
const COMMON: ReadonlySet<string> = new Set(["no", "max", "min", "on", "show", "per", "file", "with", "set", "and"]);

/** What other programs call the commands. */
const COMMANDS_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...["listen", "listener", "server", "serve", "mock", "recv", "accept", "echo"].map((word) =>
    [word, "receive"] as const
  ),
  ...["load", "bench", "benchmark", "test", "attack", "stress", "flood", "run", "mllp_spammer", "spammer"].map((word) =>
    [word, "spam"] as const
  ),
  ...["post", "client", "deliver", "push", "connect", "sender"].map((word) => [word, "send"] as const),
]);

/** What was meant, as it is to be written (`--listen :PORT`, `FILE`); and whether that is more than the least bad guess. */
export interface Meant {
  readonly text: string;
  readonly likely: boolean;
}

/**
 * What was meant by an option (`--conns`, `-v`): what other programs call so; else one a slip of the
 * fingers away; else an option that it begins, or that has a word in common with it; else one a few
 * slips away; else the nearest of all, which is then not likely. Where there are no options, that is `--help`.
 */
export function meantOption(written: string, vocabulary: Vocabulary): Meant {
  const word = written.replace(/^-+/, "").replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase().replaceAll("_", "-");
  const names = vocabulary.options.filter((name) => name !== "--help").map((name) => name.replace(/^-+/, ""));
  const known = calledElsewhere(word, vocabulary);
  if (known !== null) return { text: known, likely: true };
  const name = byLetter(word, names) ?? bySlip(word, names, word.length > 5 ? 1 : 0) ?? byWord(word, names) ??
    bySlip(word, names, Math.max(1, Math.floor(word.length / 3)));
  if (name !== null) return { text: `--${name}`, likely: true };
  for (const part of word.split("-")) {
    const meant = calledElsewhere(part, vocabulary);
    if (meant !== null) return { text: meant, likely: true };
  }
  return { text: `--${nearestOf(word, names)}`, likely: false };
}

/** The command meant by a word; `null` if it is like none of `names`. */
export function meantCommand(word: string, names: readonly string[]): string | null {
  const known = COMMANDS_ELSEWHERE.get(word.toLowerCase());
  return known !== undefined && names.includes(known) ? known : nearest(word.toLowerCase(), names);
}

function calledElsewhere(word: string, { options, operands }: Vocabulary): string | null {
  const has = (meant: string) => options.includes(meant.replace(/ .*$/, "")) || operands.includes(meant);
  return MEANINGS.get(word)?.find(has) ?? null;
}

/** Of a single letter, the option that begins with it is meant. */
function byLetter(word: string, names: readonly string[]): string | null {
  return word.length === 1 ? names.find((name) => name.startsWith(word)) ?? null : null;
}

function byWord(word: string, names: readonly string[]): string | null {
  if (word.length < 2) return null;
  const begun = names.filter((name) => name.startsWith(word) || (name.length > 3 && word.startsWith(name)));
  if (begun.length > 0) return nearestOf(word, begun);
  const parts = word.split("-").filter((part) => part.length > 1 && !COMMON.has(part));
  const inCommon = (name: string) => {
    const own = name.split("-");
    return own.filter((part) => parts.includes(part)).length / own.length;
  };
  const most = Math.max(0, ...names.map(inCommon));
  return most > 0 ? nearestOf(word, names.filter((name) => inCommon(name) === most)) : null;
}

/** The nearest, if no more than so many edits away. */
function bySlip(word: string, names: readonly string[], edits: number): string | null {
  const near = nearestOf(word, names);
  return editDistance(word, near) <= edits ? near : null;
}

/** The one with the fewest edits, the first of several; of none, the option that there always is. */
function nearestOf(word: string, names: readonly string[]): string {
  const edits = names.map((name) => editDistance(word, name));
  return names[edits.indexOf(Math.min(...edits))] ?? "help";
}
