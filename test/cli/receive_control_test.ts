/** Where `mllp receive` serves its control API, and to whom. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { controlFlags, controlPlace, openControl } from "../../cli/receive_control.ts";
import { createOutput } from "../../cli/output.ts";
import { scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import type { Scenario } from "../../receiver/scenario/scenario.ts";
import { FakeReceiver } from "../receiver/control/fake_surface.ts";
import { RecordingStream } from "./recording_stream.ts";

const NONE = scenarioFromFlags({ seed: 1 });
const place = (
  flags: { control?: string; controlToken?: string },
  environment: Record<string, string> = {},
  scenario: Scenario = NONE,
) => {
  const control = flags.control === undefined ? undefined : controlFlags.control.read(flags.control, undefined);
  const found = controlPlace({ control, controlToken: flags.controlToken }, environment, scenario);
  return found === null ? null : [found.endpoint.host, found.endpoint.port, found.token];
};

describe("controlPlace", () => {
  test("controlPlace is none unless a flag or the scenario asks for one, and the flag goes first", () => {
    assert.equal(place({}), null);
    const scenario = { ...NONE, control: { listen: "127.0.0.1:9000" } };
    assert.deepEqual(place({}, {}, scenario), ["127.0.0.1", 9000, null]);
    assert.deepEqual(place({ control: ":8575" }, {}, scenario), ["127.0.0.1", 8575, null]);
    assert.deepEqual(place({ control: "http://localhost:8575/" }), ["localhost", 8575, null]);
    assert.equal(place({}, { MLLP_CONTROL_TOKEN: "x" }), null);
  });

  test("controlPlace off loopback wants a token, from a flag or the environment", () => {
    assert.throws(() => place({ control: "0.0.0.0:8575" }), {
      name: "UsageError",
      message: /^--control 0\.0\.0\.0:8575: other machines could change this receiver; wanted a token/,
    });
    assert.throws(() => place({}, {}, { ...NONE, control: { listen: "10.0.0.1:8575" } }), /wanted a token/);
    assert.deepEqual(place({ control: "0.0.0.0:8575" }, { MLLP_CONTROL_TOKEN: "x" }), ["0.0.0.0", 8575, "x"]);
    assert.deepEqual(place({ control: "[::1]:8575", controlToken: "y" }), ["::1", 8575, "y"]);
    assert.throws(() => place({ control: "0.0.0.0:8575" }, { MLLP_CONTROL_TOKEN: "" }), /wanted a token/);
  });

  test("controlPlace refuses a token without an API, one that cannot be sent, and what is no HOST:PORT", () => {
    assert.throws(() => place({ controlToken: "x" }), /add --control HOST:PORT/);
    assert.throws(() => place({ control: ":1", controlToken: "a b" }), /without spaces/);
    assert.throws(() => place({ control: "unix:/tmp/x" }), /wanted HOST:PORT/);
    assert.throws(() => place({ control: "tls://127.0.0.1:1" }), /wanted HOST:PORT/);
    assert.throws(() => place({ control: "127.0.0.1:1?x=1" }), RangeError);
  });
});

test("openControl serves the API and says where, as a line or as an event", async () => {
  for (const json of [false, true]) {
    const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
    const output = createOutput({ stdout, stderr, program: "mllp receive", json });
    const found = controlPlace({ control: controlFlags.control.read(":0", undefined), controlToken: "s" }, {}, NONE);
    const server = await openControl(found!, new FakeReceiver("name: x"), output);
    const answer = await fetch(`${server.url}/v1/default-reply`, { headers: { authorization: "Bearer s" } });
    assert.deepEqual(await answer.json(), { reply: "AA" });
    const { url } = server;
    await server.close();
    output.flush();
    assert.equal(stderr.text, `control API on ${url}\n`);
    assert.equal(stdout.text, json ? `{"event":"control","url":"${url}"}\n` : "");
  }
});
