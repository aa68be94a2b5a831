/**
 * The contract of a mutation: one damage done to the frame of a reply. Each kind is one file under `kinds/`, with its types
 * and its form, and is registered by its name in `registry.ts`: with that it is in the language, in the published JSON
 * Schema and in what `--explain` says.
 *
 * This module performs no I/O.
 *
 * # The contract
 *
 * A frame is parts, each of any length; what is sent is the parts one after the other. A mutation makes new parts of those that
 * the mutations before it made, and writes into none: they may be shared. It takes any bytes for content, and never
 * throws; where there is nothing it could damage, the parts stay as they are.
 *
 * *Written*, a mutation is a bare word, or its name with a value, which `form` reads. `plan` settles it for one message, with
 * the draws of that message, into plain values that a journal can keep. `plan` and `apply` are pure.
 *
 * @module
 */
import type { Form } from "../scenario/form.ts";

/** A frame in its parts, in the order in which they are sent. */
export interface Parts {
  /** What comes before the frame. */
  readonly prefix: Uint8Array;
  /** VT, undamaged. */
  readonly start: Uint8Array;
  /** The message. */
  readonly content: Uint8Array;
  /** FS, undamaged. */
  readonly endBlock: Uint8Array;
  /** CR, undamaged. */
  readonly endData: Uint8Array;
  /** What comes behind the frame. */
  readonly suffix: Uint8Array;
  /** Sent behind all of that, again and again; `null` where the frame has an end. */
  readonly endless: Uint8Array | null;
}

/** A kind of mutation; the contract is this module's text. */
export interface MutationKind<Spec extends { readonly kind: string }, Planned extends Spec = Spec> {
  readonly kind: Spec["kind"];
  /** What it does to a reply's frame, in a few words, for the reference and the editor. */
  readonly about: string;
  /** Reads the value behind the name; `null` for a bare word alone. */
  readonly form: Form<Spec> | null;
  /** What the bare word stands for; `null` where a value is needed. */
  readonly bare: Spec | null;
  /** Whether it may stand in one list more than once: it adds to what is there. */
  readonly adds: boolean;
  /** The value as written, where mutations that do not go together are told apart by it. */
  variant?(spec: Spec): string;
  /** What the frame is then, to stand behind "reply AA". */
  tell(spec: Spec): string;
  plan(spec: Spec, draw: () => number): Planned;
  apply(parts: Parts, planned: Planned): Parts;
}
