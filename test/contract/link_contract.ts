/**
 * The contract of `lib/link/link.ts` as tests, the same for every link: a new one passes by a call.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, utf8 } from "../../lib/bytes.ts";
import type { Link, LinkEvent } from "../../lib/link/link.ts";

export interface LinkSubject {
  /** The name of the class, which begins each test's name. */
  readonly name: string;
  /** A fresh link. */
  readonly make: () => Link;
  /** How long the line must be silent to end a message; 0 where messages have an end of their own. */
  readonly quietMs: number;
  /** A message that cannot be framed; null where there is none. */
  readonly unframable: Uint8Array | null;
  /** The start of a message, and what the end of the stream makes of it. */
  readonly partial: { readonly bytes: Uint8Array; readonly becomes: "fault" | "message" };
}

const MESSAGE = utf8("MSH|^~\\&|LAB|||||||A1\r");

/** All that a link wants written now, as one. */
export function written(link: Link): Uint8Array {
  const pieces: number[] = [];
  for (let output = link.output(); output !== null; output = link.output()) {
    assert.equal(output.type, "bytes");
    if (output.type === "bytes") pieces.push(...output.bytes);
  }
  return new Uint8Array(pieces);
}

/** An event as it will still be true after the sink's call: views copied. */
function kept(event: LinkEvent): string {
  switch (event.type) {
    case "message":
      return `message ${hex(event.payload)}`;
    case "failed":
      return `failed ${event.ticket} ${event.error.code}`;
    case "delivered":
      return `delivered ${event.ticket}`;
    case "noise":
      return `noise ${hex(event.bytes)}`;
    case "fault":
      return `fault ${event.code}`;
    case "note":
      return `note ${event.note}`;
  }
}

/** Feeds bytes in chunks, then lets the line be quiet for as long as the subject needs. */
function read(subject: LinkSubject, link: Link, chunks: readonly Uint8Array[]): string[] {
  const events: string[] = [];
  const sink = (event: LinkEvent) => void events.push(kept(event));
  for (const chunk of chunks) link.receive(chunk, 0, sink);
  if (subject.quietMs > 0) link.tick(subject.quietMs, sink);
  return events;
}

export function linkContract(subject: LinkSubject): void {
  const { name, make } = subject;

  test(`${name} has nothing to write and no deadline at first`, () => {
    const link = make();
    assert.equal(link.output(), null);
    assert.equal(link.deadline(), Infinity);
    assert.equal(link.stopped, false);
  });

  test(`${name} counts tickets from 1`, () => {
    const link = make();
    assert.deepEqual([link.send(MESSAGE, 0), link.send(MESSAGE, 0), link.send(MESSAGE, 9)], [1, 2, 3]);
  });

  test(`${name} copies a message before send returns`, () => {
    const link = make();
    const message = MESSAGE.slice();
    link.send(message, 0);
    message.fill(0x21);
    assert.equal(hex(written(link)), hex(make().encode(MESSAGE)));
  });

  test(`${name} writes what encode shows, and encode sends nothing`, () => {
    const link = make();
    const shown = link.encode(MESSAGE);
    assert.equal(link.output(), null);
    link.send(MESSAGE, 0);
    assert.equal(hex(written(link)), hex(shown));
  });

  test(`${name} never touches bytes again that it handed out`, () => {
    const link = make();
    link.send(MESSAGE, 0);
    const output = link.output();
    assert.ok(output?.type === "bytes");
    const before = hex(output.bytes);
    for (let i = 0; i < 50; i++) {
      link.send(utf8(`MSH|^~\\&|${i}\r`), 0);
      link.output();
    }
    assert.equal(hex(output.bytes), before);
  });

  test(`${name} is read by its like: the payload comes out as it went in`, () => {
    const near = make();
    near.send(MESSAGE, 0);
    assert.deepEqual(read(subject, make(), [written(near)]), [`message ${hex(MESSAGE)}`]);
  });

  test(`${name} reads the same however its bytes are cut`, () => {
    const bytes = make().encode(MESSAGE);
    const single = Array.from(bytes, (byte) => new Uint8Array([byte]));
    assert.deepEqual(read(subject, make(), single), [`message ${hex(MESSAGE)}`]);
    for (let at = 1; at < bytes.length; at++) {
      const events = read(subject, make(), [bytes.subarray(0, at), bytes.subarray(at)]);
      assert.deepEqual(events, [`message ${hex(MESSAGE)}`], `cut at ${at}`);
    }
  });

  test(`${name} lets its sink send: the reply leaves with the same wake-up`, () => {
    const link = make();
    const reply = utf8("MSH|^~\\&|\rMSA|AA|A1\r");
    const sink = (event: LinkEvent) => void (event.type === "message" && link.send(reply, 0));
    link.receive(make().encode(MESSAGE), 0, sink);
    if (subject.quietMs > 0) link.tick(subject.quietMs, sink);
    assert.ok(hex(written(link)).endsWith(hex(make().encode(reply))));
  });

  test(`${name} does nothing at a tick before its deadline`, () => {
    const link = make();
    link.send(MESSAGE, 0);
    written(link);
    link.receive(subject.partial.bytes, 0, () => {});
    written(link);
    const deadline = link.deadline();
    const early = deadline === Infinity ? 1e12 : deadline - 0.001;
    link.tick(early, () => assert.fail("an event before the deadline"));
    assert.equal(link.output(), null);
    assert.equal(link.deadline(), deadline);
  });

  test(`${name} makes a ${subject.partial.becomes} of what is unfinished at the end of the stream`, () => {
    const link = make();
    const types: string[] = [];
    link.receive(subject.partial.bytes, 0, () => assert.fail("a part is not a message"));
    link.end(0, (event) => types.push(event.type));
    assert.deepEqual(types, [subject.partial.becomes]);
    assert.equal(link.deadline(), Infinity);
  });

  test(`${name} ${make().confirms ? "settles each ticket once" : "reports no delivery, because it confirms none"}`, () => {
    const link = make();
    const settled: string[] = [];
    const sink = (event: LinkEvent) => {
      if (event.type === "delivered" || event.type === "failed") settled.push(kept(event));
    };
    for (let i = 0; i < 3; i++) link.send(MESSAGE, 0);
    written(link);
    link.end(0, sink);
    link.end(1, sink);
    for (let now = 0; now < 1e6; now += 1000) link.tick(now, sink);
    assert.equal(settled.length, link.confirms ? 3 : 0);
  });

  if (subject.unframable !== null) {
    const unframable = subject.unframable;
    test(`${name} throws a RangeError for a message that cannot be framed, and goes on as if it had not been`, () => {
      const link = make();
      assert.throws(() => link.encode(unframable), RangeError);
      assert.throws(() => link.send(unframable, 0), RangeError);
      assert.equal(link.output(), null);
      assert.equal(link.send(MESSAGE, 0), 1);
      assert.throws(() => link.send(unframable, 0), RangeError);
      assert.equal(hex(written(link)), hex(make().encode(MESSAGE)));
    });
  }

  test(`${name} takes any bytes at any time without an exception`, () => {
    const control = fc.constantFrom(0x06, 0x0a, 0x0b, 0x0d, 0x15, 0x1c, 0x41);
    const chunk = fc.uint8Array({ maxLength: 20 }).chain((bytes) =>
      fc.oneof(fc.constant(bytes), fc.array(control, { maxLength: 20 }).map((some) => new Uint8Array(some)))
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(chunk, fc.nat(30_000), fc.boolean())), (steps) => {
        const link = make();
        let now = 0;
        for (const [bytes, wait, send] of steps) {
          if (send) link.send(MESSAGE, now);
          link.receive(bytes, now, () => {});
          written(link);
          now += wait;
          if (now >= link.deadline()) link.tick(now, () => {});
          written(link);
        }
        link.end(now, () => {});
        assert.equal(link.deadline(), Infinity);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
}
