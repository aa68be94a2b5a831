/**
 * The groups of flags that several commands share, each defined once.
 *
 * @module
 */
import { oneOf } from "../lib/one_of.ts";
import { MLLP_RULES, type MllpRule } from "../lib/framing/rules.ts";
import { FRAMINGS } from "../lib/link/make.ts";
import { parseDuration, parseSize } from "../lib/values.ts";
import { anyText, choice, group, listed, toggle, value } from "./command.ts";

const RULES: readonly MllpRule[] = MLLP_RULES.map((rule) => rule.name);

/** The name of a rule of reading MLLP. Throws a `RangeError` for any other. */
function ruleName(text: string): MllpRule {
  return oneOf(text, RULES);
}

/** How messages are framed and how strictly frames are read (send, spam, receive). */
export const framingFlags = group("Framing", {
  framing: choice(
    "the lower layer spoken: mllp (release 1), mllp2 (release 2), hllp, x328 (ANSI), illp (one message a connection), none",
    FRAMINGS,
    "mllp",
    { placeholder: "FRAMING" },
  ),
  strict: toggle("MLLP: refuse every deviation, and stop at the first"),
  allow: listed("RULE,...", "MLLP: accept these deviations (names: below)", ruleName, "", { choices: RULES }),
  deny: listed("RULE,...", "MLLP: refuse these deviations (names: below)", ruleName, "", { choices: RULES }),
  maxFrame: value("SIZE", "longest frame that is accepted", parseSize, "16MiB"),
});

/** How messages are read and framed by who sends them (send, spam). */
export const rawFlag = group("Framing", {
  raw: toggle("leave message bytes as they are: no line end is repaired, no MSH asked for"),
});

/** TLS of the side that connects (send, spam). */
export const tlsClientFlags = group("TLS", {
  tls: toggle("speak TLS (1.2 or later)"),
  ca: value("FILE", "trust these certificates (PEM) instead of the system's", anyText, undefined, { path: true }),
  cert: value("FILE", "our certificate (PEM), for mutual TLS", anyText, undefined, { path: true }),
  key: value("FILE", "its key (PEM)", anyText, undefined, { path: true }),
  servername: value("NAME", "name the certificate must have, if not the host's", anyText),
  insecure: toggle("do not check the peer's certificate"),
});

/** TLS of the side that listens (receive). */
export const tlsServerFlags = group("TLS", {
  tls: toggle("speak TLS (1.2 or later)"),
  cert: value("FILE", "our certificate (PEM)", anyText, undefined, { path: true }),
  key: value("FILE", "its key (PEM)", anyText, undefined, { path: true }),
  clientCa: value("FILE", "ask clients for a certificate of these authorities (PEM)", anyText, undefined, {
    path: true,
  }),
  tlsSelfSigned: toggle("make a certificate for this run"),
});

/**
 * One exchange of message and reply (send, spam). With `text`, `escapes`, `showFrame` and `format` these are also
 * what the words of mllp_spammer are rewritten to (argv.ts).
 */
export const exchangeFlags = group("Exchange", {
  timeout: value("DURATION", "how long to wait for a reply", parseDuration, "5s"),
  connectTimeout: value("DURATION", "how long to wait for a connection", parseDuration, "5s"),
  match: choice("what settles a message: its own acknowledgement, or whatever comes", ["id", "any"], "id"),
  connectionPerMessage: toggle("open and close a connection for each message"),
  text: value("TEXT", "send this message instead of files or the sample", anyText),
  escapes: toggle("turn \\x0b, \\r, \\n and \\\\ in the messages into the bytes they mean"),
  showFrame: toggle("show replies with their frame bytes"),
  format: choice("how results are printed; classic: uuid,sent,received,reply", ["text", "classic"], "text"),
});

/** What is printed and how (every command). */
export const outputFlags = group("Output", {
  json: toggle("JSON on standard output, text for people on standard error"),
  quiet: toggle("no progress and no line for each message"),
  noColor: toggle("no colours (so does NO_COLOR in the environment)"),
  envFile: value("FILE", "settings to read, if not .env in the current directory", anyText, undefined, { path: true }),
});
