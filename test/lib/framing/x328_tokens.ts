/**
 * What the X3.28 reader says of a stream, as lines; and streams to be read.
 */
import assert from "node:assert/strict";
import { hex, latin1 } from "../../../lib/bytes.ts";
import { X328Reader, type X328ReadOptions } from "../../../lib/framing/x328.ts";
import { xorOf } from "../../../lib/framing/x328_encode.ts";
import type { X328Token } from "../../../lib/framing/x328_token.ts";

/** The bytes of a text, each character one byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Tokens as one line each; noise that follows on noise is joined to it. */
export function tokensOf(
  stream: string | Uint8Array,
  options: X328ReadOptions = {},
  cuts: readonly number[] = [],
): string[] {
  const bytes = typeof stream === "string" ? bytesOf(stream) : stream;
  const reader = new X328Reader(options);
  const tokens: string[] = [];
  let noiseEnd = -1;
  const sink = (token: X328Token) => {
    const { offset } = token;
    if (token.type === "noise") {
      if (noiseEnd === offset) tokens[tokens.length - 1] += hex(token.bytes);
      else tokens.push(`${offset} noise ${hex(token.bytes)}`);
      noiseEnd = offset + token.bytes.length;
      return;
    }
    noiseEnd = -1;
    if (token.type === "control") {
      tokens.push(`${offset} ${token.control}${token.control === "ack" ? token.number : ""}`);
    } else if (token.type === "abort") tokens.push(`${offset} abort ${token.by}`);
    else if (token.type === "fault") {
      tokens.push(`${offset} ${token.code} ${token.found} ${token.wanted} ${latin1(token.bytes)}`);
      assert.equal(token.window.mark, offset);
    } else tokens.push(`${offset} block ${token.number}${token.last ? " last" : ""} ${latin1(token.text)}`);
  };
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    // The chunk is its owner's again: what stands in it later is nobody's business.
    const chunk = bytes.slice(from, cut);
    reader.push(chunk, sink);
    chunk.fill(0x7e);
    from = cut;
  }
  reader.end(sink);
  return tokens;
}

/** A block around any head and text, its BCC right. */
export function blockAround(body: string): string {
  const bcc = xorOf(bytesOf(`${body}\x03`)).toString(16).toUpperCase().padStart(2, "0");
  return `\x02${body}\x03${bcc}\r`;
}
