import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  EXIT_CODES,
  EXIT_OF_OUTCOME,
  exitOfError,
  exitOfRun,
  prevailing,
  usage,
  UsageError,
} from "../../cli/exit_code.ts";
import type { ExitCode, RunVerdict } from "../../cli/exit_code.ts";
import { FramingError, LinkError, ReplyError, TransportError } from "../../lib/errors.ts";
import type { LinkCode, ReplyCode, TransportCode } from "../../lib/errors.ts";
import { OUTCOMES } from "../../lib/outcome.ts";

describe("exit codes", () => {
  test("prevailing lets the first of 2, 3, 5, 4, 1, 6, 130, 143 win, and success only alone", () => {
    const order: ExitCode[] = [70, 2, 3, 5, 4, 1, 6, 130, 143, 0];
    for (let i = 0; i < order.length; i++) {
      for (let j = i; j < order.length; j++) assert.equal(prevailing([order[j], order[i]]), order[i]);
    }
    assert.equal(prevailing([]), 0);
  });

  test("EXIT_OF_OUTCOME gives the statuses of the table that scripts rely on", () => {
    const table = {
      accepted: 0,
      error: 1,
      reject: 1,
      timeout: 4,
      closed: 4,
      reset: 4,
      wrong_id: 5,
      damaged: 5,
      refused: 3,
    };
    for (const [outcome, code] of Object.entries(table)) {
      assert.equal(EXIT_OF_OUTCOME[outcome as keyof typeof table], code, outcome);
    }
    assert.deepEqual(Object.keys(EXIT_OF_OUTCOME), [...OUTCOMES]);
    for (const code of Object.values(EXIT_OF_OUTCOME)) assert.ok(code in EXIT_CODES);
  });

  const run = (about: Partial<RunVerdict>) =>
    exitOfRun({ outcomes: {}, failed: false, limited: false, signal: null, ...about });

  test("exitOfRun calls a load without thresholds a success when anything was accepted", () => {
    assert.equal(run({ outcomes: { accepted: 1, timeout: 99, refused: 3 } }), 0);
  });

  test("exitOfRun says what the messages met when nothing was accepted", () => {
    assert.equal(run({ outcomes: { timeout: 3 } }), 4);
    assert.equal(run({ outcomes: { timeout: 3, refused: 1 } }), 3);
    assert.equal(run({ outcomes: { error: 3, wrong_id: 1, timeout: 1 } }), 5);
    assert.equal(run({ outcomes: { error: 3, accepted: 0 } }), 1);
    assert.equal(run({ outcomes: { unsent: 3 } }), 1);
    assert.equal(run({}), 0);
  });

  test("exitOfRun puts a failed threshold before the generator's limit before the signal", () => {
    const outcomes = { accepted: 5 };
    assert.equal(run({ outcomes, failed: true, limited: true, signal: "SIGINT" }), 1);
    assert.equal(run({ outcomes, limited: true, signal: "SIGINT" }), 6);
    assert.equal(run({ outcomes, signal: "SIGINT" }), 130);
    assert.equal(run({ outcomes, signal: "SIGTERM" }), 143);
    assert.equal(run({ outcomes: { timeout: 1 }, signal: "SIGINT" }), 4);
    assert.equal(run({ outcomes: { unsent: 4 }, signal: "SIGINT" }), 130);
  });

  test("exitOfError gives each error of the library its status, and 70 to what nobody foresaw", () => {
    const transport = (code: TransportCode) =>
      new TransportError(code, "x", { operation: "connect", endpoint: "tcp://h:1" });
    const unconnected: TransportCode[] = [
      "connect_refused",
      "connect_timeout",
      "connect_unreachable",
      "dns_failed",
      "tls_failed",
      "listen_failed",
      "not_supported",
    ];
    for (const code of unconnected) assert.equal(exitOfError(transport(code)), 3, code);
    assert.equal(exitOfError(transport("stream_failed")), 4);
    const replies: Record<ReplyCode, ExitCode> = {
      reply_timeout: 4,
      reply_closed: 4,
      reply_reset: 4,
      reply_wrong_id: 5,
      reply_damaged: 5,
    };
    for (const [code, exit] of Object.entries(replies)) {
      assert.equal(exitOfError(new ReplyError(code as ReplyCode, "x")), exit);
    }
    const links: Record<LinkCode, ExitCode> = {
      commit_refused: 1,
      commit_timeout: 4,
      bid_refused: 1,
      bid_timeout: 4,
      bid_contended: 4,
      interrupted: 1,
      link_ended: 4,
    };
    for (const [code, exit] of Object.entries(links)) {
      assert.equal(exitOfError(new LinkError(code as LinkCode, "x")), exit);
    }
    assert.equal(exitOfError(new FramingError("truncated", "x")), 5);
    assert.equal(exitOfError(new UsageError("x")), 2);
    for (const bug of [new TypeError("x"), new Error("x"), "x", null]) assert.equal(exitOfError(bug), 70);
  });

  test("usage makes the user's mistake of a RangeError and lets a bug be a bug", () => {
    assert.equal(usage(() => 7), 7);
    const refuse = () => {
      throw new RangeError("Cannot read 'x'");
    };
    assert.throws(() => usage(refuse, "--count"), { name: "UsageError", message: "--count: Cannot read 'x'" });
    assert.throws(() => usage(refuse), { name: "UsageError", message: "Cannot read 'x'" });
    const break_ = () => {
      throw new ReferenceError("x");
    };
    assert.throws(() => usage(break_), ReferenceError);
  });
});
