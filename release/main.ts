/**
 * `task release`: everything that a release consists of, in `dist/release`.
 *
 * For each target an executable, built twice in two folders and compared, checked as a file, and
 * run where that can be done here; an archive of it with the manual, completions and licences; the
 * bill of materials; the checksums; the notes. Publishing the library is tried, but for the sending.
 * Whatever is not as it should be ends it.
 *
 *     deno run -A release/main.ts [--out DIR] [--only TARGET,...] [--dirty]
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { optionsOr } from "../test/options.ts";
import type { Entry } from "./archive.ts";
import { tarGz, zip } from "./archive.ts";
import { bundle, type Commit, commitOf, compile, hostTarget, type Metafile, ROOT, VERSION } from "./build.ts";
import { formatFault, formatOf } from "./formats.ts";
import { signatureFault } from "./macho_signature.ts";
import { documents, entry, generated } from "./manual.ts";
import { notices } from "./notices.ts";
import { type Outcome, releaseNotes, type Trial } from "./notes.ts";
import { bundledPackages, obstacles } from "./packages.ts";
import { integrityOf, RUNTIME_VERSION, runtimeFor } from "./runtimes.ts";
import { sbom } from "./sbom.ts";
import { archiveName, executableName, folderName, type Target, TARGETS } from "./targets.ts";
import { askVersion, demo } from "./trial.ts";

/** Where runtimes that were fetched once are kept; they are checked again each time. */
const RUNTIMES = join(ROOT, "node_modules/.mllp-runtimes");
const SBOM = `mllp-${VERSION}.cdx.json`;
const CHECKSUMS = "SHA256SUMS";
const DEMO_SECONDS = 5;

/** How an emulator is called that runs a foreign target here, if it is installed (Debian: qemu-user, libc6-arm64-cross). */
const EMULATORS: Readonly<Record<string, readonly string[]>> = {
  "linux-arm64": ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"],
};

const say = (text: string) => void process.stdout.write(`${text}\n`);
const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const read = (path: string) => new Uint8Array(readFileSync(path));

/**
 * A second project folder with the same sources and the packages of the bundle, for building a
 * second time: what depends on where it was built shows then.
 */
function secondFolder(folder: string, { inputs }: Metafile): string {
  for (const path of ["cli", "lib", "receiver", "deno.json"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  const stores = new Set(Object.keys(inputs).map((path) => /^node_modules\/\.deno\/[^/]+/.exec(path)?.[0]));
  for (const store of stores) {
    if (store !== undefined) {
      cpSync(join(ROOT, store), join(folder, store), { recursive: true, verbatimSymlinks: true });
    }
  }
  // The import map's names, which are links into the store.
  const names = new Set(
    Object.keys(inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1]),
  );
  for (const name of names) {
    if (name === undefined || !existsSync(join(ROOT, "node_modules", name))) continue;
    const link = join(folder, "node_modules", name);
    mkdirSync(resolve(link, ".."), { recursive: true });
    cpSync(join(ROOT, "node_modules", name), link, { recursive: true, verbatimSymlinks: true });
  }
  return folder;
}

/** Goes through publishing the library, up to the sending. Throws an `Error` with what was found wrong. */
function checkPublishing({ dirty }: Commit): void {
  const args = ["publish", "--dry-run", "--quiet", ...(dirty ? ["--allow-dirty"] : [])];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the library cannot be published:\n${stdout}${stderr}`);
}

/** Builds the executable of a target in both folders. Throws an `Error` if it is not the same, or not what it should be. */
async function executable(target: Target, commit: Commit, work: string, second: string): Promise<Uint8Array> {
  const runtime = await runtimeFor(target, RUNTIMES);
  const options = { commit: commit.id, target: target.name, runtime };
  const [path, again] = ["first", "second"].map((name) => join(work, target.name, name, executableName(target)));
  compile(path, options);
  compile(again, { ...options, root: second });
  const built = read(path);
  if (hash(built) !== hash(read(again))) throw new Error(`${target.name}: two builds of one commit differ`);
  const fault = formatFault(formatOf(built), target.format);
  if (fault !== null) throw new Error(`${target.name}: ${fault}`);
  const unsigned = target.format.kind === "Mach-O" ? signatureFault(built) : null;
  if (unsigned !== null) throw new Error(`${target.name}: ${unsigned}`);
  return built;
}

/** Runs the executable as far as this machine can. Throws an `Error` if it says or does what it should not. */
async function tried(target: Target, commit: Commit, bytes: Uint8Array, work: string): Promise<Trial> {
  const isOurs = target.name === hostTarget();
  const emulator = EMULATORS[target.name];
  const isEmulated = emulator !== undefined && spawnSync(emulator[0], ["--version"]).status === 0 &&
    existsSync(emulator[emulator.length - 1]);
  if (!isOurs && !isEmulated) return "none";
  const path = join(work, target.name, executableName(target));
  writeFileSync(path, bytes, { mode: 0o755 });
  const wanted = { version: VERSION, commit: commit.id, runtime: `bun ${RUNTIME_VERSION}`, target: target.name };
  const said = await askVersion(isOurs ? [path] : [...emulator, path]);
  if (JSON.stringify(said) !== JSON.stringify(wanted)) {
    throw new Error(`${target.name}: --version says ${JSON.stringify(said)}, wanted ${JSON.stringify(wanted)}`);
  }
  if (!isOurs) return "emulated";
  const { accepted, planned } = await demo(path, DEMO_SECONDS);
  if (accepted !== planned) {
    throw new Error(`${target.name}: of ${planned} messages of the demo ${accepted} were accepted`);
  }
  return "demo";
}

/** The archive of a target. */
async function archive(
  target: Target,
  commit: Commit,
  bytes: Uint8Array,
  others: readonly Entry[],
): Promise<Uint8Array> {
  const folder = folderName(VERSION, target);
  const program = { path: executableName(target), data: bytes, executable: true };
  const entries = [program, ...others].map((one) => ({ ...one, path: `${folder}/${one.path}` }));
  return target.format.kind === "PE" ? zip(entries, commit.at) : await tarGz(entries, commit.at);
}

async function release(out: string, targets: readonly Target[], commit: Commit, work: string): Promise<void> {
  const metafile = bundle(join(work, "bundle"), { commit: commit.id, target: "any" });
  const packages = bundledPackages(metafile, ROOT);
  const forbidden = obstacles(packages);
  if (forbidden.length > 0) throw new Error(`these packages cannot be shipped:\n${forbidden.join("\n")}`);
  const bill = { version: VERSION, commit: commit.id, at: commit.at, packages, runtime: RUNTIME_VERSION, integrityOf };
  const sbomText = `${JSON.stringify(sbom(bill), null, 2)}\n`;
  const others = [
    ...documents(),
    ...await generated(commit.at),
    entry("THIRD-PARTY-NOTICES.txt", notices(packages, RUNTIME_VERSION)),
    entry(SBOM, sbomText),
  ];
  const second = secondFolder(join(work, "again"), metafile);
  checkPublishing(commit);

  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const sums: string[] = [];
  const write = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(out, name), bytes);
    sums.push(`${hash(bytes)}  ${name}\n`);
  };
  const outcomes: Outcome[] = [];
  for (const target of targets) {
    const bytes = await executable(target, commit, work, second);
    const trial = await tried(target, commit, bytes, work);
    const packed = await archive(target, commit, bytes, others);
    write(archiveName(VERSION, target), packed);
    outcomes.push({ target, trial, size: packed.length });
    say(`${archiveName(VERSION, target).padEnd(36)} ${(packed.length / 1e6).toFixed(1).padStart(6)} MB  ${trial}`);
    rmSync(join(work, target.name), { recursive: true });
  }
  write(SBOM, new TextEncoder().encode(sbomText));
  writeFileSync(join(out, CHECKSUMS), sums.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join(""));
  const changelog = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
  const about = { version: VERSION, commit: commit.id, runtime: RUNTIME_VERSION, outcomes, changelog };
  writeFileSync(
    join(out, "RELEASE-NOTES.md"),
    releaseNotes({ ...about, others: { sbom: SBOM, checksums: CHECKSUMS } }),
  );
  say(`${packages.length} packages, all under licences that are allowed; ${out}`);
}

const { values } = optionsOr(() =>
  parseArgs({
    options: {
      out: { type: "string", default: join(ROOT, "dist/release") },
      only: { type: "string" },
      dirty: { type: "boolean", default: false },
    },
  }), "[--out DIR] [--only TARGET,...] [--dirty]");
const wanted = values.only?.split(",") ?? TARGETS.map(({ name }) => name);
const unknown = wanted.filter((name) => !TARGETS.some((target) => target.name === name));
const commit = commitOf();
const work = mkdtempSync(join(tmpdir(), "mllp-release-"));
try {
  if (unknown.length > 0) throw new Error(`found --only ${unknown}, wanted some of ${TARGETS.map(({ name }) => name)}`);
  if ((commit.dirty || commit.id === "unknown") && !values.dirty) {
    throw new Error("the files are not those of a commit: commit first, or say --dirty to try it");
  }
  await release(resolve(values.out), TARGETS.filter(({ name }) => wanted.includes(name)), commit, work);
} catch (error) {
  say(`Cannot release: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
