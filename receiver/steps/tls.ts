/**
 * The step `tls`: a handshake that fails. It is done by who listens, before there is a connection to do anything on: what the
 * steps at a handshake come to as a whole says `handshakeOf`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { type Form, word } from "../scenario/form.ts";
import type { PlannedStep } from "./registry.ts";
import type { StepKind } from "./step.ts";

/** How a handshake fails: silence, nonsense or FIN instead of it, or one with a certificate or a demand that the client cannot take. */
export type TlsWord = "stall" | "garbage" | "close" | "expired" | "wrong_host" | "no_client_cert";

/** As written and as planned. */
export interface Tls {
  readonly verb: "tls";
  readonly fault: TlsWord;
}

/** The words, in the order in which they are told. */
export const TLS_WORDS: readonly TlsWord[] = Object.freeze(
  ["stall", "garbage", "close", "expired", "wrong_host", "no_client_cert"] as const,
);

const TOLD: Readonly<Record<TlsWord, string>> = {
  stall: "answer the ClientHello with silence",
  garbage: "answer the ClientHello with bytes that are no TLS",
  close: "answer the ClientHello with FIN",
  expired: "show a certificate that has expired",
  wrong_host: "show a certificate of another host",
  no_client_cert: "demand a client's certificate that nobody has",
};

const words: Form<TlsWord> = word("fault of a handshake", TLS_WORDS);

/** Fails a handshake. */
export const tls: StepKind<Tls, Tls> = {
  verb: "tls",
  about: "makes the TLS handshake fail",
  schema: v.pipe(words, v.transform((fault: TlsWord): Tls => ({ verb: "tls", fault }))),
  bare: null,
  on: ["tls"],
  role: "handshake",
  tell: ({ fault }) => TOLD[fault],
  plan: (spec) => spec,
  perform: () => {
    throw new TypeError("Cannot do 'tls' on a connection: it is done in place of the handshake");
  },
  describe: ({ fault }) => TOLD[fault],
};

/** What is done with a handshake. */
export interface HandshakePlan {
  /** `null` for the usual handshake. */
  readonly fault: TlsWord | "reset" | null;
  /** How long it waits first. */
  readonly afterMs: number;
}

/**
 * What the planned steps of a rule for `tls` come to; `null` where there is nothing unusual.
 *
 * @example
 * ```ts
 * import { handshakeOf } from "./tls.ts";
 * import assert from "node:assert/strict";
 *
 * const steps = [{ verb: "accept_delay", ms: 500 }, { verb: "tls", fault: "expired" }] as const;
 * assert.deepEqual(handshakeOf(steps), { fault: "expired", afterMs: 500 });
 * assert.deepEqual(handshakeOf([{ verb: "delay", ms: 20 }, { verb: "reset" }]), { fault: "reset", afterMs: 20 });
 * assert.equal(handshakeOf([]), null);
 * ```
 */
export function handshakeOf(steps: readonly PlannedStep[]): HandshakePlan | null {
  let afterMs = 0;
  for (const step of steps) {
    if (step.verb === "delay" || step.verb === "accept_delay") afterMs += step.ms;
    else if (step.verb === "tls") return { fault: step.fault, afterMs };
    else if (step.verb === "close" || step.verb === "reset") return { fault: step.verb, afterMs };
  }
  return afterMs === 0 ? null : { fault: null, afterMs };
}
