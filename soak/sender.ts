/**
 * `mllp send`, again and again: a file of a few messages each time, to the receiver by MLLP, or through the line driver's
 * distal server to the analyser. What came of each message goes into a ledger.
 *
 * @module
 */
import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { utf8 } from "../lib/bytes.ts";
import { type Outcome, OUTCOMES } from "../lib/outcome.ts";
import { runOnce } from "./part.ts";

/** What a run of `mllp send` says of a message. */
interface Told {
  readonly controlId: string;
  readonly outcome: Outcome;
  readonly attempts: number;
}

/** What became of a message. */
export interface SentMessage extends Told {
  readonly message: Uint8Array;
  readonly at: Date;
}

/** How it is done. */
export interface SenderOptions {
  readonly mllp: string;
  /** Where to: an endpoint. */
  readonly endpoint: string;
  readonly flags: readonly string[];
  /** A file of its own. */
  readonly file: string;
  /** The begin of its control ids. */
  readonly prefix: string;
  readonly messages: number;
  readonly everyMs: number;
  readonly onSent: (sent: SentMessage) => void;
  readonly problem: (text: string) => void;
}

/** The exit statuses of `mllp send` that are no bug. */
const KNOWN = [0, 1, 3, 4, 5];

/** Sends until it is told to pause. */
export class Sender {
  /** How many runs there were. */
  runs = 0;
  readonly #options: SenderOptions;
  #number = 0;
  #going = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#going) return;
    this.#going = true;
    this.#running = this.#run();
  }

  /** Resolves when the run under way is done. */
  async pause(): Promise<void> {
    this.#going = false;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#going) {
      await this.#once();
      for (let waited = 0; this.#going && waited < this.#options.everyMs; waited += 100) await sleep(100);
    }
  }

  async #once(): Promise<void> {
    const { mllp, endpoint, flags, file, prefix, messages, onSent, problem } = this.#options;
    const ids = Array.from({ length: messages }, () => `${prefix}${String(++this.#number).padStart(8, "0")}`);
    const texts = new Map(
      ids.map((id) => [id, `MSH|^~\\&|HIS|HOSP|LAB|MAIN|20261122120000||ORM^O01|${id}|P|2.3\rORC|NW\r`]),
    );
    writeFileSync(file, [...texts.values()].join(""));
    const at = new Date();
    const { code, said, stdout } = await runOnce(mllp, ["send", endpoint, file, "--json", ...flags], 120_000);
    this.runs++;
    if (code === null || !KNOWN.includes(code)) problem(`send ended with ${code}: ${said.trim()}`);
    const told = new Map(
      stdout.split("\n").filter((line) => line !== "").map((line) => {
        const { controlId, outcome, attempts } = JSON.parse(line) as Told;
        return [controlId, { controlId, outcome, attempts }];
      }),
    );
    for (const [controlId, text] of texts) {
      const { outcome, attempts } = told.get(controlId) ?? { outcome: "unsent" as const, attempts: 0 };
      if (!OUTCOMES.includes(outcome)) problem(`send tells of the outcome '${outcome}'`);
      onSent({ controlId, outcome, attempts, message: utf8(text), at });
    }
    rmSync(file, { force: true });
  }
}
