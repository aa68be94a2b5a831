/**
 * The routes of what holds for all messages: the scenario as a whole, the default reply, the phase, the state; and the way back to none
 * of it, heal and reset.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { rulesOf } from "../../scenario/contents.ts";
import { isDocument, plainJson, withDefaults } from "../../scenario/document.ts";
import { type Form, map, scalar, unknownWord, word } from "../../scenario/form.ts";
import { formatReply, parseReply } from "../../scenario/reply.ts";
import { FIRST_STATE } from "../../scenario/scenario.ts";
import { scenarioForm } from "../../scenario/schema.ts";
import { SourceText } from "../../scenario/source.ts";
import { name } from "../../scenario/units.ts";
import { Problem } from "../problem.ts";
import { readAs } from "../read_as.ts";
import { answer, bodyOf, type Call, json, type Route } from "../route.ts";
import * as shapes from "../shapes.ts";
import type { ControlSurface, PhaseChange } from "../surface.ts";

const replyForm: Form<{ reply: string }> = map("a default reply", {
  reply: scalar("a reply such as AA, AE, none or AA:98,AE:2", (text) => formatReply(parseReply(text)), {
    type: "string",
  }),
});

const stateForm: Form<{ state: string }> = map("a state", { state: name });

const noPhase = scalar(
  "the name of a phase, or null for none",
  (text): string | null => text === "null" ? null : text,
  {
    type: ["string", "null"],
  },
);

const phaseForm: Form<{ jump?: string | null; set?: "pause" | "resume" }> = map("a change of phase", {
  jump: v.optional(noPhase),
  set: v.optional(word("change", ["pause", "resume"])),
});

function scenarioView(surface: ControlSurface) {
  const { scenario, hash } = surface.live;
  return { name: scenario.name ?? null, hash, rules: rulesOf(scenario).length };
}

/** What is held by `GET /v1/status`. */
function statusView({ surface, services }: Call): object {
  const { totals, uptimeMs, phase, state, listeners, connections } = surface.status();
  const activeFaults = Object.entries(surface.faults()).flatMap(([rule, { active }]) =>
    active > 0 ? [{ rule, active }] : []
  );
  return {
    version: services.version,
    seed: surface.live.scenario.seed,
    scenario: scenarioView(surface),
    uptimeMs,
    phase,
    state,
    listeners,
    connections,
    rulesOn: surface.standings().filter(({ standing }) => standing === "on").length,
    activeFaults,
    totals,
  };
}

async function changePhase(call: Call): Promise<Response> {
  const { surface } = call;
  const { jump, set } = await call.read(phaseForm);
  if ((jump === undefined) === (set === undefined)) {
    throw new Problem("invalid", 'Wanted one of {"jump": NAME}, {"jump": null}, {"set": "pause"}, {"set": "resume"}');
  }
  const { phases = [] } = surface.live.scenario;
  if (phases.length === 0) throw new Problem("conflict", "The scenario has no phases");
  const names = phases.map((phase) => phase.name);
  if (typeof jump === "string" && !names.includes(jump)) {
    throw new Problem("invalid", unknownWord("phase", jump, names));
  }
  if (set !== undefined && surface.status().phase === null) {
    throw new Problem("conflict", `There is no phase at present to ${set}: go to one of ${names.join(", ")}`);
  }
  const change: PhaseChange = set ?? { jump: jump ?? null };
  surface.phase(change);
  return json({ phase: surface.status().phase });
}

/** The states that a rule goes to or asks for, and the first. */
function statesOf(surface: ControlSurface): string[] {
  const named = rulesOf(surface.live.scenario).flatMap(({ inState, toState }) => [inState ?? [], toState ?? []].flat());
  return [...new Set([FIRST_STATE, ...named])];
}

/** The routes. */
export const behaviourRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/status",
    about: "Show how the receiver stands",
    answer: answer("Version, seed, phase, state, listeners, connections, active faults, counts", shapes.status),
    run: (call) => json(statusView(call)),
  },
  {
    method: "GET",
    path: "/v1/scenario",
    about: "Show the scenario in force, as it is written and as it was changed",
    answer: { status: 200, about: "The document", type: "application/json", schema: v.looseObject({}) },
    run: ({ surface }) => json(surface.live.document),
  },
  {
    method: "PUT",
    path: "/v1/scenario",
    about: "Put a whole scenario in force; rules that are as they were go on, all that were off or healed are on again",
    body: bodyOf("A scenario; the listeners and the seed, if it names them, must be those of the run", scenarioForm),
    answer: answer("What is in force", shapes.adopted),
    async run(call) {
      const { surface } = call;
      surface.live.adoptText(await call.text(), "all");
      return json({ scenario: scenarioView(surface) });
    },
  },
  {
    method: "GET",
    path: "/v1/default-reply",
    about: "Show what messages get that no rule decides on",
    answer: answer("The default reply", shapes.defaultReply),
    run: ({ surface }) => json({ reply: formatReply(surface.live.scenario.defaults.reply) }),
  },
  {
    method: "PUT",
    path: "/v1/default-reply",
    about: "Change what messages get that no rule decides on",
    body: bodyOf("The reply, as in a scenario's defaults", replyForm),
    answer: answer("The default reply, in force", shapes.defaultReply),
    async run(call) {
      const { surface } = call;
      const text = await call.text();
      const { reply } = readAs(replyForm, new SourceText(text), "body");
      const written = plainJson(new SourceText(text).value);
      const document = withDefaults(surface.live.document, isDocument(written) ? written : { reply });
      surface.live.adopt(document, new Set(), { text, name: "body", place: ["defaults"] });
      return json({ reply: formatReply(surface.live.scenario.defaults.reply) });
    },
  },
  {
    method: "POST",
    path: "/v1/phase",
    about: "Go to a phase or out of all, let it stand still, or go on",
    body: bodyOf("What is to be done: jump to a phase (null: to none), or set pause or resume", phaseForm),
    answer: answer("The phase that it is now", shapes.phase),
    run: changePhase,
  },
  {
    method: "PUT",
    path: "/v1/state",
    about: "Go to a state",
    body: bodyOf("The state: one that a rule names, or normal", stateForm),
    answer: answer("The state that it is now", shapes.state),
    async run(call) {
      const { surface } = call;
      const { state } = await call.read(stateForm);
      const states = statesOf(surface);
      if (!states.includes(state)) throw new Problem("invalid", unknownWord("state", state, states));
      surface.setState(state);
      return json({ state: surface.status().state });
    },
  },
  {
    method: "POST",
    path: "/v1/heal",
    about: "End every fault: rules off until they are put in force again, no phase, held replies sent at once",
    answer: answer("Done", shapes.healed),
    run: ({ surface }) => json(surface.heal()),
  },
  {
    method: "POST",
    path: "/v1/reset",
    about: "Heal, drop what is held back, and forget counts, state and the messages in memory",
    answer: answer("Done", shapes.healed),
    run: ({ surface }) => json(surface.reset()),
  },
];
