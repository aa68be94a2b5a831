/**
 * What steps can do to a connection besides answering: pace it, hold it back, close half of it, put something off. Everything is
 * made when it is first needed: a connection to which nothing is done has none of it.
 *
 * @module
 */
import type { Session } from "../lib/session.ts";
import type { Answer } from "./answer.ts";
import { Armed } from "./armed.ts";
import type { Conversation, Remembered } from "./conversation.ts";
import { Gatherings, type Waiter } from "./gatherings.ts";
import { Outlet } from "./outlet.ts";
import type { Plan } from "./decide/decide.ts";
import { Reading } from "./reading.ts";
import type { PlannedStep } from "./steps/registry.ts";
import type { After, Rates } from "./steps/step.ts";
import type { Gathering } from "./steps/way.ts";
import type { Workbench } from "./workbench.ts";

/** How long a reset waits for bytes written just before it (faults.md section 1: measured; without it they may be lost with the connection). */
const BEFORE_RESET_MS = 50;

/** One connection, as its steps may treat it; who has it gives it its session and goes on with its answers. */
export abstract class Wire implements Conversation {
  readonly number: number;
  readonly listener: number;
  abstract readonly session: Session;
  /** Nothing more is taken or sent. */
  over = false;
  outlet: Outlet | null = null;
  previous: Remembered | null = null;
  wrote = false;
  /** Messages of ours that the peer's lower layer has not confirmed; only where it confirms at all. */
  protected unconfirmed = 0;
  /** Our FIN is out. */
  protected halfClosed = false;
  /** It is held without an answer. */
  protected isHeld = false;
  protected readonly bench: Workbench;
  protected armed: Armed | null = null;
  #reading: Reading | null = null;
  #armedFor: Set<After> | null = null;
  /** The rules that have done something to it that lasts. */
  #treaters: Set<string> | null = null;
  #gatherings: Gatherings | null = null;
  #giveUpRoom: (() => void) | null = null;
  #hasLeft = false;
  #waiters: Map<Answer, Waiter> | null = null;
  /** What is done when the link holds back nothing any more. */
  #lastly: (() => void)[] = [];

  constructor(bench: Workbench, about: { readonly number: number; readonly listener: number }) {
    this.bench = bench;
    this.number = about.number;
    this.listener = about.listener;
  }

  abstract resume(answer: Answer): void;
  abstract tellFault(code: string, detail: string): void;
  /** Does steps that no message has asked for. */
  protected abstract perform(steps: readonly PlannedStep[]): void;

  /** Whether the connection is read: the reasons against it. */
  get reading(): Reading {
    return this.#reading ??= new Reading(this.session, this.bench.clock);
  }

  /** The reading, if anything was ever to be said against it. */
  protected get readingIfAny(): Reading | null {
    return this.#reading;
  }

  paced(): Outlet {
    return this.outlet ??= new Outlet(this.session, this.bench.clock);
  }

  transmit(payload: Uint8Array): void {
    const { session, session: { link } } = this;
    const awaitsWord = link.confirmsReplies || link.owesAnswer === false;
    session.send(payload);
    this.wrote = true;
    if (awaitsWord) this.unconfirmed++;
  }

  /** A message of ours was confirmed, or given up. */
  protected confirmed(): void {
    if (this.unconfirmed > 0) this.unconfirmed--;
    if (this.session.link.holdsBack) return;
    // The link's last word about it is on its way.
    this.wrote = true;
    for (const act of this.#lastly.splice(0)) act();
  }

  afterwards(act: () => void): void {
    const said = () => void (this.session.link.holdsBack ? this.#lastly.push(act) : act());
    if (this.outlet === null) said();
    else this.outlet.afterwards(said);
  }

  halfClose(): void {
    this.halfClosed = true;
    this.afterwards(() => this.session.end());
  }

  break(): void {
    const { session, bench: { clock } } = this;
    if (!this.wrote) return session.reset();
    // Replies to earlier messages are on their way and must not be lost with this one.
    session.flush();
    clock.schedule(clock.now() + BEFORE_RESET_MS, () => session.reset());
  }

  mayHold(): boolean {
    const { bench } = this;
    if (this.isHeld) return true;
    if (bench.heldConnections >= (bench.scenario.limits.heldConnections ?? Infinity)) return false;
    this.isHeld = true;
    bench.heldConnections++;
    return true;
  }

  treated({ considered }: Plan): void {
    const treaters = this.#treaters ??= new Set();
    for (const { rule, held } of considered) if (held) treaters.add(rule);
  }

  /** Whether one of these rules had a say in a plan. */
  protected isOf({ considered }: Plan, rules: ReadonlySet<string>): boolean {
    return considered.some(({ rule, held }) => held && rules.has(rule));
  }

  /** Whether one of these rules has done something to the connection that lasts. */
  protected isTreatedBy(rules: ReadonlySet<string>): boolean {
    return [...this.#treaters ?? []].some((rule) => rules.has(rule));
  }

  stopReading(forMs: number): void {
    this.reading.stop("stopped", forMs);
  }

  limitRates(rates: Rates): void {
    if (rates.in !== undefined) this.reading.rate = rates.in;
    if (rates.out !== undefined) this.paced().rate = rates.out;
  }

  later(after: After, steps: readonly PlannedStep[], inHand: boolean): void {
    this.armed ??= new Armed(this.bench.clock);
    // A rule for every message arms the connection once.
    const armedFor = this.#armedFor ??= new Set();
    if (armedFor.has(after)) return;
    armedFor.add(after);
    this.armed.add(after, () => {
      armedFor.delete(after);
      this.perform(steps);
    }, inHand);
  }

  waitForRoom(concurrent: number, answer: Answer): void {
    this.reading.stop("room");
    this.#giveUpRoom = this.bench.rooms.wait(this.listener, concurrent, () => {
      this.reading.goOn("room");
      this.resume(answer);
    });
  }

  together(answer: Answer, gathering: Gathering, waiter: Waiter): void {
    const rule = answer.plan.rule ?? "";
    const waiters = this.#waiters ??= new Map<Answer, Waiter>();
    const known: Waiter = {
      ...waiter,
      gone: (sent) => {
        waiters.delete(answer);
        waiter.gone(sent);
      },
    };
    waiters.set(answer, known);
    this.#gatheringsOf(gathering).add(`${gathering.kind} ${rule}`, gathering, known);
  }

  /** It is none of its listener's connections any more, though the peer may not have gone yet. */
  protected leaveRoom(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#giveUpRoom?.();
    this.bench.rooms.left(this.listener);
  }

  /** A reply waits for others no longer. */
  protected alone(answer: Answer): void {
    const waiter = this.#waiters?.get(answer);
    if (waiter === undefined) return;
    this.#waiters?.delete(answer);
    this.#gatherings?.remove(waiter);
    this.bench.gatherings.remove(waiter);
  }

  /** A swap is made with whatever connection comes next. */
  #gatheringsOf({ kind }: Gathering): Gatherings {
    return kind === "swap" ? this.bench.gatherings : this.#gatherings ??= new Gatherings(this.bench.clock);
  }

  /** Everything that steps have done to it is undone. */
  protected restore(): void {
    this.#reading?.goOn("stopped");
    this.#giveUpRoom?.();
    this.#reading?.goOn("room");
    if (this.#reading !== null) this.#reading.rate = Infinity;
    this.outlet?.hurry();
    this.armed?.drop();
    this.#armedFor?.clear();
    this.#treaters = null;
    this.release();
  }

  /** It is held no longer. */
  protected release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.bench.heldConnections--;
  }

  /** The connection is gone. */
  protected dismantle(): void {
    this.release();
    this.#lastly = [];
    this.leaveRoom();
    this.#reading?.drop();
    this.outlet?.drop();
    this.armed?.drop();
    for (const answer of [...this.#waiters?.keys() ?? []]) this.alone(answer);
  }
}
