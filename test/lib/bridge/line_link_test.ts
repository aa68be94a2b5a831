import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../../lib/bridge/context.ts";
import { lineLinkMaker } from "../../../lib/bridge/line_link.ts";
import { utf8 } from "../../../lib/bytes.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { connect, listen } from "../../../lib/transport/open.ts";

/** When a link of HLLP gives up waiting for the answer to a block of 980 bytes. */
function waitsUntil(said: number | undefined, device: number | undefined): number {
  const { options } = new Context(
    {
      line: {
        medium: "device",
        endpoint: parseEndpoint("serial:/dev/ttyS0"),
        protocol: "hllp",
        hllp: { readTimeoutMs: 1000, bytesPerSecond: said },
      },
      to: parseEndpoint(":2600"),
      dist: null,
    },
    new VirtualClock(),
    { connect, listen },
  );
  const link = lineLinkMaker(options)({ bytesPerSecond: device });
  link.send(utf8(`MSH|^~\\&|A|||||||MSG1\r${"x".repeat(980 - 15 - 23)}\r`), 0);
  return link.deadline();
}

test("lineLinkMaker gives HLLP the time that a block takes on the line: as it is told, or by the speed of the device", () => {
  assert.equal(waitsUntil(undefined, undefined), 1000);
  assert.equal(waitsUntil(undefined, 980), 2000);
  assert.equal(waitsUntil(490, 980), 3000);
});
