/**
 * `mllp llpdrv`, also called as `llpdrv`: the line driver between programs that speak ILLP and a line that speaks
 * MLLP, HLLP or X3.28. Its command line is the original's, with long options beside it.
 *
 * @module
 */
import type { DriverOptions } from "../lib/bridge/options.ts";
import { MllpError } from "../lib/errors.ts";
import { formatEndpoint, formatPlace } from "../lib/transport/endpoint.ts";
import { table } from "../lib/text.ts";
import { defineCommand } from "./command.ts";
import { type ExitCode, exitOfError, UsageError } from "./exit_code.ts";
import { serverCommand, type StartPipe, startServer, takeStartPipe } from "./llpdrv/background.ts";
import { type LlpdrvFlags, llpdrvFlags, PROTOCOL_NAMES } from "./llpdrv/flags.ts";
import { makePlan, type Plan } from "./llpdrv/plan.ts";
import type { Output } from "./output.ts";

/** The command. */
export const command = defineCommand({
  name: "llpdrv",
  purpose: "Drive a line of X3.28, HLLP or MLLP for programs that speak ILLP",
  operands: [{ name: "TTY", about: "the terminal's name, as init(8) appends it; it changes nothing" }],
  flags: llpdrvFlags,
  notes: [
    "The original's: llpdrv [-dyYI1] [-a|-h|-m] [-i|-u|-p|-t] LINE -i TO [-i DIST]",
    "  -a X3.28, -h HLLP (this text is --help), -m MLLP. The first of -i, -u, -p, -t",
    "  is the line, the next -i the destination (service%host), the next -i the",
    "  distal server (service). -I, -1, -d, -y, -Y are --set-line, --once, --debug,",
    "  --foreground, --supervised.",
    "Once everything is bound it goes to the background and prints the server's",
    "process id, nothing else. SIGTERM ends it, SIGHUP opens its log file anew.",
  ],
  examples: [
    {
      about: "a device of X3.28; the application on port 2600",
      line: "mllp llpdrv -a -t /dev/ttyS0 -i 2600%localhost -i 2601",
    },
    {
      about: "MLLP over TCP on the line, in the foreground",
      line: "mllp llpdrv -ym -i 2576 -i 2600 -i 2601",
    },
    {
      about: "a serial server that listens, nothing lost while the application is down",
      line:
        "mllp llpdrv -h --line 10.2.0.7:4001 --to 2600 --dist 2601 --spool /var/spool/llpdrv \\\n    --spool-ack AA",
    },
  ],
  async run({ flags, given, output }): Promise<ExitCode> {
    const pipe = takeStartPipe();
    try {
      const plan = makePlan(flags, given);
      if (flags.dryRun) return show(plan, flags, output);
      if (pipe === null) { for (const warning of plan.warnings) output.warn(warning); }
      if (pipe === null && !plan.foreground) return await toBackground(output);
      const { serve } = await import("./llpdrv/serve.ts");
      return await serve({ plan, flags, output, foreground: pipe === null, ready: (bound) => pipe?.ready(bound) });
    } catch (error) {
      if (pipe !== null) tellFailure(pipe, error);
      throw error;
    }
  },
});

async function toBackground(output: Output): Promise<ExitCode> {
  const { execPath, execArgv, argv, argv0 } = process;
  const start = await startServer(serverCommand({ execPath, execArgv, argv, calledAs: argv0 }));
  if (start.pid === null) {
    output.fail(start.message);
    return start.code;
  }
  if (output.json) output.event({ pid: start.pid, ...start.bound });
  else output.raw(`${start.pid}\n`);
  return 0;
}

/** What nobody foresaw may hold a patient's data: the startup process gets the name of it, and where to look. */
function tellFailure(pipe: StartPipe, error: unknown): void {
  const known = error instanceof UsageError || error instanceof MllpError;
  const name = error instanceof Error ? error.name : typeof error;
  pipe.failed(
    exitOfError(error),
    known ? error.message : `this is a bug in mllp (${name}); -y shows where`,
  );
}

/** `--dry-run`: what the words were understood as. */
function show({ options, foreground, warnings }: Plan, flags: LlpdrvFlags, output: Output): ExitCode {
  const { line, to, dist } = options;
  const how = { listen: "listens on", connect: "connects to", device: "opens" }[line.medium];
  const allowed = flags.distalAllow.map(({ bytes, bits }) => `${addressOf(bytes)}/${bits}`).join(", ");
  const rows = [
    ["line", `${how} ${formatEndpoint(line.endpoint)}, ${PROTOCOL_NAMES[line.protocol]}`],
    ["destination", `connects to ${formatPlace(to)} for each message, ILLP`],
    ["distal server", dist === null ? "none" : `listens on ${formatPlace(dist)}, ILLP, for ${allowed}`],
    ["spool", flags.spool === undefined ? "none" : `in ${flags.spool}`],
    ["process", foreground ? "in the foreground" : "in the background"],
  ];
  if (output.json) output.document(documentOf(options, foreground, warnings));
  else for (const row of table(rows)) output.report(row);
  for (const warning of warnings) output.warn(warning);
  return 0;
}

function documentOf({ line, to, dist }: DriverOptions, foreground: boolean, warnings: readonly string[]) {
  return {
    line: { medium: line.medium, endpoint: formatEndpoint(line.endpoint), protocol: line.protocol },
    to: formatEndpoint(to),
    dist: dist === null ? null : formatEndpoint(dist),
    foreground,
    warnings,
  };
}

function addressOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
}
