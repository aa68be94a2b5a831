/**
 * What people see of a receiver: a line for each thing that happens, a status line on a terminal,
 * the summary. It decides which lines are shown when there are too many, and nothing else.
 *
 * @module
 */
import type { LiveRegion, Output } from "./output.ts";
import type {
  CloseEvent,
  MessageEvent,
  OpenEvent,
  ReceiverEvent,
  ReceiverObserver,
  RefusedEvent,
  StrangerEvent,
  Summary,
} from "../receiver/events.ts";
import { formatCount, formatDuration, formatSize } from "../lib/values.ts";
import { FAULTS } from "../receiver/scenario/fault.ts";
import { payloadLines } from "./send_report.ts";
import { madeWords } from "./target.ts";
import { excerpt, type Paint, paint, printable } from "../lib/text.ts";

/** Lines in a second: on a terminal what eyes can follow, in a log what a disk likes. What is beyond is counted in one line. */
const LINES_PER_SECOND = { terminal: 20, log: 1000 } as const;

/** Of a type and of a control id so many characters are shown: twice what HL7 gives an id today. */
const LONGEST_WORD = 400;

/** So many lines about connections of something else, in a second. */
const STRANGERS_PER_SECOND = 10;

/** How a view shows what happens. */
export interface ViewOptions {
  /** Whether messages are shown with their text. */
  readonly payloads: boolean;
  /** The counts so far. */
  summary(): Summary;
  /** How many connections are open. */
  open(): number;
}

type ShownEvent = Exclude<ReceiverEvent, { event: "listening" }>;

/** Prints events: as JSON, or as lines for people. */
export class ReceiveView implements ReceiverObserver {
  readonly payloads: boolean;
  readonly #output: Output;
  readonly #options: ViewOptions;
  readonly #region: LiveRegion;
  readonly #limit: number;
  #timer: ReturnType<typeof setInterval> | undefined = undefined;
  #left: number;
  #skipped = 0;
  #strangers = 0;
  #lastMessages = 0;
  /** What has happened in this turn, as far as it has lines. */
  readonly #waiting: ShownEvent[] = [];

  constructor(output: Output, options: ViewOptions) {
    this.payloads = options.payloads;
    this.#output = output;
    this.#options = options;
    this.#region = output.live();
    this.#limit = this.#region.shown ? LINES_PER_SECOND.terminal : LINES_PER_SECOND.log;
    this.#left = this.#limit;
  }

  /** Whether a message's line would be shown now. */
  wantsMessage(): boolean {
    if (this.#output.quiet) return false;
    if (this.#output.json || this.#left > 0) return true;
    this.#skipped++;
    return false;
  }

  event(event: ReceiverEvent): void {
    const { json, quiet } = this.#output;
    if (json && (!quiet || event.event === "listening")) this.#output.event(event);
    if (event.event === "listening") return this.#ready(event.framing, event.endpoint);
    if (json || quiet) return;
    if (this.#left <= 0) {
      this.#skipped++;
      return;
    }
    this.#left--;
    // Of what no interface engine sends there may be floods: a few tell it.
    if (event.event === "stranger" && ++this.#strangers > STRANGERS_PER_SECOND) {
      this.#skipped++;
      return;
    }
    if (this.#waiting.push(event) === 1) setImmediate(this.#show);
  }

  /** Writes what has happened: when the turn is over, for who watches can wait, and who is answered need not. */
  readonly #show = (): void => {
    const lines = this.#waiting.splice(0).flatMap((event) => eventLines(event, this.#region.shown));
    if (lines.length > 0) this.#output.progress(lines.join("\n"));
  };

  #ready(framing: string, endpoint: string): void {
    this.#show();
    this.#timer ??= setInterval(() => this.tick(), 1000);
    const { json, quiet } = this.#output;
    // Who waits for it reads the JSON line then.
    if (!(json && quiet)) this.#output.notice(`listening ${framing} on ${endpoint.replace(/^tcp:\/\//, "")}`);
  }

  /** Once a second: the status line, and how many lines were left out. */
  tick(): void {
    this.#show();
    if (this.#skipped > 0) {
      this.#output.progress(paint("dim", `             ... ${formatCount(this.#skipped)} more in this second`));
    }
    this.#skipped = 0;
    this.#left = this.#limit;
    this.#strangers = 0;
    if (!this.#region.shown) return;
    const summary = this.#options.summary();
    const rate = summary.messages - this.#lastMessages;
    this.#lastMessages = summary.messages;
    const parts = [
      `messages ${formatCount(summary.messages)}`,
      `${formatCount(rate)}/s`,
      `open ${formatCount(this.#options.open())}`,
      ...counted(fates(summary)),
      ...counted({ "not written": summary.journal?.failed ?? 0 }),
    ];
    this.#region.draw([paint("cyan", parts.join("   "))]);
  }

  /** The end: the counts, for a program or for people. */
  end(summary: Summary, tookMs: number): void {
    clearInterval(this.#timer);
    this.#show();
    if (this.#skipped > 0) this.tick();
    this.#region.end(true);
    if (this.#output.json) this.#output.event(summary);
    else for (const line of summaryLines(summary, tookMs)) this.#output.report(line);
  }
}

/** An event in lines; `short` gives the time of day alone, for eyes, else the whole date. */
export function eventLines(event: ShownEvent, short: boolean): string[] {
  const at = paint("dim", short ? localTime(event.at) : event.at);
  switch (event.event) {
    case "message":
      return [`${at} ${number(event)} ${messageText(event)}`, ...textOf(event)];
    case "open":
      return [`${at} ${number(event)} ${paint("dim", openText(event))}`];
    case "close":
      return [`${at} ${number(event)} ${paint("dim", closeText(event))}`];
    case "fault":
      return [`${at} ${number(event)} ${paint("red", event.code)} ${excerpt(event.detail)}`];
    case "stranger":
      return [`${at} ${number(event)} ${paint("yellow", strangerText(event))}`];
    case "change":
      return [`${at}    ${paint("cyan", event.what)} ${excerpt(event.detail)}`];
    case "refused":
      return [`${at}    ${paint("yellow", "refused")} ${refusal(event)}`];
  }
}

function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${iso.slice(20, 23)}`;
}

function number(event: { readonly connection: number }): string {
  return paint("dim", `#${event.connection}`.padEnd(3));
}

function messageText(event: MessageEvent): string {
  const { type, controlId, bytes, attempt, delayMs, warnings, healed } = event;
  const head = [
    excerpt(type === "" ? "?" : type, LONGEST_WORD).padEnd(7),
    excerpt(controlId === "" ? "(no id)" : controlId, LONGEST_WORD).padEnd(20),
    formatSize(bytes).padStart(6),
  ].join(" ");
  const words = verdict(event);
  if (delayMs > 0) words.push(paint("dim", `+${formatDuration(Math.round(delayMs * 10) / 10)}`));
  if (event.rule !== null) words.push(paint("magenta", event.rule));
  if (healed === true) words.push(paint("cyan", "healed"));
  if (attempt > 1) words.push(paint("yellow", attempt === 2 ? "seen before" : `seen before ${attempt - 1} times`));
  if (warnings.length > 0) words.push(paint("yellow", `! ${warnings.join(", ")}`));
  return `${head}  ${words.join(" ")}`;
}

const CODE_PAINT: Readonly<Record<string, Paint>> = { AA: "green", CA: "green", file: "green" };
const ENDS: Readonly<Record<Exclude<MessageEvent["outcome"], "replied">, string>> = {
  none: "none due",
  held: "no reply",
  echoed: "echo",
  refused: "not taken",
  fin: "closed",
  rst: "reset",
  partial: "a part of the reply",
  reply_lost: "reply lost",
  discarded: "lost",
  undelivered: "reply not delivered",
  peer_closed: "cut off: peer gone",
  dropped: "cut off",
};

function verdict({ reply, outcome, rule }: MessageEvent): string[] {
  const sent = reply.map((code) => paint(CODE_PAINT[code] ?? "red", code));
  // The name of a fault, which follows, says as much.
  const told = rule !== null && Object.hasOwn(FAULTS, rule) && ["held", "fin", "rst"].includes(outcome);
  if (outcome !== "replied" && !told) {
    const calm = outcome === "none" || outcome === "echoed";
    sent.push(paint(calm ? "dim" : "yellow", ENDS[outcome]));
  }
  return sent;
}

function textOf({ payload }: MessageEvent): string[] {
  return payload === undefined ? [] : payloadLines(Uint8Array.from(payload, (char) => char.charCodeAt(0)), ">");
}

function openText({ peer, endpoint }: OpenEvent): string {
  return madeWords(endpoint, peer) ?? `opened by ${printable(peer)} on ${printable(endpoint)}`;
}

function strangerText({ what }: StrangerEvent): string {
  return what === null ? "began with bytes that are no frame" : `this is ${what}, not a frame`;
}

function closeText({ how, messages }: CloseEvent): string {
  const words = {
    fin: "closed by the peer",
    reset: "reset by the peer",
    error: "broken",
    local: "closed",
    idle: "closed: idle for too long",
  };
  return `${words[how]}, ${messages === 1 ? "1 message" : `${formatCount(messages)} messages`}`;
}

/** The reason's code is for programs; a fault of the listener itself has no peer. */
function refusal({ peer, detail }: RefusedEvent): string {
  return printable(peer === "" ? detail : `${peer}: ${detail}`);
}

/** What became of messages, by name: their replies by code, and what they got in the place of one. */
function fates({ replies, held, ends, unanswered }: Summary): Record<string, number> {
  const { fin = 0, rst = 0, ...rest } = ends;
  const others = Object.entries(rest).map(([outcome, count]) => [ENDS[outcome as keyof typeof ENDS], count]);
  return {
    ...replies,
    "no reply": held,
    closed: fin,
    reset: rst,
    ...Object.fromEntries(others),
    "cut off": unanswered,
  };
}

/** Counts in words; what did not happen is left out. */
function counted(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) =>
    `${name} ${formatCount(count)}`
  );
}

/** The counts in lines; what did not happen is left out. */
export function summaryLines(summary: Summary, tookMs: number): string[] {
  const of = (count: number, one: string, many = `${one}s`) => `${formatCount(count)} ${count === 1 ? one : many}`;
  const took = formatDuration(Math.round(tookMs / 100) * 100);
  const lines = [
    `${of(summary.messages, "message")} on ${of(summary.connections, "connection")} in ${took}, seed ${summary.seed}`,
  ];
  const row = (head: string, counts: Readonly<Record<string, number>>) => {
    const shown = counted(counts);
    if (shown.length > 0) lines.push(`  ${head.padEnd(10)}${shown.join("   ")}`);
  };
  row("replies", fates(summary));
  // A rule acts with each of its steps, with those too that are no fault.
  row("acted", summary.faults);
  row("journal", { written: summary.journal?.entries ?? 0, "not written": summary.journal?.failed ?? 0 });
  row("damage", summary.frameFaults);
  row("besides", {
    "seen before": summary.duplicates,
    "connections without data": summary.probes,
    "connections refused": summary.refused,
    "connections of something else": summary.strangers,
    "spared a fault": summary.spared,
    "bytes outside of frames": summary.noiseBytes,
  });
  return lines;
}
