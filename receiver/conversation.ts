/**
 * What an answer needs of the connection that brought its message.
 *
 * @module
 */
import type { Session } from "../lib/session.ts";
import type { Answer } from "./answer.ts";
import type { Plan } from "./decide/decide.ts";
import type { Waiter } from "./gatherings.ts";
import type { Outlet } from "./outlet.ts";
import type { PlannedStep } from "./steps/registry.ts";
import type { After, Rates } from "./steps/step.ts";
import type { Gathering } from "./steps/way.ts";

/** A reply as it was sent, kept for who wants it again. */
export interface Remembered {
  readonly code: string;
  /** MSH-10 of the message that it answered, as ISO 8859-1. */
  readonly controlId: string;
  /** Its bytes on the line. */
  frame(): Uint8Array;
}

/** A connection, as its answers see it. */
export interface Conversation {
  readonly number: number;
  /** Which listener it came to: its index in the scenario. */
  readonly listener: number;
  readonly session: Session;
  /** Whether nothing more is taken or sent. */
  readonly over: boolean;
  /** The way out for bytes that do not leave at once; null as long as none was needed. */
  readonly outlet: Outlet | null;
  /** The last reply, where the scenario has a use for it. */
  previous: Remembered | null;
  /** Whether anything was written in the present turn. */
  wrote: boolean;
  /** Sends a message of ours, whose confirmation is waited for where there is one. */
  transmit(payload: Uint8Array): void;
  /** Does something when all that was sent has left: what is paced, and what waits for its turn on the line. */
  afterwards(act: () => void): void;
  /** The outlet, made if there is none. */
  paced(): Outlet;
  /** FIN; reading goes on. */
  halfClose(): void;
  /** RST, after what was written in the present turn. */
  break(): void;
  /** Whether one more may be held without an answer; if so, it counts. */
  mayHold(): boolean;
  /** A plan's rules are about to do something to the connection that lasts. */
  treated(plan: Plan): void;
  stopReading(forMs: number): void;
  limitRates(rates: Rates): void;
  /** Does steps when the connection has come to something; `inHand` where a message is being dealt with. */
  later(after: After, steps: readonly PlannedStep[], inHand: boolean): void;
  /** The answer goes on when there are so few connections at the listener. */
  waitForRoom(concurrent: number, answer: Answer): void;
  /** A reply leaves with others. */
  together(answer: Answer, gathering: Gathering, waiter: Waiter): void;
  /** What an answer waited for has come. */
  resume(answer: Answer): void;
  /** Something that should have gone out did not. */
  tellFault(code: string, detail: string): void;
}
