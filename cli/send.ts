/**
 * `mllp send`: each message sent, its own acknowledgement waited for and shown decoded.
 *
 * @module
 */
import { Client } from "../lib/client.ts";
import { pause, systemClock } from "../lib/clock.ts";
import type { Exchange } from "../lib/exchange.ts";
import { ACK_CODES, type AckCode } from "../lib/hl7/ack_code.ts";
import { decodeText, readCharset } from "../lib/hl7/charset.ts";
import { HeaderScan } from "../lib/hl7/header.ts";
import { OUTCOMES } from "../lib/outcome.ts";
import { classicError, classicLine } from "../lib/report/classic.ts";
import { formatDuration, parseCount, parseDuration } from "../lib/values.ts";
import { anyText, choice, defineCommand, group, listed, repeated, toggle, value } from "./command.ts";
import { EXIT_OF_OUTCOME, type ExitCode, prevailing, usage, UsageError } from "./exit_code.ts";
import { type OutgoingMessage, readMessages } from "./messages.ts";
import type { Output } from "./output.ts";
import { exchangeFlags, framingFlags, outputFlags, rawFlag, tlsClientFlags } from "./shared_flags.ts";
import { exchangeJson, exchangeLines, framedLines, isAsWanted, payloadLines } from "./send_report.ts";
import { awaitDue, checkReplay, parseSpeed, type ReplayedMessage } from "./send_journal.ts";
import { readTarget } from "./target.ts";
import { paint, printable } from "../lib/text.ts";

/** The command. */
export const command = defineCommand({
  name: "send",
  purpose: "Send each message, await its acknowledgement, show it decoded",
  operands: [
    {
      name: "ENDPOINT",
      about: "where to: HOST:PORT, :PORT, tls://HOST:PORT, unix:/PATH, serial:/DEV, pty:/PATH",
      required: true,
    },
    {
      name: "FILE",
      about: "messages: framed or not, batches too; - is standard input; none: a sample",
      many: true,
      path: true,
    },
  ],
  flags: {
    ...group("Sending", {
      retries: value("N", "tries after the first, with the same MSH-10; not after AE, AR, CE, CR", parseCount, "0"),
      backoff: listed("DURATION,...", "waits before them; the last one repeats", parseDuration, "2s,3s,4s"),
      interval: value("DURATION", "pause between messages", parseDuration, "0s"),
      fromJournal: repeated("FILE", "send what a receive --journal kept (--payload full), as it came", anyText, {
        path: true,
      }),
      speed: value("SPEED", "pace of --from-journal, 1x being as it came: 2x, 0.5x, max", parseSpeed, "1x"),
      wholeBatch: toggle("send a batch (FHS, BHS) as one message"),
      expect: choice("exit 0 if each answer is this code, 1 if not", ACK_CODES, undefined, { placeholder: "CODE" }),
      showPayload: toggle("print each message and its reply"),
      dryRun: toggle("print what would be sent; connect to nothing"),
    }),
    ...exchangeFlags,
    ...framingFlags,
    ...rawFlag,
    ...tlsClientFlags,
    ...outputFlags,
  },
  notes: [
    "The exit status says how it went: 0 accepted, 1 refused by the receiver (AE, AR,",
    "CE, CR), 3 no connection, 4 no answer, 5 a damaged answer or another message's.",
    "With --expect the marks say whether the answer is the one expected.",
    "A pty:/PATH that is not there is made, and somebody waited for who opens it.",
  ],
  examples: [
    { about: "Send the built-in sample, with a fresh id and time", line: "mllp send 127.0.0.1:2575" },
    { about: "Send a file and see both sides of the exchange", line: "mllp send :2575 adt.hl7 --show-payload" },
    {
      about: "Try three times more, as an engine would",
      line: "mllp send :2575 adt.hl7 --retries 3 --backoff 1s,2s,5s",
    },
    { about: "For a script: one JSON object for each message", line: "mllp send :2575 batch.hl7 --json" },
    { about: "Look at what would be sent", line: "mllp send :2575 batch.hl7 --dry-run" },
    {
      about: "What a receiver got, once more, twice as fast",
      line: "mllp send :2575 --from-journal journal.ndjson --speed 2x",
    },
  ],
  async run({ operands, flags, given, output, input }) {
    const [address, ...files] = operands;
    checkReplay(given, files);
    const replayed = flags.fromJournal.length > 0;
    // What came is sent as it came.
    const target = readTarget(address, replayed ? { ...flags, raw: true } : flags, output);
    const unframed = target.framing === "none";
    // Loaded here, not above: most runs do without it.
    const { readReplay } = replayed ? await import("./replay_file.ts") : { readReplay: null };
    const replay = await readReplay?.(flags.fromJournal, flags.speed, output) ?? null;
    const messages = replay ??
      await readMessages(files, { ...flags, anyText: flags.raw, whole: unframed, input, output });
    if (output.json && flags.format === "classic") {
      throw new UsageError("--json and --format classic exclude each other");
    }
    const link = target.makeLink();
    for (const { bytes, source } of messages) usage(() => link.encode(bytes), source);
    if (flags.dryRun) return dryRun(messages, replay, target.shown, flags.showPayload, output);

    const interrupted = new AbortController();
    const client = new Client({
      connect: () => target.connect(interrupted.signal),
      link: target.makeLink,
      timeoutMs: flags.timeout,
      deliveryTimeoutMs: target.deliveryTimeoutMs,
      // Unframed text rarely has an id to go by; who wants one says so.
      match: unframed && !given("match") ? "any" : flags.match,
      retries: flags.retries,
      backoffMs: flags.backoff,
      // An ILLP connection is one transaction.
      connectionPerMessage: flags.connectionPerMessage || target.framing === "illp",
      keepBytes: flags.showFrame,
      onAttempt: (attempt, previous, waitMs) =>
        output.progress(`${previous}; try ${attempt} of ${flags.retries + 1} in ${waitMs / 1000} s`),
    });
    let signal: ExitCode | null = null;
    const stop = (code: ExitCode) => () => {
      // The second one does not wait for anything.
      if (signal !== null) process.exit(code);
      signal = code;
      interrupted.abort();
      void client.close();
    };
    const onInt = stop(130);
    const onTerm = stop(143);
    process.on("SIGINT", onInt);
    process.on("SIGTERM", onTerm);
    try {
      const codes: ExitCode[] = [];
      const outcomes = new Map<string, number>();
      let wanted = 0;
      const startedAt = systemClock.now();
      for (const [index, message] of messages.entries()) {
        if (replay !== null) await awaitDue(replay[index], startedAt, systemClock, interrupted.signal, output);
        else if (index > 0 && flags.interval > 0) await pause(systemClock, flags.interval, interrupted.signal);
        if (signal !== null) break;
        const sentAt = systemClock.date();
        const people = flags.format === "text" && !output.json;
        const head = heading(message, index === 0 ? target.shown : "");
        if (people) output.say(head);
        const waiting = people ? showWait(flags.timeout, output) : null;
        const exchange = await client.send(message.bytes).finally(() => waiting?.end());
        const code = statusOf(exchange, flags.expect);
        codes.push(code);
        outcomes.set(exchange.outcome, (outcomes.get(exchange.outcome) ?? 0) + 1);
        if (isAsWanted(exchange, flags.expect)) wanted++;
        if (flags.format === "classic") printClassic(exchange, sentAt, flags.showFrame, output);
        else if (output.json) output.event(exchangeJson(exchange, message.source, typeOf(message)));
        else print(message, exchange, head, flags, code === 0, output);
      }
      if (messages.length > 1 && flags.format !== "classic") {
        const of = flags.expect === undefined ? null : { code: flags.expect, count: wanted };
        summarize(messages.length, outcomes, of, output);
      }
      if (signal !== null) codes.push(signal);
      return prevailing(codes);
    } finally {
      process.off("SIGINT", onInt);
      process.off("SIGTERM", onTerm);
      await client.close();
    }
  },
});

/** With `--expect`, an answer of that code is a positive verdict, and another code a negative one. */
function statusOf(exchange: Exchange, expected: AckCode | undefined): ExitCode {
  const { outcome, code, error } = exchange;
  // A wait that we broke off ourselves is no verdict: the signal is.
  if (outcome === "unanswered") return 0;
  if (expected === undefined || error !== null) return EXIT_OF_OUTCOME[outcome];
  return code === expected ? 0 : 1;
}

function typeOf({ bytes }: OutgoingMessage): string | null {
  const header = new HeaderScan();
  return header.scan(bytes) ? header.type : null;
}

function heading(message: OutgoingMessage, shown: string): string {
  const header = new HeaderScan();
  const known = header.scan(message.bytes);
  const type = known ? printable(header.type) : "no MSH";
  const id = known ? printable(header.text(10)) : "";
  const size = paint("dim", `${message.bytes.length} bytes`);
  const to = shown === "" ? "" : `  ${paint("dim", "→")} ${shown}`;
  return `${paint("bold", printable(message.source))}  ${type}  ${id}  ${size}${to}`;
}

/** On a terminal, after a moment: how long the wait has been. */
function showWait(timeoutMs: number, output: Output): { end(): void } {
  const region = output.live();
  if (!region.shown) return region;
  const startedAt = systemClock.now();
  const timer = setInterval(() => {
    const waited = Math.floor((systemClock.now() - startedAt) / 1000);
    if (waited > 0) region.draw([paint("dim", `  … waiting, ${waited} s of at most ${timeoutMs / 1000} s a try`)]);
  }, 250);
  return {
    end() {
      clearInterval(timer);
      region.end(true);
    },
  };
}

function print(
  message: OutgoingMessage,
  exchange: Exchange,
  head: string,
  flags: { readonly showPayload: boolean; readonly showFrame: boolean; readonly expect: AckCode | undefined },
  good: boolean,
  output: Output,
): void {
  const lines: string[] = [];
  if (flags.showPayload) lines.push(...payloadLines(message.bytes, ">"));
  if (flags.showFrame && exchange.replyBytes !== null) lines.push(...framedLines(exchange.replyBytes));
  else if (flags.showPayload && exchange.reply !== null) lines.push(...payloadLines(exchange.reply, "<"));
  lines.push(...exchangeLines(exchange, output.isTerminal ? output.columns : Infinity, flags.expect));
  const text = lines.join("\n");
  if (good) output.say(text);
  else output.report(output.quiet ? `${head}\n${text}` : text);
}

function printClassic(exchange: Exchange, sent: Date, withFrame: boolean, output: Output): void {
  const bytes = withFrame ? exchange.replyBytes : exchange.reply;
  if (exchange.error !== null || bytes === null) {
    return output.report(classicError(exchange.error?.message ?? "no reply"));
  }
  const received = new Date(sent.getTime() + (exchange.rttUs ?? 0) / 1000);
  const reply = decodeText(bytes, readCharset(bytes));
  output.report(classicLine({ id: crypto.randomUUID(), sent, received, reply }));
}

function summarize(
  count: number,
  outcomes: ReadonlyMap<string, number>,
  expected: { readonly code: AckCode; readonly count: number } | null,
  output: Output,
): void {
  const parts = OUTCOMES.filter((outcome) => outcomes.has(outcome)).map((outcome) => {
    const text = `${outcomes.get(outcome)} ${outcome}`;
    return expected !== null ? text : paint(outcome === "accepted" ? "green" : "red", text);
  });
  const done = [...outcomes.values()].reduce((sum, n) => sum + n, 0);
  if (expected !== null) {
    const others = done - expected.count;
    const of = others === 0 ? "" : `, ${paint("red", `${others} not`)}`;
    parts.unshift(
      `${paint("green", `${expected.count} as expected (${expected.code})`)}${of}: ${parts.splice(0).join(", ")}`,
    );
  }
  if (done < count) parts.push(`${count - done} not sent`);
  output.report(`${count} messages: ${parts.join(", ")}`);
}

function dryRun(
  messages: readonly OutgoingMessage[],
  replay: readonly ReplayedMessage[] | null,
  shown: string,
  showPayload: boolean,
  output: Output,
): ExitCode {
  for (const [index, message] of messages.entries()) {
    const dueMs = replay?.[index].dueMs;
    if (output.json) {
      const header = new HeaderScan();
      const known = header.scan(message.bytes);
      output.event({
        source: message.source,
        controlId: known ? header.text(10) : null,
        type: known ? header.type : null,
        bytes: message.bytes.length,
        ...dueMs === undefined ? {} : { dueMs },
      });
    } else {
      const due = dueMs === undefined ? "" : `  ${paint("dim", `after ${formatDuration(dueMs)}`)}`;
      output.report(`${heading(message, shown)}${due}`);
      if (showPayload) output.report(payloadLines(message.bytes, ">").join("\n"));
    }
  }
  if (!output.json) {
    output.say(`${messages.length} ${messages.length === 1 ? "message" : "messages"}; nothing was sent`);
  }
  return 0;
}
