/**
 * From the parts of a scenario file, each read for itself, to the scenario: defaults filled in, files looked up.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Endpoint } from "../../lib/transport/endpoint.ts";
import { settledDelay } from "../steps/delay.ts";
import { PATH_OPTIONS } from "../steps/destination.ts";
import { settledTable } from "../steps/reply.ts";
import { settleStep, type StepSpec } from "../steps/registry.ts";
import type { Files } from "../steps/step.ts";
import { NO_DELAY } from "./delay.ts";
import { DEFAULT_LISTENER } from "./from_flags.ts";
import type { Finding } from "./issue.ts";
import {
  type ControlSpec,
  DEFAULT_LIMITS,
  type Limits,
  type ListenerSpec,
  type Phase,
  type Rule,
  type Scenario,
  type Sequence,
} from "./scenario.ts";
import type { WrittenPhase, WrittenRule, WrittenScenario, WrittenStep } from "./schema.ts";
import type { PathKey } from "./source.ts";
import { ALWAYS } from "./trigger.ts";

/** A scenario, and what was wrong with the files that it names. */
export interface Assembly {
  readonly scenario: Scenario;
  readonly findings: readonly Finding[];
}

type Path = readonly PathKey[];

/**
 * The scenario of a file's parts.
 *
 * @example
 * ```ts
 * import { assemble } from "./assemble.ts";
 * import assert from "node:assert/strict";
 *
 * const files = { resolve: (path: string) => path, read: () => "" };
 * const { scenario } = assemble({ version: 1 }, { seed: 7, files });
 * assert.equal(scenario.seed, 7);
 * assert.deepEqual(scenario.defaults.reply, [{ reply: "AA", weight: 1 }]);
 * ```
 */
export function assemble(
  written: WrittenScenario,
  options: { readonly seed: number; readonly files: Files },
): Assembly {
  return new Assembler(options.files).assemble(written, options.seed);
}

class Assembler {
  readonly #files: Files;
  readonly #findings: Finding[] = [];

  constructor(files: Files) {
    this.#files = files;
  }

  assemble(written: WrittenScenario, seed: number): Assembly {
    const { name, listeners, defaults = {}, profiles, rules = [], phases, phases_at_end, expect, limits, control } =
      written;
    const { reply = [{ reply: "AA", weight: 1 } as const], delay = NO_DELAY } = defaults;
    const scenario: Scenario = {
      ...given({ name }),
      seed: written.seed ?? seed,
      listeners: listeners === undefined ? [DEFAULT_LISTENER] : listeners.map((each) => this.#listener(each)),
      defaults: {
        reply: reply === "echo"
          ? reply
          : this.#settled(["defaults", "reply"], reply, () => settledTable(reply, this.#files)),
        delay: this.#settled(["defaults", "delay"], delay, () => settledDelay(delay, this.#files)),
      },
      rules: rules.map((rule, i) => this.#rule(rule, ["rules", i])),
      limits: limitsOf(limits),
      ...profiles === undefined ? {} : { profiles: this.#profiles(profiles) },
      ...phases === undefined
        ? {}
        : { phases: phases.map((phase, i) => this.#phase(phase, i, Object.keys(profiles ?? {}))) },
      ...given({ phasesAtEnd: phases_at_end, expect }),
      ...control === undefined ? {} : { control: controlOf(control) },
    };
    return { scenario, findings: this.#findings };
  }

  #listener({ name, endpoint, framing }: NonNullable<WrittenScenario["listeners"]>[number]): ListenerSpec {
    const options = Object.fromEntries(
      Object.entries(endpoint.options).map(([key, value]) => [
        key,
        PATH_OPTIONS.includes(key) ? this.#files.resolve(value) : value,
      ]),
    );
    // One place for the framing: whoever makes a dialogue of an endpoint looks at its options.
    const settled: Endpoint = { ...endpoint, options: framing === undefined ? options : { ...options, framing } };
    return { ...given({ name }), endpoint: settled, link: given({ framing }), tls: null };
  }

  #profiles(profiles: Readonly<Record<string, readonly WrittenStep[]>>): Record<string, readonly StepSpec[]> {
    return Object.fromEntries(
      Object.entries(profiles).map(([name, steps]) => [name, this.#steps(steps, ["profiles", name])]),
    );
  }

  #rule(rule: WrittenRule, path: Path): Rule {
    const { id, on = "message", when, trigger = ALWAYS, sequence, then = "stop" } = rule;
    // A rule without steps decides that the message is treated as if there were no rules.
    const bare = sequence === undefined && then === "stop" && on === "message";
    return {
      id,
      on,
      ...given({ when }),
      trigger,
      do: rule.do === undefined ? bare ? [{ verb: "reply", reply: null }] : [] : this.#steps(rule.do, [...path, "do"]),
      ...sequence === undefined ? {} : { sequence: this.#sequence(sequence, [...path, "sequence", "steps"]) },
      then,
      ...given({
        inState: rule.in_state,
        toState: rule.to_state,
        enabled: rule.enabled,
        ttlMs: rule.ttl,
        note: rule.note,
      }),
    };
  }

  #sequence({ steps, at_end, per }: NonNullable<WrittenRule["sequence"]>, path: Path): Sequence {
    return {
      steps: steps.map((each, i) => this.#steps(each, [...path, i])),
      atEnd: at_end ?? "last",
      ...given({ per }),
    };
  }

  #steps(steps: readonly WrittenStep[], path: Path): StepSpec[] {
    return steps.flatMap((specs, i) =>
      specs.map((spec) => this.#settled([...path, i], spec, () => settleStep(spec, this.#files)))
    );
  }

  #phase(phase: WrittenPhase, index: number, profiles: readonly string[]): Phase {
    const { name, messages, listeners = {}, use = [], rules = [] } = phase;
    return {
      name,
      ...given({ forMs: phase.for, messages }),
      listeners,
      useRules: use.filter((each) => !profiles.includes(each)),
      useProfiles: use.filter((each) => profiles.includes(each)),
      rules: rules.map((rule, i) => this.#rule(rule, ["phases", index, "rules", i])),
    };
  }

  /** What `settle` makes, or `otherwise` where a file cannot be used. */
  #settled<T>(path: Path, otherwise: T, settle: () => T): T {
    try {
      return settle();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#findings.push({ path, message: error.message });
      return otherwise;
    }
  }
}

/** The parts that are there. */
function given<T extends object>(parts: T): T {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as T;
}

function limitsOf(limits: WrittenScenario["limits"]): Limits {
  if (limits === undefined) return DEFAULT_LIMITS;
  return {
    ...DEFAULT_LIMITS,
    ...given({
      ...(limits.max_connections === undefined ? {} : { maxConnections: limits.max_connections }),
      ...(limits.idle_timeout === undefined ? {} : { idleTimeoutMs: limits.idle_timeout }),
      ...(limits.max_pending === undefined ? {} : { maxPending: limits.max_pending }),
      maxDelayMs: limits.max_delay,
      activeFaults: limits.active_faults,
      heldConnections: limits.held_connections,
      journal: limits.journal,
    }),
  };
}

function controlOf({ listen, ttl_default, in_band }: NonNullable<WrittenScenario["control"]>): ControlSpec {
  return given({
    listen,
    ttlDefaultMs: ttl_default,
    inBand: in_band === undefined ? undefined : given({
      path: in_band.field,
      prefix: in_band.prefix,
      maxDelayMs: in_band.max?.delay,
      maxActive: in_band.max?.active,
    }),
  });
}
