/**
 * The tables: rows of rules and of what a raw socket sees of them. A table is one run of the compiled binary, in which each row
 * has a listener of its own, so that its rules, their counts and their connections meet nobody else's.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type Running, start } from "../../binary.ts";
import { expectSeen, LAST, message, ReadTogether, type Seen } from "./expected.ts";
import { observe, type Observer, pause, Place, Stalls } from "./observer.ts";

/** A row: rules in YAML, what is sent, what is seen. */
export interface Row {
  /** What is promised, to stand behind the rules in the test's name. */
  readonly what: string;
  /** Each a map in YAML without its id; or a list of steps, which is what is done with a message. */
  readonly rules: readonly string[];
  /** The control ids of the messages, written at once over one connection; one message unless given. */
  readonly sends?: readonly string[];
  /** What is written instead, given as Latin-1; may be nothing. */
  readonly bytes?: string;
  /** What comes back. */
  readonly sees?: readonly Seen[];
  /** What is done and seen where the columns before are not enough. */
  readonly play?: (stage: Stage) => Promise<void>;
  /** What the endpoint says besides its port. */
  readonly options?: string;
  readonly tls?: boolean;
}

/** Rows that share a run. */
export interface Table {
  readonly name: string;
  /** Whatever the scenario says besides its listeners and rules, in YAML. */
  readonly scenario?: string;
  /** Files beside the scenario. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of the command line; without a scenario, they are all there is. */
  readonly args?: readonly string[];
  /** Without a scenario file: only flags. */
  readonly flagsOnly?: boolean;
  /** Played a second time with a journal, where what a message's steps do waits until its entry is written. */
  readonly journal?: true;
  /** No other table is played meanwhile: its rows take all there is of the machine, or look at the time. */
  readonly alone?: true;
  /** Rows that would disturb each other, one after the other. */
  readonly oneByOne?: boolean;
  readonly rows: readonly Row[];
}

/** What a row's rules say, as they are read. */
export type WrittenRule = Readonly<Record<string, unknown>>;

/** The word in rules for `HOST:PORT` of the row's own `Place`. */
const PLACE = "PLACE";

/** How many rows are played at a time: most of them wait, and two processors have to do with the others. */
const AT_A_TIME = 10;
/** How often a row is played at most that fails while this program was held up; a machine with much else to do is no failure. */
const ROUNDS = 3;
/** A stall that can hide a pause, and one that can hide anything. */
const STALL_MS = { together: 12, otherwise: 100 } as const;

/** The rules of a row, read. */
export function rulesOf({ rules }: Row, place = PLACE): WrittenRule[] {
  return rules.map((text) => {
    const written: unknown = parse(text.replaceAll(PLACE, place));
    return Array.isArray(written) ? { do: written } : written as WrittenRule;
  });
}

/** Where a row is played. */
export class Stage {
  /** Everybody who was let see something. */
  readonly observers: Observer[] = [];

  constructor(
    readonly port: number,
    readonly row: Row,
    /** Where the row's rules send something, if they do. */
    readonly place: Place,
    readonly folder: string,
    /** What the receiver has told so far. */
    readonly events: () => readonly Readonly<Record<string, unknown>>[],
  ) {}

  /** Calls the receiver. */
  async call(): Promise<Observer> {
    const observer = await observe(this.port);
    this.observers.push(observer);
    return observer;
  }

  /** Calls and sends messages with these ids, at once. */
  async send(...ids: readonly string[]): Promise<Observer> {
    const observer = await this.call();
    observer.send(ids.map((id) => message(id)).join(""));
    return observer;
  }

  /** What the receiver says has become of messages, as `ID outcome`, when it has said it of so many. */
  async outcomes(observer: Observer, count: number, ids: RegExp): Promise<string[]> {
    const found = () =>
      this.events().filter(({ event, controlId }) => event === "message" && ids.test(String(controlId))).map((
        { controlId, outcome },
      ) => `${controlId} ${outcome}`);
    for (let i = 0; i < 400 && found().length < count; i++) await pause(10);
    if (found().length < count) throw new Error(`Wanted ${count} outcomes, found ${found()}; saw ${observer.seen()}`);
    return found();
  }
}

async function playRow(stage: Stage): Promise<void> {
  const { row } = stage;
  if (row.play !== undefined) return await row.play(stage);
  const observer = await stage.call();
  const bytes = row.bytes ?? (row.sends ?? ["M1"]).map((id) => message(id)).join("");
  if (bytes !== "") observer.send(bytes);
  await expectSeen(observer, row.sees ?? []);
}

/** A table that is being played: the outcome of each row, when it is known. */
export class Play {
  readonly #table: Table;
  readonly #results: Promise<void>[] = [];
  /** Resolves when it is over, and everything of it is gone. */
  ended: Promise<void> | null = null;
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  constructor(table: Table) {
    this.#table = table;
    for (const _ of table.rows) {
      const result = new Promise<void>((resolve, reject) => this.#settle.push({ resolve, reject }));
      result.catch(() => {});
      this.#results.push(result);
    }
  }

  /** Begins the play, once. */
  begin(): void {
    this.ended ??= this.#play().catch((error) => {
      for (const { reject } of this.#settle) reject(error);
    });
  }

  /** Resolves when the row of this index was as it should be. */
  row(index: number): Promise<void> {
    this.begin();
    return this.#results[index];
  }

  async #play(): Promise<void> {
    const stalls = new Stalls();
    try {
      let left = this.#table.rows.map((_, i) => i);
      for (let round = 1; left.length > 0; round++) left = await this.#round(left, round, stalls);
    } finally {
      stalls.stop();
    }
  }

  /** Plays these rows in a run of their own; returns those that are to be played again. */
  async #round(indices: readonly number[], round: number, stalls: Stalls): Promise<number[]> {
    const { rows, flagsOnly = false, oneByOne = false } = this.#table;
    const folder = mkdtempSync(join(tmpdir(), "mllp-verbs-"));
    const places = rows.map(() => new Place());
    const again: number[] = [];
    let receiver: Running | null = null;
    try {
      receiver = start(this.#arguments(folder, await Promise.all(places.map((place) => place.open()))), {
        cwd: folder,
        limitMs: 120_000,
      });
      const events = eventsOf(receiver);
      const ports = await listeningPorts(receiver, events, flagsOnly ? 1 : rows.length);
      const waiting = [...indices];
      const worker = async () => {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          const stage = new Stage(ports[index], rows[index], places[index], folder, () => events);
          const { resolve, reject } = this.#settle[index];
          const beganAt = performance.now();
          try {
            await playRow(stage);
            resolve();
          } catch (error) {
            const much = error instanceof ReadTogether ? STALL_MS.together : STALL_MS.otherwise;
            if (round < ROUNDS && stalls.since(beganAt) > much) again.push(index);
            else reject(error);
          }
          for (const observer of stage.observers) observer.drop();
        }
      };
      await Promise.all(Array.from({ length: oneByOne || round > 1 ? 1 : AT_A_TIME }, worker));
    } finally {
      await receiver?.stop("SIGKILL");
      for (const place of places) place.close();
      rmSync(folder, { recursive: true });
    }
    return again.sort((one, other) => one - other);
  }

  #arguments(folder: string, places: readonly number[]): string[] {
    const { rows, scenario = "", files = {}, args = [], flagsOnly } = this.#table;
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, "latin1");
    if (flagsOnly) return ["receive", "--listen", "127.0.0.1:0", "--json", ...args];
    const listeners = rows.map(({ options = "", tls }, i) => ({
      name: `row-${i}`,
      endpoint: `${tls ? "tls" : "tcp"}://127.0.0.1:0${options}`,
    }));
    const rules = rows.flatMap((row, i) =>
      rulesOf(row, `127.0.0.1:${places[i]}`).map((rule, j) => ({
        id: `row-${i}-${j}`,
        ...rule,
        when: { ...rule.when as object | undefined, listener: `row-${i}` },
      }))
    );
    const last = { id: "last", when: { "MSH-10": LAST }, do: [{ reply: "AA" }] };
    const head = { version: 1, seed: 7, ...parse(scenario) ?? {} };
    writeFileSync(join(folder, "table.json"), JSON.stringify({ ...head, listeners, rules: [last, ...rules] }));
    return ["receive", "table.json", "--json", ...args];
  }
}

/** What the receiver tells, as it comes. */
function eventsOf({ child }: Running): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  let pending = "";
  child.stdout!.on("data", (text: string) => {
    const lines = `${pending}${text}`.split("\n");
    pending = lines.pop()!;
    for (const line of lines) events.push(JSON.parse(line));
  });
  return events;
}

/** The ports of all listeners, when so many are there. */
async function listeningPorts(
  { child, finished }: Running,
  events: readonly Record<string, unknown>[],
  count: number,
): Promise<number[]> {
  const listening = () => events.filter(({ event }) => event === "listening");
  while (listening().length < count) {
    if (child.exitCode !== null) throw new Error(`The receiver does not start: ${(await finished).stderr}`);
    await pause(5);
  }
  return listening().map(({ endpoint }) => Number(/:(\d+)$/.exec(String(endpoint))![1]));
}
