/**
 * Two X3.28 links on a wire, for scripts: what is written, the messages, tickets and what the dialogue has to say
 * beyond what stands on the line anyway.
 */
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import { encodeBlock } from "../../../lib/framing/x328_encode.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { X328Link, type X328Options } from "../../../lib/link/x328.ts";
import { type Side, Wire, type WireOptions } from "./wire.ts";

export const FIRST = "MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3\r";
export const SECOND = "EVN|A01|19990101\r";

/** Notes that only repeat what was written or has arrived. */
const ECHOES = / note (\w+_sent|\w+_received)$/;

/** A verb of a link, at its time. */
export type Act = (link: X328Link, now: number) => void;

export class Script extends Wire {
  readonly near: X328Link;
  readonly far: X328Link;

  constructor(options: WireOptions = {}, near: X328Options = {}, far: X328Options = near) {
    const links = { near: new X328Link(near), far: new X328Link(far) };
    super(links.near, links.far, options);
    this.near = links.near;
    this.far = links.far;
  }

  /** Does something with a link at a time, and lets the line have what it causes. */
  at(ms: number, side: Side, act: Act): void {
    this.clock.schedule(ms, () => {
      act(this[side], ms);
      this.inject(side, new Uint8Array());
    });
  }

  /** Sends a text at a time. */
  sendAt(ms: number, side: Side, text: string): void {
    this.clock.schedule(ms, () => void this.send(side, text));
  }

  /** Bytes from nowhere reach a side at a time, each character one byte. */
  injectAt(ms: number, side: Side, text: string): void {
    this.clock.schedule(ms, () => this.inject(side, Uint8Array.from(text, (character) => character.charCodeAt(0))));
  }

  /** The story so far, the notes left out that say nothing new. */
  story(ms?: number): string[] {
    return this.run(ms).filter((line) => !ECHOES.test(line));
  }
}

/** The story of two links, until no parcel is under way and no timer runs. */
export function between(
  setup: { readonly near?: X328Options; readonly far?: X328Options; readonly fate?: WireOptions["fate"] },
  act: (script: Script) => void,
): string[] {
  const script = new Script(setup.fate === undefined ? {} : { fate: setup.fate }, setup.near, setup.far);
  act(script);
  return script.story();
}

/** What happens to a link that is alone with a peer played by the script: bytes, each character one, or a verb. */
export type Step = readonly [atMs: number, what: string | Act];

/** The story of such a link, until no timer runs. */
export function alone(options: X328Options, steps: readonly Step[]): string[] {
  const script = new Script({ fate: () => ({ bytes: new Uint8Array() }) }, options);
  for (const [ms, what] of steps) {
    if (typeof what === "string") script.injectAt(ms, "near", what);
    else script.at(ms, "near", what);
  }
  return script.story().map((line) => line.replace(" near", "").replace(/ \(arrives \)$/, ""));
}

export const ENQ = "\x05\r";
export const EOT = "\x04\r";
export const NAK = "\x15\r";
export const RINT = "\x10<\r";

/** ACKn. */
export const ack = (n: number): string => `\x10${n}\r`;
/** A block with ETB. */
export const etb = (n: number, text: string): string => latin1(encodeBlock(n, utf8(text), false));
/** A block with ETX. */
export const etx = (n: number, text: string): string => latin1(encodeBlock(n, utf8(text), true));
/** The same with one bit of its first text byte flipped. */
export const damaged = (block: string): string =>
  `${block.slice(0, 7)}${String.fromCharCode(block.charCodeAt(7) ^ 0x20)}${block.slice(8)}`;
/** The verb that sends a text. */
export const sends = (text: string) => (link: X328Link, now: number): void => void link.send(utf8(text), now);

/** An event as it will still be true after the sink's call, notes with their details. */
export function kept(event: LinkEvent): string {
  if (event.type === "note") return `${event.note}: ${event.detail}`;
  if (event.type === "message") return `message ${hex(event.payload)}${event.empty ? " empty" : ""}`;
  if (event.type === "delivered") return `delivered ${event.ticket}`;
  if (event.type === "failed") return `failed ${event.ticket} ${event.error.code}: ${event.error.message}`;
  return event.type === "noise" ? `noise ${hex(event.bytes)}` : `fault ${event.code} at ${event.offset}`;
}
