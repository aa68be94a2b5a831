/** A command that does nothing but say what it was given, for the tests of the parser and the program. */
import { type Command, defineCommand, group, listed, repeated, toggle, value } from "../../cli/command.ts";
import { UsageError } from "../../cli/exit_code.ts";
import { framingFlags, outputFlags } from "../../cli/shared_flags.ts";
import { TransportError } from "../../lib/errors.ts";
import { parseCount, parseDuration } from "../../lib/values.ts";

/** The command `try`. */
export const fakeCommand = defineCommand({
  name: "try",
  purpose: "Say what was given",
  operands: [{ name: "ENDPOINT", about: "where to", required: true }, {
    name: "FILE",
    about: "what",
    many: true,
    path: true,
  }],
  flags: {
    ...group("Trying", {
      retries: value("N", "tries after the first", parseCount, "0", { aliases: ["tries"] }),
      wait: value("DURATION", "how long to wait", parseDuration),
      backoff: listed("DURATION,...", "waits between tries", parseDuration, "2s,3s"),
      set: repeated("PATH=VALUE", "a field to set", (text) => text),
      fail: value("KIND", "how to fail", (text) => text),
      secret: toggle("not for everybody", { hidden: true }),
    }),
    ...framingFlags,
    ...outputFlags,
  },
  notes: ["A note."],
  examples: [
    { about: "one", line: "mllp try a" },
    { about: "two", line: "mllp try a b" },
    { about: "three", line: "mllp try a --retries 3" },
  ],
  run({ operands, flags, given, output, environment }) {
    const { FORCE_COLOR, NO_COLOR } = environment;
    output.document({ operands, ...flags, given: given("retries"), FORCE_COLOR, NO_COLOR });
    return failing[flags.fail ?? "not"]();
  },
});

const failing: Record<string, () => Promise<0 | 1>> = {
  not: () => Promise.resolve(0),
  verdict: () => Promise.resolve(1),
  usage: () => Promise.reject(new UsageError("FILE x.hl7: no such file\nreally")),
  connect: () =>
    Promise.reject(
      new TransportError("connect_refused", "Cannot connect to tcp://h:1: refused", {
        operation: "connect",
        endpoint: "tcp://h:1",
      }),
    ),
  bug: () => Promise.reject(new TypeError("x is not a function")),
  leak: () => Promise.reject(new Error("PID|1||DOE^JANE")),
};

/** The same, without the types of its flags. */
export const anyCommand: Command = fakeCommand;
