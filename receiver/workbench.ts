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
import type { Framing } from "../lib/link/make.ts";
import { freshSeed } from "../lib/random.ts";
import { Attempts, REMEMBERED } from "./attempts.ts";
import { Decider } from "./decide/decide.ts";
import { IN_BAND } from "./decide/in_band.ts";
import { UNREAD, type Unread, UNREAD_WORDS } from "./decide/in_band_text.ts";
import {
  countEnd,
  type MessageEvent,
  newTotals,
  noteOf,
  type ReceiverEvent,
  type ReceiverObserver,
  type Totals,
} from "./events.ts";
import type { Journal } from "./journal/journal.ts";
import type { Replay } from "./journal/replay.ts";
import type { Answer } from "./answer.ts";
import { Answered } from "./answered.ts";
import type { Plan } from "./decide/decide.ts";
import type { Matcher } from "./decide/passes.ts";
import { Deliveries, type DeliveryOptions } from "./deliveries.ts";
import { FaultLedger } from "./fault_ledger.ts";
import { type Forwarded, Forwarder } from "./forwarder.ts";
import { Gatherings } from "./gatherings.ts";
import { OneHousehold } from "./household.ts";
import type { ReplyCode } from "./made_reply.ts";
import { readReplyFile, type ReplyTemplate } from "./reply_file.ts";
import { Rooms } from "./rooms.ts";
import { replyFilesOf, usesOf } from "./scenario/contents.ts";
import type { EventKind, Scenario } from "./scenario/scenario.ts";

/** Who hears of every message: for expectations. */
export interface Witness {
  /** It has come and was decided upon; its header and message are the bench's for this call. */
  arrived(answer: Answer): void;
  /** It is done with. */
  settled(answer: Answer): void;
}

/** Choices of a workbench. */
export interface WorkbenchOptions {
  readonly clock?: Clock;
  readonly observer?: ReceiverObserver | null;
  readonly journal?: Journal | null;
  /** Reads regular expressions. */
  readonly matcher?: Matcher;
  /** Decisions made before: what it knows of is not decided anew. */
  readonly replay?: Replay | null;
  /** Whether rules may change while it runs: then it is ready for any of them. */
  readonly live?: boolean;
}

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
  scenario: Scenario;
  readonly decider: Decider;
  readonly clock: Clock;
  readonly observer: ReceiverObserver | null;
  /** Where each message is written down; `null` if nowhere. */
  readonly journal: Journal | null;
  readonly replay: Replay | null;
  readonly totals: Totals = newTotals();
  readonly attempts: Attempts;
  readonly header: HeaderScan = new HeaderScan();
  readonly msa: AckScan = new AckScan();
  readonly builder: AckBuilder = new AckBuilder();
  /** Whether events of messages are wanted at present. */
  telling = false;
  /** Takes one message more; `false` when the receiver takes no more. */
  admit: () => boolean = () => true;
  /** How many connections are open, and who waits for one of them to go. */
  readonly rooms: Rooms = new Rooms();
  /** Replies that wait for those of other connections. */
  readonly gatherings: Gatherings;
  readonly household: OneHousehold;
  /** What messages were answered with that were taken; null where nobody asks. */
  readonly answered: Answered | null;
  /** Whether a connection's last reply is kept. */
  readonly remembers: boolean;
  /** Whether replies are kept at all. */
  readonly keepsReplies: boolean;
  /** Whether a message that waits is needed whole. */
  readonly needsWhole: boolean;
  /** Whether the receiver itself says what the lower layer says to a message. */
  readonly commits: boolean;
  /** Whether somebody may heal what is held. */
  readonly healable: boolean;
  /** Hears of every message as it comes and as it is done with; null for nobody. */
  witness: Witness | null = null;
  /** How many connections are held without an answer. */
  heldConnections = 0;
  /** The number of the last message that came before the rules were changed. */
  changedBehind = 0;
  /** What came of the rules that decided. */
  readonly ledger: FaultLedger = new FaultLedger();
  /** Called before and after a message is decided on: what the time and the messages have come to; null where nothing depends on that. */
  passing: (() => void) | null = null;
  /** Why messages asked in vain. */
  readonly #unread: Set<Unread> = new Set();
  /** The kinds of events that rules look at. */
  #watched: ReadonlySet<EventKind>;
  readonly #deliveries: Deliveries = new Deliveries();
  readonly #forwarder: Forwarder;
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
  readonly #replyScan: AckScan = new AckScan();
  #startedAt: number;
  #sequence = 0;
  #looked: Uint8Array = NO_BYTES;
  #date = new Date(0);
  #dateAt = -Infinity;
  #isoAskedAt = NaN;
  #isoAt = NaN;
  #iso = "";

  /** Throws a `RangeError` for a reply file that cannot be used. */
  constructor(
    scenario: Scenario,
    options: WorkbenchOptions = {},
  ) {
    this.scenario = scenario;
    this.clock = options.clock ?? systemClock;
    this.observer = options.observer ?? null;
    this.journal = options.journal ?? null;
    this.replay = options.replay ?? null;
    this.attempts = new Attempts(REMEMBERED, this.journal !== null);
    this.decider = new Decider(scenario, { matcher: options.matcher });
    this.gatherings = new Gatherings(this.clock);
    this.household = new OneHousehold((listener) => this.rooms.open(listener));
    const live = options.live ?? false;
    const uses = usesOf(scenario);
    this.answered = uses.answered || live ? new Answered() : null;
    this.remembers = uses.previous || live;
    this.keepsReplies = this.remembers || this.answered !== null;
    this.needsWhole = uses.whole || live;
    // What is repeated was decided by another scenario, maybe.
    this.commits = uses.link || live || this.replay !== null || (this.journal?.waits ?? false);
    this.healable = live || scenario.phases !== undefined;
    this.#forwarder = new Forwarder({ clock: this.clock });
    this.#watched = uses.events;
    this.#startedAt = this.clock.now();
    for (const path of [...replyFilesOf(scenario), ...this.replay?.files ?? []]) {
      this.#templates.set(path, readReplyFile(path, this.#prefix));
    }
  }

  /** How a listener frames. */
  framingOf(listener: number): Framing {
    return this.scenario.listeners[listener]?.link.framing ?? "mllp";
  }

  /** Milliseconds since the receiver was made. */
  elapsedMs(): number {
    return this.clock.now() - this.#startedAt;
  }

  /** The scenario's time begins now. */
  begin(): void {
    this.#startedAt = this.clock.now();
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

  /** Something has been changed, by the clock or by hand. */
  change(what: string, detail: string): void {
    this.tell({ event: "change", at: this.isoTime(this.clock.now()), what, detail });
  }

  /** Rules have acted. */
  struck({ considered }: Plan): void {
    const { faults } = this.totals;
    for (const { rule, held } of considered) if (held) faults[rule] = (faults[rule] ?? 0) + 1;
  }

  /** A message has asked for something that cannot be read: that is told once for each reason. */
  unread(n: number, connection: number, { considered }: Plan): void {
    const missed = considered.find(({ rule }) => rule === IN_BAND)?.missed;
    const why = UNREAD_WORDS.find((word) => word === missed);
    if (why === undefined || this.#unread.has(why)) return;
    this.#unread.add(why);
    this.change(
      "in_band",
      `message ${n} on connection ${connection}: ${UNREAD[why]}; the rules decide. This is said once`,
    );
  }

  /** Damage on a connection. */
  tellFault(connection: number, code: string, offset: number | null, rule: string | null, detail: string): void {
    const { totals } = this;
    totals.frameFaults[code] = (totals.frameFaults[code] ?? 0) + 1;
    this.tell({ event: "fault", at: this.isoTime(this.clock.now()), connection, code, offset, rule, detail });
  }

  /** Whether a rule looks at this kind of event. */
  watches(kind: EventKind): boolean {
    return this.#watched.has(kind);
  }

  /** Forgets what messages it has had. */
  forget(): void {
    this.#unread.clear();
    this.attempts.clear();
    this.answered?.clear();
    this.household.reset();
    this.ledger.reset();
  }

  /** Other rules are in force. Throws a `RangeError` for a reply file that cannot be used; then nothing has changed. */
  adopted(scenario: Scenario): void {
    for (const path of replyFilesOf(scenario)) {
      if (!this.#templates.has(path)) this.#templates.set(path, readReplyFile(path, this.#prefix));
    }
    this.scenario = scenario;
    this.#unread.clear();
    this.#watched = usesOf(scenario).events;
  }

  /** The plan for a message that a rule has decided on, where there may be so many at a time; else it is spared. */
  limited(answer: Answer, plan: Plan): Plan {
    const { ledger, scenario: { limits: { activeFaults = Infinity }, control } } = this;
    const rule = plan.rule!;
    const most = control?.inBand?.maxActive ?? Infinity;
    if (ledger.active >= activeFaults || (rule === IN_BAND && ledger.of(rule).active >= most)) {
      ledger.spared(rule);
      return this.spared(answer);
    }
    answer.activeRule = rule;
    ledger.began(rule);
    return plan;
  }

  /** The plan for a message that is spared. */
  spared(answer: Answer): Plan {
    this.totals.spared++;
    return this.decider.plain(answer);
  }

  /** A message is done with. */
  settled(answer: Answer): void {
    if (answer.activeRule !== null) {
      this.ledger.ended(answer.activeRule, answer.outcome !== "dropped" && answer.outcome !== "peer_closed");
      answer.activeRule = null;
    }
    if (answer.n === 0) return;
    countEnd(this.totals, answer);
    this.witness?.settled(answer);
  }

  /** Sends a message on; resolves with the reply, with `null` where none is due, or with what went wrong, in words. */
  forward(endpoint: string, message: Uint8Array, timeoutMs: number): Promise<Forwarded> {
    return this.#forwarder.forward(endpoint, message, timeoutMs);
  }

  /** Sends a frame another way; resolves with `null`, or with what went wrong, in words. */
  deliver(endpoint: string, frame: Uint8Array, options: DeliveryOptions): Promise<string | null> {
    return this.#deliveries.deliver(endpoint, frame, options);
  }

  /** Ends the connections that were opened for messages and replies. */
  async close(): Promise<void> {
    await Promise.all([this.#forwarder.close(), this.#deliveries.close()]);
  }

  /** What a reply says: MSA-1, or that it has none. */
  codeOf(payload: Uint8Array): ReplyCode {
    return this.#replyScan.scan(payload) ? this.#replyScan.code ?? "file" : "file";
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
    if (from === to) return this.decider.draws || this.replay !== null ? this.attempts.seen(message) : 1;
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
    if (at === this.#isoAskedAt) return this.#iso;
    this.#isoAskedAt = at;
    const time = Math.floor(this.clock.date().getTime() - (this.clock.now() - at));
    if (time !== this.#isoAt) {
      this.#isoAt = time;
      this.#iso = new Date(time).toISOString();
    }
    return this.#iso;
  }
}
