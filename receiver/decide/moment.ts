/**
 * What is known when a decision is made: the message or the event on a connection, the time, and
 * the values at the paths that the scenario names, each found at most once for a message.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, NO_BYTES } from "../../lib/bytes.ts";
import type { HeaderScan } from "../../lib/hl7/header.ts";
import type { Scope } from "../scenario/scenario.ts";
import { Values } from "./values.ts";

/** What is known of anything that happens on a connection. */
export interface EventFacts {
  /** Which listener it came to: its index in the scenario. */
  readonly listener: number;
  /** The connection's number. */
  readonly connection: number;
  /** The peer's address alone; empty where there is none. */
  readonly peer: string;
  /** The common name in the peer's certificate; `null` where it gave none. */
  readonly tlsName: string | null;
  /** Milliseconds since the scenario was started. */
  readonly nowMs: number;
  /** The code of the damage, for a damaged frame. */
  readonly fault?: string;
}

/** A deviation of a frame that was tolerated: by which rule of reading. */
export interface Deviation {
  readonly rule: string;
}

const NO_DEVIATIONS: readonly Deviation[] = Object.freeze([]);

/** What is known of a message besides; views hold for the decision alone. */
export interface MessageFacts extends EventFacts {
  readonly message: Uint8Array;
  /** Has scanned the message. */
  readonly header: HeaderScan;
  /** The deviations of its frame that were tolerated. */
  readonly warnings: readonly Deviation[];
}

/** So many message types are remembered as texts (our decision: HL7 has some hundreds; beyond it is somebody's noise). */
const TYPES_REMEMBERED = 1000;

/**
 * A moment at which is decided; one object for all, filled anew each time.
 *
 * @example
 * ```ts
 * import { Moment } from "./moment.ts";
 * import { HeaderScan } from "../../lib/hl7/header.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const pid = moment.values.slot("PID-3.1");
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\rPID|1||4711^^^HOSP\r");
 * const header = new HeaderScan();
 * header.scan(message);
 * const facts = { listener: 0, connection: 1, peer: "", tlsName: null, nowMs: 0, message, header, warnings: [] };
 * moment.begin({ scope: "MSG1", attempt: 1 }, facts);
 * assert.equal(moment.type, "ADT^A01");
 * assert.equal(moment.values.count(pid), 1);
 * ```
 */
export class Moment {
  facts!: EventFacts;
  message: Uint8Array = NO_BYTES;
  warnings: readonly Deviation[] = NO_DEVIATIONS;
  /** Whether there is a message at all. */
  isMessage = false;
  attempt = 1;
  /** The values at the scenario's paths. */
  readonly values: Values = new Values();
  readonly #types: TypeTexts = new TypeTexts();
  #identity: { readonly scope: string } = { scope: "" };
  #header: HeaderScan | null = null;
  #type: string | null = null;
  #drawKey: string | null = null;
  /** Begins with a message. `identity` says whose draws are taken; its scope is asked for only where it is needed. */
  begin(identity: { readonly scope: string; readonly attempt: number }, facts: MessageFacts | null): void {
    this.#identity = identity;
    this.attempt = identity.attempt;
    this.#drawKey = null;
    this.#type = null;
    if (facts === null) return;
    this.facts = facts;
    this.message = facts.message;
    this.warnings = facts.warnings;
    this.#header = facts.header;
    this.isMessage = true;
    this.values.begin(facts.header);
  }

  /** Begins with something else that happens on a connection. */
  beginEvent(kind: string, facts: EventFacts): void {
    this.#identity = { scope: `${kind} ${facts.connection}` };
    this.attempt = 1;
    this.#drawKey = null;
    this.facts = facts;
    this.message = NO_BYTES;
    this.warnings = NO_DEVIATIONS;
    this.#header = null;
    this.#type = "";
    this.isMessage = false;
    this.values.begin(null);
  }

  /** Lets go of the message. */
  end(): void {
    this.message = NO_BYTES;
    this.#header = null;
    this.values.begin(null);
  }

  /** MSH-9 as `ADT^A01`. */
  get type(): string {
    return this.#type ??= this.#header === null ? "" : this.#types.of(this.#header);
  }

  /** The control id, or what stands for it. */
  get scope(): string {
    return this.#identity.scope;
  }

  /** Whose draws are taken where nothing else is said: this message, this time. */
  get drawKey(): string {
    return this.#drawKey ??= `${this.#identity.scope}#${this.attempt}`;
  }

  /** The key of this moment in a scope. */
  key(scope: Scope, slot: number): string {
    switch (scope) {
      case "scenario":
        return "";
      case "listener":
        return String(this.facts.listener);
      case "connection":
        return String(this.facts.connection);
      case "peer":
        return this.facts.peer;
      case "control_id":
        return this.scope;
      default: {
        const value = this.values.first(slot);
        return value === null ? "" : latin1(value);
      }
    }
  }
}

/** Message types as texts, each made once: a message costs a look at its bytes. */
class TypeTexts {
  readonly #texts: Map<number, { readonly bytes: Uint8Array; readonly text: string }> = new Map();

  of(header: HeaderScan): string {
    const { message } = header;
    const from = header.start(9);
    const to = header.end(9);
    let hash = 0x811c9dc5 ^ header.separators.component;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ message[at], 0x01000193);
    const known = this.#texts.get(hash);
    if (known !== undefined && known.bytes.length === to - from) {
      let at = 0;
      while (at < known.bytes.length && known.bytes[at] === message[from + at]) at++;
      if (at === known.bytes.length) return known.text;
    }
    const text = header.type;
    if (this.#texts.size >= TYPES_REMEMBERED) this.#texts.clear();
    if (to - from <= LONGEST_TYPE) this.#texts.set(hash, { bytes: message.slice(from, to), text });
    return text;
  }
}

/** A longer MSH-9 is not remembered. */
const LONGEST_TYPE = 64;
