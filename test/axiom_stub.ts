/**
 * Axiom's way in, for tests: an HTTP server that does what its script says with each batch of
 * events, and remembers them.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A request. */
export interface AskedOfAxiom {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly events: readonly Record<string, unknown>[];
}

/** What to do with each request, in order of their coming. */
export type AxiomScript = (asked: AskedOfAxiom, response: ServerResponse, ordinal: number) => void;

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** The script of an Axiom that takes everything. */
export const takes: AxiomScript = ({ events }, response) => {
  answer(response, 200, { ingested: events.length, failed: 0 });
};

/** Runs `body` with such a server. */
export async function withAxiom(
  script: AxiomScript,
  body: (url: string, asked: AskedOfAxiom[]) => Promise<void>,
): Promise<void> {
  const asked: AskedOfAxiom[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("error", () => {});
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const lines = gunzipSync(Buffer.concat(chunks)).toString("utf8").split("\n");
      asked.push({ path: request.url ?? "", headers: request.headers, events: lines.map((line) => JSON.parse(line)) });
      script(asked.at(-1)!, response, asked.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
