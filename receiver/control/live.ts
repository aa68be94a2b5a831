/**
 * The scenario in force and the one way to change it: a text is read as a whole, checked as a file is, and put in force whole, or not at
 * all. What changes a part of it changes the document and goes the same way. It knows no HTTP and no receiver.
 *
 * @module
 */
import { scenarioHash } from "../journal/head.ts";
import type { Anew } from "../decide/decide.ts";
import type { Matcher } from "../decide/passes.ts";
import { countValues, type Document, isDocument, type Json, plainJson, plainTexts } from "../scenario/document.ts";
import type { Expectation } from "../scenario/expectation.ts";
import { formatPath, ScenarioError, type ScenarioIssue } from "../scenario/issue.ts";
import { parseScenario, readScenario } from "../scenario/parse.ts";
import type { ListenerSpec, Scenario } from "../scenario/scenario.ts";
import { type PathKey, SourceText } from "../scenario/source.ts";
import type { When } from "../scenario/when.ts";
import type { Files } from "../steps/step.ts";
import { type Apply, ControlConflict } from "./surface.ts";

/** What a live scenario is made of. */
export interface LiveOptions {
  /** What the run began with. */
  readonly scenario: Scenario;
  /** The same, as it was written: a file's (`plainJson`), a run's of flags (`writeFlags`). */
  readonly document: Document;
  /** The files that a scenario may name while it runs. */
  readonly files?: Files;
  readonly matcher?: Matcher;
  readonly apply: Apply;
}

/** What a document may hold, as what a file may (`source.ts`): else it would grow without end, rule by rule. */
const MOST_VALUES = 200_000;

/** A text that somebody sent, and where in the document it stands. */
export interface Written {
  readonly text: string;
  /** What errors call it. */
  readonly name: string;
  /** Where its value stands in the document. */
  readonly place: readonly PathKey[];
}

/**
 * The scenario in force.
 *
 * @example
 * ```ts
 * import { LiveScenario } from "./live.ts";
 * import { scenarioFromFlags } from "../scenario/from_flags.ts";
 * import { writeFlags } from "../scenario/write.ts";
 * import assert from "node:assert/strict";
 *
 * const inForce: number[] = [];
 * const live = new LiveScenario({
 *   scenario: scenarioFromFlags({ seed: 7 }),
 *   document: writeFlags({ seed: 7 }),
 *   apply: (scenario) => inForce.push(scenario.rules.length),
 * });
 * live.adoptText("{version: 1, rules: [{id: down, do: [hold]}]}", "all");
 * assert.deepEqual(inForce, [1]);
 * assert.throws(() => live.adoptText("{version: 1, rulse: []}", "all"), /did you mean 'rules'/);
 * assert.equal(live.scenario.rules[0].id, "down");
 * ```
 */
export class LiveScenario {
  readonly #options: LiveOptions;
  #scenario: Scenario;
  #document: Document;
  #hash: string | null = null;
  #listeners: readonly ListenerSpec[] | null = null;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#scenario = options.scenario;
    this.#document = options.document;
  }

  /** The scenario in force. */
  get scenario(): Scenario {
    return this.#scenario;
  }

  /** The same, as it is written. */
  get document(): Document {
    return this.#document;
  }

  /** The scenario's hash, as journals have it. */
  get hash(): string {
    return this.#hash ??= scenarioHash(this.#scenario);
  }

  /**
   * Puts a whole scenario in force, YAML or JSON. Listeners and a seed that it does not name stay as they are.
   *
   * @throws ScenarioError for everything that is wrong with it
   * @throws ControlConflict where it wants what cannot be changed while it runs
   */
  adoptText(text: string, anew: Anew): void {
    const source = read(text, "scenario");
    const value = plainJson(source.value);
    if (!isDocument(value)) {
      // Not even a map: who reads scenarios says what it is instead.
      parseScenario(text, { file: "scenario", seed: this.#scenario.seed });
      throw new RangeError("Cannot read a scenario that is no map");
    }
    const { listeners, seed } = this.#document;
    const kept = { ...listeners === undefined ? {} : { listeners }, ...seed === undefined ? {} : { seed } };
    this.adopt({ ...kept, ...value }, anew, { text, name: "scenario", place: [] });
  }

  /** Puts a document in force. What is wrong with it is told of the text that somebody sent for it, where it is that which is wrong. */
  adopt(document: Document, anew: Anew, written: Written): void {
    const parsed = this.#parse(document, written);
    this.#refuseFixed(parsed);
    const scenario: Scenario = { ...parsed, listeners: this.#options.scenario.listeners };
    try {
      this.#options.apply(scenario, anew);
    } catch (error) {
      if (!(error instanceof RangeError) || error instanceof ScenarioError) throw error;
      throw wholeIssue(written.name, error.message);
    }
    this.#scenario = scenario;
    this.#document = document;
    this.#hash = null;
  }

  /** Reads an expectation as the scenario's own `expect` is read. Throws a `ScenarioError`. */
  expectation(text: string): Expectation {
    const source = read(text, "expectation");
    const document = { ...this.#document, expect: [plainJson(source.value)] };
    const { expect = [] } = this.#parse(document, { text, name: "expectation", place: ["expect", 0] });
    return expect[0];
  }

  /** Reads conditions as an expectation's are read. Throws a `ScenarioError`. */
  when(text: string): When {
    const source = read(text, "when");
    const document = { ...this.#document, expect: [{ none: plainJson(source.value) }] };
    const { expect = [] } = this.#parse(document, { text, name: "when", place: ["expect", 0, "none"] });
    const [item] = expect;
    if (item.kind !== "none") throw new TypeError("Cannot read conditions: found another expectation");
    return item.when;
  }

  /** A document as a scenario; its errors at their places in what was written. */
  #parse(document: Document, written: Written): Scenario {
    const { files, matcher } = this.#options;
    if (countValues(document) > MOST_VALUES) {
      throw wholeIssue(written.name, `with it the scenario would hold more than ${MOST_VALUES} values`);
    }
    try {
      // Not as a text: that costs a hundred rules fifteen milliseconds, in which no message is taken.
      const options = { file: written.name, seed: this.#scenario.seed, files, matcher };
      return readScenario(plainTexts(document), options, () => ({ line: 1, column: 1 }));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      throw new ScenarioError(placed(error.issues, written), error.found);
    }
  }

  #refuseFixed(parsed: Scenario): void {
    const { seed, control, limits } = this.#options.scenario;
    if (parsed.seed !== seed) {
      throw new ControlConflict(
        `The seed cannot change while it runs: found ${parsed.seed}, and the run began with ${seed}`,
      );
    }
    if (!sameListeners(parsed.listeners, this.#firstListeners())) {
      throw new ControlConflict(
        "The listeners cannot change while it runs: leave them out, or write them as GET /v1/scenario has them",
      );
    }
    if (parsed.control?.listen !== undefined && parsed.control.listen !== control?.listen) {
      throw new ControlConflict("control.listen cannot change while it runs: leave it out");
    }
    if (parsed.limits.journal !== limits.journal) {
      throw new ControlConflict("limits.journal cannot change while it runs: leave it as it was at the start");
    }
  }

  /** The listeners of the run as the document has them: as they are read, not as they were made ready. */
  #firstListeners(): readonly ListenerSpec[] {
    const { document, scenario: { seed }, files, matcher } = this.#options;
    const { version = 1, listeners } = document;
    const text = JSON.stringify({ version, ...listeners === undefined ? {} : { listeners } });
    return this.#listeners ??= parseScenario(text, { file: "scenario", seed, files, matcher }).listeners;
  }
}

/** A text as plain values. Throws a `ScenarioError` for what is no YAML. */
function read(text: string, name: string): SourceText {
  const source = new SourceText(text);
  if (source.issues.length > 0) {
    throw new ScenarioError(
      source.issues.map((issue) => ({ file: name, path: "", ...issue })),
      source.issues.length,
    );
  }
  if (source.value === null || source.value === "") throw wholeIssue(name, "it is empty");
  return source;
}

function wholeIssue(file: string, message: string): ScenarioError {
  return new ScenarioError([{ file, line: 1, column: 1, path: "", message }], 1);
}

function sameListeners(a: readonly ListenerSpec[], b: readonly ListenerSpec[]): boolean {
  const plain = (listeners: readonly ListenerSpec[]) =>
    JSON.stringify(listeners.map(({ name, endpoint: { kind, host, port, path, options } }) => {
      const { framing = "mllp", ...rest } = options;
      return [name ?? null, kind, host, port, path, framing, Object.entries(rest).sort()];
    }));
  return plain(a) === plain(b);
}

/** Issues of the document as issues of the text that stands in it; one elsewhere is told of the text's beginning, with its own path. */
function placed(issues: readonly ScenarioIssue[], { text, name, place }: Written): ScenarioIssue[] {
  const source = new SourceText(text);
  const paths = new Map<string, readonly PathKey[]>();
  const walk = (value: Json, path: readonly PathKey[]) => {
    paths.set(formatPath([...place, ...path]), path);
    if (Array.isArray(value)) value.forEach((inner, i) => walk(inner, [...path, i]));
    else if (isDocument(value)) { for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]); }
  };
  walk((source.value ?? null) as Json, []);
  const found = issues.map((issue) => {
    const path = paths.get(issue.path);
    if (path === undefined) return { ...issue, file: name, line: 1, column: 1 };
    const at = source.placeOf(path, issue.message.startsWith("unknown key"));
    return { ...issue, file: name, ...at, path: formatPath(path) };
  });
  return found.sort((a, b) => a.line - b.line || a.column - b.column);
}
