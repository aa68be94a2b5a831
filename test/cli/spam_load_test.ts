import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineCommand } from "../../cli/command.ts";
import { parseArguments } from "../../cli/parser.ts";
import { endlessVerdict, type LoadChoice, loadFlags, parseShard, parseStart, readLoad } from "../../cli/spam/load.ts";
import { parseThreshold } from "../../lib/load/threshold.ts";
import { UsageError } from "../../cli/exit_code.ts";
import { type IdleFlags, refuseIdle } from "../../cli/spam/idle.ts";
import { refuseTooMany } from "../../cli/spam/open_files.ts";

const command = defineCommand({
  name: "load",
  purpose: "Read the flags of a load",
  operands: [],
  flags: loadFlags,
  examples: [],
  run: () => Promise.resolve(0 as const),
});

async function load(line: string, environment: Record<string, string> = {}): Promise<LoadChoice> {
  // Blanks within quotes belong to a word.
  const words = Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain);
  const parsed = parseArguments(command, words);
  assert.notEqual(parsed, "help");
  const { flags, given } = parsed as Exclude<typeof parsed, "help">;
  return await readLoad(flags, given, environment);
}

async function refused(line: string, wanted: RegExp, environment: Record<string, string> = {}): Promise<void> {
  await assert.rejects(load(line, environment), (error: Error) => {
    assert.ok(error instanceof UsageError, `${line}: ${error}`);
    assert.match(error.message, wanted, line);
    assert.ok(!error.message.includes("\n"));
    return true;
  });
}

describe("readLoad", () => {
  test("readLoad of nothing is a message a second", async () => {
    const { pacer, search, load: description, shard, startAtMs, rateForSafety, count } = await load("");
    assert.deepEqual(description, { kind: "constant", text: "1/s", arrivals: "regular" });
    assert.deepEqual([pacer?.dueAt(1), pacer?.endsAt, search, shard, startAtMs, rateForSafety, count], [
      1000,
      Infinity,
      null,
      null,
      null,
      1,
      Infinity,
    ]);
  });

  test("readLoad says where thresholds are never judged", async () => {
    const endless = async (line: string, ...failIf: string[]) =>
      endlessVerdict({ failIf: failIf.map(parseThreshold), duration: undefined }, await load(line)) !== null;
    assert.equal(await endless("", "lost > 0"), true);
    assert.equal(await endless("--closed", "lost > 0"), true);
    assert.equal(await endless("", "lost > 0 abort after 1s"), false);
    assert.equal(await endless("--count 5", "lost > 0"), false);
    assert.equal(await endless("--stages 5s@10", "lost > 0"), false);
    assert.equal(await endless(""), false);
    const bound = { failIf: [parseThreshold("lost > 0")], duration: 1000 };
    assert.equal(endlessVerdict(bound, await load("")), null);
  });

  test("readLoad reads each kind of load", async () => {
    const rate = await load("--sps 200/s --count 10 --seed 7");
    assert.deepEqual([rate.pacer?.rateAt(0), rate.rateForSafety, rate.count, rate.seed], [200, 200, 10, 7]);
    const closed = await load("--closed --count 5");
    assert.deepEqual([closed.pacer, closed.rateForSafety, closed.count, closed.load], [null, null, 5, {
      kind: "closed",
      text: "",
      arrivals: "regular",
    }]);
    const stages = await load("--stages 30s@50,2m@50..500");
    assert.deepEqual(stages.load, { kind: "stages", text: "30s@50,2m@50..500", arrivals: "regular" });
    assert.deepEqual([stages.pacer?.endsAt, stages.rateForSafety, stages.pacer?.rateAt(90_000)], [150_000, 500, 275]);
    const burst = await load("--burst 200/10s");
    assert.deepEqual([burst.load.kind, burst.load.text, burst.pacer?.dueBy(1), burst.rateForSafety], [
      "burst",
      "200/10s",
      200,
      200,
    ]);
    const even = await load("--burst 200/100ms --arrivals regular");
    assert.equal(even.rateForSafety, 2000);
  });

  test("readLoad scatters arrivals by the seed", async () => {
    const [a, b, other] = await Promise.all(
      ["7", "7", "8"].map((seed) => load(`--rate 100 --arrivals poisson --seed ${seed}`)),
    );
    assert.equal(a.load.arrivals, "poisson");
    assert.equal(a.pacer?.dueAt(3), b.pacer?.dueAt(3));
    assert.notEqual(a.pacer?.dueAt(3), other.pacer?.dueAt(3));
    const ramp = await load("--stages 10s@0..100 --arrivals poisson --seed 7");
    assert.deepEqual([ramp.load.kind, ramp.load.arrivals, ramp.pacer?.endsAt], ["stages", "poisson", 10_000]);
  });

  test("readLoad makes a search, steered from its start rate", async () => {
    const chosen = await load("--search 'p99(response) < 250ms'");
    assert.deepEqual([chosen.search?.startRate, chosen.search?.stepMs, chosen.pacer?.rateAt(0), chosen.rateForSafety], [
      10,
      5000,
      10,
      null,
    ]);
    assert.deepEqual(chosen.load, { kind: "search", text: "p99(response) < 250ms", arrivals: "regular" });
    chosen.pacer?.setSpeed(80 / 10, 0);
    assert.equal(chosen.pacer?.rateAt(1), 80);
    const given = await load("--search 'errors < 1%' --rate 50 --search-step 2s --search-max 400/s");
    assert.deepEqual([given.search?.startRate, given.search?.stepMs, given.search?.maxRate], [50, 2000, 400]);
    assert.equal((await load("--search 'errors < 1%' --search-max 4")).search?.startRate, 4);
  });

  test("readLoad takes this machine's part, by flag or as an indexed job's pod", async () => {
    const job = { JOB_COMPLETION_INDEX: "1", JOB_COMPLETIONS: "4" };
    const rate = "--rate 100 --count 10 --seed 7";
    for (const chosen of [await load(`${rate} --shard 1/4`), await load(rate, job)]) {
      assert.deepEqual(chosen.shard, { index: 1, of: 4 });
      assert.deepEqual([chosen.pacer?.dueAt(0), chosen.pacer?.dueAt(1), chosen.pacer?.rateAt(0)], [10, 50, 25]);
      assert.deepEqual([chosen.count, chosen.rateForSafety], [3, 100]);
    }
    assert.deepEqual((await load("--shard 0/2 --seed 7", job)).shard, { index: 0, of: 2 });
    assert.equal((await load("", { JOB_COMPLETION_INDEX: "1" })).shard, null);
    assert.equal((await load("", { JOB_COMPLETION_INDEX: "0", JOB_COMPLETIONS: "" })).shard, null);
    assert.equal((await load("--closed --count 7 --seed 7", job)).count, 2);
    const poisson = await load("--rate 10 --arrivals poisson --seed 5 --shard 2/3");
    const whole = await load("--rate 10 --arrivals poisson --seed 5");
    assert.equal(poisson.pacer?.dueAt(1), whole.pacer?.dueAt(5));
    await refused("", /^in the environment, JOB_COMPLETION_INDEX=4 JOB_COMPLETIONS=4: Cannot read '4\/4' as a shard/, {
      JOB_COMPLETION_INDEX: "4",
      JOB_COMPLETIONS: "4",
    });
  });

  test("readLoad refuses what cannot go together, naming both flags", async () => {
    const search = "--search 'errors < 1%'";
    const pairs: [string, string, string][] = [
      ["--closed", "--rate 5", "--rate"],
      ["--closed", "--stages 1s@5", "--stages"],
      ["--closed", "--burst 5/1s", "--burst"],
      ["--closed", search, "--search"],
      ["--closed", "--arrivals regular", "--arrivals"],
      ["--closed", "--catchup full", "--catchup"],
      ["--closed", "--pacer precise", "--pacer"],
      ["--stages 1s@5", "--rate 5", "--rate"],
      ["--stages 1s@5", "--burst 5/1s", "--burst"],
      ["--burst 5/1s", "--rate 5", "--rate"],
      ["--burst 5/1s", "--arrivals poisson", "--arrivals"],
      [search, "--stages 1s@5", "--stages"],
      [search, "--burst 5/1s", "--burst"],
      [search, "--arrivals poisson", "--arrivals"],
      [search, "--shard 0/2", "--shard"],
    ];
    for (const [first, second, name] of pairs) {
      const both = new RegExp(`^(?=.*${first.split(" ")[0]}).*${name}`);
      await refused(`${first} ${second}`, both);
      await refused(`${second} ${first}`, both);
    }
    await refused(search, /^--search and JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=2: /, {
      JOB_COMPLETION_INDEX: "0",
      JOB_COMPLETIONS: "2",
    });
    assert.notEqual((await load(search, { JOB_COMPLETION_INDEX: "0", JOB_COMPLETIONS: "1" })).search, null);
  });

  test("readLoad wants the same seed of all machines", async () => {
    for (const rest of ["", "--closed", "--arrivals poisson"]) {
      await refused(`--shard 1/3 ${rest}`, /^--shard 1\/3 without --seed: .*give each the same --seed$/);
    }
    const job = { JOB_COMPLETION_INDEX: "1", JOB_COMPLETIONS: "3" };
    await refused("", /^JOB_COMPLETION_INDEX=1 JOB_COMPLETIONS=3 without --seed: /, job);
    assert.deepEqual((await load("--shard 0/1")).shard, { index: 0, of: 1 });
    assert.deepEqual((await load("--shard 1/3 --seed 7")).shard, { index: 1, of: 3 });
  });

  test("readLoad says that the environment chose the shard, and warns where it says half of it", async () => {
    const job = { JOB_COMPLETION_INDEX: "1", JOB_COMPLETIONS: "3" };
    const byJob = await load("--seed 7", job);
    assert.deepEqual([byJob.notices, byJob.warnings], [
      ["shard 1/3 by JOB_COMPLETION_INDEX and JOB_COMPLETIONS"],
      [],
    ]);
    const byFlag = await load("--seed 7 --shard 0/2", job);
    assert.deepEqual([byFlag.notices, byFlag.warnings], [[], []]);
    const half = await load("", { JOB_COMPLETION_INDEX: "1" });
    assert.deepEqual([half.notices, half.shard, half.warnings.length], [[], null, 1]);
    assert.match(
      half.warnings[0],
      /^JOB_COMPLETION_INDEX=1 without JOB_COMPLETIONS: this machine sends the whole load/,
    );
    assert.deepEqual((await load("--shard 0/1", { JOB_COMPLETION_INDEX: "1" })).warnings, []);
  });

  test("readLoad refuses a search for what is written as for --fail-if", async () => {
    const cases: [string, string][] = [
      ["p99(response) > 5ms", "p99(response) < 5ms"],
      ["max(ack.CA)>=5ms", "max(ack.CA)<=5ms"],
      ["errors > 0.1%", "errors < 0.1%"],
      ["lost >= 1", "lost <= 1"],
      ["timeout > 0", "timeout < 0"],
      ["rate < 99%", "rate > 99%"],
      ["accepted <= 99%", "accepted >= 99%"],
    ];
    for (const [expr, meant] of cases) {
      await assert.rejects(load(`--search '${expr}'`), {
        name: "UsageError",
        message: `--search '${expr}': --search names what has to hold; is '${meant}' meant?`,
      });
      assert.equal((await load(`--search '${meant}'`)).load.text, meant);
    }
  });

  test("readLoad refuses more connections than can be", async () => {
    await refused("--connections 100001", /--connections.*Cannot open 100001 connections: wanted 100000 at most/);
    const limits = (soft: string) => `Limit  Soft  Hard  Units\nMax open files            ${soft}    4096    files\n`;
    refuseTooMany(974, limits("1024"));
    refuseTooMany(100_000, limits("unlimited"));
    refuseTooMany(100_000, null);
    assert.throws(() => refuseTooMany(975, limits("1024")), {
      name: "UsageError",
      message: "--connections 975: this process may open 1024 files, wanted 1025 (connections and 50 more); " +
        "raise it with ulimit -n 1025",
    });
  });

  test("readLoad refuses a search that says nothing, or cannot be", async () => {
    await refused("--search-step 2s", /^--search-step without --search/);
    await refused("--search-max 5", /^--search-max without --search/);
    await refused(
      "--search 'p99(response) < 1s abort after 5s'",
      /^--search .*'abort after' means nothing to a search$/,
    );
    await refused(
      "--search 'errors < 1%' --rate 50 --search-max 20",
      /^--rate and --search-max: a search from 50\/s cannot stay below 20\/s$/,
    );
    await refused("--search 'errors < 1%' --search-step 900ms", /--search-step.*wanted a second or more/);
    await refused("--search p99", /--search.*wanted '\('/);
  });

  test("readLoad refuses values that are none, naming the flag", async () => {
    const cases: [string, RegExp][] = [
      ["--stages 30s", /--stages.*at character 1 found '30s'/],
      ["--burst 200", /--burst.*wanted COUNT\/DURATION/],
      ["--shard 2/2", /--shard.*'2\/2'.*wanted K\/N, K from 0 to N-1/],
      ["--source-ip ward7", /--source-ip.*'ward7'.*wanted an IP/],
      ["--warmup 0s", /--warmup.*above 0/],
      ["--start-at noon", /--start-at.*'noon'.*wanted 2026/],
      ["--start-at @5", /--start-at.*'@5': that was .* ago/],
    ];
    for (const [line, wanted] of cases) await refused(line, wanted);
  });
});

describe("refuseIdle", () => {
  const plain: IdleFlags = {
    ...{ closed: false, inFlight: 1, connectionPerMessage: false, onTimeout: "keep", retries: 0, match: "id" },
    ...{ escapes: false, showFrame: false, format: "text" },
  };
  const refuse = (flags: Partial<IdleFlags>, ...given: string[]) =>
    refuseIdle({ ...plain, ...flags }, (key) => given.includes(key));
  const CASES: [RegExp, Partial<IdleFlags>, string[], Partial<IdleFlags>][] = [
    [/^--connect-rate and --connection-per-message: /, { connectionPerMessage: true }, ["connectRate"], {
      connectionPerMessage: false,
    }],
    [/^--in-flight and --connection-per-message: /, { connectionPerMessage: true, inFlight: 2 }, [], { inFlight: 1 }],
    [
      /^--on-timeout reconnect and --connection-per-message: /,
      { connectionPerMessage: true, onTimeout: "reconnect" },
      [],
      { retries: 1 },
    ],
    [/^--max-queue and --closed: /, { closed: true }, ["maxQueue"], { keepOrder: "PID-3" }],
    [/^--show-frame and --format text: /, { showFrame: true }, [], { format: "classic" }],
  ];
  for (const [said, flags, given, makesSense] of CASES) {
    test(`refuseIdle: ${said.source.slice(1, -2)}, and nothing else`, () => {
      assert.throws(() => refuse(flags, ...given), { name: "UsageError", message: said });
      refuse({ ...flags, ...makesSense }, ...given);
      if (given.length > 0) refuse(flags);
    });
  }

  test("refuseIdle lets the old words pass, which imply what they imply", () => {
    refuse({ showFrame: true, connectionPerMessage: true, match: "any", escapes: true });
  });
});

describe("parseShard", () => {
  test("parseShard reads K/N and nothing else", () => {
    assert.deepEqual([parseShard("0/1"), parseShard("3/4")], [{ index: 0, of: 1 }, { index: 3, of: 4 }]);
    for (const text of ["", "1", "1/", "/1", "1/1", "-1/2", "0/0", "a/2", "0/2/3", "0.5/2"]) {
      assert.throws(() => parseShard(text), {
        name: "RangeError",
        message: `Cannot read '${text}' as a shard: wanted K/N, K from 0 to N-1, such as 0/4`,
      });
    }
  });
});

describe("parseStart", () => {
  const now = Date.parse("2026-11-22T18:00:00Z");
  test("parseStart takes a time within a day, and one that has just passed", () => {
    assert.equal(parseStart("+30s", now), now + 30_000);
    assert.equal(parseStart("2026-11-22T17:59:30Z", now), now - 30_000);
    assert.equal(parseStart("+24h", now), now + 86_400_000);
  });

  test("parseStart refuses a time that is long past or too far", () => {
    assert.throws(() => parseStart("2026-11-22T17:58:59Z", now), {
      name: "RangeError",
      message:
        "Cannot start at '2026-11-22T17:58:59Z': that was 1m1s ago, wanted a time to come (or just past, by up to a minute)",
    });
    assert.throws(() => parseStart("+25h", now), {
      message: "Cannot start at '+25h': that is 25h from now, wanted within a day",
    });
  });
});
