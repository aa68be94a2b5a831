/**
 * What the connections of one receiver share: scanners, the builder of acknowledgements, ids,
 * counters, the clock. Everything here is used within one call of one connection and then free
 * for the next, so that a message costs no object.
 *
 * @module
 */
import { NO_BYTES } from "../lib/bytes.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { AckBuilder } from "../lib/hl7/ack.ts";
import type { AckCode } from "../lib/hl7/ack_code.ts";
import type { ErrorEntry } from "../lib/hl7/ack_error.ts";
import { AckScan } from "../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../lib/hl7/header.ts";
import { controlIdPrefix } from "../lib/hl7/patch.ts";
import type { Link } from "../lib/link/link.ts";
import { freshSeed } from "../lib/random.ts";
import { Attempts, REMEMBERED } from "./attempts.ts";
import { Decider } from "./decide/decide.ts";
import {
  type MessageEvent,
  newTotals,
  noteOf,
  type ReceiverEvent,
  type ReceiverObserver,
  type Totals,
} from "./events.ts";
import type { Journal } from "./journal/journal.ts";
import { readReplyFile, type ReplyTemplate } from "./reply_file.ts";
import { replyFilesOf } from "./scenario/contents.ts";
import type { Scenario } from "./scenario/scenario.ts";

/**
 * The tools of a receiver's connections.
 *
 * @example
 * ```ts
 * import { Workbench } from "./workbench.ts";
 * import { scenarioFromFlags } from "./scenario/from_flags.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const bench = new Workbench(scenarioFromFlags({ seed: 1 }));
 * bench.scan(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r"));
 * assert.notDeepEqual(bench.acknowledgement("AA", undefined), bench.acknowledgement("AA", undefined));
 * ```
 */
export class Workbench {
  readonly scenario: Scenario;
  readonly decider: Decider;
  readonly clock: Clock;
  readonly observer: ReceiverObserver | null;
  /** Where each message is written down; `null` if nowhere. */
  readonly journal: Journal | null;
  readonly totals: Totals = newTotals();
  readonly attempts: Attempts;
  readonly header: HeaderScan = new HeaderScan();
  readonly msa: AckScan = new AckScan();
  readonly builder: AckBuilder = new AckBuilder();
  /** Whether events of messages are wanted at present. */
  telling = false;
  /** Takes one message more; `false` when the receiver takes no more. */
  admit: () => boolean = () => true;
  readonly #prefix = controlIdPrefix(freshSeed());
  readonly #templates: Map<string, ReplyTemplate> = new Map();
  /** One object for all acknowledgements. */
  readonly #said = {
    code: "AA" as AckCode,
    controlId: "",
    at: new Date(0),
    text: undefined as string | undefined,
    errors: undefined as readonly ErrorEntry[] | undefined,
  };
  readonly #startedAt: number;
  #sequence = 0;
  #looked: Uint8Array = NO_BYTES;
  #date = new Date(0);
  #dateAt = -Infinity;
  #isoAt = NaN;
  #iso = "";

  /** Throws a `RangeError` for a reply file that cannot be used. */
  constructor(
    scenario: Scenario,
    options: { clock?: Clock; observer?: ReceiverObserver | null; journal?: Journal | null } = {},
  ) {
    this.scenario = scenario;
    this.clock = options.clock ?? systemClock;
    this.observer = options.observer ?? null;
    this.journal = options.journal ?? null;
    this.attempts = new Attempts(REMEMBERED, this.journal !== null);
    this.decider = new Decider(scenario);
    this.#startedAt = this.clock.now();
    for (const path of replyFilesOf(scenario)) this.#templates.set(path, readReplyFile(path, this.#prefix));
  }

  /** Milliseconds since the receiver was made. */
  elapsedMs(): number {
    return this.clock.now() - this.#startedAt;
  }

  /** Whether the next message's event is wanted. */
  ask(): void {
    const { observer } = this;
    this.telling = observer !== null && (observer.wantsMessage?.() ?? true);
  }

  /** Something has happened beside messages: for the observer, and for the journal. */
  tell(event: Exclude<ReceiverEvent, MessageEvent>): void {
    this.observer?.event(event);
    this.journal?.note(noteOf(event, this.clock.date()));
  }

  /** Makes `header` that of this message, scanning it only if it is not. */
  look(message: Uint8Array): void {
    if (this.#looked === message) return;
    this.header.scan(message);
    this.#looked = message;
  }

  /** Scans a message that has just come, for its header and its MSA. */
  scan(message: Uint8Array): void {
    this.header.scan(message);
    this.msa.scan(message);
    this.#looked = message;
  }

  /** The how-manieth time the message just scanned comes; one without a control id is known by its bytes, where draws need it. */
  attempt(message: Uint8Array): number {
    const from = this.header.start(10);
    const to = this.header.end(10);
    if (from === to) return this.decider.draws ? this.attempts.seen(message) : 1;
    const attempt = this.attempts.seen(message, from, to, this.totals.messages);
    if (attempt > 1) this.totals.duplicates++;
    return attempt;
  }

  /** The acknowledgement of the message last looked at. */
  acknowledgement(code: AckCode, text: string | undefined, errors?: readonly ErrorEntry[]): Uint8Array {
    const said = this.#said;
    said.code = code;
    said.controlId = this.#prefix + this.nextSequence();
    said.at = this.date();
    said.text = text;
    said.errors = errors;
    return this.builder.build(this.header, said);
  }

  /** A number that no other reply of this receiver has. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** The reply of a file named by the scenario. */
  template(path: string): ReplyTemplate {
    const template = this.#templates.get(path);
    if (template === undefined) throw new RangeError(`Cannot reply with '${path}': the scenario does not name it`);
    return template;
  }

  /** Throws a `RangeError` if a reply file's message cannot stand in this link's frames. */
  checkTemplates(link: Link): void {
    for (const [path, template] of this.#templates) {
      try {
        link.encode(template.build(NO_BYTES, 0, new Date(0)));
      } catch (error) {
        throw new RangeError(`Cannot reply with the file '${path}': ${(error as Error).message}`);
      }
    }
  }

  /** The time of day; at most a millisecond old, so that a burst of messages makes one object. */
  date(): Date {
    const now = this.clock.now();
    if (now - this.#dateAt >= 1) {
      this.#date = this.clock.date();
      this.#dateAt = now;
    }
    return this.#date;
  }

  /** A time of the clock as ISO 8601; mostly that of the millisecond asked for before. */
  isoTime(at: number): string {
    const time = Math.floor(this.clock.date().getTime() - (this.clock.now() - at));
    if (time !== this.#isoAt) {
      this.#isoAt = time;
      this.#iso = new Date(time).toISOString();
    }
    return this.#iso;
  }
}
