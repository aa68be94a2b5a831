/**
 * Bytes for the tests of lib/hl7, written as text: one character a byte.
 *
 * @module
 */

/** The bytes of a text, one a character (ISO 8859-1), so that a test can write any byte value. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (one) => one.charCodeAt(0));
}
