/**
 * The project's own files as data, for the tests that check the rules of the house.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";

/** The folder of the project. */
export const ROOT = resolve(import.meta.dirname!, "..");

/** The text of a file, by its path in the project. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Every file below a folder whose name ends so, as paths in the project, sorted. */
export function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}

/** The source of the product. */
export function sourceFiles(): string[] {
  const front = existsSync(join(ROOT, "mod.ts")) ? ["mod.ts"] : [];
  return [...front, ...["cli", "lib", "receiver"].flatMap((folder) => filesBelow(folder, ".ts"))];
}

/** Every file that belongs to the project: what git tracks or would; without git, all but what is made. */
export function projectFiles(): string[] {
  const git = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const all = git.status === 0 ? git.stdout.split("\n").filter((path) => path !== "") : filesBelow(".", "");
  return all.filter((path) => !/^(node_modules|dist|\.git)\//.test(path) && existsSync(join(ROOT, path)));
}

const NOT_CODE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;

/** A source without its comments and the insides of its texts; lines stay where they are. */
export function codeOf(source: string): string {
  return source.replace(NOT_CODE, (found) => {
    const lines = found.replace(/[^\n]/g, "");
    return found.startsWith("/") ? lines : `""${lines}`;
  });
}

/** One import of a file. */
export interface Import {
  /** A path in the project, or a bare specifier (`node:net`, `commander`). */
  readonly target: string;
  /** Whether only types are taken, so that nothing is loaded. */
  readonly typeOnly: boolean;
  /** What stands behind `with { type: ... }`; empty if nothing does. */
  readonly asType: string;
}

/** What a file of the project imports and re-exports, in comments not counted. */
export function importsOf(path: string): Import[] {
  const withoutComments = read(path).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const statements = withoutComments.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[^"';()]*?\sfrom\s+)?"([^"]+)"(?:\s+with\s+\{\s*type:\s*"(\w+)")?/gm,
  );
  const calls = withoutComments.matchAll(/\bimport\(\s*"([^"]+)"/g);
  const targetOf = (specifier: string) =>
    specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : specifier;
  return [
    ...Array.from(statements, ([, type, specifier, asType = ""]) => ({
      target: targetOf(specifier),
      typeOnly: type !== undefined,
      asType,
    })),
    ...Array.from(calls, ([, specifier]) => ({ target: targetOf(specifier), typeOnly: false, asType: "" })),
  ];
}
