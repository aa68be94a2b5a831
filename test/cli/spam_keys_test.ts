import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { onKeys, speedAfter } from "../../cli/spam/keys.ts";

/** A terminal's input that remembers its mode. */
function terminal() {
  const modes: boolean[] = [];
  return Object.assign(new PassThrough(), { isTTY: true, modes, setRawMode: (on: boolean) => void modes.push(on) });
}

/** What was done, key by key. */
function rig(input: PassThrough) {
  const done: string[] = [];
  const steered = {
    speed: 1,
    steer(speed: number) {
      this.speed = speed;
      done.push(`speed ${speed}`);
    },
  };
  const keys = onKeys(input, steered, { quit: () => done.push("quit"), interrupt: () => done.push("interrupt") });
  const press = async (text: string) => {
    input.write(text);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { keys, done, press };
}

describe("the keys of a run", () => {
  test("the keys change the rate by tenths, pause it, and go on as before", async () => {
    const { keys, done, press } = rig(terminal());
    assert.equal(keys.on, true);
    await press("+");
    await press("+");
    await press("p");
    await press("p");
    await press("-");
    await press("x");
    assert.deepEqual(done, ["speed 1.1", "speed 1.2", "speed 0", "speed 1.2", "speed 1.1"]);
    keys.off();
  });

  test("the keys q and Ctrl-C end it, each in its way, and several keys may come at once", async () => {
    const { keys, done, press } = rig(terminal());
    await press("q\x03");
    assert.deepEqual(done, ["quit", "interrupt"]);
    keys.off();
  });

  test("the keys leave the terminal in the mode in which they found it, and listen no more", async () => {
    const input = terminal();
    const { keys, done, press } = rig(input);
    keys.off();
    assert.deepEqual(input.modes, [true, false]);
    await press("q");
    assert.deepEqual(done, []);
  });

  test("the keys are off where the input is no terminal", () => {
    assert.equal(rig(new PassThrough()).keys.on, false);
  });

  test("speedAfter never goes below a tenth by minus, and adds up without rounding errors", () => {
    let speed: number = 1;
    for (let i = 0; i < 40; i++) speed = speedAfter("-", speed, 1)!;
    assert.equal(speed, 0.1);
    for (let i = 0; i < 40; i++) speed = speedAfter("+", speed, 1)!;
    assert.equal(speed, 4.1);
    // From a pause, plus begins anew.
    assert.equal(speedAfter("+", 0, 1), 0.1);
  });
});
