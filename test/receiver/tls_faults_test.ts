/** The certificate faults, as a client meets them, and what a fault is for the transport. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { systemCode } from "../../lib/errors.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { describeStreamError } from "../../lib/transport/failure.ts";
import { connect, listen } from "../../lib/transport/open.ts";
import type { AcceptFailure } from "../../lib/transport/serve.ts";
import type { TlsClientOptions } from "../../lib/transport/tls_options.ts";
import { TlsFaults, tlsOf } from "../../receiver/tls_faults.ts";
import { testCertificates } from "../tls.ts";

const onDeno = "Deno" in globalThis;
const { ca, server, client } = await testCertificates();
const HOSTS = ["localhost", "127.0.0.1"];

/** What a client meets at a listener that treats its handshake with this fault: its word come back, or an error's words. */
async function meets(
  fault: "expired" | "wrong_host" | "no_client_cert",
  clientTls: (cert: string) => TlsClientOptions,
): Promise<{ said: string; failures: AcceptFailure[] }> {
  const faults = new TlsFaults(server, HOSTS);
  await faults.prepare([fault]);
  const treatment = faults.treatment(fault);
  const failures: AcceptFailure[] = [];
  const options = { tls: server, treat: () => treatment, onError: (failure: AcceptFailure) => failures.push(failure) };
  const listener = await listen(parseEndpoint("tls://:0"), options, (transport) => {
    transport.stream.pipe(transport.stream);
  });
  const said = await connect(listener.endpoint, { tls: clientTls(treatment.tls!.cert) }).then(
    async (transport) => {
      const said = await new Promise<string>((resolve) => {
        transport.stream.once("data", (data) => resolve(String(data)));
        transport.stream.once("error", (error) => resolve(describeStreamError(error).text));
        transport.stream.once("close", () => resolve("nothing")).once("end", () => resolve("nothing"));
        transport.stream.write("echo");
      });
      await transport.close();
      return said;
    },
    (error) => error.message.replace(/^Cannot connect to \S+ /, ""),
  );
  await listener.close();
  return { said, failures };
}

test("TlsFaults expired serves a certificate that ended yesterday, for the right host", async () => {
  const { cert } = await tlsOf("expired", server, HOSTS);
  const { validFrom, validTo, subjectAltName } = new X509Certificate(cert);
  const days = (Date.now() - new Date(validTo).getTime()) / 86_400_000;
  assert.ok(days > 0.99 && days < 1.01, String(days));
  assert.ok(new Date(validFrom) < new Date(validTo));
  assert.equal(subjectAltName, "DNS:localhost, IP Address:127.0.0.1");
});

test("TlsFaults expired is refused by a client that trusts that very certificate, and taken by one that looks at none", async () => {
  const { said, failures } = await meets("expired", (cert) => ({ ca: cert }));
  // Deno gives one code for both.
  const words = onDeno ? "the issuer of the peer's certificate is not trusted" : "the peer's certificate has expired";
  assert.equal(said, words);
  assert.ok(failures.every(({ treatment }) => treatment?.tls !== undefined));
  assert.equal((await meets("expired", () => ({ insecure: true }))).said, "echo");
});

test("TlsFaults wrong_host is refused for its name alone", async () => {
  assert.equal(
    (await meets("wrong_host", (cert) => ({ ca: cert }))).said,
    "the peer's certificate is for DNS:wrong-host.invalid, not for 127.0.0.1",
  );
  const asked = await meets("wrong_host", (cert) => ({ ca: cert, servername: "wrong-host.invalid" }));
  assert.equal(asked.said, "echo");
});

test("TlsFaults no_client_cert refuses the client, whether it has a certificate or not", async () => {
  const without = await meets("no_client_cert", () => ({ ca }));
  assert.equal(without.said, "the peer requires a client certificate");
  assert.match(without.failures[0].error.message, /: the peer gave no certificate, and one is required$/);
  const withOne = await meets("no_client_cert", () => ({ ca, ...client }));
  assert.equal(withOne.said, "nothing");
  assert.equal(withOne.failures[0].error.code, "tls_failed");
  assert.notEqual(systemCode(withOne.failures[0].error.cause), "");
});

test("TlsFaults keep the listener's own demand for client certificates", async () => {
  for (const fault of ["expired", "wrong_host"] as const) {
    assert.equal((await tlsOf(fault, { ...server, clientCa: ca }, HOSTS)).clientCa, ca);
  }
});

test("TlsFaults make each certificate once, and treat what needs none without it", async () => {
  const faults = new TlsFaults(server, HOSTS);
  for (const how of ["stall", "garbage", "close", "reset"] as const) {
    assert.deepEqual(faults.treatment(how, 250), { afterMs: 250, how });
  }
  assert.deepEqual(faults.treatment(null, 250), { afterMs: 250, how: "serve" });
  assert.throws(
    () => faults.treatment("expired"),
    new RangeError("Cannot serve with the TLS fault 'expired': it was not prepared"),
  );
  await faults.prepare(["stall", "expired"]);
  const { tls } = faults.treatment("expired");
  await faults.prepare();
  assert.equal(faults.treatment("expired", 5).tls, tls);
  assert.equal(faults.treatment("no_client_cert").tls?.cert, server.cert);
});

test("TlsFaults refuse to prepare an expired certificate for no host", async () => {
  await assert.rejects(new TlsFaults(server, []).prepare(["expired"]), /for no host, wanted at least one$/);
});
