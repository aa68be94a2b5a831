/**
 * What must hold between the parts of a scenario: names that are unique and names that exist, steps that go together, conditions
 * that the event can have. Whether a rule is ever reached is `reach.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { parsePath } from "../../lib/hl7/path.ts";
import { type Endpoint, formatPlace, isLine, NO_ILLP } from "../../lib/transport/endpoint.ts";
import { IN_BAND } from "../decide/in_band.ts";
import { type Matcher, NO_MATCHER } from "../decide/passes.ts";
import { liesBehind, placeName } from "../steps/place.ts";
import { kindOf, type StepSpec } from "../steps/registry.ts";
import type { FramePlace } from "../steps/way.ts";
import { unknownWord } from "./form.ts";
import { echoConflict } from "./from_flags.ts";
import type { Finding } from "./issue.ts";
import { linkIssues } from "./link_order.ts";
import { unmetEvent, unmetStep } from "./meet.ts";
import type { EventKind, ListenerSpec, Phase, Rule, Scenario, Scope } from "./scenario.ts";
import type { WrittenRule, WrittenScenario, WrittenStep } from "./schema.ts";
import type { PathKey } from "./source.ts";
import { conditionsIn, testsIn, type When } from "./when.ts";

type Path = readonly PathKey[];

/** The conditions that an event without a message can have. */
const CONNECTION_KEYS = ["listener", "peer", "tlsCn", "any", "all", "not"];

/** How a key is written, where that is not how it is called here. */
const WRITTEN: Readonly<Record<string, string>> = { tlsCn: "tls_cn" };

/**
 * Everything that is wrong between the parts.
 *
 * @param written the parts as they were read: steps are told of where they were written
 *
 * @example
 * ```ts
 * import { checkParts } from "./check.ts";
 * import { assemble } from "./assemble.ts";
 * import assert from "node:assert/strict";
 *
 * const written = { version: 1, rules: [{ id: "a", do: [[{ verb: "close" }], [{ verb: "hold" }]] }] } as const;
 * const { scenario } = assemble(written as never, { seed: 1, files: { resolve: (path) => path, read: () => "" } });
 * const [finding] = checkParts(scenario, written as never, undefined);
 * assert.equal(finding.message, "nothing can be done after close, wanted it last");
 * ```
 */
export function checkParts(scenario: Scenario, written: WrittenScenario, matcher: Matcher | undefined): Finding[] {
  const check = new Check(scenario, written.listeners === undefined ? [] : scenario.listeners, matcher);
  for (const [i, rule] of scenario.rules.entries()) check.rule(rule, written.rules?.[i], ["rules", i]);
  for (const [name, steps] of Object.entries(written.profiles ?? {})) {
    check.steps(steps, { on: "message", then: "continue" }, ["profiles", name]);
  }
  for (const [i, phase] of (scenario.phases ?? []).entries()) {
    check.phase(phase, i);
    for (const [j, rule] of phase.rules.entries()) {
      check.rule(rule, written.phases?.[i].rules?.[j], ["phases", i, "rules", j]);
    }
  }
  for (const [i, expectation] of (scenario.expect ?? []).entries()) {
    const { kind } = expectation;
    if (kind === "order") expectation.when.forEach((when, j) => check.when(when, "message", ["expect", i, kind, j]));
    else if (kind === "none") check.when(expectation.when, "message", ["expect", i, kind]);
    else if ("when" in expectation) check.when(expectation.when, "message", ["expect", i, kind, "when"]);
  }
  for (const [i, { endpoint, framing }] of (written.listeners ?? []).entries()) check.framing(endpoint, framing, i);
  check.whole();
  return check.findings;
}

/** What steps are called that nobody writes by their name. */
function nameOf(spec: StepSpec): string {
  return spec.verb === "later" ? `${spec.steps[0].verb} with after: {...}` : spec.verb;
}

/** What is wrong with steps that leave a message unanswered and nothing to later rules. */
function unanswered(steps: readonly StepSpec[]): string {
  const question = steps.find(({ verb }) => kindOf(verb).role === "question");
  if (question !== undefined) {
    return `${question.verb} lets messages pass to nothing: wanted reply at the end, or then: continue`;
  }
  const what = steps.every(({ verb }) => kindOf(verb).role === "wait") ? "waits and then does nothing" : "says nothing";
  return `it ${what}: wanted reply, hold or close at its end, or then: continue`;
}

/** A step and the place where it was written. */
interface Placed {
  readonly spec: StepSpec;
  readonly i: number;
}

class Check {
  readonly findings: Finding[] = [];
  readonly #scenario: Scenario;
  readonly #matcher: Matcher | undefined;
  readonly #listeners: readonly string[];
  /** Empty where others take their place. */
  readonly #written: readonly ListenerSpec[];
  readonly #queues: Path[] = [];
  #works = false;

  constructor(scenario: Scenario, written: readonly ListenerSpec[], matcher: Matcher | undefined) {
    this.#scenario = scenario;
    this.#written = written;
    this.#matcher = matcher;
    this.#listeners = scenario.listeners.flatMap(({ name }) => name ?? []);
  }

  rule(rule: Rule, written: WrittenRule | undefined, path: Path): void {
    const { on, when, trigger, sequence, then, toState } = rule;
    const unmet = unmetEvent(rule, this.#written);
    if (unmet !== null) this.#tell([...path, "on"], unmet);
    if (when !== undefined) this.when(when, on, [...path, "when"]);
    if (trigger.per !== undefined) this.#scope(trigger.per, on, [...path, "trigger", "per"]);
    if (sequence?.per !== undefined) this.#scope(sequence.per, on, [...path, "sequence", "per"]);
    if (written?.do !== undefined && written.sequence !== undefined) {
      this.#tell([...path, "sequence"], "do and sequence exclude each other, wanted one of them", true);
    }
    if (written?.do === undefined && written?.sequence === undefined && toState === undefined) {
      if (on !== "message") this.#tell(path, "it does nothing: wanted do or sequence");
      else if (then === "continue") this.#tell(path, "it does nothing: then: continue needs do, sequence or to_state");
    }
    if (written?.do !== undefined) this.steps(written.do, rule, [...path, "do"]);
    for (const [i, steps] of (written?.sequence?.steps ?? []).entries()) {
      this.steps(steps, rule, [...path, "sequence", "steps", i]);
    }
  }

  /** Steps that are done one after the other. */
  steps(written: readonly WrittenStep[], rule: Pick<Rule, "on" | "then" | "when">, path: Path): void {
    const { on, then } = rule;
    for (const { i, message } of linkIssues(written, then)) this.#tell([...path, i], message);
    let muted = false;
    /** The lower layer's refusal is the answer. */
    let refused = false;
    let end: StepSpec | null = null;
    let silence: Placed | null = null;
    let answer: Placed | null = null;
    let sent: FramePlace | null = null;
    for (const [i, specs] of written.entries()) {
      if (end !== null) {
        this.#tell([...path, i], `nothing can be done after ${end.verb}, wanted it last`);
        return;
      }
      for (const spec of specs) {
        const { role, on: events } = kindOf(spec.verb);
        if (!events.includes(on)) {
          this.#tell([...path, i], `${nameOf(spec)} cannot be done at '${on}', only at ${events.join(", ")}`);
        }
        const unmet = unmetStep(rule, spec, this.#written, null);
        if (unmet !== null) this.#tell([...path, i], unmet);
        if (spec.verb === "queue") this.#queues.push([...path, i]);
        this.#works ||= spec.verb === "process_time";
        if (role === "end" || role === "handshake") end = spec;
        if (role === "answer" && muted) {
          this.#tell([...path, i], "half_close has sent FIN before, and nothing can be said after it");
        }
        muted ||= spec.verb === "half_close";
        refused ||= spec.verb === "link_commit" && spec.word === "nak";
        if (role === "silence" && silence !== null) {
          this.#tell([...path, i], `${silence.spec.verb} has said nothing already, wanted one of them`);
        }
        if (role === "silence") silence = { spec, i };
        if (role === "answer") answer = { spec, i };
        if (spec.verb === "send") sent = this.#sent(spec, sent, [...path, i]);
      }
    }
    if (silence !== null && answer !== null) {
      const message = `${silence.spec.verb} says nothing and ${answer.spec.verb} answers, wanted one of them`;
      this.#tell([...path, Math.max(silence.i, answer.i)], message);
    }
    if (then === "continue") {
      const last = end?.verb ?? silence?.spec.verb ?? (muted && on === "message" ? "half_close" : undefined);
      if (last !== undefined) this.#tell(path, `${last} leaves nothing for later rules to do: it needs then: stop`);
    } else if (on === "message" && end === null && silence === null && answer === null && !muted && !refused) {
      this.#tell(path, unanswered(written.flat()));
    }
  }

  /** A frame is sent from its start to its end: up to where it is, behind this step. */
  #sent({ to, pace }: Extract<StepSpec, { verb: "send" }>, before: FramePlace | null, path: Path): FramePlace {
    const begins = pace?.kind === "split" ? pace.at : to;
    if (before !== null && !liesBehind(begins, before)) {
      const left = liesBehind("end_data", before);
      const wanted = left ? "wanted a place behind that" : "and nothing of it is left";
      this.#tell(path, `found ${placeName(begins)}: the reply was sent up to ${placeName(before)} before, ${wanted}`);
    }
    return to;
  }

  when(when: When, on: EventKind, path: Path): void {
    for (const { test, place } of testsIn(when, path)) {
      if (test.matches === undefined) continue;
      try {
        if (this.#matcher === undefined) throw new RangeError(NO_MATCHER);
        this.#matcher(test.matches);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.#tell([...place, "matches"], error.message);
      }
    }
    this.#keys(when, on, path);
  }

  #keys(when: When, on: EventKind, path: Path): void {
    for (const key of Object.keys(when)) {
      const fine = on === "message" || CONNECTION_KEYS.includes(key) || (on === "frame_fault" && key === "frame");
      if (fine) continue;
      const written = key === "fields" ? when.fields?.[0].path ?? key : WRITTEN[key] ?? key;
      this.#tell([...path, written], `${written} is of messages, and at '${on}' there is none`, true);
    }
    for (const name of when.listener ?? []) {
      if (!this.#listeners.includes(name)) this.#tell([...path, "listener"], this.#noListener(name));
    }
    for (const inner of conditionsIn(when, path)) this.#keys(inner.when, on, inner.place);
  }

  #scope(scope: Scope, on: EventKind, path: Path): void {
    const ofMessages = typeof scope !== "string" || scope === "control_id";
    if (ofMessages && on !== "message") this.#tell(path, `it is of messages, and at '${on}' there is none`);
  }

  phase(phase: Phase, index: number): void {
    const { phases = [], rules, profiles = {} } = this.#scenario;
    const path = ["phases", index];
    if (phase.forMs !== undefined && phase.messages !== undefined) {
      this.#tell([...path, "messages"], "for and messages exclude each other, wanted one of them", true);
    }
    const endless = phase.forMs === undefined && phase.messages === undefined;
    if (endless && index < phases.length - 1) this.#tell(path, "it never ends: wanted for or messages");
    for (const name of Object.keys(phase.listeners)) {
      if (name !== "all" && !this.#listeners.includes(name)) {
        this.#tell([...path, "listeners", name], this.#noListener(name), true);
      }
    }
    const known = [...rules.map(({ id }) => id), ...Object.keys(profiles)];
    for (const name of phase.useRules) {
      if (!known.includes(name)) this.#tell([...path, "use"], unknownWord("rule or profile", name, known));
    }
  }

  framing(endpoint: Endpoint, framing: string | undefined, index: number): void {
    const other = endpoint.options.framing;
    if (framing === "illp" && isLine(endpoint)) {
      this.#tell(["listeners", index, "framing"], `found illp for ${formatPlace(endpoint)}: ${NO_ILLP}`);
    }
    if (framing === undefined || other === undefined || other === framing) return;
    this.#tell(["listeners", index, "framing"], `found ${framing}, and ${other} in the endpoint, wanted one of them`);
  }

  /** What concerns the whole. */
  whole(): void {
    const { phases = [], rules, profiles = {}, phasesAtEnd, listeners } = this.#scenario;
    const called = [
      ...rules.map(({ id }, i) => [id, ["rules", i, "id"]] as const),
      ...Object.keys(profiles).map((name) => [name, ["profiles", name]] as const),
      ...phases.flatMap(({ rules }, i) => rules.map(({ id }, j) => [id, ["phases", i, "rules", j, "id"]] as const)),
    ];
    this.#unique("rule or profile", called);
    this.#inBand(called);
    this.#unique("phase", phases.map(({ name }, i) => [name, ["phases", i, "name"]] as const));
    this.#unique(
      "listener",
      listeners.flatMap(({ name }, i) => name === undefined ? [] : [[name, ["listeners", i, "name"]] as const]),
    );
    for (const [i, { name }] of listeners.entries()) {
      if (name === "all") this.#tell(["listeners", i, "name"], "'all' means every listener, wanted another name");
    }
    for (const name of Object.keys(profiles)) {
      if (!phases.some(({ useProfiles }) => useProfiles.includes(name))) {
        this.#tell(["profiles", name], "no phase uses it", true);
      }
    }
    const last = phases[phases.length - 1];
    if (phasesAtEnd !== undefined && last === undefined) this.#tell(["phases_at_end"], "there are no phases", true);
    if (phasesAtEnd !== undefined && last !== undefined && last.forMs === undefined && last.messages === undefined) {
      this.#tell(["phases_at_end"], `the last phase, ${last.name}, never ends: wanted for or messages there`, true);
    }
    for (const path of this.#works ? [] : this.#queues) {
      this.#tell(path, "the queue is always empty: wanted process_time somewhere, which fills it");
    }
    const conflict = echoConflict(this.#scenario);
    if (conflict !== null) this.#tell(["defaults", "reply"], conflict);
  }

  #inBand(called: readonly (readonly [name: string, path: Path])[]): void {
    const { control: { inBand } = {} } = this.#scenario;
    if (inBand === undefined) return;
    for (const [name, path] of called) {
      if (name !== IN_BAND) continue;
      this.#tell(path, `what messages ask for goes by the name '${IN_BAND}' (control.in_band), wanted another`);
    }
    if (parsePath(inBand.path).parts.field === 0) {
      this.#tell(["control", "in_band", "field"], `found the segment ${inBand.path}, wanted a field such as MSH-8`);
    }
  }

  #unique(kind: string, named: readonly (readonly [name: string, path: Path])[]): void {
    const seen = new Set<string>();
    for (const [name, path] of named) {
      if (seen.has(name)) this.#tell(path, `there is a ${kind} called '${name}' already, wanted a name of its own`);
      seen.add(name);
    }
  }

  #noListener(name: string): string {
    if (this.#listeners.length === 0) return `no listener has a name, wanted one called '${name}'`;
    return unknownWord("listener", name, this.#listeners);
  }

  #tell(path: Path, message: string, ofKey = false): void {
    this.findings.push({ path, message, ofKey });
  }
}
