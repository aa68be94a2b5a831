/**
 * A load on a virtual clock: connections are pairs in memory, the receiver is a script, and time
 * moves a millisecond when everything that could happen has happened. A minute takes no time, and
 * figures are exact.
 *
 * @module
 */
import { latin1 } from "../../../lib/bytes.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import { TransportError } from "../../../lib/errors.ts";
import { linkMaker } from "../../../lib/link/make.ts";
import { Attack, type LoadObserver } from "../../../lib/load/attack.ts";
import { ConstantPacer } from "../../../lib/load/pacer.ts";
import type { LoadPlan } from "../../../lib/load/plan.ts";
import type { RunDocument } from "../../../lib/load/result.ts";
import type { Surroundings } from "../../../lib/load/surroundings.ts";
import { OUTCOMES } from "../../../lib/outcome.ts";
import { Session } from "../../../lib/session.ts";
import { memoryPair, type MemoryTransport } from "../../../lib/transport/memory.ts";
import { ack, idOf } from "../../peer.ts";

/** A message as one of the rig's templates. */
export function message(more = ""): Uint8Array {
  return new TextEncoder().encode(`MSH|^~\\&|ADT|WARD|LAB|HOSP|X||ADT^A01|X|P|2.5${more}\rPID|1||900417\r`);
}

/** One message at the receiver, and what can be done about it. */
export interface Arrived {
  readonly text: string;
  readonly id: string;
  /** From 0, over all connections. */
  readonly ordinal: number;
  /** Which connection, from 0. */
  readonly connection: number;
  /** On the rig's clock. */
  readonly at: number;
  /** Sends a payload after so many milliseconds. */
  reply(payload: string, delayMs?: number): void;
  /** Sends bytes without a frame. */
  write(text: string, delayMs?: number): void;
  readonly session: Session;
  /** Milliseconds of the rig's clock later. */
  later(delayMs: number, act: () => void): void;
}

export type Receiver = (arrived: Arrived) => void;

/** Answers AA after a time. */
export function accepts(delayMs = 1): Receiver {
  return (arrived) => arrived.reply(ack(arrived.id), delayMs);
}

/** Answers nothing. */
export const silent: Receiver = () => {};

/** A plan's choices, with a rate where there is no pacer. */
export type RigPlan = Partial<Omit<LoadPlan, "stop">> & {
  /** Messages per second; null is a closed loop. */
  readonly rate?: number | null;
  readonly durationMs?: number;
  readonly count?: number;
};

/** A load under way on a virtual clock. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly arrived: Arrived[] = [];
  /** Whether connections are refused from now on. */
  refusing = false;
  connections = 0;
  readonly attack: Attack;
  readonly #makeLink: NonNullable<LoadPlan["makeLink"]>;
  readonly #receiver: Receiver;
  readonly #opened: (far: MemoryTransport, connection: number) => void;

  constructor(
    receiver: Receiver,
    { rate = 100, durationMs = Infinity, count = Infinity, ...plan }: RigPlan = {},
    observer: LoadObserver = {},
    opened: (far: MemoryTransport, connection: number) => void = () => {},
  ) {
    this.#receiver = receiver;
    this.#opened = opened;
    this.#makeLink = plan.makeLink ?? linkMaker();
    const surroundings: Surroundings = {
      clock: this.clock,
      tickMs: 1,
      every: (ms, tick) => {
        let on = true;
        const again = () =>
          this.clock.schedule(this.clock.now() + ms, () => {
            if (!on) return;
            tick();
            again();
          });
        again();
        return { cancel: () => on = false };
      },
      yield: (resume) => void setImmediate(resume),
    };
    this.attack = new Attack({
      target: "memory:rig",
      connect: () => this.#connect(),
      makeLink: this.#makeLink,
      messages: [message()],
      seed: 7,
      drainMs: 10_000,
      ...plan,
      pacer: plan.pacer ?? (rate === null ? null : new ConstantPacer(rate)),
      stop: { durationMs, count },
    }, { surroundings, ...observer });
  }

  #connect(): Promise<MemoryTransport> {
    if (this.refusing) {
      return Promise.reject(
        new TransportError("connect_refused", "Cannot connect to memory:rig: connection refused", {
          operation: "connect",
          endpoint: "memory:rig",
        }),
      );
    }
    const [near, far] = memoryPair("rig");
    const connection = this.connections++;
    this.#opened(far, connection);
    const session: Session = new Session(far, this.#makeLink(), {
      event: (event) => {
        if (event.type === "message") this.#arrive(session, connection, latin1(event.payload));
      },
      closed: () => {},
    }, { clock: this.clock });
    return Promise.resolve(near);
  }

  #arrive(session: Session, connection: number, text: string): void {
    const later = (delayMs: number, act: () => void) => {
      this.clock.schedule(this.clock.now() + delayMs, () => {
        if (!session.closed) act();
      });
    };
    const arrived: Arrived = {
      text,
      id: idOf(text),
      ordinal: this.arrived.length,
      connection,
      at: this.clock.now(),
      session,
      later,
      reply: (payload, delayMs = 0) => later(delayMs, () => session.send(new TextEncoder().encode(payload))),
      write: (bytes, delayMs = 0) => later(delayMs, () => session.write(Buffer.from(bytes, "latin1"))),
    };
    this.arrived.push(arrived);
    this.#receiver(arrived);
  }

  /** Plays to the end, `at` being what happens on the way, by time on the clock. Checks that the document adds up. */
  async play(at: Readonly<Record<number, (rig: Rig) => void>> = {}): Promise<RunDocument> {
    let run: RunDocument | null = null;
    let failure: { error: unknown } | null = null;
    this.attack.run().then((document) => run = document, (error) => failure = { error });
    for (let ms = 0; run === null && failure === null; ms++) {
      if (ms > 200_000) throw new Error("The run does not end");
      at[ms]?.(this);
      await turns();
      this.clock.advance(1);
      await turns();
    }
    if (failure !== null) throw (failure as { error: unknown }).error;
    return run!;
  }
}

/** Lets streams and promises have their turn. */
async function turns(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The sum of a document's outcomes. */
export function total(run: RunDocument): number {
  return OUTCOMES.reduce((sum, outcome) => sum + run.outcomes[outcome], 0);
}

/** The outcomes that are not zero. */
export function outcomes(run: RunDocument): Partial<Record<string, number>> {
  return Object.fromEntries(Object.entries(run.outcomes).filter(([, count]) => count > 0));
}
