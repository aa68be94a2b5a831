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
 * # Bounds
 *
 * At `maxPending` waiting messages the connection is not read until they are half as many. MLLP 2, where
 * reading must go on for the peer's commit blocks, refuses further messages with a commit NAK.
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
import type { Plan } from "./decide/decide.ts";
import type { CloseEvent, MessageOutcome } from "./events.ts";
import { performStep } from "./steps/registry.ts";
import type { Workbench } from "./workbench.ts";

/** How long the peer's last bytes are waited for when the receiver stops (our decision: who holds on longer is cut off). */
const STOP_LINGER_MS = 500;

const REJECT = { verb: "reply", items: ["AR"] } as const;
const REJECT_AND_CLOSE: Plan = { rule: null, considered: [], steps: [REJECT, { verb: "close" }] };
const REJECT_AND_GO_ON: Plan = { rule: null, considered: [], steps: [REJECT] };
const CLOSE: Plan = { rule: null, considered: [], steps: [{ verb: "close" }] };
const ECHO: Plan = { rule: null, considered: [], steps: [] };

/** Who made the connection, and is told of its end. */
export interface ConnectionOptions {
  readonly number: number;
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
 *   new Connection(bench, far, linkMaker()(), { number: 1, endpoint: "memory:", gone }).stop(true);
 *   near.stream.resume().on("end", () => near.end());
 * });
 * ```
 */
export class Connection implements Conversation {
  readonly number: number;
  readonly session: Session;
  wrote = false;
  unconfirmed = 0;
  readonly #bench: Workbench;
  readonly #options: ConnectionOptions;
  readonly #echo: boolean;
  readonly #queue: Answer[] = [];
  #spare: Answer;
  #timer: Timer | null = null;
  #idleTimer: Timer | null = null;
  #activeAt = 0;
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
    if (bench.scenario.limits.idleTimeoutMs < Infinity) this.#watchIdle(bench.clock.now());
  }

  /** Ends the connection: with `finish` after the replies in hand, else now, in order either way. */
  stop(finish: boolean): void {
    this.#draining = true;
    if (!finish && !this.#over) this.#end();
    this.#closeIfDone();
  }

  #onBytes(chunk: Uint8Array): void {
    const { clock, scenario, observer } = this.#bench;
    this.wrote = false;
    if (!this.#heard) {
      this.#heard = true;
      const at = this.#bench.isoTime(clock.now());
      const { peer } = this.session.transport.info;
      observer?.event({ event: "open", at, connection: this.number, endpoint: this.#options.endpoint, peer });
    }
    if (scenario.limits.idleTimeoutMs < Infinity) this.#activeAt = clock.now();
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
    const full = link.confirms && this.#queue.length + this.unconfirmed >= bench.scenario.limits.maxPending;
    if (this.#over || full || !bench.admit()) {
      if (link instanceof Mllp2Link) link.commit(false);
      return;
    }
    const { totals, header, msa, attempts, decider } = bench;
    bench.ask();
    bench.scan(payload);
    const answer = this.#spare;
    answer.take(payload, ++totals.messages, warnings);
    this.#messages++;
    answer.due = acksDueOf(header, msa);
    answer.isAnswer = msa.hasMsa;
    if (!msa.hasMsa) {
      const from = header.start(10);
      const to = header.end(10);
      if (from < to) {
        answer.attempt = attempts.seen(payload, from, to);
        if (answer.attempt > 1) totals.duplicates++;
      } else if (decider.draws) answer.attempt = attempts.seen(payload);
    }
    if (empty) answer.text = "The message is empty";
    if (this.#echo) {
      totals.replies.echo++;
      answer.outcome = "echoed";
      return this.#begin(answer, ECHO);
    }
    const plan = decider.decide(answer);
    for (const { rule, held } of plan.considered) if (held) totals.faults[rule] = (totals.faults[rule] ?? 0) + 1;
    this.#begin(answer, plan);
  }

  /** Damage (protocols.md section 1): a strict fault is rejected if it can be told whose it is, and ends the connection; an oversized frame is rejected. */
  #onFault(fault: FrameFault): void {
    const bench = this.#bench;
    this.#tellFault(fault.code, fault.offset, fault.rule, describeFault(fault));
    if (this.#over || this.#echo || fault.code === "truncated") return;
    const { stopped } = this.session.link;
    if (!stopped && fault.code !== "frame_too_large") return;
    bench.ask();
    bench.scan(fault.bytes);
    // No acknowledgement is answered, a damaged one neither.
    const identified = hasControlId(bench) && !bench.msa.hasMsa;
    if (!stopped && bench.msa.hasMsa) return;
    const answer = this.#spare;
    answer.take(fault.bytes, 0, NO_WARNINGS);
    answer.text = fault.code === "frame_too_large"
      ? `The message is too long: wanted ${fault.wanted}`
      : `The frame is damaged (${fault.code}): wanted ${fault.wanted}`;
    this.#begin(answer, !stopped ? REJECT_AND_GO_ON : identified ? REJECT_AND_CLOSE : CLOSE);
  }

  /** Does a plan at once if it may, else queues the message for its turn. */
  #begin(answer: Answer, plan: Plan): void {
    const bench = this.#bench;
    answer.plan = plan;
    const { steps } = plan;
    let wait = 0;
    // Waits at the beginning run from the arrival on, whoever's turn it is.
    while (answer.next < steps.length && steps[answer.next].verb === "delay") {
      wait += performStep(steps[answer.next++], answer);
    }
    if (bench.telling || wait > 0) answer.arrivedAt = bench.clock.now();
    answer.waitedMs = wait;
    answer.readyAt = wait > 0 ? answer.arrivedAt + wait : 0;
    const queue = this.#queue;
    // MLLP 2 commits a message after this call; what is written past the link, or ends it, must come behind.
    const later = wait > 0 || (this.session.link.confirms && !steps.every((step) => step.verb === "reply"));
    if (queue.length === 0 && !later && this.#advance(answer)) return this.#finish(answer);
    answer.keep(bench.observer?.payloads ?? false);
    queue.push(answer);
    this.#spare = new Answer(bench, this);
    if (queue.length === 1) {
      if (answer.readyAt > 0) this.#timer = bench.clock.schedule(answer.readyAt, this.#pump);
      else queueMicrotask(this.#pump);
    }
    if (queue.length >= bench.scenario.limits.maxPending && !this.session.link.confirms) {
      this.#unread = true;
      this.session.transport.stream.pause();
    }
  }

  /** Does steps until one asks to wait; whether all are done. */
  #advance(answer: Answer): boolean {
    const { steps } = answer.plan;
    while (answer.next < steps.length) {
      const wait = performStep(steps[answer.next++], answer);
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
    this.#timer = null;
    this.wrote = false;
    while (queue.length > 0 && !this.#over) {
      const head = queue[0];
      if (head.readyAt > clock.now()) {
        this.#timer = clock.schedule(head.readyAt, this.#pump);
        break;
      }
      this.#bench.ask();
      if (!this.#advance(head)) continue;
      queue.shift();
      this.#finish(head);
    }
    if (this.#over) this.#drop("dropped");
    else this.#readOn();
    this.#closeIfDone();
  };

  #finish(answer: Answer): void {
    const { totals, telling, observer, clock } = this.#bench;
    if (answer.outcome === "held") totals.held++;
    if (this.#bench.scenario.limits.idleTimeoutMs < Infinity) this.#activeAt = clock.now();
    // A refused frame has been told of as a fault, and is no message.
    if (telling && answer.n > 0) observer?.event(answer.event());
    if (this.#over) this.#drop("dropped");
  }

  /** The messages that wait will not be answered. */
  #drop(outcome: MessageOutcome): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const answer of this.#queue.splice(0)) {
      answer.outcome = outcome;
      if (answer.n === 0) continue;
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

  #watchIdle(from: number): void {
    const { clock, scenario } = this.#bench;
    this.#activeAt = from;
    const { idleTimeoutMs } = scenario.limits;
    const look = () => {
      const at = (this.#queue.length > 0 ? clock.now() : this.#activeAt) + idleTimeoutMs;
      if (this.#over) return;
      if (at > clock.now()) {
        this.#idleTimer = clock.schedule(at, look);
        return;
      }
      this.#idle = true;
      this.#end();
    };
    this.#idleTimer = clock.schedule(from + idleTimeoutMs, look);
  }

  #onClosed(ending: Ending): void {
    const bench = this.#bench;
    this.#over = true;
    this.#idleTimer?.cancel();
    this.#drop(ending.how === "local" ? "dropped" : "peer_closed");
    if (this.#heard) {
      const how: CloseEvent["how"] = this.#idle ? "idle" : ending.how;
      const at = bench.isoTime(bench.clock.now());
      bench.observer?.event({ event: "close", at, connection: this.number, how, messages: this.#messages });
    } else bench.totals.probes++;
    this.#options.gone(this);
  }

  #tellFault(code: string, offset: number | null, rule: string | null, detail: string): void {
    const { totals, observer, clock } = this.#bench;
    totals.frameFaults[code] = (totals.frameFaults[code] ?? 0) + 1;
    if (observer === null) return;
    const at = this.#bench.isoTime(clock.now());
    observer.event({ event: "fault", at, connection: this.number, code, offset, rule, detail });
  }
}

/** Whether MSH-10 stands in what was scanned, whole: with something behind it. */
function hasControlId({ header }: Workbench): boolean {
  return header.start(10) < header.end(10) && header.end(10) < header.message.length;
}
