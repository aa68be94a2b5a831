/**
 * A receiver without connections, for the tests of the control API: the rules are at work and messages are decided upon, and nothing is sent.
 *
 * @module
 */
import { type Clock, VirtualClock } from "../../../lib/clock.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { utf8 } from "../../../lib/bytes.ts";
import { type ControlApp, controlApp } from "../../../receiver/control/app.ts";
import { LiveScenario } from "../../../receiver/control/live.ts";
import {
  type ConnectionAction,
  type ConnectionStatus,
  type ControlSurface,
  type Explanation,
  type FaultCounts,
  type LiveEvent,
  type PhaseChange,
} from "../../../receiver/control/surface.ts";
import { Decider, type Plan } from "../../../receiver/decide/decide.ts";
import { newTotals, type Totals } from "../../../receiver/events.ts";
import type { JournalMessage, PayloadForm } from "../../../receiver/journal/entry.ts";
import { type Document, isDocument, plainJson } from "../../../receiver/scenario/document.ts";
import type { Expectation } from "../../../receiver/scenario/expectation.ts";
import type { ListenerState } from "../../../receiver/scenario/scenario.ts";
import { SourceText } from "../../../receiver/scenario/source.ts";
import type { When } from "../../../receiver/scenario/when.ts";
import { findEntries, verifyEntries } from "../../../receiver/verify/entries.ts";
import { bytesOf, matcher, ORIGINAL, type Sent } from "../decide/deciding.ts";
import { scenarioOf } from "../scenario/files.ts";

/** A receiver for tests. */
export class FakeReceiver implements ControlSurface {
  readonly live: LiveScenario;
  readonly decider: Decider;
  readonly totals: Totals = newTotals();
  readonly acted: string[] = [];
  payload: PayloadForm;
  listener: ListenerState = "open";
  /** What is waited for before messages are looked at. */
  pending: Promise<void> = Promise.resolve();
  readonly #clock: Clock;
  readonly #entries: JournalMessage[] = [];
  readonly #listeners: Set<(event: LiveEvent) => void> = new Set();

  constructor(text: string, { payload = "full", clock = new VirtualClock() }: {
    payload?: PayloadForm;
    clock?: Clock;
  } = {}) {
    this.payload = payload;
    this.#clock = clock;
    const scenario = scenarioOf(text, { matcher });
    const document = plainJson(new SourceText(`version: 1\n${text}`).value);
    this.decider = new Decider(scenario, { matcher });
    this.live = new LiveScenario({
      scenario,
      document: isDocument(document) ? document : {},
      matcher,
      apply: (next, anew) => this.decider.adopt(next, this.uptimeMs, anew),
    });
  }

  get uptimeMs(): number {
    return this.#clock.now();
  }

  /** How many hear of events. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** A message comes and is done with. */
  receive(sent: Sent, outcome: JournalMessage["outcome"] = "replied"): Plan {
    const message = bytesOf(sent);
    const header = new HeaderScan();
    header.scan(message);
    const nowMs = this.uptimeMs;
    const facts = {
      listener: 0,
      connection: 1,
      peer: "127.0.0.1",
      tlsName: null,
      nowMs,
      warnings: [],
      message,
      header,
    };
    const plan = this.decider.decide({ due: ORIGINAL, isAnswer: false, scope: sent.id, attempt: 1, facts });
    const n = ++this.totals.messages;
    const at = this.#clock.date().toISOString();
    this.#entries.push({
      n,
      at,
      connection: 1,
      listener: "tcp://127.0.0.1:2575",
      peer: "127.0.0.1",
      attempt: 1,
      controlId: sent.id,
      type: header.type,
      bytesIn: message.length,
      hash: "00",
      key: null,
      warnings: [],
      rule: plan.rule,
      considered: plan.considered,
      steps: [],
      reply: outcome === "replied" ? { code: ["AA"], bytesOut: 40, firstByteAt: at, lastByteAt: at } : null,
      outcome,
      ...this.payload === "hash" ? {} : { payload: String.fromCharCode(...message) },
    });
    this.tell({ note: "received", at, n });
    return plan;
  }

  /** Something happens. */
  tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  status(): ReturnType<ControlSurface["status"]> {
    const { phases, state } = this.decider;
    const nowMs = this.uptimeMs;
    const phase = phases.current;
    return {
      uptimeMs: nowMs,
      phase: phase === null ? null : {
        name: phase.name,
        paused: phases.paused,
        elapsedMs: phases.elapsedMs(nowMs),
        endsInMs: phases.endsMs === Infinity ? null : phases.endsMs - nowMs,
      },
      state,
      listeners: [{ name: null, endpoint: "tcp://127.0.0.1:2575", framing: "mllp", state: this.listener }],
      connections: 1,
      totals: this.totals,
    };
  }

  standings(): ReturnType<ControlSurface["standings"]> {
    return this.decider.standings(this.uptimeMs);
  }

  faults(): Readonly<Record<string, FaultCounts>> {
    return Object.fromEntries(
      this.standings().filter(({ firings }) => firings > 0).map(({ id, firings }) => [
        id,
        { asked: firings, injected: firings, overflowed: 0, active: 1 },
      ]),
    );
  }

  heal(): { released: number } {
    this.decider.heal(this.uptimeMs);
    return { released: 2 };
  }

  reset(): { released: number } {
    this.decider.reset();
    this.#entries.length = 0;
    Object.assign(this.totals, newTotals());
    return this.heal();
  }

  fire(id: string): void {
    this.decider.fire(id);
  }

  phase(change: PhaseChange): void {
    const { phases } = this.decider;
    if (change === "pause") phases.pause(this.uptimeMs);
    else if (change === "resume") phases.resume(this.uptimeMs);
    else phases.jump(change.jump, this.uptimeMs);
  }

  setState(state: string): void {
    this.decider.state = state;
  }

  connections(): readonly ConnectionStatus[] {
    return [{
      id: 1,
      peer: "127.0.0.1:40112",
      listener: "tcp://127.0.0.1:2575",
      since: this.#clock.date().toISOString(),
      messages: 3,
      bytes: 300,
      waiting: 0,
      held: 1,
      reading: true,
    }];
  }

  act(id: number, action: ConnectionAction, bytes: Uint8Array): boolean {
    if (id !== 1) return false;
    this.acted.push(`${action} ${bytes.length}`);
    return true;
  }

  recent(): readonly JournalMessage[] {
    return this.#entries;
  }

  find(when: When): readonly JournalMessage[] {
    return findEntries(when, this.#entries, { payload: this.payload, matcher });
  }

  verify(expectation: Expectation): ReturnType<ControlSurface["verify"]> {
    const nowMs = this.#clock.date().getTime();
    return verifyEntries(expectation, this.#entries, {
      payload: this.payload,
      matcher,
      nowMs,
      startedAtMs: nowMs - this.uptimeMs,
    });
  }

  explain(n: number): Explanation | null {
    const entry = this.#entries.find((each) => each.n === n);
    return entry === undefined ? null : { lines: [`message ${n}`], considered: entry.considered };
  }

  settled(): Promise<void> {
    return this.pending;
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What an API answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Read as JSON; `null` where it is none. */
  readonly body: Document | null;
  readonly text: string;
}

/** The API of a receiver for tests, and requests of it. */
export class Bench {
  readonly receiver: FakeReceiver;
  readonly clock: VirtualClock = new VirtualClock();
  readonly app: ControlApp;
  readonly bugs: unknown[] = [];

  constructor(text = "name: none", { payload, host = "127.0.0.1", token = null }: {
    payload?: PayloadForm;
    host?: string;
    token?: string | null;
  } = {}) {
    this.receiver = new FakeReceiver(text, { payload, clock: this.clock });
    this.app = controlApp(this.receiver, {
      host,
      token,
      version: "1.0.0",
      clock: this.clock,
      onBug: (error) => this.bugs.push(error),
    });
  }

  /** Sends a request; a body that is no text is sent as JSON. */
  fetch(line: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const [method, path] = line.split(" ");
    const sent = body === undefined || typeof body === "string" || body instanceof Uint8Array
      ? body as string | undefined
      : JSON.stringify(body);
    return this.app.fetch(new Request(`http://127.0.0.1:8575${path}`, { method, body: sent, headers }));
  }

  /** Sends a request and reads the whole answer. */
  async ask(line: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const answer = await this.fetch(line, body, headers);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type") === "application/json";
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) as Document : null,
    };
  }

  /** The problem that a request has. */
  async problem(
    line: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly code: string; readonly message: string; readonly issues?: Issue[] }> {
    const { status, body: answered } = await this.ask(line, body, headers);
    const { error } = answered as unknown as { error: { code: string; message: string; issues?: Issue[] } };
    return { status, ...error };
  }
}

/** One thing that is wrong with a body. */
export interface Issue {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Lets everything that is ready to be done be done. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Text as bytes. */
export const bytes = utf8;
