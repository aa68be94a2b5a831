/**
 * Whether a rule can meet a listener on which its steps can be done: a handshake needs TLS, a fault of the lower layer its framing.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Framing } from "../../lib/link/make.ts";
import { framingsOf, writtenPast } from "../steps/link_faults.ts";
import type { StepSpec } from "../steps/registry.ts";
import { rulesOf } from "./contents.ts";
import type { ListenerSpec, Rule, Scenario } from "./scenario.ts";

/** The listeners that a rule's conditions name; all where they name none. */
function met({ when }: Pick<Rule, "when">, listeners: readonly ListenerSpec[]): readonly ListenerSpec[] {
  const names = when?.listener;
  if (names === undefined) return listeners;
  return listeners.filter(({ name }) => name !== undefined && names.includes(name));
}

/** The framing of a listener, as far as it is settled. */
function framingOf({ link, endpoint }: ListenerSpec): string | undefined {
  return link.framing ?? endpoint.options.framing;
}

/**
 * Why a step can be done on none of the listeners that its rule can meet; `null` where it can be on one.
 *
 * @param usual the framing of listeners that have none of their own; `null` while that is open
 *
 * @example
 * ```ts
 * import { unmetStep } from "./meet.ts";
 * import { parseEndpoint } from "../../lib/transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const listener = { endpoint: parseEndpoint(":2575"), link: {}, tls: null };
 * const step = { verb: "link_nak", tries: 2 } as const;
 * assert.equal(unmetStep({}, step, [listener], null), null);
 * assert.match(unmetStep({}, step, [listener], "mllp") ?? "", /^link_nak needs a listener with the framing mllp2/);
 * ```
 */
export function unmetStep(
  rule: Pick<Rule, "when">,
  step: StepSpec,
  listeners: readonly ListenerSpec[],
  usual: Framing | null,
): string | null {
  const framings: readonly string[] | null = framingsOf(step);
  const found = met(rule, listeners).map((listener) => framingOf(listener) ?? usual);
  if (framings === null || found.length === 0) return null;
  if (found.some((framing) => framing === null || framings.includes(framing))) return null;
  const coded = step.verb === "link_nak" && step.code !== undefined;
  const what = coded ? "link_nak with a code" : writtenPast(step) ?? (step.verb === "rate" ? "rate out" : step.verb);
  return `${what} needs a listener with the framing ${framings.join(" or ")}, found ${[...new Set(found)].join(", ")}`;
}

/**
 * Why none of the listeners that a rule can meet has the events that it looks at; `null` where one has.
 *
 * @example
 * ```ts
 * import { unmetEvent } from "./meet.ts";
 * import { parseEndpoint } from "../../lib/transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const listener = { endpoint: parseEndpoint(":2575"), link: {}, tls: null };
 * assert.equal(unmetEvent({ on: "open" }, [listener]), null);
 * assert.equal(unmetEvent({ on: "tls" }, [listener]), "can never fire: none of its listeners speaks TLS, wanted tls://...");
 * ```
 */
export function unmetEvent(rule: Pick<Rule, "on" | "when">, listeners: readonly ListenerSpec[]): string | null {
  const found = met(rule, listeners);
  if (rule.on !== "tls" || found.length === 0 || found.some(({ endpoint }) => endpoint.kind === "tls")) return null;
  return "can never fire: none of its listeners speaks TLS, wanted tls://...";
}

/**
 * The first rule or profile that asks for what none of its listeners has, in a sentence; `null` where there is none. To be asked when
 * all listeners are settled, those of flags included.
 *
 * @example
 * ```ts
 * import { listenerConflict } from "./meet.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 1 }] });
 * assert.equal(listenerConflict(scenario), null);
 * ```
 */
export function listenerConflict(scenario: Scenario): string | null {
  const { listeners, profiles = {}, phases = [], limits: { idleTimeoutMs } } = scenario;
  const nobody = (name: string) => name !== "all" && !listeners.some((listener) => listener.name === name);
  for (const rule of rulesOf(scenario)) {
    const missing = (rule.when?.listener ?? []).find(nobody);
    const why = missing !== undefined
      ? `no listener is called '${missing}'`
      : rule.on === "idle" && idleTimeoutMs === Infinity
      ? "can never fire: nothing is idle for too long without limits.idle_timeout (--idle-timeout)"
      : unmetEvent(rule, listeners) ??
        firstOf(
          [...rule.do, ...rule.sequence?.steps.flat() ?? []],
          (step) => unmetStep(rule, step, listeners, "mllp"),
        );
    if (why !== null) return `Cannot use the rule ${rule.id}: ${why}`;
  }
  for (const phase of phases) {
    const missing = Object.keys(phase.listeners).find(nobody);
    if (missing !== undefined) return `Cannot use the phase ${phase.name}: no listener is called '${missing}'`;
  }
  for (const [name, steps] of Object.entries(profiles)) {
    const why = firstOf(steps, (step) => unmetStep({}, step, listeners, "mllp"));
    if (why !== null) return `Cannot use the profile ${name}: ${why}`;
  }
  return null;
}

function firstOf<T>(items: readonly T[], ask: (item: T) => string | null): string | null {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== null) return answer;
  }
  return null;
}
