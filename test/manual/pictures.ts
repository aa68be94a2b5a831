/**
 * The pictures of README: which command lines each shows, the recording that it is drawn from, and where both lie. A
 * recording is what the binary printed, paint and all; nothing of it is made up or left out but the lines of a load's
 * progress.
 *
 * @module
 */
import { terminalSvg } from "./terminal_svg.ts";

/** A picture: a receiver, and what is typed beside it. */
export interface Picture {
  readonly name: string;
  readonly title: string;
  /** The arguments of the receiver that stands on 127.0.0.1:2575, and a scenario for it under the name `scenario.yaml`. */
  readonly receiver: readonly string[];
  readonly scenario: string;
  /** The command lines, in order. */
  readonly commands: readonly string[];
}

/** Every picture. */
export const PICTURES: readonly Picture[] = [
  {
    name: "send",
    title: "mllp send: why a message was rejected",
    receiver: ["scenario.yaml"],
    scenario: `version: 1
rules:
  - id: unknown-patient
    do: [{ reply: { code: AE, text: No such patient, err: { code: 204, location: PID-3 } } }]
`,
    commands: ["mllp send 127.0.0.1:2575 --show-payload"],
  },
  {
    name: "spam",
    title: "mllp spam: load with a threshold",
    receiver: ["--delay", "lognormal(20ms,120ms)", "--seed", "7"],
    scenario: "",
    commands: [
      "mllp spam 127.0.0.1:2575 --rate 200/s --connections 8 --duration 5s --fail-if 'p99(response) > 250ms'",
    ],
  },
];

/** What was printed, by the command line that printed it. */
export interface Recording {
  readonly command: string;
  /** Lines as printed, with their paint. */
  readonly lines: readonly string[];
  readonly exit: number;
}

/** The widest line that is drawn, in columns: a command line is cut between its options to fit. */
const COLUMNS = 104;

/** A command line as typed at a prompt, on lines that fit. */
function typed(command: string): string[] {
  const lines: string[] = [];
  let line = "$";
  for (const word of command.split(/ (?=--)/)) {
    if (line.length + 1 + word.length > COLUMNS - 2) {
      lines.push(`${line} \\`);
      line = `    ${word}`;
    } else line += ` ${word}`;
  }
  return [...lines, line].map((text) => `\u001b[1m${text}\u001b[22m`);
}

/** A line in pieces that fit, cut between words: each begins with the paint that the one before ended with. */
function cut(line: string): string[] {
  const pieces: string[] = [];
  let paint = "";
  let piece = "";
  let column = 0;
  // deno-lint-ignore no-control-regex
  for (const part of line.match(/\u001b\[[\d;]*m|\s*[^\s\u001b]+|\s+/gu) ?? []) {
    const isPaint = part.startsWith("\u001b");
    if (isPaint) paint += part;
    const begins = !isPaint && column > 0 && column + [...part].length > COLUMNS;
    if (begins) {
      pieces.push(piece);
      piece = `${paint}    `;
      column = 4;
    }
    piece += begins ? part.trimStart() : part;
    if (!isPaint) column += [...part].length;
  }
  return [...pieces, piece];
}

/** The picture of recordings; the status is shown where it is not 0, as a shell's prompt would. */
export function draw(title: string, recordings: readonly Recording[]): string {
  const lines = recordings.flatMap(({ command, lines, exit }) => [
    ...typed(command),
    ...lines.flatMap(cut),
    ...exit === 0 ? [] : ["\u001b[1m$ echo $?\u001b[22m", String(exit)],
  ]);
  return terminalSvg(title, lines);
}

/** Where the picture and its recording lie, in the project. */
export function pathsOf(name: string): { picture: string; recording: string } {
  return { picture: `docs/pictures/${name}.svg`, recording: `docs/pictures/${name}.json` };
}
