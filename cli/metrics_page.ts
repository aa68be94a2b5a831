/**
 * `--metrics`: one page over HTTP with metrics in Prometheus' format, as `mllp spam` and `mllp llpdrv` serve it. It knows
 * neither of them, nor what is measured.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Endpoint, formatAddress } from "../lib/transport/endpoint.ts";
import { listenFailure } from "../lib/transport/failure.ts";

/** What is on the page. */
export interface MetricsSource {
  readonly contentType: string;
  /** The metrics as they are now. */
  text(): Promise<string>;
  /** Somebody is about to read them: headers that go with the answer. */
  reading?(response: ServerResponse): Readonly<Record<string, string>>;
}

/** The page. */
export class MetricsPage {
  readonly #server: Server;

  private constructor(server: Server, source: MetricsSource) {
    this.#server = server;
    server.on("request", (request, response) => void answer(request, response, source));
    // An error of one connection ends that connection, and nothing else.
    server.on("error", () => {});
  }

  /** Listens; rejects with a `TransportError` where that cannot be. */
  static open(endpoint: Endpoint, source: MetricsSource): Promise<MetricsPage> {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once("error", (error) => reject(listenFailure(endpoint, error)));
      server.once("listening", () => {
        server.removeAllListeners("error");
        resolve(new MetricsPage(server, source));
      });
      server.listen(endpoint.port, endpoint.host);
    });
  }

  /** Where it is. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") return "";
    return `http://${formatAddress(address.address, address.port)}/metrics`;
  }

  /** Stops listening. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function answer(
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
  source: MetricsSource,
): Promise<void> {
  response.on("error", () => {});
  if (url.split("?")[0] !== "/metrics") return refuse(response, 404, "There is only /metrics here\n");
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return refuse(response, 405, "Wanted GET\n");
  }
  try {
    const text = await source.text();
    const headers = method === "GET" ? source.reading?.(response) : undefined;
    response.writeHead(200, { "Content-Type": source.contentType, ...headers });
    response.end(method === "GET" ? text : undefined);
  } catch {
    // What asks for metrics must not end what it watches.
    refuse(response, 500, "The metrics cannot be read\n");
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (!response.headersSent) response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(text);
}
