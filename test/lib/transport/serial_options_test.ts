import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { type LineSettings, readLineSettings, sttyWords } from "../../../lib/transport/serial_options.ts";

/** Past parseEndpoint, which refuses wrong settings itself. */
const read = (query: string) => {
  const options = Object.fromEntries(new URLSearchParams(query));
  return readLineSettings({ ...parseEndpoint("serial:/dev/ttyS0"), options });
};
const NOTHING: LineSettings = { baud: null, data: null, parity: null, stop: null, flow: null };

test("readLineSettings reads nothing where nothing is asked for", () => {
  assert.deepEqual(read(""), NOTHING);
});

test("readLineSettings reads every option", () => {
  const settings = { baud: 115_200, data: 7, parity: "odd", stop: 2, flow: "rtscts" };
  assert.deepEqual(read("?baud=115200&data=7&parity=odd&stop=2&flow=rtscts"), settings);
  assert.deepEqual(read("?data=5&parity=none&stop=1&flow=xonxoff"), {
    ...NOTHING,
    data: 5,
    parity: "none",
    stop: 1,
    flow: "xonxoff",
  });
});

for (
  const [option, why] of [
    ["baud=fast", "wanted bits per second, such as 9600"],
    ["baud=0", "wanted bits per second, such as 9600"],
    ["baud=", "wanted bits per second, such as 9600"],
    ["baud=-9600", "wanted bits per second, such as 9600"],
    ["data=9", "wanted 5, 6, 7, 8"],
    ["stop=1.5", "wanted 1, 2"],
    ["parity=mark", "wanted none, even, odd"],
    ["parity=", "wanted none, even, odd"],
    ["parity=oddd", "did you mean 'odd'?"],
    ["flow=rts", "did you mean 'rtscts'?"],
    ["flow=constructor", "wanted none, rtscts, xonxoff"],
  ]
) {
  test(`readLineSettings refuses ${option} and says why`, () => {
    assert.throws(
      () => read(`?${option}`),
      new RangeError(`Cannot use the option '${option}' of serial:/dev/ttyS0: ${why}`),
    );
  });
}

test("sttyWords make a line raw and touch neither speed, parity, stop bits nor flow control by themselves", () => {
  const words = sttyWords(NOTHING);
  for (const word of ["-echo", "-icanon", "-opost", "-isig", "-iexten", "-icrnl", "-istrip", "cread"]) {
    assert.ok(words.includes(word), word);
  }
  assert.deepEqual(words.slice(-4), ["min", "1", "time", "0"]);
  assert.deepEqual(words.filter((word) => /parenb|parodd|cstopb|crtscts|ixon|ixoff|^cs\d|^\d{3}|raw/.test(word)), []);
});

for (
  const [settings, wanted] of [
    [{ baud: 9600 }, "9600"],
    [{ data: 7, parity: "even" }, "cs7 parenb -parodd"],
    [{ parity: "odd", stop: 2 }, "parenb parodd cstopb"],
    [{ parity: "none", stop: 1 }, "-parenb -cstopb"],
    [{ flow: "none" }, "-crtscts -ixon -ixoff"],
    [{ flow: "rtscts", baud: 300 }, "crtscts -ixon -ixoff 300"],
    [{ flow: "xonxoff" }, "-crtscts ixon ixoff -ixany"],
  ] as const
) {
  test(`sttyWords say ${wanted} for ${JSON.stringify(settings)}`, () => {
    const raw = sttyWords(NOTHING);
    assert.deepEqual(sttyWords({ ...NOTHING, ...settings }).slice(raw.length), wanted.split(" "));
  });
}
