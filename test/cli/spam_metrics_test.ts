import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, test } from "node:test";
import { MetricsServer } from "../../cli/spam/metrics.ts";
import { VirtualClock } from "../../lib/clock.ts";
import type { LiveSnapshot } from "../../lib/load/result.ts";
import { OUTCOMES } from "../../lib/outcome.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";

const never = new AbortController().signal;

function snapshot(about: Partial<LiveSnapshot> = {}): LiveSnapshot {
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as LiveSnapshot["outcomes"];
  return {
    ...{ phase: "running", elapsed_s: 12.5, left_s: null, drain_left_s: null, count: null, settled: 95 },
    ...{ asked: 200, achieved: 198.5, planned: 100, sent: 98, acknowledged: 95, in_flight: 3, queue: 2, retrying: 1 },
    service: { count: 20, p50: 1500, p99: 42_000 },
    response: { count: 20, p50: 2000, p99: 50_000 },
    acks: { AA: 94, AE: 1 },
    outcomes: { ...outcomes, accepted: 94, error: 1 },
    ...{ open: 7, connections: 8, reopening: 1, refused: null, history: [], speed: 1, lag_p99: 250, cpu: 12 },
    search: null,
    ...about,
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function ask(url: string, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => body += text);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", body });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function served(body: (metrics: MetricsServer, clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock();
  const metrics = await MetricsServer.open(parseEndpoint(":0"), clock);
  try {
    await body(metrics, clock);
  } finally {
    metrics.close();
  }
}

/** The samples of a text in Prometheus' format, by name and labels; each line has to be right. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const type = /^# TYPE (\w+) (counter|gauge)$/.exec(line);
    if (type !== null) {
      typed.add(type[1]);
      assert.equal(type[1].endsWith("_total"), type[2] === "counter", line);
    } else if (!/^# HELP \w+ [A-Z].*\.$/.test(line)) {
      const sample = /^((\w+)(?:\{(?:\w+="[^"]*",?)+\})?) (-?\d+(?:\.\d+)?(?:e-?\d+)?)$/.exec(line);
      assert.ok(sample !== null && typed.has(sample[2]), line);
      found.set(sample[1], Number(sample[3]));
    }
  }
  return found;
}

describe("MetricsServer", () => {
  test("MetricsServer shows how the run stands, in Prometheus' format and in base units", async () => {
    await served(async (metrics) => {
      metrics.started(() => snapshot());
      const { status, type, body } = await ask(metrics.url);
      assert.deepEqual([status, type], [200, "text/plain; version=0.0.4; charset=utf-8"]);
      const found = samples(body);
      const wanted: [string, number][] = [
        ["mllp_planned_total", 100],
        ["mllp_sent_total", 98],
        ['mllp_messages_total{outcome="accepted"}', 94],
        ['mllp_messages_total{outcome="unsent"}', 0],
        ['mllp_acks_total{code="AE"}', 1],
        ["mllp_in_flight", 3],
        ["mllp_queue", 2],
        ["mllp_retrying", 1],
        ["mllp_connections_open", 7],
        ["mllp_connections_asked", 8],
        ["mllp_rate_asked", 200],
        ["mllp_rate_achieved", 198.5],
        ['mllp_latency_seconds{series="lag",quantile="0.99"}', 0.00025],
        ['mllp_latency_seconds{series="service",quantile="0.5"}', 0.0015],
        ['mllp_latency_seconds{series="response",quantile="0.99"}', 0.05],
        ["mllp_elapsed_seconds", 12.5],
      ];
      for (const [name, value] of wanted) assert.equal(found.get(name), value, name);
      assert.equal([...found.keys()].filter((name) => name.startsWith("mllp_messages_total")).length, OUTCOMES.length);
      assert.ok((found.get("process_cpu_seconds_total") ?? 0) > 0);
    });
  });

  test("MetricsServer leaves out what a closed loop does not have, and what was not measured", async () => {
    await served(async (metrics) => {
      const nothing = { count: 0, p50: 0, p99: 0 };
      metrics.started(() => snapshot({ asked: null, response: null, lag_p99: null, service: nothing }));
      const names = [...samples((await ask(metrics.url)).body).keys()];
      assert.deepEqual(names.filter((name) => /rate_asked|latency/.test(name)), []);
      assert.ok(names.includes("mllp_rate_achieved"));
    });
  });

  test("MetricsServer takes one snapshot for many that ask, and a new one when it is stale", async () => {
    await served(async (metrics, clock) => {
      let taken = 0;
      metrics.started(() => snapshot({ sent: ++taken }));
      for (let i = 0; i < 5; i++) await ask(metrics.url);
      assert.equal(taken, 1);
      clock.advance(100);
      assert.equal(samples((await ask(metrics.url)).body).get("mllp_sent_total"), 2);
    });
  });

  test("MetricsServer answers before the run begins, with the process alone", async () => {
    await served(async (metrics) => {
      const names = [...samples((await ask(metrics.url)).body).keys()];
      assert.deepEqual(names, ["process_cpu_seconds_total", "process_resident_memory_bytes"]);
    });
  });

  test("MetricsServer knows whether anybody has read it", async () => {
    await served(async (metrics) => {
      await ask(`${metrics.url}x`);
      await ask(metrics.url, "HEAD");
      assert.equal(metrics.wasRead, false);
      await ask(metrics.url);
      assert.equal(metrics.wasRead, true);
    });
  });

  test("MetricsServer knows one path and reads only", async () => {
    await served(async (metrics) => {
      metrics.started(() => snapshot());
      const root = metrics.url.replace("/metrics", "");
      assert.deepEqual([(await ask(`${root}/`)).status, (await ask(`${root}/metricsx`)).status], [404, 404]);
      assert.deepEqual([(await ask(metrics.url, "POST")).status, (await ask(`${metrics.url}?x=1`)).status], [405, 200]);
      assert.equal((await ask(metrics.url, "HEAD")).body, "");
    });
  });

  test("MetricsServer survives a snapshot that fails", async () => {
    await served(async (metrics, clock) => {
      let failing = true;
      metrics.started(() => {
        if (failing) throw new Error("no snapshot");
        return snapshot();
      });
      assert.equal((await ask(metrics.url)).status, 500);
      failing = false;
      clock.advance(100);
      assert.equal((await ask(metrics.url)).status, 200);
    });
  });

  test("MetricsServer lingers until its last figures were read once", async () => {
    await served(async (metrics) => {
      let sent = 1;
      metrics.started(() => snapshot({ sent }));
      await ask(metrics.url);
      sent = 2;
      metrics.ended();
      sent = 3;
      let said = "";
      const lingered = metrics.linger(30_000, never, (text) => said = text);
      assert.equal((await ask(`${metrics.url}x`)).status, 404);
      assert.equal(samples((await ask(metrics.url)).body).get("mllp_sent_total"), 2);
      await lingered;
      assert.match(said, /http:\/\/127\.0\.0\.1:\d+\/metrics .* 30s at most; Ctrl-C/);
      await assert.rejects(ask(metrics.url));
    });
  });

  test("MetricsServer lingers no longer than asked for, and not once it is told to stop", async () => {
    await served(async (metrics, clock) => {
      metrics.started(() => snapshot());
      metrics.ended();
      const lingered = metrics.linger(30_000, never, () => {});
      clock.advance(30_000);
      await lingered;
    });
    await served(async (metrics) => {
      metrics.started(() => snapshot());
      metrics.ended();
      const stop = new AbortController();
      const lingered = metrics.linger(30_000, stop.signal, () => {});
      stop.abort();
      await lingered;
    });
    await served(async (metrics) => {
      metrics.started(() => snapshot());
      metrics.ended();
      await metrics.linger(0, never, () => assert.fail("says nothing"));
    });
  });

  test("MetricsServer whose port is taken says so", async () => {
    await served(async (metrics) => {
      const port = new URL(metrics.url).port;
      await assert.rejects(MetricsServer.open(parseEndpoint(`:${port}`)), {
        name: "UsageError",
        message: `--metrics: Cannot listen on tcp://127.0.0.1:${port}: the address is in use`,
      });
    });
  });
});
