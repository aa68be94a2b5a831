/**
 * The contract of a step: one thing done with a message. Each kind of step is one file, with its
 * types and its schema, and is registered by its verb in `registry.ts`: with that it is in the language, in the
 * published JSON Schema and in what `--explain` says.
 *
 * This module performs no I/O.
 *
 * # The contract
 *
 * A step has three lives. *Written*, it is a bare word or the verb with a value, which `schema` reads. As a *spec* it
 * stands in a rule: it may hold distributions and tables. For each message `plan` turns it, with the draws of that message, into *planned* steps that hold
 * plain values. `plan` is pure: the same spec and the same draws give the same steps.
 *
 * `perform` does a planned step on the line of the message, at once and without a promise, and
 * returns how many milliseconds to wait before the next step, mostly 0; `Infinity` where the line itself goes on when it can. Steps of one message run
 * strictly in order. A wait belongs to who performs the steps: when the connection ends it is
 * simply dropped, so a step needs no way to be stopped.
 *
 * @module
 */
import type { HllpNakCode } from "../../lib/framing/hllp_block.ts";
import type { AckCode } from "../../lib/hl7/ack_code.ts";
import type { ErrorEntry } from "../../lib/hl7/ack_error.ts";
import type { Occasion } from "../decide/distribution.ts";
import type { Form } from "../scenario/form.ts";
import type { FileReply, Reply } from "../scenario/reply.ts";
import type { EventKind } from "../scenario/scenario.ts";
import type { LinkAckVerb } from "./link_ack.ts";
import type { CommitWord } from "./link_commit.ts";
import type { LinkSentVerb } from "./link_sent.ts";
import type { PlannedStep, StepSpec } from "./registry.ts";
import type { FramePlace, Pace, Way } from "./way.ts";

/** One frame of a reply: an acknowledgement, or a file's message. */
export type ReplyItem = AckCode | FileReply;

/** What an acknowledgement says besides its code. */
export interface Said {
  /** MSA-3. */
  readonly text?: string;
  /** Become ERR. */
  readonly errors?: readonly ErrorEntry[];
}

/** What a step may ask while it is planned; every answer depends on the scenario and the message alone. */
export interface Sampler {
  /** The next draw of this rule for this message, in [0, 1). */
  draw(): number;
  /** Where in time and among its rule's firings this one is. */
  readonly at: Occasion;
  /** The scenario's default reply to this message; the same however often it is asked for. */
  defaultReply(): Reply;
  /** The frames that a reply comes to, given what the message asks for (MSH-15, MSH-16). */
  items(reply: Reply): readonly ReplyItem[];
}

/** When a connection's step is put off to something that the connection comes to; every part that is given is waited for by itself. */
export interface After {
  /** So many messages of this connection. */
  readonly messages?: number;
  /** So many bytes from the peer. */
  readonly bytes?: number;
  /** So long a silence of the peer. */
  readonly idleMs?: number;
  /** So long a life of the connection. */
  readonly ageMs?: number;
}

/** How fast bytes may go, per second; what is absent stays as it is. */
export interface Rates {
  readonly in?: number;
  readonly out?: number;
}

/**
 * What the lower layer says to a message that has come, where it confirms messages at all: yes, no, nothing or yes two times (MLLP
 * 2); no (HLLP); no, its end of the transfer, yes to another block, or yes with a reverse interrupt (X3.28).
 */
export type Commit = CommitWord | LinkAckVerb | "eot";

/** What the messages of all connections share: what a receiver that is but one program could not do for all of them at a time. */
export interface Household {
  /** Takes one event of those that this key counts; whether it was within the rate (one second's worth may come at once). */
  within(key: object, perSecond: number, nowMs: number): boolean;
  /** Puts work into the queue of the one processor; how long until it is done. */
  work(ms: number, nowMs: number): number;
  /** How many works are queued or under way. */
  working(nowMs: number): number;
  /** How many connections are open at this listener. */
  open(listener: number): number;
}

/**
 * What a step may do: the message it is about and the connection that brought it. What happens to a connection without a message
 * has a line, too: then there is nothing to reply to, and the verbs of replies are not called.
 */
export interface Line {
  /** Milliseconds since the scenario was started. */
  readonly nowMs: number;
  /** Which listener the connection came to: its index in the scenario. */
  readonly listener: number;
  /** The how-manieth time the message comes, from 1. */
  readonly attempt: number;
  readonly household: Household;
  /** Sends a whole frame; `said` goes into an acknowledgement, and is of no use to a file. Returns how long it takes to leave, mostly 0. */
  reply(item: ReplyItem, said?: Said, way?: Way): number;
  /** Sends the reply's frame up to this place, from where it was sent to before; built once for the message. Returns how long it takes to leave. */
  send(item: ReplyItem, upTo: FramePlace, pace?: Pace): number;
  /** Says nothing and stays open. */
  hold(): void;
  /** The message is taken and its reply gets lost: nothing is said. */
  dropReply(): void;
  /** The message gets lost: nothing is said, and it counts as never having come. */
  discard(): void;
  /** Ends the connection in order: FIN, after the peer's bytes are read away. */
  close(): void;
  /** Breaks the connection: RST where the medium has one. */
  reset(): void;
  /** FIN, and reading goes on. */
  halfClose(): void;
  /** From here on, this message's steps do not wait for earlier messages, nor later ones for it. */
  aside(): void;
  /** Other steps instead of those that are left. */
  instead(steps: readonly PlannedStep[]): void;
  /** Bytes past any framing. Returns how long they take to leave. */
  say(bytes: Uint8Array): number;
  /** Reads nothing for so long; `Infinity` for until somebody heals it. */
  stopReading(forMs: number): void;
  /** Nothing goes faster from now on. */
  limitRates(rates: Rates): void;
  /** Does steps when the connection has come to something. */
  later(after: After, steps: readonly PlannedStep[]): void;
  /** Is not served before there are at most so many connections at its listener. Returns `Infinity`: until then. */
  waitForRoom(concurrent: number): number;
  /** Whether a message with this control id was taken before, and answered well. */
  readonly isDuplicate: boolean;
  /** Sends what the message was answered with when it was taken; returns how long it takes to leave. */
  replyAgain(): number;
  /** Sends the message on, and its reply back. Returns `Infinity`: until there is one. */
  forward(endpoint: string, timeoutMs: number): number;
  /** What the lower layer says to the message, at once and not again; `code` is what a refusal says, where it has a code. */
  commit(word: Commit, code?: HllpNakCode): void;
  /** What the lower layer does wrong when the next reply leaves; `value` is how often, how many, or how many milliseconds. */
  fault(name: LinkSentVerb, value: number): void;
}

/** What a step's spec needs of who loads the scenario, while it is made ready; each throws a `RangeError`. */
export interface Files {
  /** The path of a file that the scenario names: what is relative there is relative to the scenario. */
  resolve(path: string): string;
  /** The text of such a file. */
  read(path: string): string;
}

/**
 * What a step is among others: a wait; an answer, or part of one; deliberate silence; the end of the connection; something
 * done to the connection, which goes on; a question whose answer may be other steps; the handshake.
 */
export type StepRole = "wait" | "answer" | "silence" | "end" | "connection" | "question" | "handshake";

/** A kind of step; the contract is this module's text. */
export interface StepKind<Spec extends { readonly verb: string }, Planned extends { readonly verb: string }> {
  readonly verb: Spec["verb"];
  /** In a few words, for the reference and the editor. */
  readonly about: string;
  /** Reads the value behind the verb, which may stand for several steps; `null` for a bare word alone. */
  readonly schema: Form<StepSpec | readonly StepSpec[]> | null;
  /** What the bare word stands for; `null` where a value is needed. */
  readonly bare: Spec | null;
  /** The events it can be done at. */
  readonly on: readonly EventKind[];
  readonly role: StepRole;
  /** Looks up the files that a spec names; without it, there are none. */
  settle?(spec: Spec, files: Files): Spec;
  /** The spec in a few words, for people. */
  tell(spec: Spec): string;
  plan(spec: Spec, sampler: Sampler): Planned;
  perform(step: Planned, line: Line): number;
  /** The planned step in a few words, for people. */
  describe(step: Planned): string;
}
