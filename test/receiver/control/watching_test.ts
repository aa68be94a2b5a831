/** Events, metrics, the guard, and the description of the API, on a receiver without connections. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import { latin1 } from "../../../lib/bytes.ts";
import { describeApi } from "../../../receiver/control/openapi.ts";
import { ROUTES } from "../../../receiver/control/routes.ts";
import type { Document } from "../../../receiver/scenario/document.ts";
import { Bench, turn } from "./fake_surface.ts";

describe("GET /v1/events", () => {
  const close = (connection: number) => ({ event: "close", at: "", connection, how: "fin", messages: 0 }) as const;

  test("GET /v1/events tells of what happens, to all who listen, and of some kinds to who asks for them", async () => {
    const bench = new Bench();
    const all = await bench.fetch("GET /v1/events");
    const some = await bench.fetch("GET /v1/events?types=note,expired");
    assert.equal(all.headers.get("content-type"), "text/event-stream");
    bench.receiver.tell(close(7));
    bench.receiver.tell({ note: "expired", at: "", rule: "a" });
    await turn();
    bench.app.close();
    assert.equal(
      await all.text(),
      ': listening\n\nevent: close\ndata: {"event":"close","at":"","connection":7,"how":"fin","messages":0}\n\n' +
        'event: expired\ndata: {"note":"expired","at":"","rule":"a"}\n\n: this is the end: the receiver has stopped\n\n',
    );
    assert.doesNotMatch(await some.text(), /connection/);
    assert.equal(bench.receiver.listening, 0);
  });

  test("GET /v1/events says now and then that it is still there", async () => {
    const bench = new Bench();
    const { body } = await bench.fetch("GET /v1/events");
    bench.clock.advance(15_000);
    bench.app.close();
    assert.match(await new Response(body).text(), /: still here/);
    assert.equal(bench.clock.next(), Infinity);
  });

  test("GET /v1/events drops who reads too slowly, says so, and keeps a bounded part for it", async () => {
    const bench = new Bench();
    const slow = await bench.fetch("GET /v1/events");
    const detail = "x".repeat(10_000);
    for (let i = 0; i < 300; i++) {
      bench.receiver.tell({ note: "noise", at: "", detail });
      if (i % 50 === 0) await turn();
    }
    await turn();
    assert.equal(bench.receiver.listening, 0);
    const text = await slow.text();
    assert.match(text, /: this is the end: it was not read fast enough\n\n$/);
    assert.ok(text.length > 1_000_000 && text.length < 1_100_000, String(text.length));
  });

  test("GET /v1/events drops its clients rather than keep ever more of what happens in one turn", async () => {
    const bench = new Bench();
    const client = await bench.fetch("GET /v1/events?types=none");
    for (let i = 0; i < 10_001; i++) bench.receiver.tell(close(i));
    await turn();
    assert.match(await client.text(), /too much happened at once/);
  });

  test("GET /v1/events stops listening when its client has gone, whichever way that is told", async () => {
    const bench = new Bench();
    const client = new AbortController();
    await bench.app.fetch(new Request("http://127.0.0.1:8575/v1/events", { signal: client.signal }));
    const other = await bench.fetch("GET /v1/events");
    assert.equal(bench.receiver.listening, 1);
    client.abort();
    await other.body?.cancel();
    assert.equal(bench.receiver.listening, 0);
    assert.equal(bench.clock.next(), Infinity);
    for (let i = 0; i < 101; i++) await (await bench.fetch("GET /v1/events")).body?.cancel();
  });
});

describe("GET /metrics", () => {
  test("GET /metrics shows what came, what was replied, and what rules did", async () => {
    const bench = new Bench("rules: [{id: a, when: {type: ORU}, do: [hold]}, {id: b, enabled: false, do: [hold]}]");
    bench.receiver.receive({ id: "M1", type: "ORU^R01" });
    bench.receiver.totals.replies.AA = 4;
    const { text, headers } = await bench.ask("GET /metrics");
    assert.match(headers.get("content-type") ?? "", /^text\/plain/);
    const lines = text.split("\n");
    for (
      const line of [
        "mllp_receive_messages_total 1",
        'mllp_receive_replies_total{code="AA"} 4',
        'mllp_receive_faults_asked_total{rule="a"} 1',
        'mllp_receive_faults_injected_total{rule="a"} 1',
        'mllp_receive_faults_overflowed_total{rule="a"} 0',
        'mllp_receive_faults_active{rule="a"} 1',
        'mllp_receive_rule_on{rule="b"} 0',
        'mllp_receive_listener_open{endpoint="tcp://127.0.0.1:2575"} 1',
        "mllp_receive_connections_open 1",
      ]
    ) assert.ok(lines.includes(line), `${line} in\n${text}`);
  });
});

describe("the control API's guard", () => {
  const status = async (bench: Bench, headers: Record<string, string>) =>
    (await bench.ask("GET /v1/status", undefined, headers)).status;

  test("the control API's guard lets in who names this machine, and nobody who names another", async () => {
    const bench = new Bench();
    for (const host of ["127.0.0.1:8575", "localhost:8575", "[::1]:8575", "LOCALHOST"]) {
      assert.equal(await status(bench, { host }), 200, host);
    }
    for (const host of ["evil.example", "127.0.0.1.evil.example:8575", "evil.example:8575"]) {
      assert.equal(await status(bench, { host }), 403, host);
    }
  });

  test("the control API's guard refuses pages of other sites, and lets nobody in by a header", async () => {
    const bench = new Bench();
    for (
      const [name, value] of [
        ["origin", "https://evil.example"],
        ["origin", "null"],
        ["origin", "http://127.0.0.1:9999"],
        ["sec-fetch-site", "cross-site"],
      ]
    ) {
      const answer = await bench.ask("POST /v1/heal", undefined, { host: "127.0.0.1:8575", [name]: value });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
    }
    assert.equal(await status(bench, { host: "127.0.0.1:8575", origin: "http://127.0.0.1:8575" }), 200);
  });

  test("the control API's guard wants the token where there is one, off loopback by any name", async () => {
    const bench = new Bench("name: x", { host: "0.0.0.0", token: "s3cret" });
    assert.equal(await status(bench, { host: "bench.example:8575", authorization: "Bearer s3cret" }), 200);
    const { status: missing, headers } = await bench.ask("GET /v1/status");
    assert.deepEqual([missing, headers.get("www-authenticate")], [401, 'Bearer realm="mllp"']);
    for (const authorization of ["Bearer s3cre", "Bearer s3crets", "Basic s3cret", "s3cret"]) {
      const { code } = await bench.problem("GET /v1/status", undefined, { authorization });
      assert.equal(code, "unauthorized", authorization);
    }
  });
});

describe("the control API", () => {
  test("the control API answers what it does not know with what it knows", async () => {
    const bench = new Bench();
    const unknown = await bench.problem("GET /v1/statsu");
    assert.deepEqual([unknown.status, unknown.code], [404, "not_found"]);
    assert.match(unknown.message, /\/v1\/status .*\/v1\/rules\/\{id\}/);
    const wrong = await bench.ask("DELETE /v1/heal");
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
    assert.equal((await bench.ask("OPTIONS /v1/rules")).headers.get("allow"), "GET, POST, HEAD");
    assert.equal((await bench.ask("HEAD /v1/status")).status, 200);
  });

  test("the control API refuses bodies that are too large, of another type, or no UTF-8", async () => {
    const bench = new Bench();
    const large = await bench.problem("POST /v1/verify", "x".repeat(1024 * 1024 + 1));
    assert.deepEqual([large.status, large.code], [413, "too_large"]);
    const type = await bench.problem("POST /v1/verify", "{}", { "content-type": "multipart/form-data" });
    assert.equal(type.status, 415);
    assert.equal((await bench.problem("POST /v1/verify", new Uint8Array([0x7b, 0xff]))).status, 400);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    const init = { method: "POST", body: stream, duplex: "half" } as RequestInit;
    assert.equal((await bench.app.fetch(new Request("http://127.0.0.1/v1/verify", init))).status, 413);
  });

  test("the control API does not wait for a body that does not come, and takes one that breaks off for no bug", async () => {
    const bench = new Bench();
    const ask = async (body: ReadableStream<Uint8Array>) => {
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      const answer = await bench.app.fetch(new Request("http://127.0.0.1/v1/verify", init));
      return [answer.status, answer.headers.get("connection"), (await answer.json()).error.message];
    };
    const asked = Promise.withResolvers<void>();
    let left = false;
    const slow = ask(new ReadableStream({ pull: () => asked.resolve(), cancel: () => void (left = true) }));
    await asked.promise;
    await turn();
    bench.clock.advance(10_000);
    assert.deepEqual(await slow, [400, "close", "The body did not come within 10s"]);
    assert.equal(left, true);
    const broken = ask(new ReadableStream({ pull: (controller) => controller.error(new Error("aborted")) }));
    assert.deepEqual(await broken, [400, "close", "The body broke off"]);
    assert.equal(bench.bugs.length, 0);
  });

  test("the control API tells of a bug its kind and nothing that could be about a patient", async () => {
    const bench = new Bench();
    bench.receiver.heal = () => {
      throw new TypeError("DOE^JANE is not a function");
    };
    const { status, message } = await bench.problem("POST /v1/heal");
    assert.deepEqual([status, message], [500, "A bug in this program: TypeError"]);
    assert.equal(bench.bugs.length, 1);
  });
});

describe("GET /v1/openapi.json", () => {
  interface Operation {
    readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
  }
  const described = describeApi(ROUTES, "1.0.0") as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, object> };
  };

  /** A request for each route: what it is asked with. */
  const REQUESTS: Readonly<Record<string, readonly [path: string, body?: unknown]>> = {
    "GET /v1/status": ["/v1/status"],
    "GET /v1/scenario": ["/v1/scenario"],
    "PUT /v1/scenario": ["/v1/scenario", { version: 1, phases: [{ name: "p" }], rules: [{ id: "a", do: ["hold"] }] }],
    "GET /v1/default-reply": ["/v1/default-reply"],
    "PUT /v1/default-reply": ["/v1/default-reply", { reply: "AE" }],
    "POST /v1/phase": ["/v1/phase", { jump: "p" }],
    "PUT /v1/state": ["/v1/state", { state: "normal" }],
    "POST /v1/heal": ["/v1/heal"],
    "POST /v1/reset": ["/v1/reset"],
    "GET /v1/rules": ["/v1/rules"],
    "POST /v1/rules": ["/v1/rules?ttl=5s", { id: "b", do: ["hold"] }],
    "GET /v1/rules/{id}": ["/v1/rules/a"],
    "PUT /v1/rules/{id}": ["/v1/rules/a", { do: ["close"] }],
    "PATCH /v1/rules/{id}": ["/v1/rules/a", { note: "x" }],
    "DELETE /v1/rules/{id}": ["/v1/rules/b"],
    "POST /v1/rules/{id}/fire": ["/v1/rules/a/fire"],
    "GET /v1/connections": ["/v1/connections"],
    "POST /v1/connections/{id}/close": ["/v1/connections/1/close"],
    "POST /v1/connections/{id}/reset": ["/v1/connections/1/reset"],
    "POST /v1/connections/{id}/stop_reading": ["/v1/connections/1/stop_reading"],
    "POST /v1/connections/{id}/resume": ["/v1/connections/1/resume"],
    "POST /v1/connections/{id}/send": ["/v1/connections/1/send", "x"],
    "GET /v1/messages": ["/v1/messages"],
    "POST /v1/messages/find": ["/v1/messages/find", { type: "*" }],
    "POST /v1/messages/count": ["/v1/messages/count", { type: "*" }],
    "GET /v1/messages/{n}.hl7": ["/v1/messages/1.hl7"],
    "GET /v1/messages/{n}.bin": ["/v1/messages/1.bin"],
    "GET /v1/messages/{n}.json": ["/v1/messages/1.json"],
    "GET /v1/messages/{n}": ["/v1/messages/1"],
    "GET /v1/explain": ["/v1/explain?message=1"],
    "POST /v1/verify": ["/v1/verify", { count: { when: { type: "X" }, at_least: 1 } }],
    "POST /v1/wait": ["/v1/wait", { count: { when: { type: "*" }, at_least: 1 } }],
    "GET /v1/events": ["/v1/events"],
    "GET /metrics": ["/metrics"],
    "GET /v1/openapi.json": ["/v1/openapi.json"],
  };

  /** As ajv has references: all parts at one place. */
  function validator(schema: object): (value: unknown) => string | null {
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
    const whole = JSON.stringify({ ...schema, $defs: described.components.schemas })
      .replaceAll("#/components/schemas/", "#/$defs/");
    const validate = ajv.compile(JSON.parse(whole));
    return (value) => validate(value) ? null : ajv.errorsText(validate.errors);
  }

  const names = ROUTES.map(({ method, path }) => `${method} ${path}`);

  test("GET /v1/openapi.json describes every route of the table and no other", () => {
    const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    );
    assert.deepEqual(operations.sort(), [...names].sort());
    assert.deepEqual(Object.keys(REQUESTS).sort(), [...names].sort());
    assert.equal(new Set(names).size, names.length);
  });

  test("GET /v1/openapi.json refers to nothing that is not there", () => {
    const text = JSON.stringify(described);
    const refs = Array.from(
      text.matchAll(/"#\/components\/(schemas|responses)\/([^"]+)"/g),
      ([, kind, name]) => [kind, name],
    );
    assert.ok(refs.length > 50);
    const { components } = described as unknown as { components: Record<string, Record<string, object>> };
    for (const [kind, name] of refs) assert.ok(name in components[kind], `${kind}/${name}`);
    assert.doesNotMatch(text, /#\/\$defs/);
  });

  test("GET /v1/openapi.json says of every route what it answers, and the route answers just that", async () => {
    const bench = new Bench("phases: [{name: p}]\nrules: [{id: a, do: [hold]}]");
    for (const name of names) {
      const [method] = name.split(" ");
      const [path, body] = REQUESTS[name];
      const route = ROUTES.find((each) => `${each.method} ${each.path}` === name)!;
      if (bench.receiver.recent().length === 0) bench.receiver.receive({ id: "M1" });
      const answer = await bench.fetch(`${method} ${path}`, body);
      const { content } = described.paths[route.path][method.toLowerCase()].responses[answer.status] ?? {};
      assert.ok(content !== undefined, `${name}: ${answer.status}`);
      const [type] = Object.keys(content);
      assert.equal(answer.headers.get("content-type")?.split(";")[0], type, name);
      if (type === "text/event-stream") {
        assert.equal(latin1((await answer.body!.getReader().read()).value!), ": listening\n\n");
        continue;
      }
      const { schema } = content[type];
      const text = await answer.text();
      if (schema !== undefined) assert.equal(validator(schema)(JSON.parse(text)), null, `${name}: ${text}`);
    }
  });

  test("GET /v1/openapi.json says how problems look", async () => {
    const validate = validator(described.components.schemas.problem);
    const bench = new Bench();
    const { body } = await bench.ask("PUT /v1/scenario", "version: 2");
    assert.equal(validate(body as Document), null);
    assert.equal(validate((await bench.ask("GET /v1/nothing")).body as Document), null);
  });
});
