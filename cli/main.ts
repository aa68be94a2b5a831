/**
 * The program `mllp`: the process around the table of commands.
 *
 * `--version` is answered before anything else is loaded: the modules of Node that the commands
 * need (`node:net`, `node:tls`, `node:util`) take longer to start than all the rest (measured in
 * the binary, where only `--splitting` keeps them out of the way until they are imported).
 *
 * @module
 */
import { COMMANDS } from "./commands.ts";
import { descriptorStream } from "./stream.ts";
import { VERSION_WORDS, versionText } from "./version.ts";

const stderr = descriptorStream(2);
const stdout = descriptorStream(1, (code) => {
  // Who read us has gone: end as the signal SIGPIPE would have ended us, without a word.
  if (code === "EPIPE") process.exit(141);
  stderr.write(`mllp: cannot write to standard output: ${code === "ENOSPC" ? "the disk is full" : code}\n`);
  process.exit(74);
});

const [word, ...others] = process.argv.slice(2);
// `-v` is an option of llpdrv: program.ts knows as what it was called.
const version = VERSION_WORDS.includes(word) && word !== "-v" ? versionText(others) : null;
if (version !== null) {
  stdout.write(`${version}\n`);
  process.exit(0);
}

const { reportUnforeseen, runProgram } = await import("./program.ts");
const surroundings = {
  calledAs: process.argv0,
  args: process.argv.slice(2),
  environment: process.env,
  stdout,
  stderr,
  stdin: () => process.stdin,
  commands: COMMANDS,
};
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error: unknown) => process.exit(reportUnforeseen(error, surroundings)));
}
process.exit(await runProgram(surroundings));
