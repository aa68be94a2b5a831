/**
 * The one frame that every party of the benchmark sends, with a slot for its control id.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** How long each control id is; digits only. */
export const ID_LENGTH = 12;

const HEAD = "\x0bMSH|^~\\&|ADT|WARD7|ENGINE|MAIN|20260131120000||ADT^A01^ADT_A01|";
const TAIL = [
  "|P|2.5",
  "EVN|A01|20260131120000|||OPR7^MILLER^ANNE",
  "PID|1||4711^^^MAIN^MR||EXAMPLE^JORIS^K||19620412|M|||LINDEN ROW 14^^OLDTOWN^^04711||555-0147|||M",
  "NK1|1|EXAMPLE^MARA|SPO||555-0148",
  "PV1|1|I|WARD7^702^1||||1234^BROOK^HANNA|||MED||||1|||1234^BROOK^HANNA|IN|V0815",
].join("\r") + "\r\x1c\r";

/** Where the control id starts in a frame. */
export const ID_START = Buffer.byteLength(HEAD);

/** A frame of its own whose control id is all zeros. */
export function newFrame(): Buffer {
  return Buffer.from(HEAD + "0".repeat(ID_LENGTH) + TAIL);
}

/** The message in the frame, as text, with a control id. */
export function messageText(id: string): string {
  return HEAD.slice(1) + id.padStart(ID_LENGTH, "0") + TAIL.slice(0, -2);
}

/** Writes a number as a control id. */
export function putId(target: Uint8Array, at: number, id: number): void {
  for (let i = at + ID_LENGTH - 1; i >= at; i--) {
    target[i] = 0x30 + id % 10;
    id = Math.floor(id / 10);
  }
}

/** Counts a control id up by one, in place. */
export function nextId(target: Uint8Array, at: number): void {
  let i = at + ID_LENGTH - 1;
  for (; target[i] === 0x39; i--) target[i] = 0x30;
  target[i]++;
}
