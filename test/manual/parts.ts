/**
 * The parts of README.md that are made of the code: the commands and their options, exit statuses, outcomes, error codes,
 * framings, rules of reading, settings. What a word means is told here only where the code does not tell it; a word that
 * is told of nowhere is an error.
 *
 * @module
 */
import type { Command } from "../../cli/command.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { KNOWN_SETTINGS } from "../../cli/env_file.ts";
import { EXIT_CODES, EXIT_OF_OUTCOME, type ExitCode, exitOfError, prevailing } from "../../cli/exit_code.ts";
import {
  type FramingCode,
  FramingError,
  type LinkCode,
  LinkError,
  type ReplyCode,
  ReplyError,
  type TransportCode,
  TransportError,
} from "../../lib/errors.ts";
import { MLLP_RULES } from "../../lib/framing/rules.ts";
import { FRAMINGS } from "../../lib/link/make.ts";
import { type Outcome, OUTCOMES } from "../../lib/outcome.ts";
import { archiveName, TARGETS } from "../../release/targets.ts";
import { code, type Parts, table } from "../markdown.ts";
import { anchor, choices, items, optionsOf, prose, SHARED } from "./options.ts";

const FRAMING: Readonly<Record<string, string>> = {
  mllp: "MLLP release 1: `0x0B message 0x1C 0x0D`; the HL7 acknowledgement is the only one",
  mllp2: "MLLP release 2: each block is acknowledged by a commit ACK or NAK besides, and sent again without one",
  hllp: "HLLP: a block with version, length and checksum; refused blocks get a NAK",
  x328: "ANSI X3.28: a bid for the line, numbered blocks with a check character, each acknowledged, and an end",
  illp: "ILLP, the inside of `llpdrv`: one message a connection, its end is the end of the stream",
  none: "no frames: any TCP text; a reply is what comes until a pause or the end of the stream",
};

const OUTCOME: Readonly<Record<Outcome, string>> = {
  accepted: "AA, or CA where only an accept acknowledgement is due; under `--match any`, anything",
  error: "AE or CE",
  reject: "AR or CR",
  timeout: "nothing by the deadline",
  closed: "closed in order (FIN) before the reply",
  reset: "broke the connection (RST) before the reply",
  refused: "refused, no route, name not found, TLS handshake failed",
  damaged: "only damaged, unframed or foreign bytes by the deadline, or FIN after part of a frame",
  wrong_id: "only acknowledgements of other messages by the deadline, or such that name none",
  unanswered: "sent, but still without a reply when the time to drain was over (`spam`)",
  dropped: "due, but there was no room left in the queue (`spam`)",
  unsent: "due and queued, but not sent before the end (`spam`)",
};

const OF_FRAMES: Readonly<Record<FramingCode, string>> = {
  invalid_header: "a frame did not begin with 0x0B",
  invalid_content: "a frame had nothing in it",
  invalid_boundary: "the message in a frame did not end with 0x0D",
  invalid_trailer: "0x1C was followed by something other than 0x0D",
  unexpected_start: "0x0B stood within a frame",
  frame_too_large: "a frame was longer than `--max-frame`",
  truncated: "the stream ended within a frame",
  invalid_count: "a block's length was not the one that it told (HLLP, X3.28)",
  invalid_checksum: "a block's checksum was not the one that it told (HLLP, X3.28)",
  invalid_block_number: "a block came out of its turn (X3.28)",
};

const OF_LINKS: Readonly<Record<LinkCode, string>> = {
  commit_refused: "the lower layer refused every try: with a commit NAK (MLLP release 2), or with the protocol's own",
  commit_timeout: "no acknowledgement of the lower layer came to any try",
  bid_refused: "every bid for the line was refused (X3.28)",
  bid_timeout: "no bid for the line was answered (X3.28)",
  bid_contended: "both stations bid for the line, again and again (X3.28)",
  interrupted: "the peer ended the transfer before it was complete",
  link_ended: "the stream ended before the message was confirmed",
};

const OF_TRANSPORTS: Readonly<Record<TransportCode, string>> = {
  connect_refused: "the peer's machine refused the connection, or nothing listens",
  connect_timeout: "no connection within `--connect-timeout`",
  connect_unreachable: "no route: network or host unreachable",
  dns_failed: "the host's name did not resolve",
  tls_failed: "the TLS handshake or a certificate was refused",
  listen_failed: "the address to listen on is taken, forbidden or not this machine's",
  stream_failed: "reading or writing an open connection failed",
  not_supported: "this medium is not supported on this system, or not by this build",
};

const OF_REPLIES: Readonly<Record<ReplyCode, string>> = {
  reply_timeout: "no reply within `--timeout`",
  reply_closed: "the peer closed in order (FIN) before the reply",
  reply_reset: "the peer broke the connection (RST) before the reply",
  reply_wrong_id: "only acknowledgements of other messages came",
  reply_damaged: "only damaged, unframed or foreign bytes came",
};

/** Every error code with what it means and the exit status of a command that it ended. */
export function errorRows(): string[][] {
  const about = { operation: "", endpoint: "" };
  const rows = <C extends string>(kind: string, codes: Readonly<Record<C, string>>, make: (code: C) => Error) =>
    (Object.entries(codes) as [C, string][]).map(([word, text]) => [
      code(word),
      text,
      kind,
      String(exitOfError(make(word))),
    ]);
  return [
    ...rows("the peer's bytes", OF_FRAMES, (word) => new FramingError(word, "")),
    ...rows("the dialogue", OF_LINKS, (word) => new LinkError(word, "")),
    ...rows("the system", OF_TRANSPORTS, (word) => new TransportError(word, "", about)),
    ...rows("the reply", OF_REPLIES, (word) => new ReplyError(word, "")),
  ];
}

/** The statuses from the one that wins over all others down. */
function byPrecedence(): ExitCode[] {
  const left = Object.keys(EXIT_CODES).map(Number) as ExitCode[];
  const ordered: ExitCode[] = [];
  while (left.length > 0) ordered.push(...left.splice(left.indexOf(prevailing(left)), 1));
  return ordered;
}

function framings(): string {
  const strange = [...FRAMINGS, ...Object.keys(FRAMING)].filter((name) =>
    !(FRAMINGS as readonly string[]).includes(name) || FRAMING[name] === undefined
  );
  if (strange.length > 0) throw new Error(`The manual and --framing do not agree on ${strange.join(", ")}`);
  return table(["framing", "what is spoken"], FRAMINGS.map((name) => [code(name), FRAMING[name]]));
}

const allowed = (is: boolean) => is ? "allowed" : "denied";

/** The name of the part with a command's options. */
export const optionsPart = (name: string) => `options of ${name}`;

/** Every part of README.md that is made. */
export async function readmeParts(): Promise<Parts> {
  const commands: readonly Command[] = await Promise.all(COMMANDS.map((entry) => entry.load()));
  return {
    archives: () =>
      table(["archive", "for"], TARGETS.map((target) => [code(archiveName("VERSION", target)), target.title])),
    commands: () =>
      table(["command", "in short"], [
        ...commands.map(({ name, purpose }) => [`[mllp ${name}](#${anchor(`mllp ${name}`)})`, purpose]),
        ["mllp help", "Show the commands, or the options and examples of one"],
      ]),
    settings: () =>
      table(["setting", "what it does"], Object.entries(KNOWN_SETTINGS).map(([name, about]) => [code(name), about])),
    ...Object.fromEntries(SHARED.map(({ title, flags }) => [
      title,
      () => [items(flags), ...choices(flags)].join("\n\n"),
    ])),
    ...Object.fromEntries(commands.map((command) => [optionsPart(command.name), () => optionsOf(command)])),
    framings,
    "exit statuses": () => table(["exit", "meaning"], Object.entries(EXIT_CODES).map(([exit, text]) => [exit, text])),
    "precedence of exit statuses": () => `Where several apply, the first of ${byPrecedence().join(", ")} wins.`,
    outcomes: () =>
      table(
        ["outcome", "the peer", "exit"],
        OUTCOMES.map((outcome) => [code(outcome), OUTCOME[outcome], String(EXIT_OF_OUTCOME[outcome])]),
      ),
    "error codes": () => table(["code", "meaning", "whose", "exit"], errorRows()),
    rules: () =>
      table(
        ["rule", "where it is allowed", "default", "`--strict`"],
        MLLP_RULES.map(({ name, allowed: text, tolerant, strict }) => [
          code(name),
          prose(text),
          allowed(tolerant),
          allowed(strict),
        ]),
      ),
  };
}
