/**
 * The line driver: its parts put together, begun and ended. Between a line that speaks MLLP, HLLP or X3.28 and
 * programs that speak ILLP it is a server on both sides: the proximal one has the line and passes on what comes to the
 * destination, the distal one takes what goes out on it (protocols.md section 5).
 *
 * @module
 */
import { pause, systemClock } from "../clock.ts";
import type { Ending } from "../session.ts";
import { formatPlace, isLine } from "../transport/endpoint.ts";
import { connect, listen } from "../transport/open.ts";
import type { Transport } from "../transport/transport.ts";
import { Context } from "./context.ts";
import { Destination } from "./destination.ts";
import { DistalServer } from "./distal.ts";
import { Drain } from "./drain.ts";
import { illpLink, lineLinkMaker } from "./line_link.ts";
import { LineConnection } from "./line_connection.ts";
import type { Direction } from "./line_lock.ts";
import { Lines } from "./lines.ts";
import type { DriverEnd, DriverOptions, DriverStatus, RunningDriver } from "./options.ts";
import { Outbound } from "./outbound.ts";
import { ProximalServer } from "./proximal.ts";
import { Replies } from "./replies.ts";
import { Serving } from "./serving.ts";
import { within } from "./wait.ts";

/** How often it is looked whether a transfer is over that the end waits for. */
const LOOK_MS = 20;
const NEVER = new AbortController().signal;

class Driver implements RunningDriver {
  readonly done: Promise<DriverEnd>;
  readonly #context: Context;
  readonly #makeLink: ReturnType<typeof lineLinkMaker>;
  readonly #lines: Lines;
  readonly #replies: Replies;
  readonly #outbound: Outbound;
  readonly #destination: Destination;
  readonly #drain: Drain | null;
  readonly #distal: DistalServer;
  readonly #proximal: ProximalServer;
  readonly #servings = new Map<LineConnection, Serving>();
  readonly #longestWaitMs: Record<Direction, number> = { in: 0, out: 0 };
  #settle!: (end: DriverEnd) => void;
  #state: DriverStatus["state"] = "running";
  #connections = 0;
  #end: DriverEnd = { ok: true, why: "" };

  constructor(options: DriverOptions) {
    const context = new Context(options, options.clock ?? systemClock, options.media ?? { connect, listen });
    this.#context = context;
    this.#makeLink = lineLinkMaker(context.options);
    illpLink(context.options);
    this.done = new Promise((resolve) => this.#settle = resolve);
    this.#lines = new Lines(context);
    this.#replies = new Replies(context, this.#lines);
    this.#outbound = new Outbound(context, this.#lines);
    this.#destination = new Destination(context);
    const { spool } = context.options;
    this.#drain = spool === null ? null : new Drain(context, spool, this.#destination, this.#replies);
    this.#distal = new DistalServer(context, this.#outbound);
    this.#proximal = new ProximalServer(context, (transport) => this.#accept(transport));
    if (context.options.once) {
      this.#end = { ok: false, why: "It was stopped before its transaction" };
      context.onTransaction = (ok, why) => this.#onTransaction(ok, why);
    }
  }

  get line() {
    return this.#proximal.endpoint;
  }

  get dist() {
    return this.#distal.endpoint;
  }

  async start(): Promise<void> {
    const { dist, once } = this.#context.options;
    await this.#proximal.start();
    try {
      if (dist !== null && !once) await this.#distal.listen(dist);
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#drain !== null) this.#context.track(this.#drain.run());
    this.#context.tell({ event: "started", level: "info", detail: this.#roles() });
  }

  status(): DriverStatus {
    const { clock, counters, options, destinationUp } = this.#context;
    const live = this.#lines.live;
    const longest = (direction: Direction) =>
      Math.max(this.#longestWaitMs[direction], ...live.map(({ lock }) => lock.longestWaitMs[direction]));
    const lines = live.map((connection) => {
      const { name, sinceMs, lock } = connection;
      const waiting = lock.waiting + (this.#servings.get(connection)?.waiting ?? 0);
      return { line: name, sinceMs, holder: lock.holder, waiting };
    });
    return {
      state: this.#state,
      lines,
      distalClients: this.#distal.clients,
      queue: lines.reduce((sum, { waiting }) => sum + waiting, 0),
      longestWaitMs: { in: longest("in"), out: longest("out") },
      spool: options.spool?.size ?? null,
      dead: options.spool?.dead ?? null,
      destinationUp,
      counters: { ...counters },
      atMs: clock.now(),
    };
  }

  async stop(): Promise<DriverEnd> {
    if (this.#state !== "running") return await this.done;
    this.#state = "stopping";
    const context = this.#context;
    context.stopping = true;
    context.tell({ event: "stopping", level: "info" });
    await Promise.all([this.#proximal.stop(), this.#distal.stop()]);
    this.#drain?.stop();
    for (const serving of this.#servings.values()) serving.stop();
    const over = Promise.all([context.idle(), this.#quiet()]);
    await within(context.clock, context.options.stopTimeoutMs, over, NEVER);
    context.endNow();
    for (const { lock } of this.#lines.live) lock.close(context.clock.now());
    await context.idle();
    await Promise.all(this.#lines.live.map((connection) => connection.close()));
    await this.#proximal.ended();
    this.#state = "stopped";
    context.tell({ event: "stopped", level: "info", detail: this.#end.why === "" ? undefined : this.#end.why });
    this.#settle(this.#end);
    return this.#end;
  }

  /** Resolves when no transfer is under way on the line. */
  async #quiet(): Promise<void> {
    const { clock, ended } = this.#context;
    while (!ended.aborted && this.#lines.live.some(({ inTransfer }) => inTransfer)) await pause(clock, LOOK_MS, ended);
  }

  #roles(): string {
    const dist = this.dist === null ? "no distal server" : `distal server on ${formatPlace(this.dist)}`;
    return `line ${formatPlace(this.line)}, destination ${this.#destination.place}, ${dist}`;
  }

  #onTransaction(ok: boolean, why: string): void {
    if (this.#state !== "running") return;
    this.#end = { ok, why };
    void this.stop();
  }

  /** Serves a connection of the line until it is gone. */
  #accept(transport: Transport): Promise<void> {
    const context = this.#context;
    if (context.stopping) return transport.close();
    const place = isLine(this.line) ? this.line.path : transport.info.peer || formatPlace(this.line);
    const name = `${place}#${++this.#connections}`;
    return new Promise((resolve) => {
      const connection = new LineConnection(transport, this.#makeLink(transport.info), name, context, {
        message: (_, message, answer) => serving.take(message, answer),
        bid: () => serving.bid(),
        abandoned: () => serving.abandoned(),
        transferOver: () => serving.transferOver(),
        damaged: (_, start, why) => serving.damaged(start, why),
        ended: () => void this.#onEnded(connection, serving),
        closed: (_, ending) => {
          this.#servings.delete(connection);
          this.#onClosed(connection, serving, ending);
          resolve();
        },
      });
      const serving = new Serving(context, connection, {
        destination: this.#destination,
        replies: this.#replies,
        outbound: this.#outbound,
        drain: this.#drain,
      });
      this.#servings.set(connection, serving);
      context.tell({ event: "line_open", level: "info", line: name });
      this.#lines.add(connection);
    });
  }

  async #onEnded(connection: LineConnection, serving: Serving): Promise<void> {
    this.#outbound.lost(connection);
    // A socket's peer may have ended its half only, and wait for what is still in hand; a device that ends is gone.
    if (this.#context.options.line.medium !== "device") await serving.idle();
    await connection.close();
  }

  #onClosed(connection: LineConnection, serving: Serving, { how, error }: Ending): void {
    serving.lost();
    this.#lines.remove(connection);
    this.#outbound.lost(connection);
    for (const direction of ["in", "out"] as const) {
      const longest = connection.lock.longestWaitMs[direction];
      this.#longestWaitMs[direction] = Math.max(this.#longestWaitMs[direction], longest);
    }
    const level = how === "fin" || how === "local" ? "info" : "warning";
    const detail = error === null ? how : error.message;
    this.#context.tell({ event: "line_closed", level, line: connection.name, detail });
  }
}

/**
 * Starts a driver: resolves when everything is bound. Rejects with a `TransportError` if the line or the distal server's
 * address cannot be had, throws a `TypeError` or `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { startDriver } from "./driver.ts";
 * import { parseEndpoint } from "../transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const driver = await startDriver({
 *   line: { medium: "listen", endpoint: parseEndpoint("memory:line"), protocol: "mllp" },
 *   to: parseEndpoint("memory:application"),
 *   dist: parseEndpoint("memory:distal"),
 * });
 * assert.equal(driver.status().state, "running");
 * assert.deepEqual(await driver.stop(), { ok: true, why: "" });
 * ```
 */
export async function startDriver(options: DriverOptions): Promise<RunningDriver> {
  const driver = new Driver(options);
  await driver.start();
  return driver;
}
