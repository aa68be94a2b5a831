/**
 * The executables of Bun that go into ours, for systems other than this one. They are npm packages;
 * npm fetches them from wherever it is told to, and none is used before its hash is the one that
 * deno.lock has.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { ROOT } from "./build.ts";
import type { Target } from "./targets.ts";

/** What of a lock file matters here. */
interface Lock {
  readonly npm: Readonly<Record<string, { readonly integrity?: string }>>;
}

const lock: Lock = JSON.parse(readFileSync(join(ROOT, "deno.lock"), "utf8"));

/** The version of Bun that the lock file settles on. */
export const RUNTIME_VERSION: string = Object.keys(lock.npm)
  .map((id) => /^bun@([^_]+)/.exec(id)?.[1])
  .find((version) => version !== undefined)!;

/** The integrity that the lock file has of a package `name@version`; `undefined` if it has none. */
export function integrityOf(id: string): string | undefined {
  // Behind the version there may be those of its peers: `name@1.0.0_peer@2.0.0`.
  const key = Object.keys(lock.npm).find((key) => key === id || key.startsWith(`${id}_`));
  return key === undefined ? undefined : lock.npm[key].integrity;
}

/** Throws an `Error` that names `what` unless the bytes have the hash (`sha512-...` in base64). */
export function checkIntegrity(what: string, bytes: Uint8Array, integrity: string | undefined): void {
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity) {
    throw new Error(`Cannot use ${what}: its hash is ${found}, wanted ${integrity ?? "one in deno.lock"}`);
  }
}

/** The executable of Bun for a target, below `folder`, where what was fetched once is found again. Returns its path. */
export async function runtimeFor(target: Target, folder: string): Promise<string> {
  const id = `${target.runtime}@${RUNTIME_VERSION}`;
  const stem = id.replace(/^@/, "").replace("/", "-").replace("@", "-");
  const tarball = join(folder, `${stem}.tgz`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(tarball)) fetchPackage(id, folder);
  const packed = readFileSync(tarball);
  checkIntegrity(id, packed, integrityOf(id));
  const path = join(folder, stem);
  const [program] = await unpackTar(gunzipSync(packed), {
    filter: ({ name }) => /^package\/bin\/bun(\.exe)?$/.test(name),
  });
  if (program?.data === undefined) throw new Error(`Cannot use ${id}: there is no bin/bun in it`);
  writeFileSync(`${path}.new`, program.data);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
  return path;
}

function fetchPackage(id: string, folder: string): void {
  const { status, stderr } = spawnSync("npm", [
    "pack",
    id,
    "--ignore-scripts",
    "--silent",
    "--pack-destination",
    folder,
  ], {
    encoding: "utf8",
    // On Windows npm is a script, which only a shell starts.
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`Cannot fetch ${id}: npm ended with status ${status}\n${stderr}`);
}
