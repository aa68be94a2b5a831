/**
 * `mllp receive --why N --journal FILE`: why a message got what it got, out of the journal. Starts no receiver. Loaded only
 * where it is asked for.
 *
 * @module
 */
import { printable } from "../lib/text.ts";
import { formatCount, formatDuration, formatSize } from "../lib/values.ts";
import { type Considered, explain } from "../receiver/decide/plan.ts";
import {
  isHead,
  isMessage,
  type JournalAmendment,
  type JournalLine,
  type JournalMessage,
} from "../receiver/journal/entry.ts";
import { asConsidered, asPlannedSteps } from "../receiver/journal/planned_form.ts";
import { describeStep } from "../receiver/steps/registry.ts";
import { type ExitCode, usage, UsageError } from "./exit_code.ts";
import { readJournals } from "./journal_file.ts";
import type { Output } from "./output.ts";

/** Of a control id that came more often, the last comings are told. */
const MOST_TOLD = 100;

/** A message's line, with what was said of it later. */
interface Found {
  readonly entry: JournalMessage;
  readonly run: number;
  readonly place: string;
  readonly amended: JournalAmendment | null;
}

/**
 * Tells of the message with this number, in the last run that has one, or of every coming of the message with this control id.
 * Throws a `UsageError` where there is none, and for a journal that cannot be read.
 */
export async function why(asked: string, journal: string, output: Output): Promise<ExitCode> {
  const search = new Search(asked);
  await readJournals([journal], {
    begin: (file) => search.file = file,
    line: (line, lineNumber) => search.take(line, lineNumber),
    warn: (text) => output.warn(text),
  });
  const found = search.found;
  if (found.length === 0) {
    const has = search.messages === 0 ? "it has no message" : `it has ${formatCount(search.messages)} messages`;
    throw new UsageError(`--why ${asked}: ${journal} has no message with this number or control id; ${has}`);
  }
  if (search.hidden > 0) {
    output.warn(`--why ${asked}: it came ${formatCount(search.hidden)} times before that, which is not told`);
  }
  if (search.others > 0) {
    output.warn(`--why ${asked}: ${journal} holds several runs with such a message; the last of them is told`);
  }
  for (const each of found) {
    const told = usage(() => readable(each), each.place);
    if (output.json) output.event(documentOf(told));
    else for (const line of linesOf(told)) output.report(line);
  }
  return 0;
}

/** Looks for a message while a journal is read. */
class Search {
  file = "";
  messages = 0;
  /** How many comings of the control id were let go of. */
  hidden = 0;
  readonly #asked: string;
  readonly #number: number;
  #runs = 0;
  #run: string | null = null;
  #numbered: Found[] = [];
  #named: Found[] = [];

  constructor(asked: string) {
    this.#asked = asked;
    this.#number = /^[1-9]\d{0,14}$/.test(asked) ? Number(asked) : -1;
  }

  take(line: JournalLine, lineNumber: number): void {
    if (isHead(line)) {
      const run = line.run ?? `${line.seed} ${line.at}`;
      if (run !== this.#run) this.#runs++;
      this.#run = run;
    } else if (isMessage(line)) {
      this.messages++;
      const found = { entry: line, run: this.#runs, place: `${this.file}: line ${lineNumber}`, amended: null };
      if (line.n === this.#number) this.#numbered.push(found);
      if (line.controlId !== this.#asked) return;
      this.#named.push(found);
      if (this.#named.length <= MOST_TOLD) return;
      this.#named.shift();
      this.hidden++;
    } else if (line.note === "amended") {
      const amended = line as JournalAmendment;
      const isIts = ({ entry, run }: Found) => entry.n === amended.n && run === this.#runs;
      const made = (each: Found) => isIts(each) ? { ...each, amended } : each;
      if (this.#numbered.some(isIts)) this.#numbered = this.#numbered.map(made);
      if (this.#named.some(isIts)) this.#named = this.#named.map(made);
    }
  }

  /** How many runs before the last one have a message with the number. */
  get others(): number {
    return Math.max(0, this.#numbered.length - 1);
  }

  /** A number goes before a control id that looks like one. */
  get found(): readonly Found[] {
    return this.#numbered.length > 0 ? this.#numbered.slice(-1) : this.#named;
  }
}

/** A message as it came out, its plan and reasons seen to be such. */
function readable({ entry, amended }: Found): JournalMessage {
  const { plan, steps = [], warnings = [] } = entry;
  return {
    ...entry,
    steps,
    warnings,
    ...(amended === null ? {} : { steps: amended.steps, reply: amended.reply, outcome: amended.outcome }),
    considered: asConsidered(entry.considered),
    ...(plan === undefined ? {} : { plan: asPlannedSteps(plan) }),
  };
}

/** Everything but what may be about a patient. */
function documentOf(entry: JournalMessage): Record<string, unknown> {
  const { payload: _, key: __, ...rest } = entry;
  return { event: "why", ...rest, reasons: entry.considered.map(reasonOf), decided: decisionOf(entry) };
}

function linesOf(entry: JournalMessage): string[] {
  const { n, type, controlId, attempt, duplicateOf, considered, steps, reply, outcome } = entry;
  const again = attempt === 1
    ? ""
    : `, attempt ${attempt}${duplicateOf === undefined ? "" : ` of message ${duplicateOf}`}`;
  const name = [type, controlId].filter((part) => part !== "").join(" ");
  const did = steps.map(({ at_ms, detail }) => `+${formatDuration(at_ms)} ${detail}`);
  const sent = reply === null
    ? "nothing"
    : `${reply.code.join(", ") || "a part"}, ${formatSize(reply.bytesOut)}, ${
      reply.firstByteAt === reply.lastByteAt ? reply.firstByteAt : `${reply.firstByteAt} to ${reply.lastByteAt}`
    }`;
  return [
    printable(`message ${n}${name === "" ? "" : `, ${name}`}${again}`),
    ...rows("came", [cameOf(entry)]),
    ...rows(
      "considered",
      considered.length === 0 ? ["no rule: none had conditions that held"] : considered.map(reasonOf),
    ),
    ...rows("decided", [decisionOf(entry)]),
    ...rows("did", did.length === 0 ? ["nothing"] : did),
    ...rows("sent", [sent]),
    ...rows("outcome", [outcome]),
  ];
}

function cameOf({ at, listener, connection, peer, bytesIn, warnings }: JournalMessage): string {
  const odd = warnings.length === 0 ? "" : `; tolerated: ${warnings.join(", ")}`;
  return `${at} on ${listener}, connection ${connection} from ${peer}, ${formatSize(bytesIn)}${odd}`;
}

/** Why one rule held or did not, as `explain` says it of several. */
function reasonOf(each: Considered): string {
  const told = explain({ rule: null, steps: [], considered: [each] });
  return `${told.slice(0, told.lastIndexOf("; so "))}${each.held ? ": held" : ""}`;
}

/** Who decided, and on what. */
function decisionOf({ rule, plan }: JournalMessage): string {
  const who = rule ?? "the defaults";
  if (plan === undefined) return who;
  return `${who}: ${plan.length === 0 ? "nothing" : plan.map(describeStep).join(", then ")}`;
}

function rows(head: string, texts: readonly string[]): string[] {
  return texts.map((text, i) => `  ${(i === 0 ? head : "").padEnd(10)}  ${printable(text)}`);
}
