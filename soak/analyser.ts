/**
 * A simulated analyser at the other end of the driver's line: X3.28, one result after the other, orders acknowledged; the
 * line is opened again whenever it hangs up. What the driver has acknowledged goes into a ledger.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { latin1, utf8 } from "../lib/bytes.ts";
import { X328Link } from "../lib/link/x328.ts";
import { Session } from "../lib/session.ts";
import { parseEndpoint } from "../lib/transport/endpoint.ts";
import { connect } from "../lib/transport/open.ts";
import type { Ledger } from "./ledger.ts";

const AGAIN_MS = 300;

/** How it goes about it. */
export interface AnalyserOptions {
  /** The line's path. */
  readonly line: string;
  readonly ledger: Ledger;
  /** Between two results. */
  readonly everyMs: number;
  /** The begin of its control ids. */
  readonly prefix: string;
}

/** The analyser. */
export class Analyser {
  /** The control ids of the orders that came. */
  readonly orders = new Set<string>();
  /** Results that the application has acknowledged, by code. */
  readonly replies: Record<string, number> = {};
  /** How often the line was opened. */
  opened = 0;
  readonly #options: AnalyserOptions;
  #number = 0;
  #sending = false;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #under = 0;

  constructor(options: AnalyserOptions) {
    this.#options = options;
  }

  /** Begins; the line may not be there yet. */
  start(): void {
    this.#running = this.#run();
  }

  /** Whether it sends results; orders are taken in any case. */
  set sending(on: boolean) {
    this.#sending = on;
  }

  /** Resolves when no result is under way. */
  async quiet(): Promise<void> {
    for (let tries = 0; this.#under > 0 && tries < 600; tries++) await sleep(100);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#onLine();
      } catch {
        // The driver is not there: it was killed, and is being started again.
      }
      this.#under = 0;
      if (!this.#stopped) await sleep(AGAIN_MS);
    }
  }

  async #onLine(): Promise<void> {
    const transport = await connect(parseEndpoint(`serial:${this.#options.line}`));
    this.opened++;
    const waiting = new Map<number, { readonly id: string; readonly message: Uint8Array; readonly at: Date }>();
    let closed = false;
    const settle = (ticket: number, outcome: "accepted" | "timeout") => {
      const result = waiting.get(ticket);
      if (result === undefined) return;
      waiting.delete(ticket);
      this.#under--;
      const { id: controlId, message, at } = result;
      this.#options.ledger.add({ at, controlId, message, outcome, attempts: 1 });
    };
    const session: Session = new Session(transport, new X328Link({ priority: "host", rebidMs: 200 }), {
      event: (event) => {
        if (event.type === "message") this.#onMessage(session, latin1(event.payload));
        // What the driver has acknowledged is on its disk.
        else if (event.type === "delivered") settle(event.ticket, "accepted");
        else if (event.type === "failed") settle(event.ticket, "timeout");
      },
      closed: () => {
        closed = true;
        for (const ticket of [...waiting.keys()]) settle(ticket, "timeout");
      },
    });
    while (!closed && !this.#stopped) {
      if (this.#sending && waiting.size === 0) {
        const id = `${this.#options.prefix}${String(++this.#number).padStart(8, "0")}`;
        const message = result(id, this.#number);
        this.#under++;
        waiting.set(session.send(message), { id, message, at: new Date() });
      }
      await sleep(this.#options.everyMs);
    }
    if (!closed) await session.close();
  }

  #onMessage(session: Session, text: string): void {
    const msa = /\rMSA\|(\w*)\|/.exec(text);
    if (msa !== null) {
      this.replies[msa[1]] = (this.replies[msa[1]] ?? 0) + 1;
      return;
    }
    const id = text.split("|")[9] ?? "";
    this.orders.add(id);
    session.send(utf8(`${SENDER}|ACK|A${id}|P|2.3\rMSA|AA|${id}\r`));
  }
}

const SENDER = "MSH|^~\\&|ANALYSER|LAB|HIS|HOSP|20261122120000|";

function result(id: string, number: number): Uint8Array {
  const lines = Array.from({ length: 1 + number % 8 }, (_, i) => `OBX|${i + 1}|NM|GLU^Glucose||${i}.4|mmol/l\r`);
  return utf8(`${SENDER}|ORU^R01|${id}|P|2.3\rPID|1||900417||Muster^Max\r${lines.join("")}`);
}
