/**
 * What the tests of the receiver talk with: a raw client on a socket or on a memory stream, which knows nothing
 * of this project's own framing, and ways to wait for what must come.
 *
 * @module
 */
import { connect as connectSocket, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { VirtualClock } from "../../lib/clock.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import type { ReceiverEvent } from "../../receiver/events.ts";
import { Receiver, type ReceiverOptions } from "../../receiver/receiver.ts";
import { type ScenarioFlags, scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import { parseScenario } from "../../receiver/scenario/parse.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import type { ListenerSpec } from "../../receiver/scenario/scenario.ts";

/** A message in text; `fields` are MSH-15 and MSH-16, `rest` further segments. */
export function adt(id: string, fields: readonly [string, string] = ["", ""], rest = "EVN|A01\r"): string {
  return `MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||ADT^A01^ADT_A01|${id}|P|2.5|||${fields.join("|")}\r${rest}`;
}

/** A payload in its MLLP frame. */
export function framed(payload: string): string {
  return `\v${payload}\u001c\r`;
}

/** The acknowledgements in some bytes, as `CODE id`. */
export function acks(text: string): string[] {
  return [...text.matchAll(/\rMSA\|([^|\r]*)\|([^|\r]*)/g)].map(([, code, id]) => `${code} ${id}`);
}

/** A client of bytes. */
export class Caller {
  /** What has come, as Latin-1. */
  text = "";
  /** How it ended, from the client's side; `null` while it is open. */
  ended: "fin" | "reset" | "other" | null = null;
  readonly #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  constructor(readonly stream: Duplex) {
    let error: string | null = null;
    stream.on("data", (chunk: Uint8Array) => {
      this.text += Buffer.from(chunk).toString("latin1");
      this.#look();
    });
    stream.on("error", (thrown: Error & { code?: string }) => error ??= thrown.code ?? "unknown");
    stream.on("end", () => {
      this.ended ??= "fin";
      stream.end();
      this.#look();
    });
    stream.on("close", () => {
      this.ended ??= error === "ECONNRESET" || error === "EPIPE" ? "reset" : "other";
      this.#look();
    });
  }

  write(text: string): void {
    this.stream.write(Buffer.from(text, "latin1"));
  }

  /** Resolves when it holds; a test that waits for what never comes fails by the runner's own limit. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }

  /** Resolves when the other side has ended. */
  untilEnded(): Promise<void> {
    return this.until(() => this.ended !== null);
  }

  /** Resolves when so many acknowledgements have come. */
  untilAcks(count: number): Promise<void> {
    return this.until(() => acks(this.text).length >= count && this.text.endsWith("\u001c\r"));
  }

  #look(): void {
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.holds()) waiting.resolve();
      else this.#waiting.push(waiting);
    }
  }
}

/** A caller on a socket. */
export function callPort(port: number): Promise<Caller> {
  return callSocket(connectSocket({ host: "127.0.0.1", port, allowHalfOpen: true }));
}

/** A caller on a socket that is connecting. */
export function callSocket(socket: Socket): Promise<Caller> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new Caller(socket));
    });
  });
}

/** A listener specification. */
export function listener(text: string, link: ListenerSpec["link"] = {}): ListenerSpec {
  return { endpoint: parseEndpoint(text), link, tls: null };
}

/** A receiver with its events, in memory and on a clock that a test moves. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly events: ReceiverEvent[] = [];
  readonly receiver: Receiver;

  /** With flags, or with the text of a scenario file. */
  constructor(flags: Partial<ScenarioFlags> | string = {}, options: Partial<ReceiverOptions> = {}) {
    const scenario = typeof flags === "string"
      ? parseScenario(flags, { file: "test.yaml", seed: 1 })
      : scenarioFromFlags({ seed: 1, ...flags });
    this.receiver = new Receiver(scenario, {
      clock: this.clock,
      observer: { event: (event) => void this.events.push(event) },
      ...options,
    });
  }

  /** A caller with a connection of its own. */
  call(): Caller {
    const [near, far] = memoryPair();
    this.receiver.accept(far);
    return new Caller(near.stream);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves the clock, in small steps, so that what happens at a time can set off what comes later. */
  async pass(ms: number): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= 10) {
      this.clock.advance(Math.min(10, left));
      await this.settle();
    }
  }

  /** The events of a kind. */
  of<K extends ReceiverEvent["event"]>(kind: K): Extract<ReceiverEvent, { event: K }>[] {
    return this.events.filter((event) => event.event === kind) as Extract<ReceiverEvent, { event: K }>[];
  }

  /** The outcomes of messages in the order in which they were done with. */
  outcomes(): string[] {
    return this.of("message").map((event) => `${event.controlId} ${event.outcome}`);
  }
}
