/**
 * One connection of a receiver: what comes in is decided upon, and what was decided is done, in
 * order. It knows sessions, plans and steps; listeners are the receiver's business.
 *
 * # Order (our decision)
 *
 * Replies leave a connection in the order in which its messages came. Each is due at its message's arrival plus
 * its delay, so delays run side by side, but none leaves before an earlier one. A message whose
 * turn it is at once is answered within the call that brought it: no timer, no promise. The
 * others wait in a queue, with one timer for its head.
 *
 * Where a journal is kept, a message whose turn it is hands its entry over and is answered when
 * the journal says that it is written; the entries of all messages that are ready go together.
 *
 * # Bounds
 *
 * At `maxPending` waiting messages, or while the journal has too much to write, the connection is not read
 * until they are half as many. MLLP 2, where reading must go on for the peer's commit blocks, refuses further
 * messages with a commit NAK.
 *
 * @module
 */
import type { Timer } from "../lib/clock.ts";
import { describeFault, type FrameFault, type FrameWarning, NO_WARNINGS } from "../lib/framing/framer.ts";
import { acksDueOf } from "../lib/hl7/ack_mode.ts";
import type { Link, LinkEvent } from "../lib/link/link.ts";
import { Mllp2Link } from "../lib/link/mllp2.ts";
import { type Ending, Session } from "../lib/session.ts";
import type { Transport } from "../lib/transport/transport.ts";
import { Answer, type Conversation } from "./answer.ts";
import { answerToDamage } from "./damage.ts";
import type { Plan } from "./decide/decide.ts";
import type { CloseEvent, MessageOutcome } from "./events.ts";
import { IdleWatch } from "./idle_watch.ts";
import { Desk } from "./journal/desk.ts";
import { performStep } from "./steps/registry.ts";
import type { Workbench } from "./workbench.ts";

/** How long the peer's last bytes are waited for when the receiver stops (our decision: who holds on longer is cut off). */
const STOP_LINGER_MS = 500;

const NOTHING: Plan = { rule: null, considered: [], steps: [] };

/** Who made the connection, and is told of its end. */
export interface ConnectionOptions {
  readonly number: number;
  /** Which listener it came to: its index in the scenario. */
  readonly listener: number;
  /** The listener's endpoint, for events. */
  readonly endpoint: string;
  gone(connection: Connection): void;
}

/**
 * One connection.
 *
 * @example
 * ```ts
 * import { Connection } from "./connection.ts";
 * import { scenarioFromFlags } from "./scenario/from_flags.ts";
 * import { Workbench } from "./workbench.ts";
 * import { linkMaker } from "../lib/link/make.ts";
 * import { memoryPair } from "../lib/transport/memory.ts";
 *
 * const [near, far] = memoryPair();
 * const bench = new Workbench(scenarioFromFlags({ seed: 1 }));
 * await new Promise<unknown>((gone) => {
 *   new Connection(bench, far, linkMaker()(), { number: 1, listener: 0, endpoint: "memory:", gone }).stop(true);
 *   near.stream.resume().on("end", () => near.end());
 * });
 * ```
 */
export class Connection implements Conversation {
  readonly number: number;
  readonly listener: number;
  readonly session: Session;
  wrote = false;
  unconfirmed = 0;
  readonly #bench: Workbench;
  readonly #options: ConnectionOptions;
  readonly #echo: boolean;
  readonly #queue: Answer[] = [];
  /** `null` where no journal is kept. */
  readonly #desk: Desk | null;
  readonly #idleWatch: IdleWatch | null;
  #woken = false;
  #spare: Answer;
  #timer: Timer | null = null;
  #messages = 0;
  #heard = false;
  #unread = false;
  #peerEnded = false;
  #draining = false;
  #idle = false;
  /** Nothing more is taken or sent. */
  #over = false;

  constructor(bench: Workbench, transport: Transport, link: Link, options: ConnectionOptions) {
    this.#bench = bench;
    this.#options = options;
    this.#echo = bench.scenario.defaults.reply === "echo";
    this.number = options.number;
    this.listener = options.listener;
    this.session = new Session(transport, link, {
      bytes: (chunk) => this.#onBytes(chunk),
      event: (event) => this.#onEvent(event),
      drained: () => this.#onDrained(),
      peerEnded: () => {
        this.#peerEnded = true;
        this.#closeIfDone();
      },
      closed: (ending) => this.#onClosed(ending),
    }, { clock: bench.clock });
    this.#spare = new Answer(bench, this);
    this.#desk = bench.journal === null ? null : new Desk(bench, bench.journal, {
      connection: this.number,
      listener: options.endpoint,
      peer: transport.info.peer,
      // The commit waits for no delay.
      atOnce: link.confirms,
      recorded: (answer) => this.#onRecorded(answer),
    });
    const { idleTimeoutMs: timeoutMs } = bench.scenario.limits;
    const watched = { clock: bench.clock, timeoutMs, busy: () => this.#queue.length > 0, idle: () => this.#onIdle() };
    this.#idleWatch = timeoutMs < Infinity ? new IdleWatch(watched) : null;
  }

  /** Ends the connection: with `finish` after the replies in hand, else now, in order either way. */
  stop(finish: boolean): void {
    this.#draining = true;
    if (!finish && !this.#over) this.#end();
    this.#closeIfDone();
  }

  #onBytes(chunk: Uint8Array): void {
    this.wrote = false;
    if (!this.#heard) {
      this.#heard = true;
      const { peer } = this.session.transport.info;
      this.#bench.tell({
        event: "open",
        at: this.#now(),
        connection: this.number,
        endpoint: this.#options.endpoint,
        peer,
      });
    }
    this.#idleWatch?.active();
    if (this.#echo && !this.#over) this.session.write(chunk.slice());
  }

  #onEvent(event: LinkEvent): void {
    switch (event.type) {
      case "message":
        return this.#onMessage(event.payload, event.empty, event.warnings);
      case "fault":
        return this.#onFault(event);
      case "noise":
        this.#bench.totals.noiseBytes += event.bytes.length;
        return;
      case "delivered":
        this.unconfirmed--;
        return this.#closeIfDone();
      case "failed":
        this.unconfirmed--;
        this.#tellFault(event.error.code, null, null, event.error.message);
        return this.#closeIfDone();
    }
  }

  #onMessage(payload: Uint8Array, empty: boolean, warnings: readonly FrameWarning[]): void {
    const bench = this.#bench;
    const { link } = this.session;
    const full = link.confirms &&
      (this.#queue.length + this.unconfirmed >= bench.scenario.limits.maxPending || (bench.journal?.full ?? false));
    if (this.#over || full || !bench.admit()) {
      if (link instanceof Mllp2Link) link.commit(false);
      return;
    }
    const { totals, header, msa, decider } = bench;
    bench.ask();
    bench.scan(payload);
    const answer = this.#spare;
    answer.take(payload, ++totals.messages, warnings);
    this.#messages++;
    answer.due = acksDueOf(header, msa);
    answer.isAnswer = msa.hasMsa;
    if (!msa.hasMsa) answer.attempt = bench.attempt(payload);
    if (empty) answer.text = "The message is empty";
    if (this.#echo) {
      totals.replies.echo++;
      answer.outcome = "echoed";
      return this.#begin(answer, NOTHING);
    }
    const plan = decider.decide(answer);
    for (const { rule, held } of plan.considered) if (held) totals.faults[rule] = (totals.faults[rule] ?? 0) + 1;
    this.#begin(answer, plan);
  }

  #onFault(fault: FrameFault): void {
    const bench = this.#bench;
    this.#tellFault(fault.code, fault.offset, fault.rule, describeFault(fault));
    if (this.#over || this.#echo) return;
    const damage = answerToDamage(bench, fault, this.session.link.stopped);
    if (damage === null) return;
    bench.ask();
    const answer = this.#spare;
    answer.take(fault.bytes, 0, NO_WARNINGS);
    answer.text = damage.text;
    this.#begin(answer, damage.plan);
  }

  /** Does a plan at once if it may, else queues the message for its turn. */
  #begin(answer: Answer, plan: Plan): void {
    const bench = this.#bench;
    answer.plan = plan;
    const { steps } = plan;
    const desk = this.#desk;
    if (bench.telling || desk !== null || steps[0]?.verb === "delay") answer.arrivedAt = bench.clock.now();
    // A refused frame has a note, and no entry.
    if (desk !== null && answer.n > 0) desk.take(answer);
    const { recording } = answer;
    let wait = 0;
    // Waits at the beginning run from the arrival on, whoever's turn it is.
    while (answer.next < steps.length && steps[answer.next].verb === "delay") {
      const step = steps[answer.next++];
      recording?.did(step, answer.arrivedAt + wait);
      wait += performStep(step, answer);
    }
    answer.waitedMs = wait;
    answer.readyAt = wait > 0 ? answer.arrivedAt + wait : 0;
    const queue = this.#queue;
    // MLLP 2 commits a message after this call; what is written past the link, or ends it, must come behind.
    const recorded = recording !== null && desk!.waits;
    const later = recorded || wait > 0 ||
      (this.session.link.confirms && !steps.every((step) => step.verb === "reply"));
    if (queue.length === 0 && !later && this.#advance(answer)) return this.#finish(answer);
    answer.keep(bench.observer?.payloads ?? false);
    queue.push(answer);
    this.#spare = new Answer(bench, this);
    if (recorded) desk!.handOver(queue);
    if (queue.length === 1) {
      if (answer.readyAt > 0) this.#timer = bench.clock.schedule(answer.readyAt, this.#pump);
      else if (!recorded) this.#wake();
    }
    const full = queue.length >= bench.scenario.limits.maxPending || (bench.journal?.full ?? false);
    if (full && !this.session.link.confirms) {
      this.#unread = true;
      this.session.transport.stream.pause();
    }
  }

  /** The journal has answered; in the order of the entries, so a commit here keeps its place. */
  #onRecorded(answer: Answer): void {
    if (this.#over) return;
    const { link } = this.session;
    if (link instanceof Mllp2Link) {
      const { failure } = answer.recording!;
      link.commit(failure === null);
      if (failure !== null) answer.refuse();
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    queueMicrotask(this.#pump);
  }

  /** Does steps until one asks to wait; whether all are done. */
  #advance(answer: Answer): boolean {
    const { steps } = answer.plan;
    const { recording } = answer;
    while (answer.next < steps.length) {
      const step = steps[answer.next++];
      recording?.did(step, this.#bench.clock.now());
      const wait = performStep(step, answer);
      if (answer.outcome === "fin" || answer.outcome === "rst") {
        this.#over = true;
        return true;
      }
      if (wait > 0) {
        answer.readyAt = this.#bench.clock.now() + wait;
        answer.waitedMs += wait;
        return false;
      }
    }
    return true;
  }

  readonly #pump = (): void => {
    const queue = this.#queue;
    const { clock } = this.#bench;
    const desk = this.#desk;
    this.#woken = false;
    this.#timer?.cancel();
    this.#timer = null;
    // The commits, which nothing done with a message may overtake or cut off.
    if (desk !== null && this.session.link.confirms) this.session.flush();
    this.wrote = false;
    while (queue.length > 0 && !this.#over) {
      const head = queue[0];
      if (head.readyAt > 0 && head.readyAt > clock.now()) {
        this.#timer = clock.schedule(head.readyAt, this.#pump);
        break;
      }
      if (desk !== null && !desk.isRecorded(queue)) break;
      this.#bench.ask();
      if (!this.#advance(head)) continue;
      queue.shift();
      desk?.shifted();
      this.#finish(head);
    }
    if (this.#over) this.#drop("dropped");
    else this.#readOn();
    this.#closeIfDone();
  };

  #finish(answer: Answer): void {
    const { totals, telling, observer } = this.#bench;
    if (answer.outcome === "held") totals.held++;
    answer.record();
    this.#idleWatch?.active();
    // A refused frame has been told of as a fault, and is no message.
    if (telling && answer.n > 0) observer?.event(answer.event());
    if (this.#over) this.#drop("dropped");
  }

  /** The messages that wait will not be answered. */
  #drop(outcome: MessageOutcome): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#desk?.emptied();
    for (const answer of this.#queue.splice(0)) {
      answer.outcome = outcome;
      if (answer.n === 0) continue;
      answer.record();
      this.#bench.totals.unanswered++;
      this.#bench.ask();
      if (this.#bench.telling) this.#bench.observer?.event(answer.event());
    }
  }

  #readOn(): void {
    const { maxPending } = this.#bench.scenario.limits;
    if (!this.#unread || this.#queue.length > maxPending / 2 || this.session.blocked) return;
    this.#unread = false;
    this.session.transport.stream.resume();
  }

  #onDrained(): void {
    // The session reads on by itself now; not so while too many messages wait.
    if (!this.#unread) return;
    this.session.transport.stream.pause();
    this.#readOn();
  }

  #closeIfDone(): void {
    if (this.#over || !(this.#peerEnded || this.#draining)) return;
    if (this.#queue.length === 0 && this.unconfirmed <= 0) this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#drop("dropped");
    void this.session.close(this.#draining ? STOP_LINGER_MS : undefined);
  }

  #onIdle(): void {
    if (this.#over) return;
    this.#idle = true;
    this.#end();
  }

  #onClosed(ending: Ending): void {
    const bench = this.#bench;
    this.#over = true;
    this.#idleWatch?.stop();
    this.#drop(ending.how === "local" ? "dropped" : "peer_closed");
    if (this.#heard) {
      const how: CloseEvent["how"] = this.#idle ? "idle" : ending.how;
      bench.tell({ event: "close", at: this.#now(), connection: this.number, how, messages: this.#messages });
    } else bench.totals.probes++;
    this.#options.gone(this);
  }

  #tellFault(code: string, offset: number | null, rule: string | null, detail: string): void {
    const { totals } = this.#bench;
    totals.frameFaults[code] = (totals.frameFaults[code] ?? 0) + 1;
    this.#bench.tell({ event: "fault", at: this.#now(), connection: this.number, code, offset, rule, detail });
  }

  #now(): string {
    return this.#bench.isoTime(this.#bench.clock.now());
  }
}
