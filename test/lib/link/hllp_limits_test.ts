/** Peers that never come to an end: bytes that drip, requests without a pause. What waits fails in bounded time, and the next goes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import type { HllpLink } from "../../../lib/link/hllp.ts";
import { longestLimitMs, messageLimitMs, timeoutText, tryLimitMs } from "../../../lib/link/hllp_limits.ts";
import { completeHllpOptions } from "../../../lib/link/hllp_options.ts";
import { newRequest } from "../../../lib/link/hllp_request.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { block, idOf, isReply, link, reply, request } from "./hllp_messages.ts";

const TIMES = { readTimeoutMs: 2000, retries: 5 };
const LIMIT_MS = 36_000;

/** A link whose peer is a script; what it tells, and when. */
class Alone {
  readonly clock = new VirtualClock();
  readonly log: string[] = [];
  readonly told: string[] = [];
  readonly writes: string[] = [];
  readonly errors: string[] = [];
  /** What is done with a request of the peer: refused, answered, or left. */
  holder: "refuses" | "answers" | "is silent" = "refuses";

  constructor(readonly subject: HllpLink) {}

  readonly #sink = (event: LinkEvent): void => {
    if (event.type === "delivered") this.log.push(`${this.clock.now()} delivered ${event.ticket}`);
    else if (event.type === "failed") {
      this.log.push(`${this.clock.now()} failed ${event.ticket} ${event.error.code}`);
      this.errors.push(event.error.message);
    } else if (event.type === "message" && !isReply(latin1(event.payload))) {
      const id = idOf(latin1(event.payload));
      this.told.push(id);
      if (this.holder === "refuses") this.subject.commit(false);
      else if (this.holder === "answers") this.subject.send(utf8(reply(id)), this.clock.now());
    }
  };

  send(id: string): void {
    this.subject.send(utf8(request(id)), this.clock.now());
    this.#flush();
  }

  hears(bytes: Uint8Array): void {
    this.subject.receive(bytes, this.clock.now(), this.#sink);
    this.#flush();
  }

  /** Time passes, each timer at its time. */
  pass(ms: number): void {
    const end = this.clock.now() + ms;
    for (let at = this.subject.deadline(); at <= end; at = this.subject.deadline()) {
      this.clock.advance(Math.max(0, at - this.clock.now()));
      this.subject.tick(this.clock.now(), this.#sink);
      this.#flush();
    }
    this.clock.advance(end - this.clock.now());
  }

  #flush(): void {
    for (let output = this.subject.output(); output !== null; output = this.subject.output()) {
      if (output.type !== "bytes") continue;
      for (const [, id] of latin1(output.bytes).matchAll(/D23\rMSH\|[^\r]*\|(O\d)\r\d{8}/g)) this.writes.push(id);
    }
  }
}

/** The time of the first entry about a ticket. */
function settledAt(log: readonly string[], ticket: number): number {
  const entry = log.find((each) => each.split(" ")[2] === String(ticket));
  assert.ok(entry !== undefined, `ticket ${ticket} was never settled: ${log}`);
  return Number(entry.split(" ")[0]);
}

test("HllpLink fails a message in bounded time whose answer drips in without an end, and sends the next", () => {
  const peer = new Alone(link({ ...TIMES, priority: true }));
  peer.send("O1");
  peer.send("O2");
  peer.hears(utf8("\x0bD23\r"));
  while (peer.log.length === 0 && peer.clock.now() < 10 * LIMIT_MS) {
    peer.pass(500);
    peer.hears(utf8("x"));
  }
  // One try of three read timeouts, five of one: what drips on is no block any more.
  assert.deepEqual(peer.log, ["16000 failed 1 commit_timeout"]);
  assert.deepEqual(peer.errors, ["Cannot deliver the message: no answer within 2000 ms, 6 tries"]);
  assert.deepEqual(peer.writes, ["O1", "O1", "O1", "O1", "O1", "O1", "O2"]);
  peer.hears(block(reply("O2")));
  assert.equal(peer.log.at(-1), "16000 delivered 2");
});

test("HllpLink does so too where the drip begins a block anew before each byte", () => {
  const peer = new Alone(link(TIMES));
  peer.send("O1");
  while (peer.log.length === 0 && peer.clock.now() < 10 * LIMIT_MS) {
    peer.pass(500);
    peer.hears(utf8("\x0bD23\r"));
  }
  assert.ok(settledAt(peer.log, 1) <= LIMIT_MS, `${peer.log}`);
  assert.match(peer.log[0], /failed 1 commit_timeout/);
});

test("HllpLink ends a block that dripped before there was anything to send, and then sends", () => {
  const peer = new Alone(link(TIMES));
  peer.hears(utf8("\x0bD23\r"));
  peer.send("O1");
  peer.send("O2");
  while (peer.log.length === 0 && peer.clock.now() < 10 * LIMIT_MS) {
    peer.pass(500);
    peer.hears(utf8("x"));
  }
  assert.deepEqual(peer.log, [`${LIMIT_MS} failed 1 commit_timeout`]);
  assert.deepEqual(peer.errors, [
    "Cannot deliver the message: the peer kept the line busy without an answer for 36000 ms, 0 tries",
  ]);
  peer.pass(1000);
  peer.hears(block(reply("O2")));
  assert.deepEqual([peer.writes, peer.log.at(-1)], [["O2"], `${LIMIT_MS + 1000} delivered 2`]);
});

for (const priority of [true, false]) {
  for (const holder of ["refuses", "answers", "is silent"] as const) {
    const first = priority ? "and goes first" : "and yields";
    test(`HllpLink whose holder ${holder} ${first} settles its messages in bounded time while the peer chatters`, () => {
      const peer = new Alone(link({ ...TIMES, priority }));
      peer.holder = holder;
      peer.send("O1");
      peer.send("O2");
      for (let i = 0; peer.log.length < 2 && peer.clock.now() < 10 * LIMIT_MS; i++) {
        peer.pass(500);
        peer.hears(block(request(`P${i}`)));
      }
      assert.ok(settledAt(peer.log, 1) <= LIMIT_MS + 500, `${peer.log}`);
      assert.ok(settledAt(peer.log, 2) - settledAt(peer.log, 1) <= LIMIT_MS + 500, `${peer.log}`);
      assert.ok(
        peer.log.every((entry) => entry.endsWith("commit_timeout")),
        "nobody answered, so nothing is delivered",
      );
      assert.equal(new Set(peer.told).size, peer.told.length, "each request is told of once");
      // The peer falls silent: what is sent then is delivered as ever.
      peer.pass(60_000);
      peer.send("O3");
      peer.pass(2000);
      peer.hears(block(reply("O3")));
      assert.match(peer.log.at(-1)!, /delivered \d+$/);
    });
  }
}

test("HllpLink settles its messages in bounded time under a flood whose chunks end within blocks", () => {
  for (const priority of [true, false]) {
    const peer = new Alone(link({ ...TIMES, priority }));
    peer.send("O1");
    const one = block(request("P1"));
    const flood = new Uint8Array([...one.slice(9), ...one, ...one, ...one.slice(0, 9)]);
    peer.hears(one.slice(0, 9));
    while (peer.log.length === 0 && peer.clock.now() < 10 * LIMIT_MS) {
      peer.pass(10);
      peer.hears(flood);
    }
    assert.ok(settledAt(peer.log, 1) <= LIMIT_MS + 10, `${peer.log}`);
    assert.match(peer.log[0], /failed 1 commit_timeout/);
  }
});

test("HllpLink hands on a request that crossed its own, though a block drips in its place", () => {
  const peer = new Alone(link({ ...TIMES, priority: true }));
  peer.holder = "is silent";
  peer.send("O1");
  peer.hears(block(request("P1")));
  peer.hears(block(reply("O1")));
  peer.hears(utf8("\x0bD23\r"));
  for (let i = 0; i < 14; i++) {
    peer.pass(500);
    peer.hears(utf8("x"));
  }
  assert.deepEqual([peer.log, peer.told], [["0 delivered 1"], ["P1"]]);
});

test("HllpLink takes a long answer that comes within its limit", () => {
  const peer = new Alone(link({ ...TIMES, retries: 0 }));
  peer.send("O1");
  const answer = block(reply("O1"));
  for (let i = 0; i < answer.length; i++) {
    peer.pass(Math.floor(5900 / answer.length));
    peer.hears(answer.slice(i, i + 1));
  }
  assert.match(peer.log[0], /delivered 1$/);
});

test("tryLimitMs and messageLimitMs add what the line takes, and longestLimitMs is no less than either", () => {
  const times = completeHllpOptions({ ...TIMES, bytesPerSecond: 1000 });
  const sized = { block: new Uint8Array(500) };
  const longest = 100_009;
  assert.equal(tryLimitMs(sized, times), 6000 + 500 + longest);
  assert.equal(messageLimitMs(sized, times), 12_000 + 6 * (4000 + 500 + longest));
  assert.equal(longestLimitMs(times), 12_000 + 6 * (4000 + 2 * longest));
  assert.equal(link({ ...TIMES }).settlesWithinMs, LIMIT_MS);
});

test("timeoutText says what did not come", () => {
  const times = completeHllpOptions(TIMES);
  const waiting = { ...newRequest(1, utf8("O1"), utf8("")), tryUntil: 6000 };
  assert.equal(timeoutText(false, waiting, 6000, times), "no answer for 2000 ms");
  assert.equal(timeoutText(true, waiting, 5000, times), "no byte within a block for 2000 ms");
  assert.equal(timeoutText(true, waiting, 6000, times), "a block had no end within the 6000 ms of a try");
});
