/**
 * What of a message its entry in a journal still tells: whether conditions can be held against it, and what they are held against.
 *
 * This module performs no I/O.
 *
 * # What is kept (our decisions)
 *
 * `full` keeps all of a message, `headers` its MSH, MSA and ERR segments, `hash` nothing but what the entry itself says: type,
 * control id, size. A condition on anything else cannot be judged, and is an error instead of a guess.
 *
 * @module
 */
import { NO_BYTES } from "../../lib/bytes.ts";
import { AckScan } from "../../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import type { MessageFacts } from "../decide/moment.ts";
import type { JournalMessage, PayloadForm } from "../journal/entry.ts";
import type { Expectation } from "../scenario/expectation.ts";
import { conditionsIn, type When } from "../scenario/when.ts";

/** The segments that `headers` keeps. */
const HEADERS = ["MSH", "MSA", "ERR"];

/** A listener as conditions and entries know it. */
export interface ListenerName {
  readonly name?: string;
  /** As it stands in entries: the endpoint really bound. */
  readonly endpoint: string;
}

/**
 * Throws a `RangeError` that names what conditions want of messages and entries of this form do not keep.
 *
 * @example
 * ```ts
 * import { checkWhen } from "./kept.ts";
 * import assert from "node:assert/strict";
 *
 * const when = { fields: [{ path: "PID-3.1", test: { is: ["4711"] } }] };
 * checkWhen(when, "full");
 * assert.throws(() => checkWhen(when, "headers"), /^RangeError: Cannot look at PID-3.1: .* wanted --payload full$/);
 * ```
 */
export function checkWhen(when: When, form: PayloadForm): void {
  if (when.tlsCn !== undefined) throw new RangeError("Cannot look at tls_cn: a journal does not keep it");
  if (when.raw !== undefined && form !== "full") refuse("raw", form, "full");
  if (when.version !== undefined) checkPath("MSH-12", form, "version");
  for (const { path } of when.fields ?? []) checkPath(path, form);
  for (const { when: inner } of conditionsIn(when, [])) checkWhen(inner, form);
}

/**
 * As `checkWhen`, for an expectation.
 *
 * @example
 * ```ts
 * import { checkExpectation } from "./kept.ts";
 * import assert from "node:assert/strict";
 *
 * checkExpectation({ kind: "no_duplicates", path: "MSH-10" }, "hash");
 * assert.throws(() => checkExpectation({ kind: "no_duplicates", path: "PV1-19" }, "headers"), /Cannot look at PV1-19/);
 * ```
 */
export function checkExpectation(expectation: Expectation, form: PayloadForm): void {
  switch (expectation.kind) {
    case "order":
      for (const when of expectation.when) checkWhen(when, form);
      if (typeof expectation.per === "object") checkPath(expectation.per.path, form);
      return;
    case "no_duplicates":
      return checkPath(expectation.path, form);
    case "outcome":
      return;
    default:
      return checkWhen(expectation.when, form);
  }
}

function checkPath(path: string, form: PayloadForm, called = path): void {
  if (form === "full") return;
  const { segment, field, component } = parsePath(path).parts;
  if (!HEADERS.includes(segment)) refuse(called, form, "full");
  if (form === "headers") return;
  const isKnown = segment === "MSH" && (field === 10 || (field === 9 && (component === 1 || component === 2)));
  if (!isKnown) refuse(called, form, "headers or full");
}

function refuse(what: string, form: PayloadForm, wanted: string): never {
  const kept = form === "hash" ? "no more than a message's type, control id and hash" : "MSH, MSA and ERR alone";
  throw new RangeError(`Cannot look at ${what}: the journal keeps ${kept}, wanted --payload ${wanted}`);
}

/**
 * Turns entries into what conditions are held against, one at a time.
 *
 * @example
 * ```ts
 * import { EntryFacts } from "./kept.ts";
 * import assert from "node:assert/strict";
 *
 * const facts = new EntryFacts({ payload: "hash" });
 * const entry = { n: 1, at: "2026-01-31T12:00:00.000Z", type: "ADT^A01", controlId: "MSG1", bytesIn: 313, warnings: [] };
 * const { header, message } = facts.of(entry as never);
 * assert.deepEqual([header.type, header.text(10), message.length], ["ADT^A01", "MSG1", 313]);
 * ```
 */
export class EntryFacts {
  /** Whether the last one was an acknowledgement itself. */
  isAnswer = false;
  readonly #form: PayloadForm;
  readonly #listeners: readonly ListenerName[];
  readonly #startedAtMs: number;
  readonly #header: HeaderScan = new HeaderScan();
  readonly #msa: AckScan = new AckScan();
  #room: Uint8Array = NO_BYTES;

  /** `startedAtMs` is the time of the receiver's start since 1970; times count from there. */
  constructor(
    options: {
      readonly payload: PayloadForm;
      readonly listeners?: readonly ListenerName[];
      readonly startedAtMs?: number;
    },
  ) {
    this.#form = options.payload;
    this.#listeners = options.listeners ?? [];
    this.#startedAtMs = options.startedAtMs ?? 0;
  }

  /** What is known of an entry's message; holds until the next call. */
  of(entry: JournalMessage): MessageFacts {
    const kept = bytesOf(entry.payload ?? headerOf(entry));
    this.#header.scan(kept);
    this.#msa.scan(kept);
    this.isAnswer = this.#msa.hasMsa || (this.#form === "hash" && /^ACK(\^|$)/.test(entry.type));
    return {
      listener: this.#listeners.findIndex(({ endpoint }) => endpoint === entry.listener),
      connection: entry.connection,
      peer: addressOf(entry.peer),
      tlsName: null,
      nowMs: this.since(entry.at),
      message: kept.length === entry.bytesIn ? kept : this.#sized(entry.bytesIn),
      header: this.#header,
      warnings: entry.warnings.map((rule) => ({ rule })),
    };
  }

  /** Milliseconds from the start to a time of an entry. */
  since(at: string): number {
    return Date.parse(at) - this.#startedAtMs;
  }

  /** Of a message that is not kept whole, its size is all that conditions may ask for. */
  #sized(bytes: number): Uint8Array {
    if (this.#room.length < bytes) this.#room = new Uint8Array(bytes);
    return this.#room.subarray(0, bytes);
  }
}

/**
 * The control id of an entry's message, or what stands for it.
 *
 * @example
 * ```ts
 * import { scopeOf } from "./kept.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(scopeOf({ controlId: "MSG1", hash: "ab" }), "MSG1");
 * assert.equal(scopeOf({ controlId: "", hash: "ab" }), "\u0000ab");
 * ```
 */
export function scopeOf({ controlId, hash }: Pick<JournalMessage, "controlId" | "hash">): string {
  return controlId === "" ? `\u0000${hash}` : controlId;
}

/** A header that says what an entry does, for where nothing of the message was kept. */
function headerOf({ type, controlId }: JournalMessage): string {
  if (type === "" && controlId === "") return "";
  const separator = [..."|#!$%;@*+="].find((each) => !controlId.includes(each) && !type.includes(each)) ?? "|";
  return ["MSH", "^~\\&", "", "", "", "", "", "", type, controlId].join(separator) + "\r";
}

/** One character is one byte. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A peer's address without its port. */
function addressOf(peer: string): string {
  const [, six, four] = /^(?:\[(.*)\]|([^:]*)):\d+$/.exec(peer) ?? [];
  return six ?? four ?? "";
}
