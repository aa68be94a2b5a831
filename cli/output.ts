/**
 * The only place that writes to the terminal. It knows no command and no protocol.
 *
 * # Where things go
 *
 * - `document` and `event`: JSON, to standard output.
 * - `report` and `say`: text for people, to standard output, or to standard error under `--json`.
 *   `--quiet` drops what is said and keeps what is reported.
 * - `progress`, `live`: to standard error, always; `--quiet` drops them.
 * - `notice`, `warn` and `fail`: to standard error, always.
 * - `raw`: bytes and generated text, to standard output, untouched.
 *
 * # Colour and hostile text
 *
 * Callers always paint (text.ts); whether a stream shows it is decided here, once for each stream
 * (`--no-color`, NO_COLOR, FORCE_COLOR, TERM=dumb, a terminal), and where not the paint is taken
 * off. Every other control character in a text for people is shown as an escape: bytes of a peer
 * cannot move the cursor, set the title or hide what was said. A peer's text within a line goes
 * through `printable` (text.ts), which escapes line ends and paint as well.
 *
 * @module
 */
import { HIDDEN_REGION, type LiveRegion, TerminalRegion } from "./live.ts";
import type { TextStream } from "./stream.ts";
import { harmless, jsonText, paint, plain, printable } from "../lib/text.ts";

export type { LiveRegion };

/** Events are joined and written at the latest when they reach this many characters, else at the end of the tick. */
const EVENTS_JOINED = 64 * 1024;

/** A line about what went wrong may quote what it found, and has at most so many characters. */
const LONGEST_LINE = 2000;

/** What a command writes to. */
export interface Output {
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Whether `--quiet` was given. */
  readonly quiet: boolean;
  /** Width in columns of the stream that takes text for people; 80 where it is no terminal. */
  readonly columns: number;
  /** Whether that stream is a terminal: elsewhere a line is as long as it is, for `grep` and for files. */
  readonly isTerminal: boolean;
  /** One JSON document, indented by two. */
  document(value: unknown): void;
  /** One JSON value on one line (NDJSON). */
  event(value: unknown): void;
  /** Text for people that is the result: kept under `--quiet`. A line end is added. */
  report(text: string): void;
  /** Text for people along the way: dropped under `--quiet`. A line end is added. */
  say(text: string): void;
  /** A line about what is going on, to standard error: dropped under `--quiet`. */
  progress(text: string): void;
  /** A line that must be seen, to standard error: kept under `--quiet`. */
  notice(text: string): void;
  /** A warning, to standard error: `warning: ` goes before it. */
  warn(text: string): void;
  /** Why the command failed, to standard error: `mllp send: ` goes before it. */
  fail(text: string): void;
  /** Bytes or text to standard output as they are. */
  raw(data: Uint8Array | string): void;
  /** A region of a few lines on standard error that is redrawn in place; there is one at a time. */
  live(): LiveRegion;
  /** Writes what is held back; to be called before the program exits. */
  flush(): void;
}

/** What an output is made of. */
export interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Goes before failures: `mllp send`. */
  readonly program: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly noColor?: boolean;
  /** NO_COLOR, FORCE_COLOR and TERM are looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds, for the live region's ten redraws a second. */
  readonly now?: () => number;
}

/** Whether a stream shows colours: what the user said on the command line, then in the environment, then what the stream is. */
export function showsColor(
  stream: { readonly isTerminal: boolean },
  noColor: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (noColor || NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTerminal && TERM !== "dumb";
}

/** A text whose lines are none too long to be read. */
function brief(text: string): string {
  if (text.length <= LONGEST_LINE) return text;
  return text.split("\n").map((each) =>
    each.length <= LONGEST_LINE ? each : `${each.slice(0, LONGEST_LINE)}… (${each.length} characters)`
  ).join("\n");
}

/** Paint in it is not ours: it quotes a file, a peer or an operand. */
function unpainted(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** The output of one run of a command. */
export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, program, json = false, quiet = false, noColor = false, environment = {} } = options;
  const now = options.now ?? (() => performance.now());
  const people = json ? stderr : stdout;
  const dressers = new Map([stdout, stderr].map((stream) => {
    const color = showsColor(stream, noColor, environment);
    return [stream, (text: string) => harmless(color ? text : plain(text))];
  }));

  let region: TerminalRegion | null = null;
  let joined = "";

  const flush = () => {
    const events = joined;
    joined = "";
    if (events !== "") stdout.write(events);
  };
  const print = (stream: TextStream, data: string | Uint8Array) => {
    flush();
    if (region === null || !stream.isTerminal) stream.write(data);
    else region.around(() => stream.write(data));
  };
  const line = (stream: TextStream, text: string) => print(stream, `${dressers.get(stream)!(text)}\n`);

  return {
    json,
    quiet,
    get columns() {
      return people.size().columns;
    },
    isTerminal: people.isTerminal,
    document: (value) => print(stdout, `${jsonText(value, 2)}\n`),
    event(value) {
      if (joined === "") setImmediate(flush);
      joined += `${jsonText(value)}\n`;
      if (joined.length > EVENTS_JOINED) flush();
    },
    report: (text) => line(people, text),
    say: (text) => quiet || line(people, text),
    progress: (text) => quiet || line(stderr, text),
    notice: (text) => line(stderr, brief(text)),
    warn: (text) => line(stderr, `${paint("yellow", "warning:")} ${unpainted(brief(text))}`),
    fail: (text) => line(stderr, `${paint(["bold", "red"], `${program}:`)} ${unpainted(brief(text))}`),
    raw: (data) => print(stdout, data),
    live() {
      region?.end();
      if (quiet || !stderr.isTerminal || environment.TERM === "dumb") return HIDDEN_REGION;
      const live = new TerminalRegion(stderr, dressers.get(stderr)!, now);
      // Whichever way the program ends, the cursor comes back.
      const restore = () => live.end();
      process.once("exit", restore);
      region = live;
      return {
        shown: true,
        get columns() {
          return live.columns;
        },
        draw: (lines) => live.draw(lines),
        end(erase) {
          live.end(erase);
          process.off("exit", restore);
          if (region === live) region = null;
        },
      };
    },
    flush,
  };
}
