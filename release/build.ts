/**
 * How `mllp` is built, in one place: the flags of the bundler, the entry points, what is compiled
 * in. `task compile` and the release both come here, so that what is tested is what ships.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import manifest from "../deno.json" with { type: "json" };
import { signatureFault, signedAdHoc } from "./macho_signature.ts";

/** The folder of the project. */
export const ROOT = resolve(import.meta.dirname!, "..");

/** The version that is built. */
export const VERSION: string = manifest.version;

/** The worker has to be named: nothing imports it. */
const ENTRY_POINTS = ["cli/main.ts", "lib/load/tick_worker.ts"];

/** `--splitting` keeps what `--version` does not need out of its way; source maps name the lines of a bug report. */
const BUNDLING = ["--minify", "--splitting", "--sourcemap"];

/** An executable reads no `.env` and no `bunfig.toml` by itself: `mllp` reads the one `.env`, and takes known names only. */
const COMPILING = ["--compile", "--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];

/** What is compiled in; cli/version.ts tells it. */
export interface BuildOptions {
  readonly commit: string;
  /** The system built for: `linux-x64`. */
  readonly target: string;
  /** Where the sources and node_modules are; this project, unless told otherwise. */
  readonly root?: string;
}

/** An import of a file that went into a bundle. */
export interface BundledImport {
  readonly path: string;
  /** The file behind a chunk that is loaded later. */
  readonly entryPoint?: string;
}

/** What the bundler says went into a bundle, in the form that esbuild made known. */
export interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly BundledImport[] }>>;
}

/** Runs the bundler of the project's own runtime. Throws an `Error` with what it said, if it fails. */
function bun(root: string, args: readonly string[]): void {
  // Not through node_modules/.bin: this path is the same on every system.
  const program = join(ROOT, "node_modules/bun/bin/bun.exe");
  const { status, error, stderr, stdout } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (error !== undefined) throw new Error(`Cannot run ${program}: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`Cannot build: ${program} ended with status ${status}\n${stdout}${stderr}`);
}

function compiledIn({ commit, target }: BuildOptions): string[] {
  return ["--define", `MLLP_BUILD=${JSON.stringify({ commit, target })}`];
}

/** Bundles the program into a folder, without a runtime, and says what went into it. */
export function bundle(folder: string, options: BuildOptions): Metafile {
  const root = options.root ?? ROOT;
  // Maps name sources by the way to them from where the bundle is made: from within the project that tells nothing of this machine.
  const within = mkdtempSync(join(root, "node_modules/.mllp-bundle-"));
  try {
    const metafile = join(within, "metafile.json");
    bun(root, [
      "build",
      ...BUNDLING,
      ...compiledIn(options),
      "--target=bun",
      `--metafile=${metafile}`,
      ...ENTRY_POINTS,
      "--outdir",
      within,
    ]);
    const text = readFileSync(metafile, "utf8");
    rmSync(metafile);
    cpSync(within, folder, { recursive: true });
    return JSON.parse(text);
  } finally {
    rmSync(within, { recursive: true });
  }
}

/**
 * Compiles the program into one executable, at `path`. `runtime` is the executable of Bun for the
 * target; without one it is that of this machine.
 */
export function compile(path: string, options: BuildOptions & { readonly runtime?: string }): void {
  const { root = ROOT, runtime, target } = options;
  const foreign = runtime === undefined ? [] : [`--target=bun-${target}`, `--compile-executable-path=${runtime}`];
  // Maps are in the executable; those that are laid beside it are of no use to anybody.
  const folder = mkdtempSync(join(tmpdir(), "mllp-compile-"));
  try {
    const outfile = join(folder, basename(path));
    bun(root, [
      "build",
      ...COMPILING,
      ...BUNDLING,
      ...compiledIn(options),
      ...foreign,
      ...ENTRY_POINTS,
      "--outfile",
      outfile,
    ]);
    if (target.startsWith("darwin-")) sign(outfile);
    mkdirSync(dirname(path), { recursive: true });
    move(outfile, path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gives an executable of macOS a signature that fits, unless it has one. */
function sign(path: string): void {
  const built = new Uint8Array(readFileSync(path));
  if (signatureFault(built) !== null) writeFileSync(path, signedAdHoc(built, "mllp"));
}

/** A copy that takes the place of what was there at once, even from another disk, and even while that runs. */
function move(from: string, to: string): void {
  const beside = `${to}.new`;
  copyFileSync(from, beside);
  renameSync(beside, to);
}

/** The commit that is checked out. */
export interface Commit {
  /** In full, `-dirty` behind it if files have been changed; `unknown` where there is no repository. */
  readonly id: string;
  readonly dirty: boolean;
  /** When it was made; the start of 1980 where nobody knows, the first time that a zip archive can tell. */
  readonly at: Date;
}

/** The commit of a folder. */
export function commitOf(root: string = ROOT): Commit {
  const git = (...args: string[]) => spawnSync("git", args, { cwd: root, encoding: "utf8" });
  const head = git("log", "-1", "--format=%H %ct");
  if (head.status !== 0) return { id: "unknown", dirty: false, at: new Date(Date.UTC(1980, 0, 1)) };
  const [id, seconds] = head.stdout.trim().split(" ");
  const dirty = git("status", "--porcelain").stdout !== "";
  return { id: dirty ? `${id}-dirty` : id, dirty, at: new Date(Number(seconds) * 1000) };
}

/** This machine, as a target is named. */
export function hostTarget(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const isMusl = process.platform === "linux" && readdirSync("/lib").some((name) => name.startsWith("ld-musl-"));
  return `${system}-${process.arch}${isMusl ? "-musl" : ""}`;
}
