/**
 * Which build this is: the version from the one manifest, the commit and the target that
 * release/build.ts compiled in, and the runtime underneath. Run from the sources, there is no such
 * thing compiled in: the commit is `unknown`, and the target is the machine's.
 *
 * It loads nothing, so that `--version` is answered at once.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };

/** What is compiled in by `--define`; not there when the sources are run as they are. */
declare const MLLP_BUILD: Pick<BuildInfo, "commit" | "target"> | undefined;

/** The version of the program and the library. */
export const VERSION: string = manifest.version;

/** The words that ask for the version, in the place of a command. */
export const VERSION_WORDS: readonly string[] = ["--version", "-V", "-v", "version"];

/** What `mllp --version --json` prints. */
export interface BuildInfo {
  readonly version: string;
  /** The commit built from, in full; `-dirty` behind it if files had been changed, `unknown` if nobody said. */
  readonly commit: string;
  /** The runtime with its version: `bun 1.4.5`. */
  readonly runtime: string;
  /** The system it is built for: `linux-x64`, `linux-arm64-musl`, `darwin-arm64`, `windows-x64`. */
  readonly target: string;
}

/** This build. */
export function buildInfo(): BuildInfo {
  const { bun, deno, node } = process.versions;
  const runtime = bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`;
  const system = process.platform === "win32" ? "windows" : process.platform;
  const compiled = typeof MLLP_BUILD === "undefined" ? undefined : MLLP_BUILD;
  const { commit, target } = compiled ?? { commit: "unknown", target: `${system}-${process.arch}` };
  return { version: VERSION, commit, runtime, target };
}

/** The answer to `--version` with these words behind it; `null` if they are anything but `--json`. */
export function versionText(words: readonly string[]): string | null {
  if (words.some((word) => word !== "--json")) return null;
  return words.length > 0 ? JSON.stringify(buildInfo()) : `mllp ${VERSION}`;
}
