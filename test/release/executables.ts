/**
 * Executables made for tests: the headers of each format and no code.
 *
 * @module
 */

type Machine = "x64" | "arm64";

/** An ELF executable that names a loader and libraries; its strings lie at another address than offset. */
export function elf(machine: Machine, interpreter: string, needed: readonly string[]): Uint8Array {
  const strings = `\0${interpreter}\0${needed.map((name) => `${name}\0`).join("")}`;
  const HEADERS = 64;
  const DYNAMIC = HEADERS + 3 * 56;
  const STRINGS = DYNAMIC + (needed.length + 2) * 16;
  const ADDRESS = 0x400000;
  const bytes = new Uint8Array(STRINGS + strings.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  view.setUint16(18, machine === "x64" ? 62 : 183, true);
  view.setBigUint64(32, BigInt(HEADERS), true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 3, true);
  const segments = [
    { type: 3, offset: STRINGS + 1, address: ADDRESS + STRINGS + 1, size: interpreter.length + 1 },
    { type: 1, offset: 0, address: ADDRESS, size: bytes.length },
    { type: 2, offset: DYNAMIC, address: ADDRESS + DYNAMIC, size: STRINGS - DYNAMIC },
  ];
  segments.forEach(({ type, offset, address, size }, i) => {
    const at = HEADERS + i * 56;
    view.setUint32(at, type, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 32, BigInt(size), true);
  });
  const entries = [
    { tag: 5, value: ADDRESS + STRINGS },
    ...needed.map((name) => ({ tag: 1, value: strings.indexOf(`\0${name}\0`) + 1 })),
  ];
  entries.forEach(({ tag, value }, i) => {
    view.setBigUint64(DYNAMIC + i * 16, BigInt(tag), true);
    view.setBigUint64(DYNAMIC + i * 16 + 8, BigInt(value), true);
  });
  bytes.set(new TextEncoder().encode(strings), STRINGS);
  return bytes;
}

/** A Mach-O executable of so many pages of 4 KiB and a part of one, with room for a signature that nobody has made. */
export function macho(machine: Machine, pages: number): Uint8Array {
  const limit = pages * 4096 + 100;
  const bytes = new Uint8Array(limit + 48);
  const view = new DataView(bytes.buffer);
  for (let i = 4096; i < limit; i++) bytes[i] = i % 251;
  view.setUint32(0, 0xfeedfacf, true);
  view.setUint32(4, machine === "x64" ? 0x01000007 : 0x0100000c, true);
  view.setUint32(16, 3, true);
  const segment = (at: number, name: string, offset: number, size: number) => {
    view.setUint32(at, 0x19, true);
    view.setUint32(at + 4, 72, true);
    bytes.set(new TextEncoder().encode(name), at + 8);
    view.setBigUint64(at + 40, BigInt(offset), true);
    view.setBigUint64(at + 48, BigInt(size), true);
  };
  segment(32, "__TEXT", 0, 4096);
  segment(104, "__LINKEDIT", 4096, bytes.length - 4096);
  [0x1d, 16, limit, 48].forEach((value, i) => view.setUint32(176 + 4 * i, value, true));
  return bytes;
}

/** A PE executable. */
export function pe(machine: Machine): Uint8Array {
  const bytes = new Uint8Array(0x100);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4d, 0x5a]);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x84, machine === "x64" ? 0x8664 : 0xaa64, true);
  return bytes;
}
