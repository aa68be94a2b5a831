import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { formatFault, formatOf } from "../../release/formats.ts";
import { archiveName, executableName, TARGETS } from "../../release/targets.ts";
import { elf, macho, pe } from "./executables.ts";

describe("formatOf", () => {
  test("formatOf reads machine, loader and libraries of an ELF executable", () => {
    for (const machine of ["x64", "arm64"] as const) {
      assert.deepEqual(formatOf(elf(machine, "/lib/ld.so.1", ["libc.so.6", "libm.so.6"])), {
        kind: "ELF",
        machine,
        interpreter: "/lib/ld.so.1",
        needed: ["libc.so.6", "libm.so.6"],
      });
    }
  });

  test("formatOf reads the machine of Mach-O and PE executables", () => {
    for (const machine of ["x64", "arm64"] as const) {
      assert.deepEqual(formatOf(macho(machine, 3)), { kind: "Mach-O", machine });
      assert.deepEqual(formatOf(pe(machine)), { kind: "PE", machine });
    }
  });

  test("formatOf reads the executable that runs it", { skip: process.platform !== "linux" && "not on Linux" }, () => {
    const { kind, machine, interpreter, needed } = formatOf(new Uint8Array(readFileSync("/proc/self/exe")));
    assert.deepEqual({ kind, machine }, { kind: "ELF", machine: process.arch });
    assert.match(interpreter!, /^\/lib.*\/ld-/);
    assert.ok(needed!.some((name) => name.startsWith("libc.")), String(needed));
  });

  test("formatOf refuses what is no executable of these, or cut off", () => {
    assert.throws(() => formatOf(new Uint8Array(63)), /^RangeError: Cannot read an executable of 63 bytes/);
    assert.throws(() => formatOf(new Uint8Array(64)), /found 0 at its start, wanted ELF, Mach-O or PE$/);
    const riscv = elf("x64", "/lib/ld.so.1", []);
    riscv[18] = 243;
    assert.throws(() => formatOf(riscv), /found machine f3, wanted x64 or arm64$/);
    assert.throws(() => formatOf(pe("x64").subarray(0, 100)), RangeError);
  });
});

describe("formatFault", () => {
  const [target] = TARGETS;

  test("formatFault takes the libraries in any order", () => {
    const needed = [...target.format.needed!].reverse();
    assert.equal(formatFault({ ...target.format, needed }, target.format), null);
  });

  test("formatFault says what differs: machine, loader, a library more", () => {
    const wrong = [
      { ...target.format, machine: "arm64" as const },
      { ...target.format, interpreter: "/lib/ld-musl-x86_64.so.1" },
      { ...target.format, needed: [...target.format.needed!, "libstdc++.so.6"] },
    ];
    for (const found of wrong) assert.match(formatFault(found, target.format)!, /^found ELF .*, wanted ELF x64 /);
  });
});

describe("targets", () => {
  test("targets are two machines each of Linux with glibc and with musl, macOS and Windows", () => {
    assert.deepEqual(TARGETS.map(({ name }) => name), [
      "linux-x64",
      "linux-arm64",
      "linux-x64-musl",
      "linux-arm64-musl",
      "darwin-x64",
      "darwin-arm64",
      "windows-x64",
      "windows-arm64",
    ]);
    for (const { name, format } of TARGETS) assert.ok(name.includes(`-${format.machine}`), name);
  });

  test("targets of musl need libstdc++, and say so to people", () => {
    for (const { name, title, format } of TARGETS) {
      const isMusl = name.endsWith("-musl");
      assert.equal(format.needed?.includes("libstdc++.so.6") ?? false, isMusl);
      assert.equal(title.includes("needs libstdc++"), isMusl);
    }
  });

  test("targets are packed as their users unpack them", () => {
    const names = TARGETS.map((target) => `${archiveName("1.2.3", target)} ${executableName(target)}`);
    assert.equal(names[0], "mllp-1.2.3-linux-x64.tar.gz mllp");
    assert.equal(names[7], "mllp-1.2.3-windows-arm64.zip mllp.exe");
  });
});
