/**
 * What lies beside the executable in an archive: the documents of the project, and the man pages
 * and completions that are generated from the table of commands.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../cli/commands.ts";
import { completionScript, type Shell } from "../cli/completion.ts";
import { manName, manOfCommand, manOfProgram } from "../cli/man.ts";
import type { Entry } from "./archive.ts";
import { ROOT } from "./build.ts";

/** README's links go to these folders. */
const FOLDERS = ["deploy", "docs", "examples"];
const FILES = ["README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"];

/** The names by which shells look for a completion. */
const COMPLETIONS: Readonly<Record<Shell, string>> = { bash: "mllp.bash", zsh: "_mllp", fish: "mllp.fish" };

/** The documents of the project as they stand. */
export function documents(): Entry[] {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1).replaceAll("\\", "/"))
  );
  return [...FILES, ...paths].map((path) => ({ path, data: new Uint8Array(readFileSync(join(ROOT, path))) }));
}

/** The man pages (`man/man1/mllp-send.1`) and the completions (`completions/mllp.bash`), dated. */
export async function generated(at: Date): Promise<Entry[]> {
  const date = at.toISOString().slice(0, 10);
  const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
  const pages = [
    { name: manName(), text: manOfProgram(COMMANDS, date) },
    ...commands.map((command) => ({ name: manName(command.name), text: manOfCommand(command, COMMANDS, date) })),
  ];
  return [
    ...pages.map(({ name, text }) => entry(`man/man1/${name}.1`, text)),
    ...Object.entries(COMPLETIONS).map(([shell, name]) =>
      entry(`completions/${name}`, completionScript(shell as Shell, commands))
    ),
  ];
}

/** A text as an entry. */
export function entry(path: string, text: string): Entry {
  return { path, data: new TextEncoder().encode(text) };
}
