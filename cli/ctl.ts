/**
 * `mllp ctl`: looks at a running `mllp receive` and changes it, by its control API.
 *
 * @module
 */
import { formatAddress, parseEndpoint } from "../lib/transport/endpoint.ts";
import { wrap } from "../lib/text.ts";
import { parseDuration, parsePositive } from "../lib/values.ts";
import { anyText, choice, defineCommand, group, toggle, value } from "./command.ts";
import { actionOf, ACTIONS } from "./ctl/actions.ts";
import { ControlClient, Unreachable } from "./ctl/client.ts";
import type { ActionFlag } from "./ctl/request.ts";
import { type ExitCode, UsageError } from "./exit_code.ts";
import { longName } from "./parser.ts";
import { outputFlags } from "./shared_flags.ts";

const DEFAULT_URL = "http://127.0.0.1:8575";

const actionFlags = {
  ...group("Rules", {
    ttl: value(
      "DURATION",
      "how long the rule lasts, in place of its own ttl; or none",
      (text) => text === "none" ? text : seen(text, parseDuration),
    ),
    at: choice("where a new rule is tried: before all others, or after them", ["first", "last"]),
  }),
  ...group("Waiting", {
    timeout: value(
      "DURATION",
      "how long to wait at most, up to 10m; 30s if not given",
      (text) => seen(text, parseDuration),
    ),
  }),
  ...group("Messages", {
    limit: value("N", "how many at most, the last ones; 100 if not given", (text) => seen(text, parsePositive)),
    since: value("N|TIME", "only those with a greater number, or from this time on", anyText),
    type: value("PATTERN", "only those of this type, such as ADT^A0*", anyText),
    rule: value("ID", "only those that this rule decided on", anyText),
    unmatched: toggle("only those that no rule decided on"),
    follow: toggle("show messages as they come, until Ctrl-C"),
    types: value("NAME,...", "of events, only these: message, fault, open, close, change", anyText),
  }),
};

/** The command. */
export const command = defineCommand({
  name: "ctl",
  purpose: "Look at a running receiver, change it, wait for what it gets",
  operands: [
    { name: "ACTION", about: "what to do (actions: below)", required: true },
    { name: "ARGUMENT", about: "what it needs", many: true, path: true },
  ],
  flags: {
    ...group("Receiver", {
      control: value("URL", "where its control API is: http://HOST:PORT, HOST:PORT or :PORT", parseUrl, DEFAULT_URL),
      controlToken: value("TOKEN", "its token; MLLP_CONTROL_TOKEN in the environment is the better place", anyText),
    }),
    ...actionFlags,
    ...outputFlags,
  },
  notes: [
    "Actions:",
    ...actionLines(),
    "",
    "FILE is a path, - for standard input, or the text itself where it begins with {.",
    "EXPECT and WHEN are texts, as in a scenario's expect and a rule's when; @FILE",
    "reads one from a file. A rule that is changed is in force when ctl returns.",
    "The exit status is 0 if done, 1 if an expectation fails, 2 if the receiver does",
    "not take what was asked, 3 if it cannot be reached.",
  ],
  examples: [
    { about: "How does the receiver stand?", line: "mllp ctl status" },
    {
      about: "Let it say nothing for five minutes, then as before",
      line: "mllp ctl rule add '{id: down, do: [hold]}' --ttl 5m",
    },
    { about: "End every fault, and send what is held back", line: "mllp ctl heal" },
    {
      about: "In a test: wait until the message has come, instead of sleeping",
      line: "mllp ctl wait 'count: {when: {type: ADT^A01}, at_least: 1}' --timeout 10s",
    },
    { about: "Answer AE from now on", line: "mllp ctl reply AE" },
    {
      about: "The last messages that no rule decided on, as JSON",
      line: "mllp ctl messages --unmatched --limit 10 --json",
    },
  ],
  async run({ operands, flags, given, output, input, environment }): Promise<ExitCode> {
    const { action, args } = actionOf(operands);
    const asked: Partial<Record<ActionFlag, string>> = {};
    for (const flag of Object.keys(actionFlags) as ActionFlag[]) {
      if (!given(flag)) continue;
      if (!action.flags?.includes(flag)) {
        const takers = ACTIONS.filter((each) => each.flags?.includes(flag)).map(({ words }) => words);
        throw new UsageError(`${longName(flag)} is of no use to ${action.words}: it is about ${takers.join(", ")}`);
      }
      asked[flag] = String(flags[flag]);
    }
    const token = flags.controlToken ?? environment.MLLP_CONTROL_TOKEN;
    const client = new ControlClient({ url: flags.control, token: token === "" ? undefined : token });
    try {
      return await action.run({ client, args, flags: asked, output, input });
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      output.fail(error.message);
      return 3;
    }
  },
});

/** A text, seen to be what is wanted; the API reads it again. */
function seen(text: string, parse: (text: string) => unknown): string {
  parse(text);
  return text;
}

/** The actions and their operands, for the help. */
function actionLines(): string[] {
  const heads = ACTIONS.map(({ words, operands }) => `  ${words} ${operands}`.trimEnd());
  const column = Math.max(...heads.map((head) => head.length)) + 2;
  return ACTIONS.flatMap(({ about }, i) =>
    wrap(about, 80 - column).map((line, j) => (j === 0 ? heads[i] : "").padEnd(column) + line)
  );
}

/** The address of an API. Throws a `RangeError` for what is none. */
function parseUrl(text: string): string {
  if (!/^[a-z]+:\/\//i.test(text)) {
    const { kind, host, port } = parseEndpoint(text);
    if (kind !== "tcp") throw new RangeError(`Cannot use '${text}' as a control API: wanted http://HOST:PORT`);
    return `http://${formatAddress(host, port)}`;
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RangeError(`Cannot read '${text}' as a URL: wanted http://HOST:PORT`);
  }
  if (url.protocol !== "http:") throw new RangeError(`Cannot use '${text}' as a control API: wanted http://HOST:PORT`);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new RangeError(`Cannot use '${text}' as a control API: wanted http://HOST:PORT and nothing behind it`);
  }
  return url.origin;
}
