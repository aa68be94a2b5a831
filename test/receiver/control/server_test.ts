/** The control API on a real socket: what only a socket shows. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { systemClock } from "../../../lib/clock.ts";
import { TransportError } from "../../../lib/errors.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { confinedFiles } from "../../../receiver/control/files.ts";
import { ControlServer } from "../../../receiver/control/server.ts";
import { FakeReceiver, turn } from "./fake_surface.ts";

const OPTIONS = { endpoint: parseEndpoint("127.0.0.1:0"), token: null, version: "1.0.0" };

/** Runs with a server that is closed whatever happens. */
async function withServer(
  use: (server: ControlServer, receiver: FakeReceiver) => Promise<void>,
  text = "name: x",
): Promise<void> {
  const receiver = new FakeReceiver(text, { clock: systemClock });
  const server = await ControlServer.open(receiver, OPTIONS);
  try {
    await use(server, receiver);
  } finally {
    await server.close();
  }
}

/** Resolves when it holds; a test that waits for what never comes fails by the runner's own limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** What comes on a socket. */
function dialled(server: ControlServer, text: string): { socket: Socket; read(): string } {
  const { port } = new URL(server.url);
  let read = "";
  const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
  socket.on("data", (data) => read += data.toString("latin1"));
  socket.on("error", () => {});
  return { socket, read: () => read };
}

describe("ControlServer", () => {
  test("ControlServer answers requests one after the other on one connection", async () => {
    await withServer(async (server) => {
      const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const { socket, read } = dialled(server, get("/v1/default-reply"));
      await until(() => read().includes("AA"));
      socket.write(get("/v1/nothing"));
      await until(() => read().includes("not_found"));
      assert.match(read(), /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 404 /);
      socket.destroy();
    });
  });

  test("ControlServer leaves alone what is no HTTP", async () => {
    await withServer(async (server) => {
      const { socket } = dialled(server, "\x0bMSH|^~\\&|A\r\x1c\r");
      await new Promise((resolve) => socket.once("close", resolve));
      const answer = await fetch(`${server.url}/v1/default-reply`);
      assert.deepEqual(await answer.json(), { reply: "AA" });
    });
  });

  test("ControlServer tells of events as they happen, and notices that who listened has gone", async () => {
    await withServer(async (server, receiver) => {
      const { socket, read } = dialled(server, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await until(() => read().includes(": listening"));
      receiver.tell({ note: "expired", at: "", rule: "a" });
      await until(() => read().includes('"rule":"a"'));
      assert.equal(receiver.listening, 1);
      socket.destroy();
      await until(() => receiver.listening === 0);
    });
  });

  test("ControlServer drops who listens and does not read, however much happens", async () => {
    await withServer(async (server, receiver) => {
      const { socket } = dialled(server, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await until(() => receiver.listening === 1);
      socket.pause();
      const detail = "x".repeat(50_000);
      let told = 0;
      while (receiver.listening > 0 && told < 10_000) {
        receiver.tell({ note: "noise", at: "", detail });
        if (++told % 10 === 0) await turn();
      }
      assert.ok(told < 2000, `${told} events of 50 kB were kept for a client that reads none`);
      socket.destroy();
    });
  });

  test("ControlServer answers a wait when what is waited for comes, and when it is closed", async () => {
    await withServer(async (server, receiver) => {
      const wait = (least: number) =>
        fetch(`${server.url}/v1/wait?timeout=10m`, {
          method: "POST",
          body: `count: {when: {type: ADT}, at_least: ${least}}`,
        }).then((answer) => answer.json() as Promise<{ pass: boolean }>);
      const [one, two] = [wait(1), wait(2)];
      await until(() => receiver.listening === 2);
      receiver.receive({ id: "M1" });
      assert.equal((await one).pass, true);
      await server.close();
      assert.equal((await two).pass, false);
    });
  });

  test("ControlServer ends a wait whose client has gone", async () => {
    await withServer(async (server, receiver) => {
      const body = "count: {when: {type: ADT}, at_least: 1}";
      const { socket } = dialled(
        server,
        `POST /v1/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await until(() => receiver.listening === 1);
      socket.destroy();
      await until(() => receiver.listening === 0);
    });
  });

  test("ControlServer refuses a body that says that it is too large, and one that does not", async () => {
    await withServer(async (server) => {
      const { socket, read } = dialled(
        server,
        "PUT /v1/scenario HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\nversion: 1",
      );
      await until(() => read().includes("too_large"));
      socket.destroy();
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const sent = request(`${server.url}/v1/scenario`, { method: "PUT", agent: false }, (answer) => {
          resolve(answer.statusCode);
          sent.destroy();
        });
        sent.on("error", reject);
        for (let i = 0; i < 17; i++) sent.write(new Uint8Array(65_536));
      });
      assert.equal(status, 413);
    });
  });

  test("ControlServer cannot listen where somebody else does", async () => {
    await withServer(async (server) => {
      const endpoint = parseEndpoint(new URL(server.url).host);
      await assert.rejects(
        ControlServer.open(new FakeReceiver("name: y"), { ...OPTIONS, endpoint }),
        (error: unknown) => error instanceof TransportError,
      );
    });
  });
});

describe("confinedFiles", () => {
  test("confinedFiles reads what lies below the folder and what was known, and nothing else", () => {
    const root = mkdtempSync(join(tmpdir(), "mllp-files-"));
    try {
      const folder = join(root, "scenarios");
      mkdirSync(join(folder, "acks"), { recursive: true });
      writeFileSync(join(folder, "acks", "ok.hl7"), "MSH|^~\\&|");
      writeFileSync(join(root, "known.hl7"), "known");
      writeFileSync(join(root, "secret.hl7"), "secret");
      symlinkSync(join(root, "secret.hl7"), join(folder, "link.hl7"));
      const files = confinedFiles(folder, [join(root, "known.hl7")]);
      assert.equal(files.read(files.resolve("acks/ok.hl7")), "MSH|^~\\&|");
      assert.equal(files.read(files.resolve(join(folder, "acks/ok.hl7"))), "MSH|^~\\&|");
      assert.equal(files.read(files.resolve("../known.hl7")), "known");
      for (
        const name of [
          "../secret.hl7",
          join(root, "secret.hl7"),
          "link.hl7",
          "/etc/hostname",
          ".",
          "..x/../../secret.hl7",
        ]
      ) {
        assert.throws(() => files.resolve(name), /below its own folder alone/, name);
      }
      assert.throws(() => files.read(files.resolve("none.hl7")), /Cannot read '.*none\.hl7'/);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
