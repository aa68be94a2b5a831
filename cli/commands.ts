/**
 * The table of commands, in the order in which the help lists them. Each is loaded when it is called.
 *
 * @module
 */
import type { Command } from "./command.ts";
import type { CommandEntry } from "./program.ts";

/** Every command; what the help says of it is repeated here, so that listing them loads none (a test compares). */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "send",
    purpose: "Send each message, await its acknowledgement, show it decoded",
    load: async () => (await import("./send.ts")).command,
  },
  {
    name: "spam",
    purpose: "Generate load and report honestly how the receiver took it",
    load: async () => (await import("./spam.ts")).command,
  },
  {
    name: "compare",
    purpose: "Show two runs of spam side by side, and judge what changed",
    load: async () => (await import("./compare.ts")).command,
  },
  {
    name: "merge",
    purpose: "Add up the runs of several generators, and report them as one",
    load: async () => (await import("./merge.ts")).command,
  },
  {
    name: "receive",
    purpose: "Listen, answer as told, and show what came",
    load: async () => (await import("./receive.ts")).command,
  },
  {
    name: "ctl",
    purpose: "Look at a running receiver, change it, wait for what it gets",
    load: async () => (await import("./ctl.ts")).command,
  },
  {
    name: "audit",
    purpose: "Prove delivery: a log of spam against a journal of receive",
    load: async () => (await import("./audit.ts")).command,
  },
  {
    name: "llpdrv",
    purpose: "Drive a line of X3.28, HLLP or MLLP for programs that speak ILLP",
    load: async () => (await import("./llpdrv.ts")).command,
  },
  {
    name: "completion",
    purpose: "Print a script that completes commands and options in a shell",
    load: async () => (await import("./completion.ts")).completionCommand(loadOthers),
  },
];

function loadOthers(): Promise<Command[]> {
  return Promise.all(COMMANDS.filter(({ name }) => name !== "completion").map((entry) => entry.load()));
}
