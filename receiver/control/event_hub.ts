/**
 * Server-sent events: everything that happens, to whoever listens. What happens is only put into a list; it is written out when the
 * turn is over. A client that reads too slowly is told so and dropped: nobody waits for it, and what is kept for it is bounded.
 *
 * @module
 */
import { utf8 } from "../../lib/bytes.ts";
import { type Clock, systemClock, type Timer } from "../../lib/clock.ts";
import { jsonText } from "../../lib/text.ts";
import type { LiveEvent } from "./surface.ts";

/** What may wait for one client, in bytes. */
const MOST_BYTES = 1024 * 1024;
/** What may wait to be written out, in events: one turn has never so many, unless nothing is written out. */
const MOST_EVENTS = 10_000;
/** How often a client hears something, so that what lies between keeps the connection. */
const HEARTBEAT_MS = 15_000;

interface Client {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** The names of events that it wants; `null` for all. */
  readonly types: ReadonlySet<string> | null;
  readonly dropped: () => void;
}

/**
 * The listeners of a receiver's events.
 *
 * @example
 * ```ts
 * import { EventHub } from "./event_hub.ts";
 * import { latin1 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * let tell = (_event: never) => {};
 * const hub = new EventHub({ subscribe: (listener) => (tell = listener, () => {}) });
 * const reader = hub.open(null).getReader();
 * assert.equal(latin1((await reader.read()).value!), ": listening\n\n");
 * tell({ event: "close", connection: 1 } as never);
 * assert.equal(latin1((await reader.read()).value!), 'event: close\ndata: {"event":"close","connection":1}\n\n');
 * hub.close();
 * ```
 */
export class EventHub {
  readonly #source: { subscribe(listener: (event: LiveEvent) => void): () => void };
  readonly #clock: Clock;
  readonly #clients: Set<Client> = new Set();
  #waiting: LiveEvent[] = [];
  #unsubscribe: (() => void) | null = null;
  #heartbeat: Timer | null = null;

  constructor(source: { subscribe(listener: (event: LiveEvent) => void): () => void }, clock: Clock = systemClock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** How many listen. */
  get size(): number {
    return this.#clients.size;
  }

  /** The events from now on, as a stream of text; `signal` says that nobody reads it any more, `left` is called at its end. */
  open(
    types: ReadonlySet<string> | null,
    { signal, left = () => {} }: { readonly signal?: AbortSignal; readonly left?: () => void } = {},
  ): ReadableStream<Uint8Array> {
    let client: Client | null = null;
    const leave = () => {
      if (client === null) return;
      this.#leave(client);
      signal?.removeEventListener("abort", gone);
      left();
    };
    const gone = () => {
      if (client !== null && this.#clients.has(client)) client.controller.close();
      leave();
    };
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        client = { controller, types, dropped: leave };
        this.#join(client);
        signal?.addEventListener("abort", gone);
        controller.enqueue(utf8(": listening\n\n"));
      },
      cancel: leave,
    }, new ByteLengthQueuingStrategy({ highWaterMark: MOST_BYTES }));
  }

  /** Ends every stream. */
  close(): void {
    this.#flush();
    for (const client of [...this.#clients]) this.#drop(client, "the receiver has stopped");
  }

  #join(client: Client): void {
    this.#clients.add(client);
    if (this.#unsubscribe !== null) return;
    this.#unsubscribe = this.#source.subscribe((event) => this.#hear(event));
    this.#beat();
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#heartbeat?.cancel();
    this.#waiting = [];
  }

  #beat(): void {
    this.#heartbeat = this.#clock.schedule(this.#clock.now() + HEARTBEAT_MS, () => {
      const beat = utf8(": still here\n\n");
      for (const client of [...this.#clients]) this.#write(client, beat);
      if (this.#clients.size > 0) this.#beat();
    });
  }

  #hear(event: LiveEvent): void {
    const waiting = this.#waiting;
    if (waiting.length >= MOST_EVENTS) return;
    waiting.push(event);
    if (waiting.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const events = this.#waiting;
    this.#waiting = [];
    const lost = events.length >= MOST_EVENTS;
    for (const event of events) {
      const name = event.event ?? event.note;
      let bytes: Uint8Array | null = null;
      for (const client of [...this.#clients]) {
        if (client.types !== null && !client.types.has(name)) continue;
        bytes ??= utf8(`event: ${name}\ndata: ${jsonText(event)}\n\n`);
        this.#write(client, bytes);
      }
    }
    if (lost) { for (const client of [...this.#clients]) this.#drop(client, "too much happened at once"); }
  }

  #write(client: Client, bytes: Uint8Array): void {
    if ((client.controller.desiredSize ?? 0) <= 0) return this.#drop(client, "it was not read fast enough");
    client.controller.enqueue(bytes);
  }

  #drop(client: Client, why: string): void {
    client.controller.enqueue(utf8(`: this is the end: ${why}\n\n`));
    client.controller.close();
    client.dropped();
  }
}
