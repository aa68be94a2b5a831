/**
 * What a command of `mllp` is: a value that declares its operands, flags and examples, and a `run`
 * that turns them into one library call and an exit status.
 *
 * Each command lives in its own file (`cli/send.ts`) and exports it under the name `command`:
 *
 *     export const command = defineCommand({
 *       name: "send",
 *       purpose: "Send each message, await its acknowledgement, show it decoded",
 *       operands: [{ name: "ENDPOINT", about: "where to", required: true }, { name: "FILE", about: "...", many: true }],
 *       flags: { ...group("Sending", { retries: value("N", "tries after the first", parseCount, "0") }), ...tlsFlags },
 *       examples: [{ about: "the built-in sample", line: "mllp send 127.0.0.1:2575" }],
 *       async run({ operands, flags, given, output }) { ...; return 0; },
 *     });
 *
 * A flag's key is its name on the command line: `maxFrame` is `--max-frame`, `noColor` is
 * `--no-color`. Being data, flags make the help text, the shell completion and the search for
 * "did you mean" alike. This file knows neither the option parser nor the terminal.
 *
 * @module
 */
import type { Readable } from "node:stream";
import { oneOf } from "../lib/one_of.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Output } from "./output.ts";

/** One option: how it is written, explained and read. */
export interface Flag<T> {
  /** The word for its value in the help (`DURATION`); empty for a switch. */
  readonly placeholder: string;
  /** One line of help; without a full stop, without the default. */
  readonly about: string;
  /** The heading it stands under in the help. */
  readonly heading: string;
  /** What it is when not given. */
  readonly initial: T;
  /** The default as the help shows it; empty if none. */
  readonly shown: string;
  /** Not in the help. */
  readonly hidden: boolean;
  /** Other long names for it, such as `sps`. */
  readonly aliases: readonly string[];
  /** The words its value can be or begin with, for help and completion; empty if it is free. */
  readonly choices: readonly string[];
  /** Whether its value is the name of a file or folder, for completion. */
  readonly path: boolean;
  /** The value after one more occurrence; `before` is `undefined` at the first. Throws a `RangeError` for a bad text. */
  read(text: string, before: T | undefined): T;
}

/** The flags of a command by key. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of flags. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** What most flags leave as it is. */
export interface FlagExtras {
  readonly hidden?: boolean;
  readonly aliases?: readonly string[];
  readonly choices?: readonly string[];
  readonly path?: boolean;
}

function flag<T>(about: Pick<Flag<T>, "placeholder" | "about" | "initial" | "read"> & Partial<Flag<T>>): Flag<T> {
  return { heading: "Options", shown: "", hidden: false, aliases: [], choices: [], path: false, ...about };
}

/** A switch: false until given. */
export function toggle(about: string, extras: FlagExtras = {}): Flag<boolean> {
  return flag({ placeholder: "", about, initial: false, read: () => true, ...extras });
}

/**
 * A flag with one value; the last occurrence wins. With a default (as text, read by `parse` too) it
 * always has a value, without one it is `undefined` until given.
 */
export function value<T>(
  placeholder: string,
  about: string,
  parse: (text: string) => T,
  initial: string,
  extras?: FlagExtras,
): Flag<T>;
export function value<T>(
  placeholder: string,
  about: string,
  parse: (text: string) => T,
  initial?: undefined,
  extras?: FlagExtras,
): Flag<T | undefined>;
export function value<T>(
  placeholder: string,
  about: string,
  parse: (text: string) => T,
  initial?: string,
  extras: FlagExtras = {},
): Flag<T | undefined> {
  return flag({
    placeholder,
    about,
    initial: initial === undefined ? undefined : parse(initial),
    shown: initial ?? "",
    read: (text) => parse(text),
    ...extras,
  });
}

/** Any text at all, for `value`. */
export function anyText(text: string): string {
  return text;
}

/** A flag whose value is one of a few words. */
export function choice<const W extends string>(
  about: string,
  words: readonly W[],
  initial: W,
  extras?: FlagExtras & { placeholder?: string },
): Flag<W>;
export function choice<const W extends string>(
  about: string,
  words: readonly W[],
  initial?: undefined,
  extras?: FlagExtras & { placeholder?: string },
): Flag<W | undefined>;
export function choice<const W extends string>(
  about: string,
  words: readonly W[],
  initial?: W,
  extras: FlagExtras & { placeholder?: string } = {},
): Flag<W | undefined> {
  return flag<W | undefined>({
    placeholder: words.join("|"),
    about,
    initial,
    shown: initial ?? "",
    choices: words,
    read: (text) => oneOf(text, words),
    ...extras,
  });
}

/** A flag that may be given again and again: the values in order. */
export function repeated<T>(
  placeholder: string,
  about: string,
  parse: (text: string) => T,
  extras: FlagExtras = {},
): Flag<readonly T[]> {
  return flag<readonly T[]>({
    placeholder,
    about,
    initial: [],
    read: (text, before) => [...before ?? [], parse(text)],
    ...extras,
  });
}

/** A flag whose value is a list with commas (`2s,3s,4s`); given again, the lists are joined. */
export function listed<T>(
  placeholder: string,
  about: string,
  parse: (text: string) => T,
  initial = "",
  extras: FlagExtras = {},
): Flag<readonly T[]> {
  const items = (text: string) => text.split(",").map((item) => parse(item.trim()));
  return flag<readonly T[]>({
    placeholder,
    about,
    initial: initial === "" ? [] : items(initial),
    shown: initial,
    read: (text, before) => [...before ?? [], ...items(text)],
    ...extras,
  });
}

/** The same flags, under a heading of the help. */
export function group<F extends Flags>(heading: string, flags: F): F {
  return Object.fromEntries(Object.entries(flags).map(([key, flag]) => [key, { ...flag, heading }])) as unknown as F;
}

/** An operand of a command, in its place. */
export interface Operand {
  /** In capitals: `ENDPOINT`. */
  readonly name: string;
  readonly about: string;
  readonly required?: boolean;
  /** Takes all that follow; only the last one. */
  readonly many?: boolean;
  /** Whether it names a file or folder, for completion. */
  readonly path?: boolean;
}

/** A command line that can be tried. */
export interface Example {
  /** What it does, in a few words. */
  readonly about: string;
  /** The line itself, `mllp ...`; a test runs it against a receiver on 127.0.0.1:2575. */
  readonly line: string;
}

/** What a command is run with. */
export interface Invocation<F extends Flags> {
  readonly operands: readonly string[];
  readonly flags: FlagValues<F>;
  /** Whether the user gave a flag, as opposed to its default. */
  given(key: keyof F): boolean;
  readonly output: Output;
  /** Standard input. */
  readonly input: Readable;
  /** The settings taken from the environment and the `--env-file` (env_file.ts names them). */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A command. */
export interface Command<F extends Flags = Flags> {
  /** The word behind `mllp`. */
  readonly name: string;
  /** One line, an imperative, no full stop. */
  readonly purpose: string;
  readonly operands: readonly Operand[];
  readonly flags: F;
  /** At least three. */
  readonly examples: readonly Example[];
  /** What else the help says, in lines of at most 80 columns, between the options and the examples. */
  readonly notes?: readonly string[];
  /** What to do with an operand too many, in a few words (`write --listen :2575`); `null` if that cannot be told. */
  advise?(operand: string): string | null;
  /**
   * Does it. What the user got wrong is a `UsageError` (exit 2), or a library error that
   * `exitOfError` knows; anything else thrown is reported as a bug (exit 70). Signals are its own
   * business.
   */
  run(invocation: Invocation<F>): Promise<ExitCode>;
}

/** A command as written, with the types of its flags worked out. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
