import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOutput, type OutputOptions } from "../../cli/output.ts";
import { RecordingStream } from "./recording_stream.ts";

const ESC = "\u001b";

function liveOn(stderr: RecordingStream, options: Partial<OutputOptions> = {}) {
  const clock = { now: 0 };
  const stdout = new RecordingStream();
  const output = createOutput({ stdout, stderr, program: "mllp spam", now: () => clock.now, ...options });
  return { output, stdout, clock, live: output.live() };
}

describe("the live region", () => {
  test("the live region draws its lines and draws over them a tenth of a second later", () => {
    const terminal = new RecordingStream(true);
    const { live, clock } = liveOn(terminal);
    live.draw(["sent 1", "acked 0"]);
    assert.equal(terminal.take(), `${ESC}[?25lsent 1${ESC}[K\nacked 0${ESC}[K\n${ESC}[J`);
    clock.now = 99;
    live.draw(["sent 2"]);
    assert.equal(terminal.take(), "", "at most ten redraws a second");
    clock.now = 100;
    live.draw(["sent 3"]);
    assert.equal(terminal.take(), `${ESC}[2Fsent 3${ESC}[K\n${ESC}[J`);
    live.end();
  });

  test("the live region ends with the last lines it was given, and gives the cursor back once", () => {
    const terminal = new RecordingStream(true);
    const { live } = liveOn(terminal);
    live.draw(["sent 1"]);
    live.draw(["sent 2"]);
    terminal.take();
    live.end();
    assert.equal(terminal.take(), `${ESC}[1Fsent 2${ESC}[K\n${ESC}[J${ESC}[?25h`);
    live.end();
    live.draw(["sent 3"]);
    assert.equal(terminal.take(), "");
  });

  test("the live region takes its lines away when asked to", () => {
    const terminal = new RecordingStream(true);
    const { live } = liveOn(terminal);
    live.draw(["sent 1"]);
    terminal.take();
    live.end(true);
    assert.equal(terminal.take(), `${ESC}[1F${ESC}[J${ESC}[?25h`);
  });

  test("the live region stays below what is printed meanwhile", () => {
    const terminal = new RecordingStream(true);
    const { live, output } = liveOn(terminal);
    live.draw(["sent 1"]);
    terminal.take();
    output.warn("slow");
    assert.match(terminal.text, /^[^s]*warning:[^s]* slow\n/);
    assert.ok(terminal.text.startsWith(`${ESC}[1F${ESC}[J`));
    assert.ok(terminal.text.endsWith(`sent 1${ESC}[K\n${ESC}[J`));
    live.end();
  });

  test("the live region cuts lines to the terminal and never grows beyond it", () => {
    const terminal = new RecordingStream(true, 10, 3);
    const { live } = liveOn(terminal);
    live.draw(["0123456789abc", "b", "c", "d"]);
    assert.equal(terminal.take(), `${ESC}[?25l01234567…${ESC}[K\nb${ESC}[K\n${ESC}[J`);
    live.end();
  });

  test("the live region writes no byte where there is no terminal, under --quiet and on a dumb terminal", () => {
    const file = new RecordingStream(false);
    const terminal = new RecordingStream(true);
    const regions = [
      liveOn(file).live,
      liveOn(terminal, { quiet: true }).live,
      liveOn(terminal, { environment: { TERM: "dumb" } }).live,
    ];
    for (const live of regions) {
      assert.equal(live.shown, false);
      live.draw(["sent 1"]);
      live.end();
    }
    assert.equal(file.text + terminal.text, "");
  });
});
