/**
 * The same under TLS, seen on the TCP connection beneath it: the client speaks TLS with a relay in between that passes every
 * byte on and notes what the receiver does to its own end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { testCertificates } from "../../tls.ts";
import { ack, after, expectSeen, FIN, message, plain, RST, type Seen } from "./expected.ts";
import { type End, Observer, pause, Place } from "./observer.ts";
import type { Row, Stage, Table } from "./table.ts";

const certificates = await testCertificates();
const { ca, server } = certificates;

/** What a TLS client hears, and what a raw socket sees of it. */
interface Secured {
  /** The client's end of TLS: what comes out of it. */
  readonly inner: Observer;
  /** The connection to the receiver: records of TLS. */
  readonly raw: Observer;
  /** Resolves when the handshake is done, with nothing, or with the client's reason why not. */
  readonly handshake: Promise<string | null>;
  /** Resolves when the client has begun it. */
  readonly hello: Promise<void>;
  readonly socket: TLSSocket;
  close(): void;
}

/** Opens TLS to a receiver, through a relay. */
async function secure(stage: Stage, options: ConnectionOptions): Promise<Secured> {
  const raw = await stage.call();
  let heard!: () => void;
  const hello = new Promise<void>((resolve) => heard = resolve);
  const relay = new Place((client) => {
    client.socket.on("data", (chunk: Uint8Array) => {
      raw.socket.write(chunk);
      heard();
    });
    client.socket.on("end", () => raw.socket.end());
    for (const { bytes } of raw.reads) client.write(bytes);
    raw.socket.on("data", (chunk: Uint8Array) => client.socket.write(chunk));
    const ended = () => client.socket.destroyed || (raw.end === "FIN" ? client.finish() : client.drop());
    if (raw.end !== null) ended();
    else raw.socket.once("end", ended).once("close", ended);
  });
  const port = await relay.open();
  const socket = connectTls({ host: "127.0.0.1", port, servername: "localhost", ca, ...options });
  const inner = new Observer(socket);
  inner.sinceMs = raw.sinceMs;
  const handshake = new Promise<string | null>((resolve) => {
    socket.once("secureConnect", () => resolve(null));
    socket.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve("closed"));
  });
  stage.observers.push(inner);
  return { inner, raw, handshake, hello, socket, close: () => relay.close() };
}

/** A row for a client that speaks TLS. */
function row(
  what: string,
  rules: readonly string[],
  see: (client: Secured) => Promise<void>,
  options: ConnectionOptions = {},
): Row {
  return {
    what,
    rules,
    tls: true,
    async play(stage) {
      const client = await secure(stage, options);
      try {
        await see(client);
      } finally {
        client.close();
      }
    },
  };
}

/** A row in which a message is sent once TLS is there; `bytes` come out of it, `last` is seen beneath. */
function afterwards(what: string, rules: readonly string[], bytes: string, last: End | null): Row {
  return row(what, rules, async ({ inner, raw, handshake }) => {
    assert.equal(await handshake, null);
    inner.send(message("M1"));
    if (last === null) return await expectSeen(inner, [bytes]);
    assert.equal(await raw.ended(), last);
    if (last === "FIN") await inner.until(() => inner.end !== null, "the end of TLS");
    assert.equal(plain(inner.bytes), bytes);
    // Nothing but records of TLS was there before.
    assert.equal(raw.bytes.slice(0, 2), HANDSHAKE);
  });
}

const AA = ack("AA", "M1");

/** How a record begins that holds a handshake (RFC 8446, section 5.1). */
const HANDSHAKE = "\x16\x03";

/** A certificate that a client refuses, and what one finds in it that looks. */
function wrong(fault: string, what: string, look: (certificate: X509Certificate) => void): Row[] {
  const rules = [`{on: tls, do: [{tls: ${fault}}]}`];
  return [
    row("is a handshake that the client refuses", rules, async ({ raw, handshake }) => {
      assert.match(String(await handshake), /CERT|SIGNATURE|expired|self.signed|issuer|name/i);
      assert.equal(raw.bytes.slice(0, 2), HANDSHAKE, "a ServerHello");
    }),
    row(what, rules, async ({ socket, handshake }) => {
      assert.equal(await handshake, null);
      look(new X509Certificate(socket.getPeerCertificate().raw));
    }, { rejectUnauthorized: false }),
  ];
}

/** What the receiver does to the connection instead of a handshake. */
function instead(step: string, what: string, seen: readonly Seen[]): Row {
  return row(what, [`{on: tls, do: [${step}]}`], async ({ raw, handshake }) => {
    await expectSeen(raw, seen);
    assert.notEqual(await handshake, null);
  });
}

const rows: Row[] = [
  afterwards("is answered", ["[reply]"], AA, null),
  afterwards("is RST beneath TLS, instead of the reply", ["[reset]"], "", "RST"),
  afterwards("is RST beneath TLS, behind the whole reply", ["[reply, reset]"], AA, "RST"),
  afterwards("is FIN beneath TLS", ["[close]"], "", "FIN"),
  afterwards("is FIN beneath TLS, behind the reply", ["[reply, close]"], AA, "FIN"),
  afterwards("is FIN beneath TLS, behind the reply", ["[reply, half_close]"], AA, "FIN"),
  afterwards("is what a client reads out of TLS", ["[{mutate: drop_start}]"], AA.slice(1), null),
  row("is RST beneath TLS, at the connection's beginning", ["{on: open, do: [reset]}"], async ({ raw }) => {
    assert.equal(await raw.ended(), "RST");
  }),
  row("leaves in pieces", ["[{drip: {chunks: 2, over: 250ms}}]"], async ({ inner, handshake }) => {
    assert.equal(await handshake, null);
    inner.send(message("M1"));
    await inner.until(() => plain(inner.bytes) === AA, "the reply");
    assert.equal(inner.reads.length, 2);
    assert.ok(inner.reads[1].atMs - inner.sinceMs >= 245);
  }),
  row("is silence that does not end", ["{on: tls, do: [{tls: stall}]}"], async ({ raw, hello }) => {
    await hello;
    await pause(400);
    assert.deepEqual([raw.bytes, raw.end], ["", null]);
  }),
  instead("{tls: garbage}", "is bytes that are no TLS, then FIN", ["Here is no TLS\r\n", FIN]),
  instead("{tls: close}", "is FIN", [FIN]),
  instead("close", "is FIN", [FIN]),
  instead("reset", "is RST", [RST]),
  instead("{reset: {after: 250ms}}", "is RST after a while", [after(250), RST]),
  instead("{delay: 250ms}, {tls: close}", "is FIN after a while", [after(250), FIN]),
  ...wrong("expired", "is a certificate that has ended, of the right name", (certificate) => {
    assert.ok(new Date(certificate.validTo).getTime() < Date.now(), certificate.validTo);
    assert.match(certificate.subjectAltName ?? "", /DNS:localhost/);
  }),
  ...wrong("wrong_host", "is a certificate of today, of another name", (certificate) => {
    assert.ok(new Date(certificate.validTo).getTime() > Date.now(), certificate.validTo);
    assert.equal(certificate.subjectAltName, "DNS:wrong-host.invalid");
  }),
  row("is a demand that the client cannot meet", ["{on: tls, do: [{tls: no_client_cert}]}"], async ({ inner, raw }) => {
    await raw.until(() => raw.bytes.startsWith(HANDSHAKE), "a ServerHello");
    assert.equal(await inner.ended().then(() => raw.ended()), "FIN");
    assert.equal(inner.bytes, "");
  }),
  ...["{accept_delay: 250ms}", "{delay: 250ms}"].map((step) =>
    row("lets the handshake wait", [`{on: tls, do: [${step}]}`], async ({ inner, raw, handshake }) => {
      assert.equal(await handshake, null);
      assert.ok(raw.reads[0].atMs - raw.sinceMs >= 245, "the ServerHello comes then");
      inner.send(message("M1"));
      await expectSeen(inner, [AA]);
    })
  ),
  row(
    "is the usual handshake for others",
    ["{on: tls, when: {peer: 10.0.0.0/8}, do: [reset]}"],
    async ({ inner, handshake }) => {
      assert.equal(await handshake, null);
      inner.send(message("M1"));
      await expectSeen(inner, [AA]);
    },
  ),
];

/** TLS. */
export const tlsTables: readonly Table[] = [{
  name: "TLS",
  files: { "cert.pem": server.cert, "key.pem": server.key },
  rows: rows.map((each) => ({ ...each, options: "?cert=cert.pem&key=key.pem" })),
}];
