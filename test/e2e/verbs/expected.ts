/**
 * What the rows of the tables send and see, in bytes written out here and not by the code that is tested, and how what was seen
 * is held against it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Observer, pause } from "./observer.ts";

/** A payload in its frame. */
export function framed(payload: string): string {
  return `\v${payload}\u001c\r`;
}

/** A message with this control id; `more` are MSH-13 and on, `rest` further segments. */
export function message(id: string, { type = "ADT^A01^ADT_A01", more = "", rest = "EVN|A01\r" } = {}): string {
  return framed(`MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||${type}|${id}|P|2.5${more}\r${rest}`);
}

/** What an acknowledgement of such a message says besides its code. */
export interface AckSaid {
  readonly text?: string;
  /** MSH-9, and what follows MSA. */
  readonly type?: string;
  readonly rest?: string;
}

/** The frame of an acknowledgement, with TIME for MSH-7 and ID for MSH-10. */
export function ack(code: string, id: string, { text, type = "ACK^A01^ACK", rest = "" }: AckSaid = {}): string {
  const said = text === undefined ? "" : `|${text}`;
  return framed(`MSH|^~\\&|LAB|MAIN|ADT|WARD|TIME||${type}|ID|P|2.5\rMSA|${code}|${id}${said}\r${rest}`);
}

/** Bytes in which whatever is new in each acknowledgement, the time and its own control id, is written TIME and ID. */
export function plain(bytes: string): string {
  return bytes.replace(
    /(MSH\|[^|\r]*(?:\|[^|\r]*){4}\|)\d{14}[.\d+-]*(\|[^|\r]*\|[^|\r]*\|)[^|\r]+\|/g,
    (_, before: string, between: string) => `${before}TIME${between}ID|`,
  );
}

/** The message of the last word: any receiver of a table answers it with AA, in its turn. */
export const LAST = "LAST";

/** A pause of so many milliseconds, or more. */
export interface Pause {
  readonly pauseMs: number;
}

/** A pause before what follows. */
export function after(pauseMs: number): Pause {
  return { pauseMs };
}

/** How a connection is at last. */
export type Last =
  | "FIN"
  | "RST"
  /** Open, and the next message gets its AA with nothing before it. */
  | "open"
  /** Open, and nothing more comes for a while. */
  | "silence";

/** What is seen in order: bytes, pauses, and how it ends; `open` if nothing is said of that. */
export type Seen = string | Pause | { readonly last: Last };

/** The last thing that is seen. */
export const FIN: Seen = { last: "FIN" };
/** The last thing that is seen. */
export const RST: Seen = { last: "RST" };
/** The last thing that is seen. */
export const SILENCE: Seen = { last: "silence" };

/** A timer may be a little early, no more (the two programs round differently). */
const EARLY_MS = 5;
/** Later is the machine's business, within reason. */
const LATE_MS = 3000;
/** How long silence is listened to. */
const SILENCE_MS = 150;

/** The bytes were right, and two pieces were read as one: this program was held up, or the receiver did not pause. */
export class ReadTogether extends Error {}

interface Section {
  text: string;
  readonly fromMs: number;
}

/** Fails unless the observer sees this, counted from what it sent last. */
export async function expectSeen(observer: Observer, seen: readonly Seen[]): Promise<void> {
  const sections: Section[] = [{ text: "", fromMs: 0 }];
  let last: Last = "open";
  for (const each of seen) {
    const section = sections[sections.length - 1];
    if (typeof each === "string") section.text += each;
    else if ("last" in each) last = each.last;
    else sections.push({ text: "", fromMs: section.fromMs + each.pauseMs });
  }
  const wanted = sections.map(({ text }) => text).join("");
  const { sinceMs } = observer;
  const before = observer.reads.filter(({ atMs }) => atMs < sinceMs).length;
  const come = (to = Infinity) => plain(observer.reads.slice(before, to).map(({ bytes }) => bytes).join(""));
  const isOver = () => observer.end !== null;
  await observer.until(
    () => isOver() || (come() === wanted && (last === "open" || last === "silence")),
    `bytes ${JSON.stringify(wanted)}`,
  )
    .catch((error) => assert.equal(come(), wanted, `${error}`));
  assert.equal(come(), wanted);
  if (last === "FIN" || last === "RST") {
    assert.equal(await observer.ended(), last);
    const { fromMs } = sections[sections.length - 1];
    inTime(observer.endedAtMs - sinceMs, fromMs, last);
  } else assert.equal(observer.end, null, `it ended with ${observer.end}`);
  let sofar = "";
  for (const { text, fromMs } of sections) {
    if (text !== "") {
      const first = Array.from(observer.reads.slice(before), (_, i) => i).find((i) => come(before + i) === sofar);
      if (first === undefined) {
        const pieces = observer.reads.slice(before).map(({ bytes }) => JSON.stringify(bytes)).join(", ");
        throw new ReadTogether(`Wanted a piece that ends with ${JSON.stringify(sofar.slice(-20))}, saw ${pieces}`);
      }
      inTime(observer.reads[before + first].atMs - sinceMs, fromMs, JSON.stringify(text.slice(0, 20)));
    }
    sofar += text;
  }
  if (last === "silence") {
    const { fromMs } = sections[sections.length - 1];
    await pause(Math.max(0, sinceMs + fromMs - performance.now()) + SILENCE_MS);
    assert.deepEqual([come(), observer.end], [wanted, null], "after some silence");
  } else if (last === "open") {
    observer.write(message(LAST));
    await observer.until(() => come().length >= wanted.length + ack("AA", LAST).length || isOver(), "the last AA")
      .catch((error) => assert.equal(come(), wanted + ack("AA", LAST), `${error}`));
    assert.deepEqual([come(), observer.end], [wanted + ack("AA", LAST), null], "after the last word");
  }
}

/** Fails unless it was then. */
function inTime(foundMs: number, wantedMs: number, what: string): void {
  assert.ok(foundMs >= wantedMs - EARLY_MS, `${what} came after ${foundMs} ms, wanted ${wantedMs} ms or more`);
  assert.ok(foundMs <= wantedMs + LATE_MS, `${what} came after ${foundMs} ms, wanted about ${wantedMs} ms`);
}
