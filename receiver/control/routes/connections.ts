/**
 * The routes of connections: which there are, and what can be done with one.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { Problem } from "../problem.ts";
import { answer, BYTES_LIMIT, type Call, json, type Route } from "../route.ts";
import * as shapes from "../shapes.ts";
import { CONNECTION_ACTIONS, type ConnectionAction } from "../surface.ts";

const ABOUT: Readonly<Record<ConnectionAction, string>> = {
  close: "End a connection in order (FIN)",
  reset: "Break a connection (RST where the medium has one)",
  stop_reading: "Read nothing from a connection until it is resumed or healed",
  resume: "Read from a connection again",
  send: "Send bytes on a connection, past any framing",
};

async function act(call: Call, action: ConnectionAction): Promise<Response> {
  const id = call.number("id");
  const bytes = await call.bytes();
  if (action === "send" && bytes.length === 0) throw new Problem("invalid", "There is nothing to send: wanted bytes");
  const empty = bytes.length === 0 || (bytes.length === 2 && bytes[0] === 0x7b && bytes[1] === 0x7d);
  if (action !== "send" && !empty) throw new Problem("invalid", `Found a body, and ${action} takes none`);
  if (!call.surface.act(id, action, bytes)) {
    throw new Problem("not_found", `There is no connection ${id}, or no longer`);
  }
  return json({ connection: id, done: action });
}

/** The routes. */
export const connectionRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/connections",
    about: "List the connections that are open",
    answer: answer("All of them, the oldest first", shapes.connections),
    run: ({ surface }) => json({ connections: surface.connections() }),
  },
  ...CONNECTION_ACTIONS.map((action): Route => ({
    method: "POST",
    path: `/v1/connections/{id}/${action}`,
    about: ABOUT[action],
    ...action === "send"
      ? {
        body: {
          about: "The bytes, as they are: up to 16 MiB",
          types: ["application/octet-stream"],
          schema: { type: "string", format: "binary" },
          required: true,
          limit: BYTES_LIMIT,
        },
      }
      : {},
    answer: answer("Done", shapes.acted),
    run: (call) => act(call, action),
  })),
];
