/**
 * Every verb of the scenario language, every option and every word of it, on the compiled binary, as a raw socket sees it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ACK_CODES } from "../../../lib/hl7/ack_code.ts";
import { MUTATION_NAMES } from "../../../receiver/mutate/registry.ts";
import { FAULT_NAMES } from "../../../receiver/scenario/fault.ts";
import { EVENT_KINDS } from "../../../receiver/scenario/scenario.ts";
import { kindOf, type Verb, VERBS, WORDS } from "../../../receiver/steps/registry.ts";
import { connectionTables } from "./connection_tables.ts";
import { saidIn, sayable, stepsOf } from "./coverage.ts";
import { eventTables } from "./event_tables.ts";
import { frameTables } from "./frame_tables.ts";
import { layerTables } from "./layer_tables.ts";
import { linkTables } from "./link_tables.ts";
import { replyTables } from "./reply_tables.ts";
import { semanticsTables } from "./semantics_tables.ts";
import { Play, rulesOf, type Table } from "./table.ts";
import { tlsTables } from "./tls_tables.ts";

const TABLES: readonly Table[] = [
  ...eventTables,
  ...connectionTables,
  ...replyTables,
  ...frameTables,
  ...semanticsTables,
  ...linkTables,
  ...layerTables,
  ...tlsTables,
];

/** Every rule of every row. */
const RULES = TABLES.flatMap(({ rows }) => rows.flatMap((row) => rulesOf(row)));

/** Those of `all` that are not there. */
function missing(all: readonly string[], there: ReadonlySet<string>): string[] {
  return all.filter((each) => !there.has(each));
}

const SAID = saidIn(RULES.flatMap(stepsOf));

test("the tables of verbs say every step, every option and every word that the scenario language has", () => {
  const all = sayable();
  assert.ok(all.length > 150, "the published schema was read");
  assert.deepEqual(missing(all, SAID), []);
});

test("the tables of verbs have every word of a step, every mutation, every fault that is a flag, and what is in no schema", () => {
  const words = new Set([...SAID].map((said) => said.replace(/[!.=].*$/s, "")));
  assert.deepEqual(missing(WORDS, words), []);
  const damage = [...SAID].flatMap((said) => /^mutate[.=](\w+)/.exec(said)?.[1] ?? []);
  assert.deepEqual(missing(MUTATION_NAMES, new Set(damage)), []);
  assert.deepEqual(missing(FAULT_NAMES, new Set(TABLES.flatMap(({ args = [] }) => args))), []);
  const codes = [...ACK_CODES, "none"].map((code) => `reply=${code}`);
  const ids = ["same", "empty", "wrong", "previous"].map((word) => `reply.control_id=${word}`);
  assert.deepEqual(missing([...codes, ...ids], SAID), []);
});

test("the tables of verbs have every event, and every step at each event that it can be done at", () => {
  const done = new Set(
    RULES.flatMap((rule) => {
      const on = String(rule.on ?? "message");
      return [on, ...[...saidIn(stepsOf(rule))].map((said) => `${on} ${said.replace(/[!.=].*$/s, "")}`)];
    }),
  );
  assert.deepEqual(missing(EVENT_KINDS, done), []);
  const wanted = WORDS.filter((word) => (VERBS as readonly string[]).includes(word)).flatMap((word) =>
    kindOf(word as Verb).on.map((on) => `${on} ${word}`)
  );
  assert.deepEqual(missing(wanted, done), []);
});

const PLAYED = TABLES.flatMap((table): Table[] => {
  const { name, args = [] } = table;
  const journal = { ...table, name: `${name}, with a journal`, args: [...args, "--journal", "journal.ndjson"] };
  return table.journal ? [table, journal] : [table];
});
const plays = PLAYED.map((table) => new Play(table));

after(() => Promise.all(plays.map(({ ended }) => ended)));

for (const [i, { name, rows }] of PLAYED.entries()) {
  for (const [j, row] of rows.entries()) {
    const rules = rulesOf(row).map((rule) => JSON.stringify(rule).replaceAll('"', "")).join(" ");
    test(`mllp receive, ${name}: ${rules} ${row.what}`, { timeout: 60_000 }, () => {
      const row = plays[i].row(j);
      // Most of a play is waiting: the next one begins meanwhile.
      if (!PLAYED[i].alone && !PLAYED[i + 1]?.alone) plays[i + 1]?.begin();
      return row;
    });
  }
}
