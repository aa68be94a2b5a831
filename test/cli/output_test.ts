import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOutput, type OutputOptions, showsColor } from "../../cli/output.ts";
import { paint, plain } from "../../lib/text.ts";
import { RecordingStream } from "./recording_stream.ts";

function outputWith(options: Partial<OutputOptions> = {}) {
  const stdout = new RecordingStream();
  const stderr = new RecordingStream();
  return { stdout, stderr, output: createOutput({ stdout, stderr, program: "mllp send", ...options }) };
}

describe("createOutput", () => {
  test("an output sends results to standard output, and what goes on to standard error", () => {
    const { output, stdout, stderr } = outputWith();
    output.report("result");
    output.say("said");
    output.progress("going on");
    output.warn("careful");
    output.fail("no");
    assert.equal(stdout.text, "result\nsaid\n");
    assert.equal(stderr.text, "going on\nwarning: careful\nmllp send: no\n");
  });

  test("an output under --json leaves standard output to the documents", () => {
    const { output, stdout, stderr } = outputWith({ json: true });
    output.report("result");
    output.say("said");
    output.document({ a: [1] });
    assert.equal(stderr.text, "result\nsaid\n");
    assert.equal(stdout.text, '{\n  "a": [\n    1\n  ]\n}\n');
    assert.ok(output.json);
  });

  test("an output under --quiet keeps results, documents, warnings and failures only", () => {
    const { output, stdout, stderr } = outputWith({ quiet: true });
    output.say("said");
    output.progress("going on");
    output.report("result");
    output.event({ event: "summary" });
    output.flush();
    output.warn("careful");
    assert.equal(stdout.text, 'result\n{"event":"summary"}\n');
    assert.equal(stderr.text, "warning: careful\n");
    assert.ok(output.quiet);
  });

  test("an output joins events until the end of the tick, and keeps their order with all else", async () => {
    const { output, stdout } = outputWith();
    output.event({ n: 1 });
    output.event({ n: 2 });
    assert.equal(stdout.text, "");
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stdout.take(), '{"n":1}\n{"n":2}\n');
    output.event({ n: 3 });
    output.raw("raw\n");
    assert.equal(stdout.take(), '{"n":3}\nraw\n');
    for (let i = 0; i < 8000; i++) output.event({ n: 1000 });
    assert.ok(stdout.text.length > 60_000, "a flood is written before the tick ends");
  });

  test("an output shows bytes of a peer as escapes, and raw bytes as they are", () => {
    const { output, stdout, stderr } = outputWith({ environment: { FORCE_COLOR: "1" } });
    output.report(`${paint("red", "AE")} \u001b[2J\u0007`);
    assert.equal(stdout.take(), `${paint("red", "AE")} \\x1b[2J\\x07\n`);
    output.raw(new Uint8Array([0x0b, 0x1c, 0x0d]));
    assert.equal(stdout.take(), "\u000b\u001c\r");
    output.fail("\r\u001b[A");
    assert.match(stderr.take(), /\\r\\x1b\[A\n$/);
    output.warn("the target was \u001b[8mtcp://h:1\nand is another");
    assert.match(stderr.take(), / the target was \\x1b\[8mtcp:\/\/h:1\nand is another\n$/);
    output.document({ id: "\u009b2J" });
    output.event({ id: "\u009b2J" });
    output.flush();
    assert.equal(stdout.take(), '{\n  "id": "\\u009b2J"\n}\n{"id":"\\u009b2J"}\n');
  });

  test("an output says what went wrong in lines that can be read, however much they quote", () => {
    const { output, stderr } = outputWith();
    output.fail(`found ${"9".repeat(500_000)}\nwanted less`);
    const [first, second] = plain(stderr.take()).split("\n");
    assert.ok(first.length < 2100 && first.endsWith("… (500006 characters)"), first.slice(-40));
    assert.equal(second, "wanted less");
  });

  test("an output shows paint only where its stream shows colours", () => {
    const stdout = new RecordingStream(true);
    const { output, stderr } = outputWith({ stdout });
    output.report(paint("red", "x"));
    assert.equal(stdout.text, `${paint("red", "x")}\n`);
    output.progress(paint("red", "x"));
    assert.equal(stderr.text, "x\n");
  });

  test("showsColor asks the command line, then the environment, then the stream", () => {
    const terminal = { isTerminal: true };
    const file = { isTerminal: false };
    assert.equal(showsColor(terminal, false, {}), true);
    assert.equal(showsColor(file, false, {}), false);
    assert.equal(showsColor(terminal, true, { FORCE_COLOR: "1" }), false);
    assert.equal(showsColor(terminal, false, { NO_COLOR: "1" }), false);
    assert.equal(showsColor(terminal, false, { NO_COLOR: "" }), true);
    assert.equal(showsColor(file, false, { FORCE_COLOR: "1" }), true);
    assert.equal(showsColor(terminal, false, { FORCE_COLOR: "0" }), false);
    assert.equal(showsColor(terminal, false, { TERM: "dumb" }), false);
  });
});
