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
 * returns how many milliseconds to wait before the next step, mostly 0. Steps of one message run
 * strictly in order. A wait belongs to who performs the steps: when the connection ends it is
 * simply dropped, so a step needs no way to be stopped.
 *
 * @module
 */
import type { AckCode } from "../../lib/hl7/ack_code.ts";
import type { ErrorEntry } from "../../lib/hl7/ack_error.ts";
import type { Occasion } from "../decide/distribution.ts";
import type { Form } from "../scenario/form.ts";
import type { FileReply, Reply } from "../scenario/reply.ts";
import type { EventKind } from "../scenario/scenario.ts";
import type { StepSpec } from "./registry.ts";

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

/** What a step may do: the message it is about and the connection that brought it. */
export interface Line {
  /** Sends a whole frame; `said` goes into an acknowledgement, and is of no use to a file. */
  reply(item: ReplyItem, said?: Said): void;
  /** Sends the first bytes of a frame: this fraction of them. */
  replyPart(item: ReplyItem, part: number): void;
  /** Says nothing and stays open. */
  hold(): void;
  /** Ends the connection in order: FIN, after the peer's bytes are read away. */
  close(): void;
  /** Breaks the connection: RST where the medium has one. */
  reset(): void;
}

/** What a step's spec needs of who loads the scenario, while it is made ready; each throws a `RangeError`. */
export interface Files {
  /** The path of a file that the scenario names: what is relative there is relative to the scenario. */
  resolve(path: string): string;
  /** The text of such a file. */
  read(path: string): string;
}

/** What a step is among others: a wait; an answer, or part of one; deliberate silence; the end of the connection. */
export type StepRole = "wait" | "answer" | "silence" | "end";

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
