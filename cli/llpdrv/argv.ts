/**
 * The words of the original llpdrv, rewritten into long options before the option parser sees them: single letters,
 * bundled (`-YIa`), and addresses told apart by their order. Argv in, argv out; what a word means is for others.
 *
 *     llpdrv -YIa -t /dev/ttyd0 -i discard%localhost -i carevuefsi
 *     mllp llpdrv --supervised --set-line --protocol x328 --device /dev/ttyd0 --to discard%localhost --dist carevuefsi
 *
 * | word | becomes |
 * |---|---|
 * | `-a` `-h` `-m` | `--protocol x328`, `hllp`, `mllp` |
 * | the first of `-i` `-u` `-p` `-t` | the line: `--listen`, `--listen unix:`, `--pty`, `--device` |
 * | the next `-i` | `--to` |
 * | the next `-i` | `--dist` |
 * | `-1` `-d` `-y` `-Y` `-I` | `--once` `--debug` `--foreground` `--supervised` `--set-line` |
 *
 * A place that is given by its long option is not looked for among the short ones: with `--line`, the first `-i` is the
 * destination. A value may stand in the same word (`-t/dev/ttyd0`), as getopt(3) has it.
 *
 * @module
 */
import { longName } from "../parser.ts";
import type { Flags } from "../command.ts";
import { UsageError } from "../exit_code.ts";

const SWITCHES: Readonly<Record<string, string>> = {
  1: "--once",
  d: "--debug",
  y: "--foreground",
  Y: "--supervised",
  I: "--set-line",
};
const PROTOCOLS: Readonly<Record<string, string>> = { a: "x328", h: "hllp", m: "mllp" };
const MEDIA: Readonly<Record<string, (address: string) => string[]>> = {
  i: (address) => ["--listen", address],
  u: (address) => ["--listen", `unix:${address.replace(/[%?]/g, encodeURIComponent)}`],
  p: (address) => ["--pty", address],
  t: (address) => ["--device", address],
};
const USAGE = "wanted llpdrv [-dyYI1] [-a|-h|-m] [-i|-u|-p|-t] LINE -i TO [-i DIST]";

/** The long options that say where the line is. */
export const LINE_WORDS: readonly string[] = ["--line", "--listen", "--device", "--pty"];

interface Medium {
  readonly letter: string;
  readonly address: string;
}

/**
 * The arguments of `mllp llpdrv`, the original's words rewritten. Throws a `UsageError` that names the word.
 *
 * @param flags tells which long options have a value, which is then no word of ours.
 */
export function rewriteWords(args: readonly string[], flags: Flags): string[] {
  const withValue = new Set(
    Object.entries(flags).filter(([, flag]) => flag.placeholder !== "").flatMap(([key, flag]) =>
      [key, ...flag.aliases].map(longName)
    ),
  );
  const rest: string[] = [];
  const media: Medium[] = [];
  let protocol: string | null = null;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") {
      rest.push(...args.slice(i));
      break;
    }
    if (!/^-[^-]/s.test(arg)) {
      rest.push(arg);
      if (withValue.has(arg) && i + 1 < args.length) rest.push(args[++i]);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at];
      if (Object.hasOwn(SWITCHES, letter)) rest.push(SWITCHES[letter]);
      else if (Object.hasOwn(PROTOCOLS, letter)) {
        if (protocol !== null && protocol !== letter) {
          throw new UsageError(`-${protocol} and -${letter}: the line speaks one protocol, ${USAGE}`);
        }
        protocol = letter;
      } else if (Object.hasOwn(MEDIA, letter)) {
        const address = at + 1 < arg.length ? arg.slice(at + 1) : args[++i];
        if (address === undefined || address === "") {
          throw new UsageError(`-${letter}: its address is missing, ${USAGE}`);
        }
        media.push({ letter, address });
        break;
      } else throw unknown(letter, arg);
    }
  }
  if (protocol !== null) rest.unshift("--protocol", PROTOCOLS[protocol]);
  return [...places(media, rest), ...rest];
}

function unknown(letter: string, arg: string): UsageError {
  const within = arg.length > 2 ? ` in '${arg}'` : "";
  const long = arg.length > 3 ? `; long options begin with two hyphens: -${arg}` : "";
  return new UsageError(`unknown option '-${letter}'${within}, ${USAGE}${long}`);
}

/** The addresses as long options, in the order of their places. */
function places(media: readonly Medium[], rest: readonly string[]): string[] {
  const has = (names: readonly string[]) => rest.some((arg) => names.includes(arg.replace(/=.*$/s, "")));
  const [lineGiven, toGiven, distGiven] = [LINE_WORDS, ["--to"], ["--dist"]].map(has);
  const waiting = [...media];
  const words: string[] = [];
  if (!lineGiven && waiting.length > 0) {
    const { letter, address } = waiting.shift()!;
    words.push(...MEDIA[letter](address));
  }
  for (const [name, place, given] of [["--to", "destination", toGiven], ["--dist", "distal server", distGiven]]) {
    if (given || waiting.length === 0) continue;
    const { letter, address } = waiting.shift()!;
    if (letter !== "i") {
      throw new UsageError(
        `-${letter} ${address}: the line is given already, and the ${place} is -i SERVICE; ${USAGE}`,
      );
    }
    words.push(name as string, address);
  }
  if (waiting.length > 0) {
    const { letter, address } = waiting[0];
    throw new UsageError(`-${letter} ${address}: line, destination and distal server are given already; ${USAGE}`);
  }
  return words;
}
