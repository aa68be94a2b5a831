/**
 * The routes of rules: read, add, replace, patch, take away, fire. Each change is one of the written scenario, which is then read anew
 * as a whole; it is in force when it is answered.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { wait } from "../../scenario/units.ts";
import {
  type Document,
  findRule,
  isDocument,
  mergePatch,
  plainJson,
  type RulePosition,
} from "../../scenario/document.ts";
import { withoutRule, withRule, type WrittenPlace, writtenRules } from "../../scenario/document.ts";
import { ScenarioError } from "../../scenario/issue.ts";
import { ruleForm } from "../../scenario/schema.ts";
import { type PathKey, SourceText } from "../../scenario/source.ts";
import { Problem } from "../problem.ts";
import { readAs } from "../read_as.ts";
import { answer, bodyOf, type Call, json, type QueryKey, type Route, TEXT_LIMIT, wordKey } from "../route.ts";
import * as shapes from "../shapes.ts";
import type { ControlSurface } from "../surface.ts";

const AT = wordKey<RulePosition>("at", "where a new rule is tried: before all others (the default), or after them", [
  "first",
  "last",
]);

const TTL: QueryKey<string> = {
  name: "ttl",
  about: "how long the rule lasts, in place of its own ttl: a duration, or none",
  schema: { type: "string", examples: ["5m", "none"] },
  read(text) {
    if (text !== "none") readAs(wait, new SourceText(JSON.stringify(text)), "ttl");
    return text;
  },
};

function view(surface: ControlSurface, id: string): object {
  const found = views(surface).find((rule) => rule.id === id);
  if (found === undefined) throw noRule(surface, id);
  return found;
}

function views(surface: ControlSurface) {
  const { uptimeMs } = surface.status();
  const standings = surface.standings();
  return writtenRules(surface.live.document).flatMap(({ rule, phase }) => {
    const found = standings.find((each) => each.id === String(rule.id) && each.phase === phase);
    if (found === undefined) return [];
    const { id, standing, firings, armed, sinceMs, endsMs } = found;
    const endsInMs = endsMs === Infinity ? null : Math.max(0, endsMs - uptimeMs);
    return [{ id, phase, standing, firings, armed, inForceMs: Math.max(0, uptimeMs - sinceMs), endsInMs, rule }];
  });
}

function noRule(surface: ControlSurface, id: string): Problem {
  const ids = writtenRules(surface.live.document).map(({ rule }) => String(rule.id));
  return new Problem("not_found", `There is no rule '${id}': ${ids.length === 0 ? "there are none" : ids.join(", ")}`);
}

function ruleOf(surface: ControlSurface, id: string): WrittenPlace {
  const found = findRule(surface.live.document, id);
  if (found === null) throw noRule(surface, id);
  return found;
}

/** A text as values. Throws a `ScenarioError` for what is no YAML, and so no JSON. */
function readText(text: string): SourceText {
  const source = new SourceText(text);
  if (source.issues.length > 0) readAs(ruleForm, source, "rule");
  return source;
}

/** A rule out of a body: a map at least; what else is wrong with it shows when the scenario is read. */
function ruleIn(text: string): Document {
  const source = readText(text);
  const value = plainJson(source.value);
  // What is no map at all, the form tells best.
  if (!isDocument(value)) readAs(ruleForm, source, "rule");
  return value as Document;
}

/** With the time that was asked for, its own, or else what the scenario says of rules from here. */
function lasting(surface: ControlSurface, rule: Document, asked: string | undefined): Document {
  const { ttl: own, ...rest } = rule;
  const { control } = surface.live.document;
  const usual = isDocument(control) ? control.ttl_default : undefined;
  const ttl = asked ?? own ?? usual;
  return ttl === undefined || ttl === "none" ? rest : { ...rest, ttl };
}

function put(surface: ControlSurface, rule: Document, at: RulePosition, text: string): void {
  const { document, path } = withRule(surface.live.document, rule, at);
  adoptRule(surface, document, rule, path, text);
}

function adoptRule(
  surface: ControlSurface,
  document: Document,
  rule: Document,
  place: readonly PathKey[],
  text: string,
): void {
  const id = String(rule.id);
  try {
    surface.live.adopt(document, new Set([id]), { text, name: "rule", place });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    // Who wants a fault for all messages wants it for a time: then the rules behind it are reached again.
    const advised = error.issues.map((issue) =>
      issue.message.startsWith(`can never fire: the rule '${id}' before it`)
        ? { ...issue, message: `${issue.message}; wanted a ttl for '${id}', or conditions, or at=last` }
        : issue
    );
    throw new ScenarioError(advised, error.found);
  }
}

async function patch(call: Call): Promise<Response> {
  const { surface } = call;
  const id = call.parameter("id");
  const text = await call.text();
  const ttl = call.ask(TTL);
  let changes: unknown;
  // How deep it goes is bounded there.
  readText(text);
  try {
    changes = JSON.parse(text);
  } catch (error) {
    // YAML has no null apart from the text null, and a patch needs one.
    throw new Problem("invalid", `Cannot read the patch: wanted JSON (${(error as Error).message})`);
  }
  if (!isDocument(changes)) {
    throw new Problem("invalid", 'Cannot read the patch: wanted an object such as {"ttl": "5m"}');
  }
  if ("id" in changes && changes.id !== id) {
    throw new Problem("invalid", "Cannot give a rule another id: take it away and add another");
  }
  const { rule, path } = ruleOf(surface, id);
  const { ttl: own, ...rest } = mergePatch(rule, changes) as Document;
  const lasts = ttl ?? own;
  const patched = lasts === undefined || lasts === "none" ? rest : { ...rest, ttl: lasts };
  const { document } = withRule(surface.live.document, patched, "first");
  adoptRule(surface, document, patched, path, text);
  return json(view(surface, id));
}

/** The routes. */
export const ruleRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/rules",
    about: "List the rules in the order in which they stand, and how each of them stands",
    answer: answer("All rules, those of phases last", shapes.rules),
    run: ({ surface }) => json({ rules: views(surface) }),
  },
  {
    method: "POST",
    path: "/v1/rules",
    about: "Add a rule",
    query: [AT, TTL],
    body: bodyOf("A rule with an id of its own, as in a scenario; without ttl, control.ttl_default holds", ruleForm),
    answer: answer("The rule, in force", shapes.rule, 201),
    async run(call) {
      const { surface } = call;
      const [at, ttl] = [call.ask(AT) ?? "first", call.ask(TTL)];
      const text = await call.text();
      const rule = ruleIn(text);
      const id = String(rule.id ?? "");
      if (findRule(surface.live.document, id) !== null) {
        throw new Problem("conflict", `There is a rule '${id}' already: PUT /v1/rules/${id} replaces it`);
      }
      put(surface, lasting(surface, rule, ttl), at, text);
      return json(view(surface, id), 201, { Location: `/v1/rules/${id}` });
    },
  },
  {
    method: "GET",
    path: "/v1/rules/{id}",
    about: "Show a rule, and how it stands",
    answer: answer("The rule", shapes.rule),
    run: (call) => json(view(call.surface, call.parameter("id"))),
  },
  {
    method: "PUT",
    path: "/v1/rules/{id}",
    about: "Replace a rule where it stands, or add it; its ttl begins anew",
    query: [AT, TTL],
    body: bodyOf("A rule, as in a scenario; its id may be left out", ruleForm),
    answer: answer("The rule, in force", shapes.rule),
    async run(call) {
      const { surface } = call;
      const id = call.parameter("id");
      const [at, ttl] = [call.ask(AT) ?? "first", call.ask(TTL)];
      const text = await call.text();
      const { id: own = id, ...rest } = ruleIn(text);
      if (String(own) !== id) {
        throw new Problem("invalid", `Found a rule called '${own}', wanted '${id}' as in the path, or no id`);
      }
      put(surface, lasting(surface, { id, ...rest }, ttl), at, text);
      return json(view(surface, id));
    },
  },
  {
    method: "PATCH",
    path: "/v1/rules/{id}",
    about: "Change parts of a rule; what is null is taken away",
    query: [TTL],
    body: {
      about: "JSON Merge Patch (RFC 7396): a part of a rule",
      types: ["application/merge-patch+json", "application/json"],
      schema: { type: "object", examples: [{ enabled: false }] },
      required: true,
      limit: TEXT_LIMIT,
    },
    answer: answer("The rule, in force", shapes.rule),
    run: patch,
  },
  {
    method: "DELETE",
    path: "/v1/rules/{id}",
    about: "Take a rule away",
    answer: answer("The rule as it was", shapes.rule),
    run(call) {
      const { surface } = call;
      const id = call.parameter("id");
      const { path } = ruleOf(surface, id);
      const before = view(surface, id);
      surface.live.adopt(withoutRule(surface.live.document, path), new Set(), {
        text: "{}",
        name: "rule",
        place: path,
      });
      return json(before);
    },
  },
  {
    method: "POST",
    path: "/v1/rules/{id}/fire",
    about:
      "Let a rule act once on the next event that its conditions hold for, whatever its trigger, even if it is off",
    answer: answer("The rule, armed", shapes.rule),
    run(call) {
      const { surface } = call;
      const id = call.parameter("id");
      ruleOf(surface, id);
      surface.fire(id);
      return json(view(surface, id));
    },
  },
];
