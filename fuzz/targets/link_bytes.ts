/**
 * Each link as a target, alone with a peer that says anything at any time: nothing throws, every ticket is settled once
 * at most and by the end of the stream, what is written is in proportion to what was heard and sent, and all timers end.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1 } from "../../lib/bytes.ts";
import { HllpFramer } from "../../lib/framing/hllp.ts";
import { hllpBlock } from "../../lib/framing/hllp_block.ts";
import { encodeBlock } from "../../lib/framing/x328_encode.ts";
import { HllpLink } from "../../lib/link/hllp.ts";
import { IllpLink } from "../../lib/link/illp.ts";
import type { Link } from "../../lib/link/link.ts";
import { linkMaker } from "../../lib/link/make.ts";
import { X328Link } from "../../lib/link/x328.ts";
import { anyMessage, bytesOf, damaged, message, piece, sequence } from "../bytes.ts";
import type { Target } from "../target.ts";

const MAKERS = {
  "mllp": linkMaker({ framing: "mllp" }),
  "mllp strict": linkMaker({ framing: "mllp", profile: "strict" }),
  "mllp end-on-eb": linkMaker({ framing: "mllp", allow: ["end-on-eb"], maxFrame: 100 }),
  "mllp2": linkMaker({ framing: "mllp2", mllp2: { commitTimeoutMs: 1000 } }),
  "hllp": () => new HllpLink(new HllpFramer(), { priority: true }),
  "hllp manual": () => new HllpLink(new HllpFramer({ maxFrame: 100 }), { answers: "manual", retries: 0 }),
  "x328": () => new X328Link({ maxBlock: 40 }),
  "x328 host": () => new X328Link({ priority: "host", maxMessage: 200, sevenBit: true }),
  "illp": () => new IllpLink({ maxFrame: 200 }),
  "none": linkMaker({ framing: "none" }),
} satisfies Record<string, () => Link>;
type Name = keyof typeof MAKERS;
const NAMES = Object.keys(MAKERS) as Name[];

interface Step {
  readonly verb: "hear" | "send" | "wait";
  readonly text: string;
  readonly ms: number;
}

interface BytesCase {
  readonly link: Name;
  readonly steps: readonly Step[];
}

const ofHllp = fc.tuple(fc.constantFrom<"D" | "N">("D", "N"), message).map(([kind, text]) =>
  latin1(
    hllpBlock(kind, bytesOf(kind === "N" ? "C" : text), { version: "23", checksumIncludesCount: false }),
  )
);
const ofX328 = fc.oneof(
  fc.constantFrom("\x05\r", "\x04\r", "\x15\r", "\x10<\r", "\x100\r", "\x101\r", "\x102\r", "\x103\r"),
  fc.tuple(fc.nat(7), message, fc.boolean()).map(([n, text, last]) => latin1(encodeBlock(n, bytesOf(text), last))),
);
const heard = fc.oneof(
  damaged(message.map((text) => `\x0b${text}\x1c\r`), piece),
  fc.constantFrom("\x0b\x06\x1c\r", "\x0b\x15\x1c\r", "\x0b", "\x1c", "\r", "\x1c\r"),
  damaged(ofHllp, piece),
  damaged(ofX328, piece),
  ofX328,
  sequence(piece, 5),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: heard.map((text) => ({ verb: "hear" as const, text, ms: 0 })) },
  { weight: 2, arbitrary: anyMessage.map((text) => ({ verb: "send" as const, text, ms: 0 })) },
  {
    weight: 2,
    arbitrary: fc.oneof(fc.nat(200), fc.constantFrom(1000, 6000, 30_000, 61_000)).map((ms) => ({
      verb: "wait" as const,
      text: "",
      ms,
    })),
  },
);

/** A link in the hands of somebody who calls it as its contract says. */
class Caller {
  now = 0;
  written = 0;
  sent = 0;
  readonly settled = new Set<number>();
  readonly words = new Set<string>();

  constructor(readonly link: Link) {}

  readonly sink = (event: Parameters<Parameters<Link["receive"]>[2]>[0]) => {
    this.words.add(event.type === "note" ? event.note : event.type === "fault" ? event.code : event.type);
    if (event.type !== "delivered" && event.type !== "failed") return;
    assert.ok(event.ticket >= 1 && event.ticket <= this.sent, `ticket ${event.ticket} of ${this.sent}`);
    assert.ok(!this.settled.has(event.ticket), `ticket ${event.ticket} is settled again`);
    this.settled.add(event.ticket);
  };

  writeAll(): void {
    for (let count = 0;; count++) {
      assert.ok(count < 100, "outputs for ever");
      const output = this.link.output();
      if (output === null) return;
      if (output.type === "bytes") this.written += output.bytes.length;
    }
  }

  /** Lets timers fire until `end`; each time moves on. */
  until(end: number): void {
    let ticks = 0;
    for (let at = this.link.deadline(); at <= end && at !== Infinity; at = this.link.deadline()) {
      const before = this.now;
      this.now = Math.max(this.now, at);
      ticks = this.now === before ? ticks + 1 : 0;
      assert.ok(ticks < 9, `the deadline stays at ${at}`);
      this.link.tick(this.now, this.sink);
      this.writeAll();
    }
    if (end !== Infinity) this.now = Math.max(this.now, end);
  }
}

/** All links. */
export const linkBytesTarget: Target<BytesCase> = {
  name: "link-bytes",
  about: "any bytes at any time: no exception, tickets settled once, writes in proportion, an end to every wait",
  cases: fc.record({ link: fc.constantFrom(...NAMES), steps: fc.array(step, { maxLength: 14, size: "max" }) }),
  meets: ["delivered", "failed", "message", "noise", "refused", "partial_dropped", "timer_b", "timer_d", ...NAMES],
  check({ link: name, steps }, met) {
    met(name);
    const caller = new Caller(MAKERS[name]());
    const { link } = caller;
    let allowed = 200;
    for (const { verb, text, ms } of steps) {
      const bytes = bytesOf(text);
      if (verb === "wait") caller.until(caller.now + ms);
      else if (verb === "hear") {
        link.receive(bytes, caller.now, caller.sink);
        bytes.fill(0x7e);
        allowed += 30 * text.length + 50;
      } else {
        try {
          const ticket = link.send(bytes, caller.now);
          assert.equal(ticket, ++caller.sent);
          allowed += 14 * (text.length + 200);
        } catch (error) {
          // What cannot be framed; or a second request on a connection of ILLP.
          assert.ok(error instanceof RangeError || (name === "illp" && error instanceof TypeError), String(error));
          met("refused");
        }
        bytes.fill(0x7e);
      }
      caller.writeAll();
      assert.ok((link.unfinished?.bytes.length ?? 0) <= 64, "the window of what is unfinished");
    }
    for (let i = 0; link.deadline() !== Infinity; i++) {
      assert.ok(i < 3000, "it never comes to rest");
      caller.until(link.deadline());
    }
    link.end(caller.now, caller.sink);
    caller.writeAll();
    if (link.confirms && (link as { confirmsReplies?: boolean }).confirmsReplies !== false) {
      assert.equal(caller.settled.size, caller.sent, "tickets are open behind the end of the stream");
    }
    // Every answer of ours may be asked for again, and every block goes out again some times.
    assert.ok(caller.written <= allowed * 40, `${caller.written} bytes written, ${allowed * 40} at most`);
    for (const word of caller.words) met(word);
  },
};
