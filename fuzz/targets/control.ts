/**
 * The control API as a target, in process and without a socket: requests one after the other, between them messages, on
 * a clock that goes when an answer waits for it. Every answer is one that the API's description knows.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { safeParse } from "valibot";
// Loaded when it is first asked for, which takes longer than a request may here.
import "../../receiver/control/openapi.ts";
import { PROBLEMS } from "../../receiver/control/problem.ts";
import type { Route } from "../../receiver/control/route.ts";
import { ROUTES } from "../../receiver/control/routes.ts";
import { problem } from "../../receiver/control/shapes.ts";
import { Bench, turn } from "../../test/receiver/control/fake_surface.ts";
import { PARTS, SCHEMA, type Schema } from "../../test/receiver/scenario/grammar.ts";
import { bytesOf, damaged, piece, sequence } from "../bytes.ts";
import { type Json, schemaCase } from "../schema_case.ts";
import type { Met, Target } from "../target.ts";

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Its bytes as characters; null for none. */
  readonly body: string | null;
}

interface ControlCase {
  readonly scenario: string;
  readonly token: string | null;
  /** A request, or the number of a message that comes. */
  readonly acts: readonly (Request | number)[];
}

const SCENARIOS: readonly string[] = [
  "name: none",
  "rules: [{id: off, enabled: false, when: {type: ADT^A08}, do: [hold]}, {id: late, do: [{delay: 5s}, reply]}]",
  "rules: [{id: a40, when: {type: ORU^R01}, do: [{reply: AR}]}]\nphases:\n  - {name: up, messages: 1}\n  - {name: down, for: 1h, rules: [{id: p, to_state: ill, do: [hold]}]}",
  "rules: [{id: well, in_state: ill, do: [{reply: AE}]}, {id: sick, do: [hold], to_state: ill}]\nexpect: [{no_duplicates: MSH-10}]",
];

const partOf = (name: string): Schema => ({ ...PARTS[name], $defs: PARTS });
const asText = (value: Json) => JSON.stringify(value);
const escaped = (text: string) =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
const bodies: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: schemaCase(partOf("rule")).map(asText).map(escaped) },
  { weight: 3, arbitrary: schemaCase(partOf("expectation")).map(asText).map(escaped) },
  { weight: 2, arbitrary: schemaCase(partOf("when")).map(asText).map(escaped) },
  { weight: 1, arbitrary: schemaCase(SCHEMA).map(asText).map(escaped) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        "{}",
        "[]",
        "null",
        "",
        " ",
        "{enabled: false}",
        '{"reply":"AE"}',
        "{reply: nothing}",
        "{state: ill}",
        "{jump: down}",
      ],
      ...[
        "pause",
        '"resume"',
        "{jump: null}",
        "{pause: true}",
        "{id: late, do: [hold]}",
        "do: null",
        "{do: null}",
        "{id: null}",
      ],
      ...[
        '{"a":{"a":{"a":{}}}}',
        "- ".repeat(100),
        "[".repeat(3000),
        "&a [*a]",
        "version: 1",
        "{when: {type: '*'}}",
        "{id: ü}",
      ],
    ).map(escaped),
  },
  { weight: 1, arbitrary: sequence(piece, 12) },
);

/** A path of a route with something for its parameters, and a query. */
const pathOf = (route: Route) =>
  fc.tuple(
    fc.constantFrom(
      "late",
      "off",
      "a40",
      "1",
      "0",
      "2",
      "99999999999999999999",
      "-1",
      "x y",
      "%2e%2e",
      "%00",
      "..",
      "ü",
      "%ff",
    ),
    fc.array(
      fc.tuple(
        fc.constantFrom(...(route.query ?? []).map(({ name }) => name), "timeout", "x"),
        fc.constantFrom(
          "",
          "1",
          "true",
          "false",
          "0s",
          "1ms",
          "10m",
          "99h",
          "last",
          "first",
          "before:late",
          "message",
          "\x1b",
          "%zz",
          "&&",
        ),
      ).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
      { maxLength: 2 },
    ),
    fc.boolean(),
  ).map(([value, query, asked]) =>
    route.path.replace(/\{\w+\}/, encodeURIComponent(value)) + (asked && query.length > 0 ? `?${query.join("&")}` : "")
  );
const lineOf = fc.constantFrom(...ROUTES).chain((route) =>
  pathOf(route).map((path) => ({ method: route.method as string, path }))
);
const oddLine = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "get"),
  path: fc.oneof(
    fc.constantFrom(
      "/",
      "",
      "/v1",
      "/v1/rules/",
      "//",
      "/v1//rules",
      "/v1/messages/.hl7",
      "/v1/../v1/status",
      "/v1/rules/%",
    ),
    damaged(fc.constantFrom(...ROUTES.map(({ path }) => path)), sequence(fc.constantFrom(..."/.%{}?&=\\"), 3)).map((
      path,
    ) => `/${path.replace(/[^\x21-\x7e]/g, "")}`),
  ),
});
const headers = fc.array(
  fc.constantFrom<[string, string]>(
    ["content-type", "application/json"],
    ["content-type", "application/yaml"],
    ["content-type", "text/html; charset=x"],
    ["content-type", ""],
    ["content-length", "99999999999"],
    ["content-length", "x"],
    ["host", "evil.example"],
    ["host", "LOCALHOST:1"],
    ["origin", "http://evil.example"],
    ["origin", "null"],
    ["sec-fetch-site", "cross-site"],
    ["authorization", "Bearer secret"],
    ["authorization", "Bearer"],
    ["authorization", "Basic x"],
    ["accept", "text/event-stream"],
  ),
  { maxLength: 2 },
).map((all) => Object.fromEntries(all));

const request: fc.Arbitrary<Request> = fc.record({
  line: fc.oneof({ weight: 6, arbitrary: lineOf }, { weight: 1, arbitrary: oddLine }),
  headers: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
  body: fc.oneof({ weight: 8, arbitrary: bodies }, { weight: 1, arbitrary: fc.constant(null) }),
}).map(({ line, headers, body }) => ({ ...line, headers, body }));

/** Whether a path is one of a route. */
function isOf({ path: pattern }: Route, path: string): boolean {
  const literal = pattern.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join("[^/]+")}$`).test(path);
}

/** The answer to a request; time goes on until it is there. */
async function answerTo(bench: Bench, { method, path, headers, body }: Request): Promise<Response | null> {
  let asked: globalThis.Request;
  try {
    asked = new Request(`http://127.0.0.1:8575${path}`, {
      method,
      headers,
      body: method === "GET" || method === "HEAD" || body === null ? undefined : bytesOf(body) as BodyInit,
    });
  } catch {
    // No client of the platform's can even say that.
    return null;
  }
  let answer: Response | null = null;
  let failed: unknown = null;
  void bench.app.fetch(asked).then((found) => answer = found, (error) => failed = error);
  for (let turns = 0; answer === null && failed === null; turns++) {
    assert.ok(turns < 400, "it is never answered");
    await turn();
    if (turns > 20) bench.clock.advance(10_000);
  }
  if (failed !== null) throw failed;
  return answer;
}

async function checkAnswer(answer: Response, asked: Request, met: Met): Promise<void> {
  const { path } = asked;
  // As the platform writes it.
  const method = asked.method.toUpperCase();
  const { status, headers } = answer;
  if ((headers.get("content-type") ?? "").startsWith("text/event-stream")) {
    await answer.body?.cancel();
    return met("stream");
  }
  const text = await answer.text();
  const known = new Set<number>(Object.values(PROBLEMS).map(({ status }) => status));
  if (status >= 400) {
    assert.ok(known.has(status), `status ${status} is none of the description's`);
    met(String(status));
    if (method === "HEAD") return;
    const read = safeParse(problem, JSON.parse(text));
    assert.ok(read.success, `status ${status} with ${text}`);
    const { code, message } = read.output.error;
    assert.equal(PROBLEMS[code].status, status);
    assert.ok(!/undefined|\[object |\bNaN\b/.test(message.replaceAll(/'[^]*?'/g, "")), message);
    // deno-lint-ignore no-control-regex
    assert.ok(!/[\x00-\x08\x0b-\x1f\x7f]/.test(text.trimEnd()), `a control character in ${JSON.stringify(text)}`);
    return;
  }
  const { pathname } = new URL(`http://127.0.0.1${path}`);
  const route = ROUTES.find((each) => each.method === (method === "HEAD" ? "GET" : method) && isOf(each, pathname));
  assert.ok(route !== undefined, `status ${status} for what is no route`);
  assert.equal(status, route.answer.status, `status ${status} of ${route.method} ${route.path}`);
  met("done");
  if (route.answer.schema === undefined || method === "HEAD") return;
  const read = safeParse(route.answer.schema, JSON.parse(text));
  assert.ok(read.success, `${route.method} ${route.path} answers ${text.slice(0, 300)}`);
}

/** The control API. */
export const controlTarget: Target<ControlCase> = {
  name: "control",
  about: "any requests, one after the other: each is answered as the API's description says, and none finds a bug",
  cases: fc.record({
    scenario: fc.constantFrom(...SCENARIOS),
    token: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant("secret") }),
    acts: fc.array(fc.oneof({ weight: 5, arbitrary: request }, { weight: 1, arbitrary: fc.nat(4) }), {
      minLength: 1,
      maxLength: 8,
      size: "max",
    }),
  }),
  meets: ["done", "400", "401", "403", "404", "405", "413", "415", "422", "stream"],
  async check({ scenario, token, acts }, met) {
    const bench = new Bench(scenario, { token });
    try {
      for (const act of acts) {
        if (typeof act === "number") {
          bench.receiver.receive({
            id: `MSG${act}`,
            type: act === 2 ? "ORU^R01" : "ADT^A01",
            rest: "PID|1||\x1b[2J\u00ff\r",
          });
          continue;
        }
        const answer = await answerTo(bench, act);
        const [bug] = bench.bugs;
        assert.ok(bug === undefined, `a bug: ${bug instanceof Error ? bug.stack : String(bug)}`);
        if (answer !== null) await checkAnswer(answer, act, met);
      }
      const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
      const status = await answerTo(bench, { method: "GET", path: "/v1/status", headers, body: null });
      assert.equal(status?.status, 200, "the status, at the end");
    } finally {
      bench.app.close();
    }
  },
};
