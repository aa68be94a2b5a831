/**
 * The turns of a connection's messages: what was decided for each is done, in order. It knows answers and their steps, not
 * where messages come from.
 *
 * # Order (our decision)
 *
 * Replies leave a connection in the order in which its messages came. Each is due at its message's arrival plus its delay, so
 * delays run side by side, but none leaves before an earlier one. A message whose turn it is at once is answered within the
 * call that brought it: no timer, no promise. The others wait in a queue, with one timer for its head. A message that a step
 * has set aside is out of that order: it goes on by itself, with a timer of its own.
 *
 * Where a journal is kept, a message whose turn it is hands its entry over and is answered when the journal says that it is
 * written; the entries of all messages that are ready go together.
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
import type { Link } from "../lib/link/link.ts";
import { Answer } from "./answer.ts";
import { Asides } from "./asides.ts";
import type { Plan } from "./decide/decide.ts";
import type { MessageOutcome } from "./events.ts";
import { Desk } from "./journal/desk.ts";
import { isOfLink } from "./steps/link_faults.ts";
import { performStep, type PlannedStep, type Verb } from "./steps/registry.ts";
import { Wire } from "./wire.ts";
import type { Workbench } from "./workbench.ts";

/** What is begun when a message comes, whoever's turn it is. */
const WAITS: ReadonlySet<Verb> = new Set(["delay", "aside"]);
/** What a receiver as a whole is asked when a message comes, whoever's turn it is. */
const ASKS: ReadonlySet<Verb> = new Set(["quota", "queue", "process_time"]);

type Progress = Answer["progress"];

/** A connection whose messages have their turns. */
export abstract class Turns extends Wire {
  readonly endpoint: string;
  protected readonly queue: Answer[] = [];
  protected asides: Asides | null = null;
  /** `null` where no journal is kept. */
  protected readonly desk: Desk | null;
  /** For the next message. */
  protected spare: Answer;
  #woken = false;
  #timer: Timer | null = null;

  constructor(
    bench: Workbench,
    about: { readonly number: number; readonly listener: number; readonly endpoint: string },
    line: { readonly peer: string; readonly link: Link },
  ) {
    super(bench, about);
    this.endpoint = about.endpoint;
    this.spare = new Answer(bench, this);
    this.desk = bench.journal === null ? null : new Desk(bench, bench.journal, {
      connection: this.number,
      listener: about.endpoint,
      peer: line.peer,
      // The commit waits for no delay.
      atOnce: line.link.confirmsReplies,
      perform: (answer) => {
        answer.gather();
        answer.progress = this.#advance(answer);
      },
      recorded: (answer) => this.#onRecorded(answer),
    });
  }

  /** Ends the connection if it was only waiting for the turns of its messages. */
  protected abstract closeIfDone(): void;
  /** Something was said or done just now. */
  protected abstract busied(): void;

  /** How many messages wait for their answer. */
  get waiting(): number {
    return this.queue.length + (this.asides?.size ?? 0);
  }

  /** The messages that were not answered, as far as they may still be healed. */
  get held(): readonly Answer[] {
    return this.asides?.held ?? [];
  }

  /** Does steps that somebody asks for by hand. */
  perform(steps: readonly PlannedStep[]): void {
    if (this.over) return;
    const answer = new Answer(this.bench, this);
    answer.isAside = true;
    answer.plan = { rule: null, considered: [], steps };
    this.setAside(answer);
  }

  /**
   * Cancels every wait that one of these rules has caused, or without any named every wait: messages that nothing was said to get the
   * default reply, replies under way are completed. Returns how many were healed.
   */
  heal(rules: ReadonlySet<string> | null): number {
    if (this.over) return 0;
    const { bench, asides } = this;
    let healed = 0;
    const concerned = ({ plan }: Answer) => rules === null || this.isOf(plan, rules);
    if (rules === null || this.isTreatedBy(rules)) this.restore();
    for (const answer of this.queue.concat(asides?.answers ?? [])) {
      if (!concerned(answer)) continue;
      if (answer.n === 0 && answer.isAside) {
        answer.drop("none");
        asides?.delete(answer);
        continue;
      }
      this.alone(answer);
      this.outlet?.hurry();
      answer.heal(bench.decider.plain(answer));
      healed++;
    }
    for (const answer of asides?.takeHeld() ?? []) {
      const plain = bench.decider.plain(answer);
      // Where silence is the default, it stays.
      if (!concerned(answer) || plain.steps[0]?.verb === "hold") asides?.hold(answer, bench.scenario.limits.maxPending);
      else {
        answer.heal(plain);
        asides?.add(answer);
        healed++;
      }
    }
    for (const answer of asides?.answers ?? []) this.#goOn(answer);
    if (this.session.link.confirms) this.#wake();
    else {
      // At once: of thousands of connections, what is at hand now is far away in a later turn.
      this.#pump();
      this.session.flush();
    }
    return healed;
  }

  /** Does a plan at once if it may, else queues the message for its turn. */
  protected begin(answer: Answer, plan: Plan): void {
    const { bench } = this;
    answer.plan = plan;
    const desk = this.desk;
    const timed = bench.telling || desk !== null || (plan.steps.length > 0 && plan.steps[0].verb !== "reply");
    if (timed) answer.arrivedAt = bench.clock.now();
    if (bench.commits && answer.n > 0) this.#commit(answer);
    // A refused frame has a note, and no entry.
    if (desk !== null && answer.n > 0) desk.take(answer);
    const { recording } = answer;
    let wait = 0;
    // Waits at the beginning run from the arrival on, whoever's turn it is.
    for (;;) {
      const step = answer.plan.steps[answer.next];
      if (step === undefined || !(WAITS.has(step.verb) || (wait === 0 && ASKS.has(step.verb)))) break;
      answer.next++;
      recording?.did(step, answer.arrivedAt + wait);
      wait += performStep(step, answer);
    }
    answer.waitedMs = wait;
    answer.readyAt = wait > 0 ? answer.arrivedAt + wait : 0;
    const { queue } = this;
    const recorded = recording !== null && desk!.waits;
    if (answer.isAside) return this.#aside(answer);
    // MLLP 2 commits a message after this call; what is written past the link, or ends it, must come behind.
    const later = recorded || wait > 0 ||
      (this.session.link.confirms && !answer.plan.steps.every((step) => step.verb === "reply"));
    if (queue.length === 0 && !later) {
      const progress = this.#advance(answer);
      if (progress === "done") return this.#finish(answer);
      if (progress === "aside") return this.#aside(answer);
    }
    if (!timed) answer.arrivedAt = bench.clock.now();
    this.#keep(answer);
    queue.push(answer);
    if (recorded) desk!.handOver(queue);
    if (queue.length === 1) {
      if (answer.readyAt > 0) this.#wait(answer.readyAt);
      else if (!recorded) this.#wake();
    }
    this.#holdBack();
  }

  #aside(answer: Answer): void {
    this.setAside(answer);
    this.#holdBack();
  }

  /** Where too much waits, nothing more is read. */
  #holdBack(): void {
    const { bench } = this;
    const full = this.waiting >= bench.scenario.limits.maxPending || (bench.journal?.full ?? false);
    if (full && !this.session.link.confirms) this.reading.stop("pending");
  }

  /** It outlives the call that brought it. */
  #keep(answer: Answer): void {
    if (answer !== this.spare) return;
    const { bench } = this;
    answer.keep((bench.observer?.payloads ?? false) || bench.needsWhole);
    this.spare = new Answer(bench, this);
  }

  #wait(at: number): void {
    if (at < Infinity) this.#timer = this.bench.clock.schedule(at, this.#pump);
  }

  /** What the lower layer says, where it is ours to say: at once, but for what must be written down first. */
  #commit(answer: Answer): void {
    if (this.session.link.commit === undefined) return;
    answer.askForWord((step) => void performStep(step, answer));
    if (answer.refused || !this.desk?.waits) this.#sayCommit(answer);
  }

  #sayCommit({ committed }: Answer): void {
    const { link } = this.session;
    if (committed !== "none") link.commit?.(committed !== "nak");
    if (committed === "twice") link.commit?.(true);
  }

  protected setAside(answer: Answer): void {
    this.#keep(answer);
    const asides = this.asides ??= new Asides(this.bench.clock, (each) => this.#goOn(each));
    asides.add(answer);
    if (answer.recording !== null && this.desk!.waits && answer.recording.state === "open") this.desk!.hand(answer);
    else if (this.session.link.confirms) queueMicrotask(() => this.#goOn(answer));
    else this.#goOn(answer);
  }

  /** A message that is aside goes on, if it is its time. */
  #goOn(answer: Answer): void {
    const { asides } = this;
    if (this.over || asides === null || !asides.has(answer)) return;
    if (answer.recording?.state === "waiting") return;
    const { clock } = this.bench;
    if (answer.readyAt > clock.now()) return asides.wait(answer);
    this.bench.ask();
    // What is waited for may have come within the step.
    while (this.#step(answer) === "waits") if (answer.readyAt > clock.now()) return asides.wait(answer);
    asides.delete(answer);
    this.#finish(answer);
    if (!this.over) this.#readOn();
    this.closeIfDone();
  }

  /** The journal has answered; in the order of the entries, so a commit here keeps its place. */
  #onRecorded(answer: Answer): void {
    if (this.over) return;
    const { link } = this.session;
    if (link.commit !== undefined && !answer.refused) {
      const { failure } = answer.recording!;
      if (failure === null) this.#sayCommit(answer);
      else {
        link.commit(false);
        answer.refuse();
      }
    }
    // The pump sends what the link says, too; an answer that is aside goes on by itself.
    if (!this.asides?.has(answer) || link.confirms) this.#wake();
    this.#goOn(answer);
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    queueMicrotask(this.#pump);
  }

  resume(answer: Answer): void {
    answer.resumed = true;
    if (this.over || answer.performing) return;
    answer.readyAt = 0;
    if (answer.isAside) this.#goOn(answer);
    else this.#wake();
  }

  /** Does steps until one asks to wait. */
  #advance(answer: Answer): Progress {
    const { recording } = answer;
    const { clock } = this.bench;
    while (answer.next < answer.plan.steps.length) {
      const step = answer.plan.steps[answer.next++];
      recording?.did(step, clock.now());
      // What the lower layer is told was told at the message's arrival.
      if (isOfLink(step.verb)) continue;
      const wasAside = answer.isAside;
      answer.resumed = false;
      answer.performing = true;
      const wait = performStep(step, answer);
      answer.performing = false;
      if (answer.ended) {
        if (!answer.gathers) this.over = true;
        return "done";
      }
      if (answer.isAside !== wasAside) return "aside";
      if (wait > 0 && !(wait === Infinity && answer.resumed)) {
        if (wait < Infinity) answer.waitedMs += wait;
        // What is only kept by now is not done yet: the wait begins with that.
        if (answer.gathers) answer.pendingMs = wait;
        else answer.readyAt = clock.now() + wait;
        return "waits";
      }
    }
    return "done";
  }

  /** Does what an answer whose turn it is has left: what was kept of it, or its next steps. */
  #step(answer: Answer): Progress {
    if (answer.healed !== null) answer.heal(answer.healed);
    if (!answer.gathers) return this.#advance(answer);
    const { progress } = answer;
    answer.readyAt = progress === "waits" ? this.bench.clock.now() + answer.pendingMs : 0;
    answer.resumed = false;
    answer.performing = true;
    answer.release();
    answer.performing = false;
    if (answer.ended) this.over = true;
    if (answer.resumed && answer.readyAt === Infinity) answer.readyAt = 0;
    return progress;
  }

  readonly #pump = (): void => {
    const { queue, desk, bench: { clock } } = this;
    this.#woken = false;
    this.#timer?.cancel();
    this.#timer = null;
    // The commits, which nothing done with a message may overtake or cut off.
    if (desk !== null && this.session.link.confirms) this.session.flush();
    this.wrote = false;
    while (queue.length > 0 && !this.over) {
      const head = queue[0];
      if (head.readyAt > 0 && head.readyAt > clock.now()) {
        this.#wait(head.readyAt);
        break;
      }
      if (desk !== null && !desk.isRecorded(queue)) break;
      this.bench.ask();
      const progress = this.#step(head);
      if (progress === "waits") continue;
      queue.shift();
      desk?.shifted();
      if (progress === "aside") this.setAside(head);
      else this.#finish(head);
    }
    if (this.over) this.drop("dropped");
    else this.#readOn();
    this.closeIfDone();
  };

  #finish(answer: Answer): void {
    const { bench } = this;
    const { totals, telling, observer } = bench;
    if (!this.over) answer.acknowledge();
    if (answer.outcome === "held") {
      totals.held++;
      if (bench.healable && answer.n > 0 && !this.over) this.#hold(answer);
    }
    answer.record();
    bench.settled(answer);
    this.busied();
    // A refused frame has been told of as a fault, and is no message.
    if (telling && answer.n > 0) observer?.event(answer.event());
    if (this.over) this.drop("dropped");
    else if (answer.n > 0) this.armed?.message();
  }

  /** Who can be healed is kept. */
  #hold(answer: Answer): void {
    this.#keep(answer);
    const asides = this.asides ??= new Asides(this.bench.clock, (each) => this.#goOn(each));
    asides.hold(answer, this.bench.scenario.limits.maxPending);
  }

  /** The messages that wait will not be answered. */
  protected drop(outcome: MessageOutcome): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.desk?.emptied();
    for (const answer of [...this.queue.splice(0), ...this.asides?.takeAll() ?? []]) {
      this.alone(answer);
      answer.drop(outcome);
      this.bench.settled(answer);
      if (answer.n === 0) continue;
      answer.record();
      this.bench.totals.unanswered++;
      this.bench.ask();
      if (this.bench.telling) this.bench.observer?.event(answer.event());
    }
  }

  #readOn(): void {
    const { maxPending } = this.bench.scenario.limits;
    if (this.waiting <= maxPending / 2) this.readingIfAny?.goOn("pending");
  }
}
