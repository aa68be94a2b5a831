/**
 * A driver on streams of memory and a virtual clock, with everything around it: the peer on the line, the application
 * that is the destination, distal clients, a spool that survives the driver.
 */
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import { startDriver } from "../../../lib/bridge/driver.ts";
import type { DriverEvent, DriverOptions, RunningDriver, Spool, Spooled } from "../../../lib/bridge/options.ts";
import { buildAck } from "../../../lib/hl7/ack.ts";
import { AckScan } from "../../../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { HllpFramer } from "../../../lib/framing/hllp.ts";
import { HllpLink } from "../../../lib/link/hllp.ts";
import type { Link } from "../../../lib/link/link.ts";
import { linkMaker } from "../../../lib/link/make.ts";
import { X328Link } from "../../../lib/link/x328.ts";
import { Session } from "../../../lib/session.ts";
import { type Endpoint, parseEndpoint } from "../../../lib/transport/endpoint.ts";
import type { MemoryTransport } from "../../../lib/transport/memory.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { Listener } from "../../../lib/transport/transport.ts";

/** A request of an invented patient's admission. */
export function request(id: string, more = ""): Uint8Array {
  return utf8(`MSH|^~\\&|ANALYSER|LAB|APP|HOSPITAL|20260131120000||ADT^A01|${id}|P|2.3${more}\rEVN|A01\r`);
}

/** The positive acknowledgement of a message. */
export function accepted(message: Uint8Array, controlId = "ACK"): Uint8Array {
  return buildAck(message, { code: "AA", controlId, at: new Date(0) });
}

/** MSA-1 and MSA-2 of a message, `AA MSG1`; what it is otherwise. */
export function said(message: Uint8Array): string {
  const scan = new AckScan();
  if (scan.scan(message)) return `${latin1(message, scan.codeStart, scan.codeEnd)} ${latin1(scan.controlId)}`;
  const header = new HeaderScan();
  return header.scan(message) ? `request ${header.text(10)}` : latin1(message);
}

/** MSA-3. */
export function text(message: Uint8Array): string {
  return /\rMSA\|[^|\r]*\|[^|\r]*\|([^\r|]*)/.exec(latin1(message))?.[1] ?? "";
}

/** A spool that lives as long as the test does, drivers come and go. */
export class FakeSpool implements Spool {
  readonly entries: Spooled[] = [];
  readonly buried: Spooled[] = [];
  readonly reasons: string[] = [];
  broken = false;
  #ids = 0;

  put(message: Uint8Array): number {
    if (this.broken) throw new Error("The disk is full");
    this.entries.push({ id: ++this.#ids, message: message.slice(), damage: null });
    return this.#ids;
  }

  next(after = 0): Spooled | null {
    return this.entries.find(({ id }) => id > after) ?? null;
  }

  done(id: number): void {
    const at = this.entries.findIndex((entry) => entry.id === id);
    if (at >= 0) this.entries.splice(at, 1);
  }

  failed(_id: number, why: string): void {
    this.reasons.push(why);
  }

  bury(id: number): void {
    this.buried.push(...this.entries.filter((entry) => entry.id === id));
    this.done(id);
  }

  get size(): number {
    return this.entries.length;
  }

  get dead(): number {
    return this.buried.length;
  }
}

/** What the application does with a request: reply, nothing at all (`hang`), or break the connection. */
export type Doing = Uint8Array | "hang" | "reset";

let rigs = 0;

/** A driver and what is around it. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly events: DriverEvent[] = [];
  /** The requests that the application got, in order, by `said`. */
  readonly served: string[] = [];
  application: (message: Uint8Array) => Doing | Promise<Doing> = (message) => accepted(message);
  driver!: RunningDriver;
  readonly line: Endpoint;
  readonly to: Endpoint;
  readonly dist: Endpoint;
  readonly options: DriverOptions;
  #app: Listener | null = null;
  #calls = 0;

  constructor(options: Partial<DriverOptions> & { readonly protocol?: DriverOptions["line"]["protocol"] } = {}) {
    const number = ++rigs;
    const { protocol = "mllp", ...rest } = options;
    this.line = parseEndpoint(`memory:line${number}`);
    this.to = parseEndpoint(`memory:to${number}`);
    this.dist = parseEndpoint(`memory:dist${number}`);
    this.options = {
      line: { medium: "listen", endpoint: this.line, protocol },
      to: this.to,
      dist: this.dist,
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
      ...rest,
    };
  }

  async start(): Promise<this> {
    await this.applicationUp();
    this.driver = await startDriver(this.options);
    return this;
  }

  async applicationUp(): Promise<void> {
    this.#app = await listen(this.to, {}, (transport) => {
      this.#calls++;
      transport.stream.once("close", () => this.#calls--);
      const chunks: Uint8Array[] = [];
      transport.stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      transport.stream.once("end", async () => {
        const message = new Uint8Array(Buffer.concat(chunks));
        this.served.push(said(message));
        const doing = await this.application(message);
        if (doing === "reset") transport.reset();
        else if (doing !== "hang") transport.stream.end(doing);
      });
    });
  }

  async applicationDown(): Promise<void> {
    await this.#app?.close();
  }

  /** How many connections the application has. */
  open(): number {
    return this.#calls;
  }

  /** Lets everything happen that is under way, without any time passing. */
  async settle(turns = 12): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Time passes, timer by timer. */
  async run(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.settle();
    while (this.clock.next() <= end) {
      this.clock.advance(this.clock.next() - this.clock.now());
      await this.settle();
    }
    this.clock.advance(end - this.clock.now());
    await this.settle();
  }

  /** Time passes, timer by timer, until something is so. */
  async until(what: () => boolean, mostMs = 600_000): Promise<void> {
    const end = this.clock.now() + mostMs;
    await this.settle();
    while (!what()) {
      const next = this.clock.next();
      if (next > end) throw new Error(`It did not come to that within ${mostMs} ms: ${what}`);
      this.clock.advance(next - this.clock.now());
      await this.settle(4);
    }
  }

  /** The names of what happened, in order, but what each connection does. */
  get story(): string[] {
    const dull = ["started", "line_open", "distal_open", "stopping", "stopped"];
    return this.events.map(({ event }) => event).filter((event) => !dull.includes(event));
  }

  async stop(): Promise<void> {
    await this.applicationDown();
    const done = this.driver.stop();
    await this.run(60_000);
    await done;
  }

  /** The peer on the line: connects to it and answers requests with AA, unless `onMessage` does otherwise. */
  async peer(onMessage?: (peer: Peer, message: Uint8Array) => void): Promise<Peer> {
    const transport = await connect(this.line) as MemoryTransport;
    return new Peer(this, transport, onMessage);
  }

  /** A distal client; the reply, `reset`, or `empty` for an end without a byte. */
  async distal(message: Uint8Array): Promise<string> {
    return said(await this.distalBytes(message));
  }

  async distalBytes(message: Uint8Array): Promise<Uint8Array> {
    const { stream } = await connect(this.dist);
    const chunks: Uint8Array[] = [];
    stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    const over = new Promise<Uint8Array>((resolve) => {
      stream.once("end", () => resolve(chunks.length === 0 ? utf8("empty") : new Uint8Array(Buffer.concat(chunks))));
      stream.once("error", () => resolve(utf8("reset")));
    });
    stream.end(message);
    return await over;
  }
}

/** Of the two one has priority: the peer, unless the driver's options say otherwise. */
function peerLink({ line: { protocol }, priority }: DriverOptions): Link {
  const first = priority !== "host";
  if (protocol === "hllp") return new HllpLink(new HllpFramer(), { answers: "manual", priority: first });
  if (protocol === "x328") return new X328Link({ priority: first ? "host" : "line" });
  return linkMaker({ framing: protocol })();
}

/** The peer on the line. */
export class Peer {
  readonly session: Session;
  /** What came, by `said`. */
  readonly heard: string[] = [];
  readonly messages: Uint8Array[] = [];
  /** Tickets that the driver's side has confirmed, and why others failed. */
  readonly delivered: number[] = [];
  readonly failed: string[] = [];
  readonly notes: string[] = [];
  closed = "";

  constructor(rig: Rig, readonly transport: MemoryTransport, onMessage?: (peer: Peer, message: Uint8Array) => void) {
    this.session = new Session(transport, peerLink(rig.options), {
      event: (event) => {
        if (event.type === "message") {
          const message = event.payload.slice();
          this.messages.push(message);
          this.heard.push(said(message));
          if (onMessage !== undefined) onMessage(this, message);
          else if (said(message).startsWith("request")) {
            this.session.send(accepted(message, `PEER${this.heard.length}`));
          }
        } else if (event.type === "delivered") this.delivered.push(event.ticket);
        else if (event.type === "failed") this.failed.push(event.error.code);
        else if (event.type === "note") this.notes.push(event.note);
      },
      closed: ({ how }) => this.closed = how,
    }, { clock: rig.clock });
  }

  send(message: Uint8Array): number {
    return this.session.send(message);
  }
}

/** What resolves without any time passing. */
export async function withSettling<T>(rig: Rig, promise: Promise<T>): Promise<T> {
  await rig.settle();
  await rig.settle();
  return await promise;
}
