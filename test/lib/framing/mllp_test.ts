import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import type { FrameEvent, FrameFault, FrameReceived } from "../../../lib/framing/framer.ts";
import { DEFAULT_MAX_FRAME, MllpFramer, type MllpOptions } from "../../../lib/framing/mllp.ts";
import { eventsOf, recorder } from "../../vectors.ts";

function firstFault(options: MllpOptions, ...chunks: string[]): FrameFault {
  const faults: FrameFault[] = [];
  const framer = new MllpFramer(options);
  const sink = (event: FrameEvent) => event.type === "fault" ? void faults.push(event) : undefined;
  for (const chunk of chunks) framer.push(utf8(chunk), sink);
  framer.end(sink);
  assert.ok(faults.length > 0, "expected a fault");
  return faults[0];
}

type Search = (this: Uint8Array, value: number, from?: number) => number;

/** Runs with another search in place of the platform's. */
function withSearch(search: Search, run: () => void): void {
  const prototype: { indexOf: Search } = Uint8Array.prototype;
  const original = prototype.indexOf;
  prototype.indexOf = search;
  try {
    run();
  } finally {
    prototype.indexOf = original;
  }
}

// --- what an idle line does

test("MllpFramer wants to hear of an idle line only after a lone EB, and only with end-on-eb", () => {
  const framer = new MllpFramer({ allow: ["end-on-eb"] });
  const { events, sink } = recorder();
  const wants = (text: string) => {
    framer.push(utf8(text), sink);
    return framer.wantsIdle;
  };
  assert.deepEqual(["\x0b", "M\r", "\x1c", "N", "\x1c", "\r"].map(wants), [false, false, true, false, true, false]);
  assert.equal(events.length, 1);
  const plain = new MllpFramer();
  plain.push(utf8("\x0bM\r\x1c"), sink);
  assert.equal(plain.wantsIdle, false);
});

test("MllpFramer takes a CR that comes after the idle line as the trailer of the frame it ended", () => {
  const framer = new MllpFramer({ allow: ["end-on-eb"] });
  const { events, sink } = recorder();
  framer.push(utf8("\x0bM\r\x1c"), sink);
  framer.idle(sink);
  assert.equal(framer.buffered, 0);
  framer.push(utf8("\r"), sink);
  framer.push(utf8("\n\x0bN\r\x1c\r"), sink);
  assert.deepEqual(events, [
    { type: "frame", payload: "4d0d", offset: 0, warnings: [["end-on-eb", 4]] },
    { type: "frame", payload: "4e0d", offset: 6, warnings: [["lf-after-frame", 5]] },
  ]);
});

test("MllpFramer takes anything else after the idle line as what stands after a frame", () => {
  for (const [text, expected] of [["X", "noise"], ["\n", undefined], ["\x0bN\r\x1c\r", "frame"]] as const) {
    const framer = new MllpFramer({ allow: ["end-on-eb"] });
    const { events, sink } = recorder();
    framer.push(utf8("\x0bM\r\x1c"), sink);
    framer.idle(sink);
    framer.push(utf8(text), sink);
    assert.deepEqual(events.map((event) => event.type), expected === undefined ? ["frame"] : ["frame", expected]);
  }
});

test("MllpFramer ends the skipping of a refused frame at a lone EB when the line goes idle", () => {
  const framer = new MllpFramer({ allow: ["end-on-eb"], maxFrame: 4 });
  const { events, sink } = recorder();
  framer.push(utf8("\x0bABCDEF\x1c"), sink);
  assert.equal(framer.wantsIdle, true);
  framer.idle(sink);
  framer.push(utf8("\x0bM\r\x1c\r"), sink);
  assert.deepEqual(events.map((event) => event.type), ["fault", "frame"]);
});

test("MllpFramer refuses at the idle line what it would refuse at EB CR", () => {
  const framer = new MllpFramer({ allow: ["end-on-eb"], deny: ["no-final-cr"] });
  const { events, sink } = recorder();
  framer.push(utf8("\x0bM\x1c"), sink);
  framer.idle(sink);
  assert.deepEqual(events.map((event) => event.type === "fault" && event.code), ["invalid_boundary"]);
  framer.push(utf8("\r\x0bN\r\x1c\r"), sink);
  assert.deepEqual(events.length, 2);
});

// --- the window of a fault

test("MllpFramer shows in a fault sixteen bytes before the place and eight from it on", () => {
  const { window } = firstFault({ profile: "strict" }, "\x0bMSH|^~\\&|LAB|NORTH|EHR\r\x1c\nabcdefghij");
  assert.equal(window.mark, 25);
  assert.equal(window.offset, 9);
  assert.equal(latin1(window.bytes), "|LAB|NORTH|EHR\r\x1c\nabcdefg");
});

test("MllpFramer shows in a fault also what came in earlier chunks of the frame", () => {
  const { window, offset } = firstFault({ profile: "strict" }, "\x0bMS", "H|\r", "\x1c", "\nabc");
  assert.deepEqual([offset, window.mark, window.offset], [7, 7, 0]);
  assert.equal(latin1(window.bytes), "\x0bMSH|\r\x1c\nabc");
});

test("MllpFramer shows in a fault at the end of the stream what was there last", () => {
  const { window, offset } = firstFault({}, "\x0bMSH|", "^~\\&|LAB|NORTH\r\x1c");
  assert.deepEqual([offset, window.mark, window.offset], [21, 21, 5]);
  assert.equal(latin1(window.bytes), "^~\\&|LAB|NORTH\r\x1c");
});

test("MllpFramer shows in a fault outside of a frame the bytes of the chunk", () => {
  const { window } = firstFault({ profile: "strict" }, "\x0bM\r\x1c\r", "GET / HTTP/1.1");
  assert.deepEqual([window.mark, window.offset, latin1(window.bytes)], [5, 5, "GET / HT"]);
});

test("MllpFramer gives a fault a window of its own, safe to keep", () => {
  const chunk = utf8("XYZ");
  const faults: FrameFault[] = [];
  new MllpFramer({ profile: "strict" }).push(chunk, (event) => event.type === "fault" && faults.push(event));
  chunk.fill(0);
  assert.equal(latin1(faults[0].window.bytes), "XYZ");
});

test("MllpFramer keeps the first 4 KiB of an oversized frame, whatever the chunks", () => {
  const text = "\x0b" + "MSH|".padEnd(6000, "0123456789") + "\r\x1c\r";
  for (const step of [1, 1000, 4096, 10_000]) {
    const chunks = text.match(new RegExp(`[^]{1,${step}}`, "g")) ?? [];
    const { bytes, offset, found } = firstFault({ maxFrame: 5000 }, ...chunks);
    assert.deepEqual([bytes.length, latin1(bytes, 0, 4), offset], [4096, "MSH|", 5001]);
    assert.equal(found, text.charCodeAt(5001));
  }
});

// --- stopping

test("MllpFramer in the profile strict is stopped by a fault, holds nothing, and ignores what follows", () => {
  const framer = new MllpFramer({ profile: "strict" });
  framer.push(utf8("\x0bMSH|"), () => {});
  assert.deepEqual([framer.stopped, framer.buffered], [false, 4]);
  framer.push(utf8("\r\x1cX"), () => {});
  assert.deepEqual([framer.stopped, framer.buffered], [true, 0]);
  framer.push(utf8("\x0bM\r\x1c\r"), (event) => assert.fail(event.type));
  framer.idle((event) => assert.fail(event.type));
  framer.end((event) => assert.fail(event.type));
  assert.equal(framer.stopped, true);
});

test("MllpFramer in the profile strict is stopped by a fault at the idle line and at the end of the stream", () => {
  const atIdle = new MllpFramer({ profile: "strict", allow: ["end-on-eb", "eb-without-cr"] });
  atIdle.push(utf8("\x0bM\x1c"), () => {});
  atIdle.idle(() => {});
  assert.equal(atIdle.stopped, true);
  const atEnd = new MllpFramer({ profile: "strict" });
  atEnd.push(utf8("\x0bM"), () => {});
  atEnd.end(() => {});
  assert.equal(atEnd.stopped, true);
});

test("MllpFramer in the profile strict is not stopped by a rule that was allowed, even as it reports", () => {
  const framer = new MllpFramer({ profile: "strict", allow: ["resync-on-start", "oversize"], maxFrame: 4 });
  const seen: unknown[] = [];
  framer.push(utf8("\x0bA\x0bABCDE\x1c\r"), (event) => seen.push([event.type, framer.stopped]));
  assert.deepEqual(seen, [["fault", false], ["fault", false]]);
});

test("MllpFramer in the profile tolerant is never stopped but by oversize denied", () => {
  const stream = utf8("X\x0bABCDEFG\x1c\r\x0b\x1c\r");
  const stoppedBy = (deny: MllpOptions["deny"]) => {
    const framer = new MllpFramer({ maxFrame: 4, deny });
    framer.push(stream, () => {});
    return framer.stopped;
  };
  assert.equal(stoppedBy(["leading-bytes", "empty-frame", "no-final-cr", "eb-without-cr", "sb-inside"]), false);
  assert.equal(stoppedBy(["oversize"]), true);
});

// --- views, limits, offsets

test("MllpFramer hands out a frame of one large chunk as a view of it, plain even if the chunk is a Buffer", () => {
  const chunk = Buffer.from(`\x0b${"M".repeat(4096)}\r\x1c\r`, "latin1");
  const seen: FrameReceived[] = [];
  new MllpFramer().push(chunk, (event) => event.type === "frame" && seen.push(event));
  assert.equal(seen[0].payload.buffer, chunk.buffer);
  assert.equal(Object.getPrototypeOf(seen[0].payload), Uint8Array.prototype);
});

test("MllpFramer gives each event an object of its own", () => {
  const seen: FrameEvent[] = [];
  new MllpFramer().push(utf8("\x0bM\r\x1c\r\x0bN\r\x1c\r"), (event) => seen.push(event));
  assert.notEqual(seen[0], seen[1]);
  assert.deepEqual(seen.map((event) => event.offset), [0, 5]);
});

test("MllpFramer counts offsets beyond 2^32", () => {
  const framer = new MllpFramer();
  const noise = new Uint8Array(64 * 1024 * 1024);
  // To search 4 GiB takes seconds on some runtimes: it is not the search that is tested.
  withSearch(() => -1, () => {
    for (let i = 0; i < 65; i++) framer.push(noise, () => {});
  });
  const { events, sink } = recorder();
  framer.push(utf8("\x0bM\r\x1c\r\x0bN"), sink);
  framer.end(sink);
  const base = 65 * 64 * 1024 * 1024;
  assert.ok(base > 2 ** 32);
  assert.deepEqual(events.map((event) => event.offset), [base, base + 7]);
});

test("MllpFramer takes 16 MiB if no limit is given, and not a byte more", () => {
  assert.equal(DEFAULT_MAX_FRAME, 16 * 1024 * 1024);
  const framer = new MllpFramer();
  const payload = new Uint8Array(DEFAULT_MAX_FRAME + 1).fill(0x41);
  payload[DEFAULT_MAX_FRAME - 1] = 0x0d;
  const seen: string[] = [];
  const sink = (event: FrameEvent) => void seen.push(event.type === "fault" ? event.code : event.type);
  framer.push(framer.encode(payload.subarray(0, DEFAULT_MAX_FRAME)), sink);
  framer.push(framer.encode(payload), sink);
  assert.deepEqual(seen, ["frame", "frame_too_large"]);
});

test("MllpFramer refuses limits that make no sense", () => {
  for (const maxFrame of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => new MllpFramer({ maxFrame }), { name: "RangeError", message: /whole number of at least 1/ });
  }
});

test("MllpFramer reads on after a sink that threw", () => {
  const framer = new MllpFramer();
  framer.push(utf8("\x0bM"), () => {});
  assert.throws(() =>
    framer.push(utf8("\r\x1c\r"), () => {
      throw new Error("from the sink");
    }), /from the sink/);
  const { events, sink } = recorder();
  framer.push(utf8("\x0bN\r\x1c\r"), sink);
  assert.deepEqual(events.map((event) => event.type === "frame" && event.payload), ["4e0d"]);
});

// --- the cost of reading

/** How many bytes the platform's search visits while `run` runs. */
function bytesVisited(run: () => void): number {
  const original = Uint8Array.prototype.indexOf;
  let visited = 0;
  withSearch(function (value, from = 0) {
    const at = original.call(this, value, from);
    visited += (at < 0 ? this.length : at + 1) - from;
    return at;
  }, run);
  return visited;
}

test("MllpFramer looks at no byte more than once for each delimiter, whatever the stream and the rules", () => {
  const streams: Record<string, string> = {
    "small frames": "\x0bMSH|^~\\&|LAB\r\x1c\r".repeat(500),
    "starts alone": "\x0b".repeat(5000),
    "starts and text": "\x0bA".repeat(5000),
    "ends alone": "\x0b" + "\x1c".repeat(5000),
    "ends and starts": "\x1c\x0b".repeat(5000),
    "text, ends and starts": "\x0bA\x1cB".repeat(2000),
    "headless frames": "A\r\x1c\r".repeat(2000),
    "filler": "\x0bM\r\x1c\r" + "\n".repeat(5000),
    "noise": "A".repeat(5000),
    "one large frame": "\x0b" + "A".repeat(50_000) + "\r\x1c\r",
  };
  const all: MllpOptions[] = [
    {},
    { maxFrame: 1 },
    { maxFrame: 2, allow: ["resync-on-start"] },
    { allow: ["resync-on-start", "missing-start", "end-on-eb"] },
    { deny: ["eb-without-cr", "no-final-cr", "empty-frame", "leading-bytes"] },
    { deny: ["eb-without-cr"], allow: ["missing-start"], maxFrame: 3 },
    { deny: ["sb-inside"] },
  ];
  for (const [name, text] of Object.entries(streams)) {
    const stream = utf8(text);
    for (const options of all) {
      for (const step of [1, 64, stream.length]) {
        const visited = bytesVisited(() => {
          const framer = new MllpFramer(options);
          for (let at = 0; at < stream.length; at += step) framer.push(stream.subarray(at, at + step), () => {});
        });
        assert.ok(visited <= 2 * stream.length, `${name}: ${visited} of ${stream.length}, ${JSON.stringify(options)}`);
      }
    }
  }
});

test("MllpFramer searches with the platform's search, so that the count above counts", () => {
  const stream = utf8("\x0b" + "A".repeat(1000) + "\r\x1c\r");
  const visited = bytesVisited(() => new MllpFramer().push(stream, () => {}));
  assert.ok(visited > stream.length, `${visited} of ${stream.length}`);
});

test("MllpFramer bounds the warnings of a frame full of deviations", () => {
  const events = eventsOf(new MllpFramer(), utf8("\x0b" + "\x0b\x1cA".repeat(10_000) + "\r\x1c\r"));
  assert.deepEqual(events.map((event) => event.type === "frame" && event.warnings), [
    [["sb-inside", 1], ["eb-without-cr", 3]],
  ]);
});

test("MllpFramer reads a payload handed to a sink that feeds other framers meanwhile", () => {
  const large = utf8(`${"A".repeat(100_000)}\r`);
  const outer = new MllpFramer();
  const frame = outer.encode(large);
  outer.push(frame.subarray(0, 70_000), () => {});
  outer.push(frame.subarray(70_000), (event) => {
    const inner = new MllpFramer();
    const other = inner.encode(utf8(`${"B".repeat(100_000)}\r`));
    inner.push(other.subarray(0, 70_000), () => {});
    inner.push(other.subarray(70_000), () => {});
    assert.ok(event.type === "frame" && hex(event.payload) === hex(large));
  });
});

test("MllpFramer shows the end of an unfinished frame, and nothing between frames", () => {
  const framer = new MllpFramer();
  const ignore = () => {};
  assert.equal(framer.unfinished, null);
  framer.push(utf8("\x0bM\r\x1c\r\x0bNEXT"), ignore);
  framer.push(utf8("\r\x1c"), ignore);
  assert.deepEqual(framer.unfinished, { offset: 5, bytes: utf8("\x0bNEXT\r\x1c"), mark: 12 });
  framer.push(utf8("\r"), ignore);
  assert.equal(framer.unfinished, null);
});
