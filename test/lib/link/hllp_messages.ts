/**
 * Messages, blocks and links for the tests of HLLP: short, and readable in a log.
 */
import { utf8 } from "../../../lib/bytes.ts";
import { HllpFramer, type HllpFramerOptions } from "../../../lib/framing/hllp.ts";
import { hllpBlock, type HllpKind, type HllpVersion } from "../../../lib/framing/hllp_block.ts";
import { HllpLink } from "../../../lib/link/hllp.ts";
import type { HllpOptions } from "../../../lib/link/hllp_options.ts";
import { readable, type Side, Wire, type WireOptions } from "./wire.ts";

/** A request with this MSH-10. */
export function request(id: string): string {
  return `MSH|^~\\&|A|||||||${id}\r`;
}

/** Its acknowledgement. */
export function reply(id: string, code = "AA"): string {
  return `MSH|^~\\&|B\rMSA|${code}|${id}\r`;
}

/** MSH-10 of a request, or MSA-2 of an acknowledgement. */
export function idOf(text: string): string {
  return /MSA\|..\|(.*)\r/.exec(text)?.[1] ?? text.split("|")[9]?.split("\r")[0] ?? "";
}

/** Whether a text is an acknowledgement. */
export function isReply(text: string): boolean {
  return text.includes("\rMSA|");
}

export function link(options: HllpOptions = {}, framing: HllpFramerOptions = {}): HllpLink {
  return new HllpLink(new HllpFramer(framing), options);
}

/** A block as it stands on the line. */
export function block(data: string, kind: HllpKind = "D", version: HllpVersion = "23"): Uint8Array {
  return hllpBlock(kind, utf8(data), { version, checksumIncludesCount: false });
}

const NAMES = new Map([["C", "N C"], ["X", "N X"], ["B", "N B"], ["G", "N G"]]);

/** The log of a wire with blocks in words: `D A1`, `D AA A1`, `D empty`, `N C`; a block that is none of these stays as it is. */
export function inWords(log: readonly string[]): string[] {
  const pattern = /<VT>([DN])2[123]<CR>(.*?)\d{8}<FS><CR>/g;
  return log.map((entry) =>
    entry
      .replaceAll(pattern, (_, kind: string, data: string) => {
        if (kind === "N") return `[${NAMES.get(data) ?? `N ${data}`}]`;
        return `[D ${textInWords(data)}]`;
      })
      .replace(/message (MSH.*)$/, (_, data: string) => `message ${textInWords(data)}`)
  );
}

function textInWords(data: string): string {
  if (data === "") return "empty";
  const answer = /MSA\|(..)\|(.*?)<CR>/.exec(data);
  if (answer !== null) return `${answer[1]} ${answer[2]}`;
  return data.split("|")[9]?.replace("<CR>", "") ?? data;
}

/** Two links whose far, or whose both ends answer each request at once. */
export class Pair {
  readonly near: HllpLink;
  readonly far: HllpLink;
  readonly wire: Wire;

  constructor(options: {
    readonly near?: HllpOptions;
    readonly far?: HllpOptions;
    readonly script?: WireOptions;
    /** Who answers; default both. */
    readonly answers?: readonly Side[];
  } = {}) {
    const { answers = ["near", "far"], script = {} } = options;
    this.near = link({ priority: true, ...options.near });
    this.far = link(options.far);
    this.wire = new Wire(this.near, this.far, {
      ...script,
      onMessage: (text, side) => {
        script.onMessage?.(text, side);
        if (!isReply(text) && answers.includes(side)) this[side].send(utf8(reply(idOf(text))), this.wire.clock.now());
      },
    });
  }

  /** Lets time pass, as `Wire.run`; the log in words. */
  run(ms?: number): string[] {
    return inWords(this.wire.run(ms));
  }
}

/** All that a link wants written now, readable. */
export function outputOf(subject: HllpLink): string {
  const output = subject.output();
  return output?.type === "bytes" ? inWords([readable(output.bytes)])[0] : "";
}
