/**
 * The systems a release is built for: one row each, with the runtime that goes into the executable
 * and what the finished file has to look like. It builds nothing.
 *
 * @module
 */

/** What an executable says of itself in its first bytes. */
export interface Format {
  readonly kind: "ELF" | "Mach-O" | "PE";
  readonly machine: "x64" | "arm64";
  /** The loader of dynamic libraries (ELF). */
  readonly interpreter?: string;
  /** The dynamic libraries asked for by name (ELF). */
  readonly needed?: readonly string[];
}

/** A system to build for. */
export interface Target {
  /** As Bun calls it behind `bun-`, in the archive's name and in `mllp --version --json`: `linux-x64-musl`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** The npm package whose executable is the runtime. */
  readonly runtime: string;
  readonly format: Format;
}

/** Libraries of glibc itself: wherever it is, they are. */
const GLIBC = ["libc.so.6", "libpthread.so.0", "libdl.so.2", "libm.so.6"];

/** Every target. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    title: "Linux, x64, glibc",
    runtime: "@oven/bun-linux-x64",
    format: {
      kind: "ELF",
      machine: "x64",
      interpreter: "/lib64/ld-linux-x86-64.so.2",
      needed: [...GLIBC, "ld-linux-x86-64.so.2"],
    },
  },
  {
    name: "linux-arm64",
    title: "Linux, arm64, glibc",
    runtime: "@oven/bun-linux-aarch64",
    format: {
      kind: "ELF",
      machine: "arm64",
      interpreter: "/lib/ld-linux-aarch64.so.1",
      needed: [...GLIBC, "ld-linux-aarch64.so.1"],
    },
  },
  {
    name: "linux-x64-musl",
    title: "Linux, x64, musl; needs libstdc++",
    runtime: "@oven/bun-linux-x64-musl",
    format: {
      kind: "ELF",
      machine: "x64",
      interpreter: "/lib/ld-musl-x86_64.so.1",
      needed: ["libc.musl-x86_64.so.1", "libstdc++.so.6"],
    },
  },
  {
    name: "linux-arm64-musl",
    title: "Linux, arm64, musl; needs libstdc++",
    runtime: "@oven/bun-linux-aarch64-musl",
    format: {
      kind: "ELF",
      machine: "arm64",
      interpreter: "/lib/ld-musl-aarch64.so.1",
      needed: ["libc.musl-aarch64.so.1", "libstdc++.so.6"],
    },
  },
  {
    name: "darwin-x64",
    title: "macOS, Intel",
    runtime: "@oven/bun-darwin-x64",
    format: { kind: "Mach-O", machine: "x64" },
  },
  {
    name: "darwin-arm64",
    title: "macOS, Apple silicon",
    runtime: "@oven/bun-darwin-aarch64",
    format: { kind: "Mach-O", machine: "arm64" },
  },
  {
    name: "windows-x64",
    title: "Windows, x64",
    runtime: "@oven/bun-windows-x64",
    format: { kind: "PE", machine: "x64" },
  },
  {
    name: "windows-arm64",
    title: "Windows, arm64",
    runtime: "@oven/bun-windows-aarch64",
    format: { kind: "PE", machine: "arm64" },
  },
];

/** The name of the executable on a target. */
export function executableName({ format }: Target): string {
  return format.kind === "PE" ? "mllp.exe" : "mllp";
}

/** The name of the folder in a target's archive, and the archive's without its ending. */
export function folderName(version: string, { name }: Target): string {
  return `mllp-${version}-${name}`;
}

/** The name of a target's archive. */
export function archiveName(version: string, target: Target): string {
  return `${folderName(version, target)}${target.format.kind === "PE" ? ".zip" : ".tar.gz"}`;
}
