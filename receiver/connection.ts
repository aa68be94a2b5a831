/**
 * One connection of a receiver: what comes in is decided upon, and what was decided has its turn (`turns.ts`).
 * It knows sessions and plans; listeners are the receiver's business.
 *
 * @module
 */
import { NO_BYTES } from "../lib/bytes.ts";
import type { Timer } from "../lib/clock.ts";
import { describeFault, type FrameFault, type FrameWarning, NO_WARNINGS } from "../lib/framing/framer.ts";
import { acksDueOf } from "../lib/hl7/ack_mode.ts";
import type { Link, LinkEvent } from "../lib/link/link.ts";
import { type Ending, Session } from "../lib/session.ts";
import type { Transport } from "../lib/transport/transport.ts";
import { Answer } from "./answer.ts";
import { answerToDamage } from "./damage.ts";
import type { Plan } from "./decide/decide.ts";
import type { CloseEvent, MessageOutcome } from "./events.ts";
import { IdleWatch } from "./idle_watch.ts";
import type { Outlet } from "./outlet.ts";
import type { EventKind } from "./scenario/scenario.ts";
import { whatItIs } from "./stranger.ts";
import { Turns } from "./turns.ts";
import type { Workbench } from "./workbench.ts";

/** How long the peer's last bytes are waited for when the receiver stops (our decision: who holds on longer is cut off). */
const STOP_LINGER_MS = 500;
/** How much longer than its pace takes the rest of a reply may need when the receiver stops (our decision: who does not read at all is cut off). */
const STOP_DRAIN_MS = 5000;

const NOTHING: Plan = { rule: null, considered: [], steps: [] };
const HELD: Plan = { rule: null, considered: [], steps: [{ verb: "hold" }] };

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
export class Connection extends Turns {
  readonly session: Session;
  /** How many messages it brought, and how many bytes. */
  messages = 0;
  bytes = 0;
  /** When it was taken, in the clock's time. */
  readonly sinceMs: number;
  readonly #options: ConnectionOptions;
  readonly #echo: boolean;
  #idleWatch: IdleWatch | null;
  #heard = false;
  #strange = false;
  #peerEnded = false;
  #draining = false;
  #idle = false;
  #awaitsOutlet = false;
  /** When a paced reply must have left, once the receiver stops, and who wakes us then. */
  #drainedBy: number | null = null;
  #drainTimer: Timer | null = null;
  /** The next message is the answer by which one of ours was confirmed. */
  #answerComes = false;

  constructor(bench: Workbench, transport: Transport, link: Link, options: ConnectionOptions) {
    super(bench, options, { peer: transport.info.peer, link });
    this.#options = options;
    this.sinceMs = bench.clock.now();
    this.#echo = bench.scenario.defaults.reply === "echo";
    this.session = new Session(transport, link, {
      bytes: (chunk) => this.#onBytes(chunk),
      event: (event) => this.#onEvent(event),
      drained: () => this.#onDrained(),
      peerEnded: () => {
        this.#peerEnded = true;
        this.closeIfDone();
      },
      closed: (ending) => this.#onClosed(ending),
    }, { clock: bench.clock });
    const { idleTimeoutMs: timeoutMs } = bench.scenario.limits;
    this.#idleWatch = timeoutMs < Infinity ? this.#watch(timeoutMs) : null;
    bench.rooms.entered(this.listener);
    if (bench.watches("open")) this.#happens("open");
  }

  /** Whether it is read. */
  get isRead(): boolean {
    return !(this.readingIfAny?.isStopped("stopped") ?? false);
  }

  protected override busied(): void {
    this.#idleWatch?.active();
  }

  /** Ends the connection: with `finish` after the replies in hand, else now, in order either way. */
  stop(finish: boolean): void {
    this.#draining = true;
    if (!finish && !this.over) this.#end();
    this.closeIfDone();
  }

  override heal(rules: ReadonlySet<string> | null): number {
    const healed = super.heal(rules);
    // Who was answered is held no longer.
    if (healed > 0) this.release();
    return healed;
  }

  #onBytes(chunk: Uint8Array): void {
    this.wrote = false;
    if (!this.#heard) {
      this.#heard = true;
      const { peer } = this.session.transport.info;
      this.bench.tell({ event: "open", at: this.#now(), connection: this.number, endpoint: this.endpoint, peer });
    }
    this.bytes += chunk.length;
    this.#idleWatch?.active();
    this.armed?.came(chunk.length);
    this.readingIfAny?.came(chunk.length);
    if (this.#echo && !this.over) this.session.write(chunk.slice());
  }

  #onEvent(event: LinkEvent): void {
    switch (event.type) {
      case "message": {
        // An answer to a message of ours is no message to be answered.
        const isAnswer = this.#answerComes;
        this.#answerComes = false;
        return isAnswer ? undefined : this.#onMessage(event.payload, event.empty, event.warnings);
      }
      case "fault":
        return this.#onFault(event);
      case "noise":
        return this.#onNoise(event.bytes);
      case "delivered":
        this.#answerComes = !this.session.link.confirmsReplies;
        this.confirmed();
        return this.closeIfDone();
      case "failed":
        this.confirmed();
        this.tellFault(event.error.code, event.error.message);
        return this.closeIfDone();
    }
  }

  #onNoise(bytes: Uint8Array): void {
    const { bench } = this;
    bench.totals.noiseBytes += bytes.length;
    if (this.messages > 0 || this.#strange) return;
    this.#strange = true;
    bench.totals.strangers++;
    const { peer } = this.session.transport.info;
    bench.tell({ event: "stranger", at: this.#now(), connection: this.number, peer, what: whatItIs(bytes) });
  }

  #onMessage(payload: Uint8Array, empty: boolean, warnings: readonly FrameWarning[]): void {
    const { bench } = this;
    const { link } = this.session;
    // A phase that is over by now ends before the next one decides on anything.
    bench.passing?.();
    const full = link.confirms &&
      (this.waiting + this.unconfirmed >= bench.scenario.limits.maxPending || (bench.journal?.full ?? false));
    if (this.over || full || !bench.admit()) {
      link.commit?.(false);
      return;
    }
    const { totals, header, msa, decider } = bench;
    bench.ask();
    bench.scan(payload);
    const answer = this.spare;
    answer.take(payload, ++totals.messages, warnings);
    this.messages++;
    answer.due = acksDueOf(header, msa);
    answer.isAnswer = msa.hasMsa;
    if (!msa.hasMsa) answer.attempt = bench.attempt(payload);
    if (empty) answer.text = "The message is empty";
    if (this.#echo) {
      totals.replies.echo++;
      answer.outcome = "echoed";
      return this.begin(answer, NOTHING);
    }
    // What is repeated is decided all the same: counts, states and phases go on with it.
    const decided = decider.decide(answer);
    const plan = bench.replay?.planOf(answer.scope, answer.attempt) ?? decided;
    if (plan.considered.length > 0) bench.struck(plan);
    if (bench.scenario.control?.inBand !== undefined) bench.unread(answer.n, this.number, decided);
    bench.witness?.arrived(answer);
    this.begin(answer, this.halfClosed ? HELD : plan.rule === null ? plan : bench.limited(answer, plan));
    bench.passing?.();
  }

  #onFault(fault: FrameFault): void {
    const { bench } = this;
    bench.tellFault(this.number, fault.code, fault.offset, fault.rule, describeFault(fault));
    if (this.over || this.#echo) return;
    if (bench.watches("frame_fault") && this.#happens("frame_fault", fault.code)) return;
    const { link } = this.session;
    // A lower layer that has a word for it has said it already.
    if (link.commit !== undefined && !link.stopped) return;
    const damage = answerToDamage(bench, fault, link.stopped);
    if (damage === null) return;
    bench.ask();
    const answer = this.spare;
    answer.take(fault.bytes, 0, NO_WARNINGS);
    answer.text = damage.text;
    this.begin(answer, damage.plan);
  }

  /** Something other than a message has happened; whether a rule decided what is done. */
  #happens(kind: Exclude<EventKind, "message">, fault?: string): boolean {
    const { bench } = this;
    const answer = new Answer(bench, this);
    const facts = answer.circumstances();
    const plan = bench.decider.decideEvent(kind, fault === undefined ? facts : { ...facts, fault });
    bench.struck(plan);
    if (plan.steps.length > 0 && !this.over) {
      answer.take(NO_BYTES, 0, NO_WARNINGS);
      answer.isAside = true;
      answer.plan = plan;
      this.setAside(answer);
    }
    return plan.rule !== null;
  }

  #onDrained(): void {
    this.outlet?.drained();
    // The session reads on by itself now; not so while there is a reason against it.
    this.readingIfAny?.settle();
  }

  protected override closeIfDone(): void {
    if (this.over || !(this.#peerEnded || this.#draining)) return;
    // Who has ended its stream confirms nothing any more.
    if (this.waiting > 0 || (this.unconfirmed > 0 && !this.#peerEnded)) return;
    const { outlet } = this;
    if (outlet === null || !outlet.owes || !this.#drains(outlet)) return this.#end();
    if (this.#awaitsOutlet) return;
    this.#awaitsOutlet = true;
    outlet.afterwards(() => {
      this.#awaitsOutlet = false;
      this.closeIfDone();
    });
  }

  protected override drop(outcome: MessageOutcome): void {
    super.drop(outcome);
    this.leaveRoom();
  }

  /** Whether the rest of a paced reply is waited for, at the end: for as long as it takes, and a while for a peer that reads late. */
  #drains(outlet: Outlet): boolean {
    const { clock } = this.bench;
    const now = clock.now();
    if (this.#draining) this.#drainedBy ??= now + outlet.until(0, null) + STOP_DRAIN_MS;
    const until = this.#drainedBy ?? Infinity;
    if (until === Infinity) return true;
    if (now >= until) {
      this.tellFault(
        "undelivered",
        `The receiver stops, and the rest of a reply was not read within ${STOP_DRAIN_MS / 1000} s`,
      );
      return false;
    }
    this.#drainTimer ??= clock.schedule(until, () => {
      this.#drainTimer = null;
      this.closeIfDone();
    });
    return true;
  }

  #end(): void {
    this.over = true;
    this.drop("dropped");
    this.readingIfAny?.drop();
    void this.session.close(this.#draining ? STOP_LINGER_MS : undefined);
  }

  #watch(timeoutMs: number): IdleWatch {
    const busy = () => this.waiting > 0;
    return new IdleWatch({ clock: this.bench.clock, timeoutMs, busy, idle: () => this.#onIdle(timeoutMs) });
  }

  #onIdle(timeoutMs: number): void {
    if (this.over) return;
    if (this.bench.watches("idle") && this.#happens("idle")) {
      if (!this.over) this.#idleWatch = this.#watch(timeoutMs);
      return;
    }
    this.#idle = true;
    this.#end();
  }

  #onClosed(ending: Ending): void {
    const { bench } = this;
    this.over = true;
    this.#idleWatch?.stop();
    this.#drainTimer?.cancel();
    this.drop(ending.how === "local" ? "dropped" : "peer_closed");
    this.dismantle();
    if (bench.watches("close")) this.#happens("close");
    if (this.#heard) {
      const how: CloseEvent["how"] = this.#idle ? "idle" : ending.how;
      bench.tell({ event: "close", at: this.#now(), connection: this.number, how, messages: this.messages });
    } else bench.totals.probes++;
    this.#options.gone(this);
  }

  tellFault(code: string, detail: string): void {
    this.bench.tellFault(this.number, code, null, null, detail);
  }

  #now(): string {
    return this.bench.isoTime(this.bench.clock.now());
  }
}
