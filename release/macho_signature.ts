/**
 * The signature in a Mach-O executable: whether it fits the bytes, and an ad-hoc one that does.
 *
 * macOS kills an executable at its start when a page does not have the hash that the signature
 * gives it. Bun 1.4.5 signs what it compiles for arm64 and leaves the runtime's own signature in
 * what it compiles for x64 (measured: 75 pages do not fit), so the release signs that one itself.
 * Ad hoc means that no certificate is behind it: it says what the bytes are, not whose they are.
 *
 * Layout after Apple's published `cs_blobs.h` and `loader.h`; all numbers of a signature are big-endian.
 *
 * @module
 */
import { createHash } from "node:crypto";

const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
/** Version 2.4 of a code directory: with the bounds of the executable segment. */
const VERSION_2_4 = 0x20400;
const DIRECTORY_HEADER = 88;
/** Ad hoc (2), by the linker (20000): a signature that `codesign` replaces without being forced. */
const AD_HOC_BY_LINKER = 0x20002;
const MAIN_BINARY = 1n;
const SHA256 = { type: 2, bytes: 32 };
/** Bytes under one hash. */
const PAGE = 4096;

interface Commands {
  readonly view: DataView;
  /** Where the command that points to the signature stands. */
  readonly signature: number;
  /** Where the segment commands stand, by the segment's name. */
  readonly segments: ReadonlyMap<string, number>;
}

function commandsOf(bytes: Uint8Array): Commands {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = new Map<string, number>();
  let signature = -1;
  for (let i = 0, at = 32; i < view.getUint32(16, true); i++, at += view.getUint32(at + 4, true)) {
    const command = view.getUint32(at, true);
    if (command === LC_CODE_SIGNATURE) signature = at;
    if (command !== LC_SEGMENT_64) continue;
    segments.set(new TextDecoder().decode(bytes.subarray(at + 8, at + 24)).replace(/\0+$/, ""), at);
  }
  if (signature < 0) throw new RangeError("Cannot read the signature of a Mach-O: found none");
  return { view, signature, segments };
}

function pageHash(bytes: Uint8Array, page: number, end: number): Uint8Array {
  return createHash("sha256").update(bytes.subarray(page * PAGE, Math.min((page + 1) * PAGE, end))).digest();
}

/** What is wrong with the signature of a Mach-O executable, in words; `null` if it fits the bytes. */
export function signatureFault(bytes: Uint8Array): string | null {
  const { view, signature } = commandsOf(bytes);
  const start = view.getUint32(signature + 8, true);
  const size = view.getUint32(signature + 12, true);
  if (start + size !== bytes.length) return `the signature ends at ${start + size}, the file at ${bytes.length}`;
  for (let i = 0; i < view.getUint32(start + 8); i++) {
    const directory = start + view.getUint32(start + 12 + 8 * i + 4);
    if (view.getUint32(directory) !== CODE_DIRECTORY) continue;
    const limit = view.getUint32(directory + 32);
    if (limit !== start) return `it covers ${limit} bytes, and ${start} come before it`;
    const [hashBytes, hashType, , pageExponent] = bytes.subarray(directory + 36);
    if (hashBytes !== SHA256.bytes || hashType !== SHA256.type || 1 << pageExponent !== PAGE) {
      return "its hashes are not SHA-256 of 4 KiB pages";
    }
    const hashes = directory + view.getUint32(directory + 16);
    const pages = view.getUint32(directory + 28);
    if (pages !== Math.ceil(limit / PAGE)) return `it has ${pages} hashes for ${Math.ceil(limit / PAGE)} pages`;
    let unfit = 0;
    for (let page = 0; page < pages; page++) {
      const told = bytes.subarray(hashes + page * SHA256.bytes, hashes + (page + 1) * SHA256.bytes);
      if (!pageHash(bytes, page, limit).every((byte, k) => byte === told[k])) unfit++;
    }
    return unfit === 0 ? null : `${unfit} of ${pages} pages do not have the hash it gives them`;
  }
  return "it has no code directory";
}

/** The executable with an ad-hoc signature that fits it, in place of the one it had. */
export function signedAdHoc(bytes: Uint8Array, identifier: string): Uint8Array {
  const { view, signature, segments } = commandsOf(bytes);
  const limit = view.getUint32(signature + 8, true);
  const name = new TextEncoder().encode(`${identifier}\0`);
  const pages = Math.ceil(limit / PAGE);
  const hashOffset = DIRECTORY_HEADER + name.length;
  const directorySize = hashOffset + pages * SHA256.bytes;
  const size = 20 + directorySize;

  const signed = new Uint8Array(limit + size);
  signed.set(bytes.subarray(0, limit));
  const out = new DataView(signed.buffer);
  const linkEdit = segments.get("__LINKEDIT");
  const text = segments.get("__TEXT");
  if (linkEdit === undefined || text === undefined) throw new RangeError("Cannot sign a Mach-O without its segments");
  out.setUint32(signature + 12, size, true);
  const fileSize = BigInt(signed.length) - view.getBigUint64(linkEdit + 40, true);
  out.setBigUint64(linkEdit + 48, fileSize, true);
  // In memory a segment takes whole pages; 16 KiB ones are right on both machines.
  out.setBigUint64(linkEdit + 32, (fileSize + 0x3fffn) & ~0x3fffn, true);

  out.setUint32(limit, SUPER_BLOB);
  out.setUint32(limit + 4, size);
  out.setUint32(limit + 8, 1);
  out.setUint32(limit + 12, 0);
  out.setUint32(limit + 16, 20);
  const at = limit + 20;
  const header = [CODE_DIRECTORY, directorySize, VERSION_2_4, AD_HOC_BY_LINKER, hashOffset, DIRECTORY_HEADER, 0];
  [...header, pages, limit].forEach((value, i) => out.setUint32(at + 4 * i, value));
  signed.set([SHA256.bytes, SHA256.type, 0, Math.log2(PAGE)], at + 36);
  out.setBigUint64(at + 64, view.getBigUint64(text + 40, true));
  out.setBigUint64(at + 72, view.getBigUint64(text + 48, true));
  out.setBigUint64(at + 80, MAIN_BINARY);
  signed.set(name, at + DIRECTORY_HEADER);
  for (let page = 0; page < pages; page++) {
    signed.set(pageHash(signed, page, limit), at + hashOffset + page * SHA256.bytes);
  }
  return signed;
}
