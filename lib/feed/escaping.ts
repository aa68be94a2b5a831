/**
 * Values put into a message so that they do not break it: separators and control characters become HL7
 * escape sequences (HL7 v2 chapter 2, "Use of escape sequences in text fields").
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { NO_SEPARATOR, type Separators } from "../hl7/separators.ts";
import type { MessageBuffer } from "./message_buffer.ts";

/**
 * How a message's values are escaped. With no separators, for text that is not HL7, they stay as they are. Where
 * the message declares no escape character, a blank stands for what would have to be escaped (our decision).
 *
 * @example
 * ```ts
 * import { Escaping } from "./escaping.ts";
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import { STANDARD_SEPARATORS } from "../hl7/separators.ts";
 * import assert from "node:assert/strict";
 *
 * const out = new MessageBuffer();
 * new Escaping(STANDARD_SEPARATORS).write(out, utf8("Smith & Sons\r"));
 * assert.equal(latin1(out.view()), "Smith \\T\\ Sons\\X0D\\");
 * ```
 */
export class Escaping {
  /** By byte value: what stands for it; null for itself. */
  readonly #sequences: readonly (Uint8Array | null)[];

  constructor(readonly separators: Separators | null) {
    const sequences: (Uint8Array | null)[] = new Array(256).fill(null);
    if (separators !== null) {
      const { escape } = separators;
      const around = String.fromCharCode(escape);
      const sequence = (name: string) => escape === NO_SEPARATOR ? utf8(" ") : utf8(`${around}${name}${around}`);
      for (let byte = 0; byte < 0x20; byte++) {
        sequences[byte] = sequence(`X${byte.toString(16).toUpperCase().padStart(2, "0")}`);
      }
      const names: readonly (readonly [number, string])[] = [
        [separators.truncation, "P"],
        [separators.subcomponent, "T"],
        [separators.repetition, "R"],
        [separators.component, "S"],
        [separators.field, "F"],
        [separators.escape, "E"],
      ];
      // The last one wins: were two alike, it is the more important one.
      for (const [byte, name] of names) if (byte !== NO_SEPARATOR) sequences[byte] = sequence(name);
    }
    this.#sequences = sequences;
  }

  /** Whether a byte stands for itself. */
  isPlain(byte: number): boolean {
    return this.#sequences[byte] === null;
  }

  /** Adds a value, escaped. */
  write(out: MessageBuffer, value: Uint8Array): void {
    const sequences = this.#sequences;
    let done = 0;
    for (let at = 0; at < value.length; at++) {
      const sequence = sequences[value[at]];
      if (sequence === null) continue;
      if (at > done) out.put(value.subarray(done, at));
      out.put(sequence);
      done = at + 1;
    }
    out.put(done === 0 ? value : value.subarray(done));
  }
}
