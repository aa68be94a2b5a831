/**
 * The live connections of the line, and the wait for one when there is none. It opens nothing.
 *
 * @module
 */
import type { Context } from "./context.ts";
import type { LineConnection } from "./line_connection.ts";
import { within } from "./wait.ts";

/** The live connections of the line, the oldest first. */
export class Lines {
  readonly #context: Context;
  #live: readonly LineConnection[] = [];
  #waiters: (() => void)[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** The live ones, the oldest first. */
  get live(): readonly LineConnection[] {
    return this.#live;
  }

  /** A connection is there. */
  add(connection: LineConnection): void {
    this.#live = [...this.#live, connection];
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** It is gone. */
  remove(connection: LineConnection): void {
    this.#live = this.#live.filter((other) => other !== connection);
  }

  /**
   * The connection that a message of ours goes out on: the oldest, the newest or the only one, as the options say;
   * waits for one at most `lineWaitMs`. In words why there is none.
   */
  async pick(): Promise<LineConnection | string> {
    const { options, clock, ended } = this.#context;
    const until = clock.now() + options.lineWaitMs;
    for (;;) {
      const open = this.#live.filter((connection) => connection.open);
      if (open.length > 1 && options.distalTo === "only") {
        return `The line has ${open.length} connections, wanted the only one`;
      }
      if (open.length > 0) return options.distalTo === "oldest" ? open[0] : open[open.length - 1];
      const woken = new Promise<void>((resolve) => this.#waiters.push(resolve));
      const { how } = await within(clock, until - clock.now(), woken, ended);
      if (how === "late") return "The line is not connected";
      if (how === "stopped") return "The driver is stopping";
    }
  }

  /**
   * Where a message for the peer of this connection goes: the connection itself, or if it is gone and the line has one
   * peer only, the one that took its place. In words why there is none.
   */
  async again(connection: LineConnection | null): Promise<LineConnection | string> {
    if (connection?.open) return connection;
    if (this.#context.options.line.medium === "listen") return "The connection that it came on is gone";
    return await this.pick();
  }
}
