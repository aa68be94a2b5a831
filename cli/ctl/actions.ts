/**
 * What `mllp ctl` can do: each action is its words, its operands and one request.
 *
 * @module
 */
import { printable } from "../../lib/text.ts";
import { formatCount, nearest, parseDuration } from "../../lib/values.ts";
import { type ExitCode, UsageError } from "../exit_code.ts";
import type { Asked } from "./client.ts";
import {
  type Action,
  type ActionCall,
  ask,
  fileOrText,
  get,
  judged,
  post,
  readFile,
  readInput,
  rulePath,
  shown,
} from "./request.ts";
import { textOrFile } from "./request.ts";
import * as show from "./show.ts";
import { followMessages, streamEvents } from "./stream.ts";

const CONNECTION_ACTIONS = ["close", "reset", "stop_reading", "resume", "send"];

/** Puts a rule, and shows it. */
async function putRule(call: ActionCall, asked: Omit<Asked, "body">, operand: string): Promise<ExitCode> {
  const { body, called } = await fileOrText(call, operand);
  return await shown<show.RuleShown>(call, { ...asked, body }, (rule) => show.ruleLines([rule], call.output), called);
}

function patchRule(call: ActionCall, id: string, patch: string, ttl?: string): Promise<ExitCode> {
  const asked: Asked = { method: "PATCH", path: rulePath(id), query: { ttl }, body: patch, type: "application/json" };
  return shown<show.RuleShown>(call, asked, (rule) => show.ruleLines([rule], call.output));
}

const one = (call: ActionCall) => (rule: show.RuleShown) => show.ruleLines([rule], call.output);

/** Judges an expectation; the exit status is its verdict. */
async function judge(call: ActionCall, asked: Asked, operand: string): Promise<ExitCode> {
  const { output } = call;
  const { body, called } = await textOrFile(call, operand);
  const verdict = await ask<show.VerdictShown>(call, { ...asked, body }, called);
  if (output.json) output.document(verdict);
  else output.report(show.verdictLine(verdict));
  return verdict.pass ? 0 : 1;
}

const messagesOf = (call: ActionCall) =>
(answer: {
  messages: show.MessageShown[];
  memory: { entries: number; received: number };
}) => show.messageLines(answer.messages, answer.memory, call.output);

function listMessages(call: ActionCall): Promise<ExitCode> {
  const { args: [n, form], flags: { limit, since, type, rule, unmatched, follow }, output } = call;
  if (follow !== undefined) {
    if (n !== undefined || limit !== undefined || since !== undefined) {
      throw new UsageError("--follow shows messages as they come: leave out the number, --limit and --since");
    }
    return followMessages(call, { type, rule, unmatched: unmatched !== undefined });
  }
  if (n === undefined) {
    return shown(call, get("/v1/messages", { limit, since, type, rule, unmatched }), messagesOf(call));
  }
  if (form === undefined) {
    return shown<{ message: object }>(
      call,
      get(`/v1/messages/${encodeURIComponent(n)}`),
      ({ message }) =>
        Object.entries(message).map(([key, value]) =>
          printable(`${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
        ),
    );
  }
  if (!["hl7", "bin", "json"].includes(form)) {
    throw new UsageError(`Cannot show a message as '${form}': wanted hl7, bin or json`);
  }
  return call.client.ask(get(`/v1/messages/${encodeURIComponent(n)}.${form}`)).then((answer) => {
    output.raw(judged(answer, output, "").bytes);
    return 0;
  });
}

async function actOnConnection(call: ActionCall): Promise<ExitCode> {
  const [action, id, file] = call.args;
  if (action === undefined) {
    return await shown<{ connections: show.ConnectionShown[] }>(
      call,
      get("/v1/connections"),
      ({ connections }) => show.connectionLines(connections, call.output),
    );
  }
  if (!CONNECTION_ACTIONS.includes(action)) {
    const meant = nearest(action, CONNECTION_ACTIONS);
    const wanted = meant === null ? `wanted ${CONNECTION_ACTIONS.join(", ")}` : `did you mean '${meant}'?`;
    throw new UsageError(`Cannot do '${action}' with a connection: ${wanted}`);
  }
  if (id === undefined) throw new UsageError(`connections ${action}: the connection's number is missing`);
  if (action === "send" && file === undefined) {
    throw new UsageError("connections send: the bytes are missing, wanted a file or - behind the number");
  }
  if (action !== "send" && file !== undefined) {
    throw new UsageError(`connections ${action}: '${file}' is one operand too many`);
  }
  const body = file === undefined ? undefined : file === "-" ? await readInput(call.input) : readFile(file);
  const type = body === undefined ? undefined : "application/octet-stream";
  const path = `/v1/connections/${encodeURIComponent(id)}/${action}`;
  return await shown(call, { method: "POST", path, body, type }, () => [`connection ${id}: ${action}`]);
}

function changePhase(call: ActionCall): Promise<ExitCode> {
  const [name] = call.args;
  const change = name === "pause" || name === "resume" ? { set: name } : { jump: name === "none" ? null : name };
  const asked: Asked = { method: "POST", path: "/v1/phase", body: JSON.stringify(change) };
  return shown<{ phase: show.PhaseShown | null }>(
    call,
    asked,
    ({ phase }) => [printable(`phase ${show.phaseWords(phase)}`)],
  );
}

const released = ({ released }: { released: number }) => [
  released === 0 ? "done; nothing was held back" : `done; ${formatCount(released)} held back until now`,
];

/** All actions, in the order of the help. */
export const ACTIONS: readonly Action[] = [
  {
    words: "status",
    operands: "",
    about: "how the receiver stands",
    run: (call) => shown<show.StatusShown>(call, get("/v1/status"), (status) => show.statusLines(status, call.output)),
  },
  {
    words: "heal",
    operands: "",
    about: "end every fault, send what is held back",
    run: (call) => shown(call, post("/v1/heal"), released),
  },
  {
    words: "reset",
    operands: "",
    about: "heal, drop what is held back, forget counts and messages",
    run: (call) => shown(call, post("/v1/reset"), released),
  },
  {
    words: "scenario get",
    operands: "",
    about: "the scenario in force, as JSON",
    async run(call) {
      call.output.document(await ask(call, get("/v1/scenario")));
      return 0;
    },
  },
  {
    words: "scenario put",
    operands: "FILE",
    about: "put a scenario in force",
    async run(call) {
      const { body, called } = await fileOrText(call, call.args[0]);
      return await shown<{ scenario: { name: string | null; rules: number } }>(
        call,
        { method: "PUT", path: "/v1/scenario", body },
        (
          { scenario: { name, rules } },
        ) => [
          printable(`in force: ${name ?? "a scenario without a name"}, ${rules} ${rules === 1 ? "rule" : "rules"}`),
        ],
        called,
      );
    },
  },
  {
    words: "rule list",
    operands: "",
    about: "all rules, and how each stands",
    run: (call) =>
      shown<{ rules: show.RuleShown[] }>(call, get("/v1/rules"), ({ rules }) => show.ruleLines(rules, call.output)),
  },
  {
    words: "rule show",
    operands: "ID",
    about: "one rule",
    run: (call) => shown(call, get(rulePath(call.args[0])), one(call)),
  },
  {
    words: "rule add",
    operands: "FILE",
    about: "add a rule",
    flags: ["at", "ttl"],
    run: (call) => {
      const { at, ttl } = call.flags;
      return putRule(call, { method: "POST", path: "/v1/rules", query: { at, ttl } }, call.args[0]);
    },
  },
  {
    words: "rule put",
    operands: "ID FILE",
    about: "replace a rule, or add it",
    flags: ["at", "ttl"],
    run: (call) => {
      const { at, ttl } = call.flags;
      return putRule(call, { method: "PUT", path: rulePath(call.args[0]), query: { at, ttl } }, call.args[1]);
    },
  },
  {
    words: "rule patch",
    operands: "ID JSON",
    about: "change parts of a rule (JSON Merge Patch)",
    flags: ["ttl"],
    run: (call) => patchRule(call, call.args[0], call.args[1], call.flags.ttl),
  },
  {
    words: "rule delete",
    operands: "ID",
    about: "take a rule away",
    run: (call) => {
      const [id] = call.args;
      return shown(call, { method: "DELETE", path: rulePath(id) }, () => [printable(`${id} is gone`)]);
    },
  },
  {
    words: "rule enable",
    operands: "ID",
    about: "switch a rule on",
    flags: ["ttl"],
    run: (call) => patchRule(call, call.args[0], '{"enabled": true}', call.flags.ttl),
  },
  {
    words: "rule disable",
    operands: "ID",
    about: "switch a rule off",
    run: (call) => patchRule(call, call.args[0], '{"enabled": false}'),
  },
  {
    words: "rule fire",
    operands: "ID",
    about: "let a rule act on the next message that fits",
    run: (call) => shown(call, post(`${rulePath(call.args[0])}/fire`), one(call)),
  },
  {
    words: "reply",
    operands: "[REPLY]",
    about: "the default reply: show it, or change it to AA, AE, none, ...",
    run(call) {
      const [reply] = call.args;
      const path = "/v1/default-reply";
      const asked: Asked = reply === undefined ? get(path) : { method: "PUT", path, body: JSON.stringify({ reply }) };
      return shown<{ reply: string }>(call, asked, ({ reply }) => [`default reply ${printable(reply)}`]);
    },
  },
  { words: "phase", operands: "NAME", about: "go to a phase or to none; pause, resume", run: changePhase },
  {
    words: "state",
    operands: "NAME",
    about: "go to a state",
    run(call) {
      const asked: Asked = { method: "PUT", path: "/v1/state", body: JSON.stringify({ state: call.args[0] }) };
      return shown<{ state: string }>(call, asked, ({ state }) => [`state ${printable(state)}`]);
    },
  },
  {
    words: "wait",
    operands: "EXPECT",
    about: "wait until an expectation passes; exit 1 if it does not",
    flags: ["timeout"],
    run(call) {
      const { timeout = "30s" } = call.flags;
      // The answer comes soon after.
      const patienceMs = parseDuration(timeout) + 10_000;
      const asked: Asked = { ...post("/v1/wait"), query: { timeout }, patienceMs };
      return judge(call, asked, call.args[0]);
    },
  },
  {
    words: "verify",
    operands: "EXPECT",
    about: "judge an expectation now; exit 1 if it fails",
    run: (call) => judge(call, post("/v1/verify"), call.args[0]),
  },
  {
    words: "messages",
    operands: "[N] [hl7|bin|json]",
    about: "the messages in memory, one of them, or its text",
    flags: ["limit", "since", "type", "rule", "unmatched", "follow"],
    run: listMessages,
  },
  {
    words: "find",
    operands: "WHEN",
    about: "the messages that conditions hold for",
    flags: ["limit"],
    async run(call) {
      const { body, called } = await textOrFile(call, call.args[0]);
      const { limit } = call.flags;
      return await shown(call, { ...post("/v1/messages/find"), query: { limit }, body }, messagesOf(call), called);
    },
  },
  {
    words: "explain",
    operands: "N",
    about: "why a message was dealt with as it was",
    run: (call) =>
      shown<{ lines: string[] }>(
        call,
        get("/v1/explain", { message: call.args[0] }),
        ({ lines }) => lines.map(printable),
      ),
  },
  {
    words: "connections",
    operands: "[ACTION ID [FILE]]",
    about: `the connections; ACTION: ${CONNECTION_ACTIONS.join(", ")}`,
    run: actOnConnection,
  },
  { words: "events", operands: "", about: "what happens, as it happens", flags: ["types"], run: streamEvents },
];

/** The action that some operands name, and what is left of them. Throws a `UsageError`. */
export function actionOf(operands: readonly string[]): { readonly action: Action; readonly args: readonly string[] } {
  const [first, second] = operands;
  const action = ACTIONS.find(({ words }) => words === `${first} ${second}`) ??
    ACTIONS.find(({ words }) => words === first);
  if (action === undefined) {
    const family = ACTIONS.filter(({ words }) => words.startsWith(`${first} `)).map(({ words }) => words);
    const known = family.length > 0 ? family : [...new Set(ACTIONS.map(({ words }) => words.split(" ")[0]))];
    const written = family.length > 0 && second !== undefined ? `${first} ${second}` : first;
    const meant = written === first && family.length > 0 ? null : nearest(written, known);
    const wanted = meant === null || meant === written ? `wanted ${known.join(", ")}` : `did you mean '${meant}'?`;
    throw new UsageError(`unknown action '${written}': ${wanted}`);
  }
  const args = operands.slice(action.words.split(" ").length);
  const names = action.operands.split(" ").filter((name) => name !== "");
  // Brackets stand at the beginning or around all.
  const required = action.operands.startsWith("[") ? [] : names;
  const usage = `wanted mllp ctl ${[action.words, action.operands].join(" ").trim()}`;
  if (args.length < required.length) {
    throw new UsageError(`${action.words}: ${required[args.length]} is missing; ${usage}`);
  }
  if (args.length > names.length) {
    throw new UsageError(`${action.words}: unexpected '${args[names.length]}'; ${usage}`);
  }
  return { action, args };
}
