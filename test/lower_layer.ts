/**
 * HLLP and X3.28 as a raw socket has them: blocks made and read by hand, not by the code that is tested.
 *
 * @module
 */

/** The framings whose lower layer is played here. */
export type Layer = "hllp" | "x328";

export const ENQ = "\x05\r";
export const EOT = "\x04\r";
export const NAK = "\x15\r";
export const ACK0 = "\x100\r";
export const ACK1 = "\x101\r";

/** Control characters, as people see them: ENQ is \u2405. */
const PICTURES = 0x2400;

/** The exclusive or of all bytes. */
function xorOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum ^= text.charCodeAt(i);
  return sum & 0xff;
}

const hex2 = (value: number) => value.toString(16).toUpperCase().padStart(2, "0");
const digits = (value: number, width: number) => String(value).padStart(width, "0");

/** A block of X3.28, the last of its message. */
export function x328Block(text: string, number = 1): string {
  const inside = `${number}${digits(text.length, 5)}${text}\x03`;
  return `\x02${inside}${hex2(xorOf(inside))}\r`;
}

/** A block of HLLP of version 2.3, of data or a NAK. */
export function hllpBlock(data: string, kind = "D"): string {
  const counted = `\x0b${kind}23\r${data}`;
  return `${counted}${digits(counted.length, 5)}${digits(xorOf(counted), 3)}\x1c\r`;
}

type Token = readonly [pattern: RegExp, tell: (...found: string[]) => string];

const X328: readonly Token[] = [
  [/^\u2405\u240d/, () => "ENQ"],
  [/^\u2404\u240d/, () => "EOT"],
  [/^\u2415\u240d/, () => "NAK"],
  [/^\u2410<\u240d/, () => "RINT"],
  [/^\u2410([0-7])\u240d/, (_, number) => `ACK${number}`],
  [
    /^\u2402(([0-7])([0-9]{5})([^\u2403\u2417]*)[\u2403\u2417])([0-9A-F]{2})\u240d/,
    (_, inside, number, count, text, bcc) => {
      const wrong = [...off(Number(count) - text.length), ...bcc === hex2(xorOf(inside)) ? [] : ["wrong BCC"]];
      return `[${[`${number} ${whatOf(text)}`, ...wrong].join(", ")}]`;
    },
  ],
];

const HLLP: readonly Token[] = [
  [/^(\u240b([DN])2[1-3]\u240d([^\u241c]*))([0-9]{5})([0-9]{3})\u241c\u240d/, (_, counted, kind, data, count, sum) => {
    const wrong = [
      ...off(Number(count) - counted.length),
      ...sum === digits(xorOf(counted), 3) ? [] : [sum === "999" ? "unchecked" : "wrong checksum"],
    ];
    return `[${[`${kind} ${whatOf(data)}`, ...wrong].join(", ")}]`;
  }],
];

function off(by: number): string[] {
  return by === 0 ? [] : [`count ${by > 0 ? "+" : ""}${by}`];
}

/** An acknowledgement by its code and control id; other text as it is. */
function whatOf(text: string): string {
  const msa = /\u240dMSA\|([^|\u240d]*)\|([^|\u240d]*)/.exec(text);
  return msa === null ? text : `${msa[1]} ${msa[2]}`;
}

/** Bytes in words: `ACK0`, `[1 AA M1, wrong BCC]`; bytes that are no whole token stand at the end in hexadecimal. */
export function tokensOf(layer: Layer, bytes: string): string[] {
  const tokens: string[] = [];
  const kinds = layer === "x328" ? X328 : HLLP;
  // A low byte of each picture is the character that it shows.
  let rest = Array.from(bytes, (char) => char < " " ? String.fromCharCode(PICTURES + char.charCodeAt(0)) : char).join(
    "",
  );
  while (rest !== "") {
    const kind = kinds.find(([pattern]) => pattern.test(rest));
    if (kind === undefined) {
      tokens.push(`rest ${Array.from(rest, (char) => hex2(char.charCodeAt(0) & 0xff)).join(" ")}`);
      break;
    }
    const [pattern, tell] = kind;
    const found = pattern.exec(rest)!;
    tokens.push(tell(...found));
    rest = rest.slice(found[0].length);
  }
  return tokens;
}
