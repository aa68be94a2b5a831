/**
 * What kind of executable some bytes are: format, machine, and for ELF the loader and the libraries
 * it asks for. This is how an executable is checked on a machine that cannot run it.
 *
 * @module
 */
import type { Format } from "./targets.ts";

/** A view of an executable that reads what its format says. */
type Read = { view: DataView; bytes: Uint8Array };

/**
 * Reads the headers of an ELF, Mach-O or PE executable, all of 64 bits and little-endian. Throws a
 * `RangeError` for anything else, a file that was cut off included.
 */
export function formatOf(bytes: Uint8Array): Format {
  const read = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  if (bytes.length < 64) throw new RangeError(`Cannot read an executable of ${bytes.length} bytes: wanted 64 or more`);
  const magic = read.view.getUint32(0, true);
  if (magic === 0x464c457f) return elf(read);
  if (magic === 0xfeedfacf) {
    return { kind: "Mach-O", machine: machine(read.view.getUint32(4, true), 0x01000007, 0x0100000c) };
  }
  if ((magic & 0xffff) === 0x5a4d) return pe(read);
  throw new RangeError(`Cannot read an executable: found ${magic.toString(16)} at its start, wanted ELF, Mach-O or PE`);
}

function machine(code: number, x64: number, arm64: number): Format["machine"] {
  if (code === x64) return "x64";
  if (code === arm64) return "arm64";
  throw new RangeError(`Cannot read an executable: found machine ${code.toString(16)}, wanted x64 or arm64`);
}

function pe({ view }: Read): Format {
  const start = view.getUint32(0x3c, true);
  const signature = view.getUint32(start, true);
  if (signature !== 0x4550) throw new RangeError(`Cannot read a PE: found ${signature.toString(16)} for its signature`);
  return { kind: "PE", machine: machine(view.getUint16(start + 4, true), 0x8664, 0xaa64) };
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

/** ELF, by the System V ABI: the program headers name the loader and the dynamic section, which names the libraries. */
function elf(read: Read): Format {
  const { view, bytes } = read;
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new RangeError("Cannot read an ELF that is not 64-bit little-endian");
  const headers = Array.from({ length: view.getUint16(56, true) }, (_, i) => {
    const at = offset(view, 32) + i * view.getUint16(54, true);
    return {
      type: view.getUint32(at, true),
      offset: offset(view, at + 8),
      address: offset(view, at + 16),
      size: offset(view, at + 32),
    };
  });
  const interpreter = headers.find(({ type }) => type === PT_INTERP);
  const dynamic = headers.find(({ type }) => type === PT_DYNAMIC);
  const entries: { tag: number; value: number }[] = [];
  for (let at = dynamic?.offset ?? 0; dynamic !== undefined && at < dynamic.offset + dynamic.size; at += 16) {
    entries.push({ tag: offset(view, at), value: offset(view, at + 8) });
  }
  const names = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0;
  const home = headers.find(({ type, address, size }) =>
    type === PT_LOAD && names >= address && names < address + size
  );
  const strings = home === undefined ? 0 : names - home.address + home.offset;
  return {
    kind: "ELF",
    machine: machine(view.getUint16(18, true), 62, 183),
    ...(interpreter === undefined ? {} : { interpreter: textAt(read, interpreter.offset) }),
    needed: entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => textAt(read, strings + value)),
  };
}

function offset(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** The text from there to its NUL. */
function textAt({ bytes }: Read, at: number): string {
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
}

/** What of an executable is not as it should be, in words; `null` if all is. */
export function formatFault(found: Format, wanted: Format): string | null {
  const show = ({ kind, machine, interpreter, needed = [] }: Format) =>
    [kind, machine, interpreter, ...[...needed].sort()].filter((part) => part !== undefined).join(" ");
  return show(found) === show(wanted) ? null : `found ${show(found)}, wanted ${show(wanted)}`;
}
