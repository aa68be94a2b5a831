/** The control API's client against servers that mean it no good. */
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { ControlClient, Unreachable } from "../../../cli/ctl/client.ts";

/** What the client makes of a server that answers like this. */
async function asked<T>(
  answer: (response: ServerResponse) => void,
  ask: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await ask(new ControlClient({ url: `http://127.0.0.1:${port}`, largest: 1000 }));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const stranger = (error: unknown) =>
  error instanceof Unreachable && /^What answers at \S+ is not the control API of mllp receive$/.test(error.message);

test("ControlClient reads no more of an answer than there can be", async () => {
  const endless = (response: ServerResponse) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write("x".repeat(2000));
  };
  await assert.rejects(asked(endless, (client) => client.ask({ method: "GET", path: "/v1/status" })), stranger);
});

test("ControlClient reads no more of an event than there can be", async () => {
  const endless = (response: ServerResponse) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write('data: {"n":1}\n\n');
    response.write(`data: ${"x".repeat(2000)}`);
  };
  const heard: unknown[] = [];
  const listen = async (client: ControlClient) => {
    const refused = () => assert.fail("it is a stream");
    for await (const event of client.events({ method: "GET", path: "/v1/events" }, refused)) heard.push(event);
  };
  await assert.rejects(asked(endless, listen), stranger);
  assert.deepEqual(heard, [{ n: 1 }]);
});
