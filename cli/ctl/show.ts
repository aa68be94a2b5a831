/**
 * Answers of the control API as lines for people.
 *
 * @module
 */
import { excerpt, printable, table, truncate } from "../../lib/text.ts";
import { formatCount, formatDuration } from "../../lib/values.ts";

/** What the lines must fit: a terminal's columns, or nothing. */
export interface Room {
  readonly columns: number;
  readonly isTerminal: boolean;
}

/** What is shown of `GET /v1/status`. */
export interface StatusShown {
  readonly version: string;
  readonly seed: number;
  readonly uptimeMs: number;
  readonly scenario: { readonly name: string | null; readonly hash: string; readonly rules: number };
  readonly phase: PhaseShown | null;
  readonly state: string;
  readonly listeners: readonly {
    readonly name: string | null;
    readonly endpoint: string;
    readonly framing: string;
    readonly state: string;
  }[];
  readonly connections: number;
  readonly rulesOn: number;
  readonly activeFaults: readonly { readonly rule: string; readonly active: number }[];
  readonly totals: {
    readonly messages: number;
    readonly duplicates?: number;
    readonly replies: Readonly<Record<string, number>>;
  };
}

/** What is shown of a phase. */
export interface PhaseShown {
  readonly name: string;
  readonly paused: boolean;
  readonly elapsedMs: number;
  readonly endsInMs: number | null;
}

/** What is shown of a rule. */
export interface RuleShown {
  readonly id: string;
  readonly phase: string | null;
  readonly standing: string;
  readonly firings: number;
  readonly armed: number;
  readonly endsInMs: number | null;
  readonly rule: unknown;
}

/** What is shown of a connection. */
export interface ConnectionShown {
  readonly id: number;
  readonly peer: string;
  readonly listener: string;
  readonly since: string;
  readonly messages: number;
  readonly waiting: number;
  readonly held: number;
  readonly reading: boolean;
}

/** What is shown of a message: of an entry, or of an event, which says some things otherwise. */
export interface MessageShown {
  readonly n: number;
  readonly at: string;
  readonly type: string;
  readonly controlId: string;
  readonly rule: string | null;
  readonly reply: { readonly code: readonly string[] } | readonly string[] | null;
  readonly outcome: string;
}

/** What is shown of a verdict. */
export interface VerdictShown {
  readonly expr: string;
  readonly pass: boolean;
  readonly detail: string;
  readonly memory?: { readonly entries: number; readonly received: number };
}

/** How a rule stands, where that is not what it is called. */
const STANDINGS: Readonly<Record<string, string>> = { state: "in another state", phase: "in another phase" };

/** Of a type and of a control id so many characters are shown: one long one would move the whole column. */
const LONGEST_WORD = 60;

/** With these it does not matter when a rule ends. */
const OVER = ["off", "healed", "expired"];

/** A time to the second, or below a second to the millisecond. */
function roughly(ms: number): string {
  return formatDuration(ms < 1000 ? Math.round(ms) : Math.round(ms / 1000) * 1000);
}

function fitted(lines: readonly string[], { columns, isTerminal }: Room): string[] {
  return lines.map((line) => isTerminal ? truncate(line, columns) : line);
}

/** A phase in a few words. */
export function phaseWords(phase: PhaseShown | null): string {
  if (phase === null) return "none";
  const { name, paused, elapsedMs, endsInMs } = phase;
  const left = paused ? ", paused" : endsInMs === null ? "" : `, ${roughly(endsInMs)} to go`;
  return `${name} for ${roughly(elapsedMs)}${left}`;
}

/** How the receiver stands. */
export function statusLines(status: StatusShown, room: Room): string[] {
  const { version, seed, uptimeMs, scenario, phase, state, listeners, connections, rulesOn, activeFaults, totals } =
    status;
  const replies = Object.entries(totals.replies).filter(([, count]) => count > 0)
    .map(([code, count]) => `${code} ${formatCount(count)}`);
  const messages = [formatCount(totals.messages), ...replies.length === 0 ? [] : [`replied ${replies.join(", ")}`]];
  const rows = [
    ["receiver", `mllp ${version}, up ${roughly(uptimeMs)}, seed ${seed}`],
    ["scenario", `${scenario.name ?? "without a name"} (${scenario.hash.slice(0, 12)})`],
    ...listeners.map(({ name, endpoint, framing, state }) => [
      "listener",
      `${name === null ? "" : `${name} `}${endpoint} ${framing} ${state}`,
    ]),
    ["phase", phaseWords(phase)],
    ["state", state],
    ["rules", `${rulesOn} of ${scenario.rules} on`],
    ["connections", `${formatCount(connections)} open`],
    ["messages", messages.join(", ")],
    ...activeFaults.map(({ rule, active }) => ["fault", `${rule}: ${formatCount(active)} under way`]),
  ];
  return fitted(table(rows.map(([head, text]) => [head, printable(text)])), room);
}

/** A list of rules. */
export function ruleLines(rules: readonly RuleShown[], room: Room): string[] {
  if (rules.length === 0) return ["no rules"];
  const rows = rules.map(({ id, phase, standing, firings, armed, endsInMs, rule }) => {
    const { id: _, ...rest } = rule as Record<string, unknown>;
    return [
      id,
      STANDINGS[standing] ?? standing,
      `acted ${formatCount(firings)}${armed === 0 ? "" : `, ${formatCount(armed)} to come by hand`}`,
      endsInMs === null || OVER.includes(standing) ? "" : `ends in ${roughly(endsInMs)}`,
      phase === null ? "" : `phase ${phase}`,
      JSON.stringify(rest),
    ].map(printable);
  });
  return fitted(table(rows), room);
}

/** A list of connections. */
export function connectionLines(connections: readonly ConnectionShown[], room: Room): string[] {
  if (connections.length === 0) return ["no connections"];
  const rows = connections.map(({ id, peer, listener, since, messages, waiting, held, reading }) => {
    const extra = [
      ...waiting > 0 ? [`${formatCount(waiting)} waiting`] : [],
      ...held > 0 ? [`${formatCount(held)} held`] : [],
      ...reading ? [] : ["not read"],
    ];
    return [
      String(id),
      printable(peer),
      `to ${printable(listener)}`,
      `since ${since}`,
      `${formatCount(messages)} ${messages === 1 ? "message" : "messages"}`,
      extra.join(", "),
    ];
  });
  return fitted(table(rows, { align: "r" }), room);
}

/** A message on a line. */
export function messageLine({ n, at, type, controlId, rule, reply, outcome }: MessageShown): string {
  const codes = reply === null ? [] : "code" in reply ? reply.code : reply;
  const answered = codes.length === 0
    ? outcome
    : outcome === "replied"
    ? codes.join(", ")
    : `${codes.join(", ")}, ${outcome}`;
  const why = rule === null ? "" : ` by ${rule}`;
  const [what, id] = [type, controlId].map((word) => excerpt(word || "-", LONGEST_WORD));
  return `${n}  ${at}  ${what}  ${id}  ${printable(`${answered}${why}`)}`;
}

/** A list of messages, and whether there were more. */
export function messageLines(
  messages: readonly MessageShown[],
  memory: { readonly entries: number; readonly received: number },
  room: Room,
): string[] {
  const rows = messages.map((message) => messageLine(message).split("  "));
  const lines = fitted(table(rows, { align: "r" }), room);
  const kept = memory.entries < memory.received
    ? [`the last ${formatCount(memory.entries)} of ${formatCount(memory.received)} messages are in memory`]
    : [];
  return [...lines.length === 0 ? ["no messages"] : lines, ...kept];
}

/** A verdict on a line. */
export function verdictLine({ expr, pass, detail, memory }: VerdictShown): string {
  const forgotten = memory !== undefined && memory.entries < memory.received
    ? ` (judged by the last ${formatCount(memory.entries)} of ${formatCount(memory.received)} messages)`
    : "";
  return printable(`${pass ? "pass" : "FAIL"}: ${expr}: ${detail}${forgotten}`);
}
