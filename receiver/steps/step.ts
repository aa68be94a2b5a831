/**
 * The contract of a step: one thing done with a message. Each kind of step is one file, with its
 * types, and is registered by its verb in `registry.ts`.
 *
 * This module performs no I/O.
 *
 * # The contract
 *
 * A step has two lives. As a *spec* it stands in a rule: it may hold distributions and tables. For
 * each message `plan` turns it, with the draws of that message, into *planned* steps that hold
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
import type { FileReply, Reply } from "../scenario/reply.ts";

/** One frame of a reply: an acknowledgement, or a file's message. */
export type ReplyItem = AckCode | FileReply;

/** What a step may ask while it is planned; every answer depends on the scenario and the message alone. */
export interface Sampler {
  /** The next draw of this rule for this message, in [0, 1). */
  draw(): number;
  /** The scenario's default reply to this message; the same however often it is asked for. */
  defaultReply(): Reply;
  /** The frames that a reply comes to, given what the message asks for (MSH-15, MSH-16). */
  items(reply: Reply): readonly ReplyItem[];
}

/** What a step may do: the message it is about and the connection that brought it. */
export interface Line {
  /** Sends a whole frame. */
  reply(item: ReplyItem): void;
  /** Sends the first bytes of a frame: this fraction of them. */
  replyPart(item: ReplyItem, part: number): void;
  /** Says nothing and stays open. */
  hold(): void;
  /** Ends the connection in order: FIN, after the peer's bytes are read away. */
  close(): void;
  /** Breaks the connection: RST where the medium has one. */
  reset(): void;
}

/** A kind of step; the contract is this module's text. */
export interface StepKind<Spec extends { readonly verb: string }, Planned extends { readonly verb: string }> {
  readonly verb: Spec["verb"];
  plan(spec: Spec, sampler: Sampler): Planned;
  perform(step: Planned, line: Line): number;
  /** The planned step in a few words, for people. */
  describe(step: Planned): string;
}
