/** Mutations as they are written: what each word and map is read as, and what is refused, and why. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import { toJsonSchema } from "@valibot/to-json-schema";
import { safeParse } from "valibot";
import { mutationForm, mutationsForm } from "../../../receiver/mutate/form.ts";
import { MUTATION_NAMES, mutationKind } from "../../../receiver/mutate/registry.ts";

/** Each mutation as written, and as read; a scenario's scalars are texts. */
const WRITTEN: readonly (readonly [written: unknown, read: unknown])[] = [
  ["drop_start", { kind: "drop_start" }],
  ["double_start", { kind: "double_start" }],
  [{ embed_start: "40%" }, { kind: "embed_start", at: 0.4 }],
  ["drop_end_block", { kind: "drop_end_block" }],
  ["drop_end_data", { kind: "drop_end_data" }],
  [{ end_data: "lf" }, { kind: "end_data", hex: "0a" }],
  [{ end_data: "0D0D" }, { kind: "end_data", hex: "0d0d" }],
  [{ prefix: "0d0a" }, { kind: "prefix", hex: "0d0a" }],
  [{ prefix: "spaces" }, { kind: "prefix", hex: "20202020" }],
  [{ suffix: "00" }, { kind: "suffix", hex: "00" }],
  ["keepalive", { kind: "keepalive" }],
  ["empty_frame", { kind: "empty_frame" }],
  ["nul_fill", { kind: "nul_fill" }],
  [{ pad_to: "2MB" }, { kind: "pad_to", bytes: 2_000_000 }],
  [{ pad_to: "256MiB" }, { kind: "pad_to", bytes: 268_435_456 }],
  [{ truncate: "40%" }, { kind: "truncate", to: 0.4 }],
  ["endless", { kind: "endless" }],
  [{ corrupt: { bytes: "2" } }, { kind: "corrupt", bytes: 2 }],
  [{ segment_ends: "crlf" }, { kind: "segment_ends", end: "crlf" }],
  ["drop_last_cr", { kind: "drop_last_cr" }],
  [{ separators: "#~!\\&" }, { kind: "separators", to: "#~!\\&" }],
  [{ charset: "utf-16le" }, { kind: "charset", to: "utf-16le" }],
  ["bom", { kind: "bom" }],
  [{ not_hl7: "http" }, { kind: "not_hl7", what: "http" }],
];

const published = toJsonSchema(mutationsForm, { definitions: { mutation: mutationForm }, typeMode: "input" });
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(published);

/** What is wrong, each with its place. */
function issuesOf(written: unknown): string[] {
  const { issues = [] } = safeParse(mutationsForm, written);
  return issues.map(({ message, path = [] }) => `${path.map(({ key }) => key).join(".")}: ${message}`);
}

test("mutationsForm reads each mutation that is registered, alone and in a list", () => {
  for (const [written, read] of WRITTEN) {
    assert.deepEqual(safeParse(mutationsForm, [written]).output, [read], JSON.stringify(written));
    assert.deepEqual(safeParse(mutationsForm, written).output, [read]);
  }
  const names = WRITTEN.map(([written]) => typeof written === "string" ? written : Object.keys(written as object)[0]);
  assert.deepEqual(new Set(names), new Set(MUTATION_NAMES));
});

test("mutationsForm reads texts and numbers out of a program alike", () => {
  assert.deepEqual(issuesOf([{ corrupt: { bytes: 2 } }, { prefix: 20 }, { suffix: 13 }]), []);
});

test("mutationsForm names the nearest of unknown words and keys, and what it wanted", () => {
  const rows: readonly (readonly [written: unknown, issue: string | RegExp])[] = [
    [["drop_strat"], "0: unknown mutation 'drop_strat', did you mean 'drop_start'?"],
    [[{ prefx: "00" }], "0.prefx: unknown key 'prefx', did you mean 'prefix'?"],
    [["prefix"], "0: prefix needs a value: {prefix: ...}"],
    [[{ bom: "true" }], "0: bom takes no value, wanted the bare word bom"],
    [[{ bom: "true", prefix: "00" }], "0: bom takes no value, wanted the bare word bom"],
    [[{ suffix: "00", prefix: "00" }], "0: found prefix and suffix in one, wanted a mutation of its own for each"],
    [[], ": found an empty list, wanted a list"],
    [[null], "0: found null, wanted a mutation"],
    [[{}], /^0: found an empty map, wanted a mutation: one of embed_start, /],
    [[{ prefix: "0d0" }], /^0\.prefix: Cannot read '0d0' as bytes: wanted two hexadecimal .*, or spaces$/],
    [[{ prefix: "" }], /^0\.prefix: found nothing, wanted bytes/],
    [
      [{ suffix: "spaces" }],
      /^0\.suffix: Cannot read 'spaces' as bytes: wanted two hexadecimal digits each, such as 0d0a$/,
    ],
    [[{ prefix: "00".repeat(1025) }], "0.prefix: Cannot use 1025 bytes: wanted at most 1024"],
    [[{ end_data: "0d" }], "0.end_data: found 0d, which is how a frame ends, wanted lf or other bytes"],
    [[{ embed_start: "100%" }], "0.embed_start: Cannot use 100% of the bytes: wanted more than 0% and less than 100%"],
    [[{ truncate: "0%" }], "0.truncate: Cannot use 0% of the bytes: wanted more than 0% and less than 100%"],
    [[{ truncate: "0.4" }], /^0\.truncate: Cannot read '0\.4' as a percentage/],
    [[{ corrupt: { bytes: "0" } }], /^0\.corrupt\.bytes: Cannot read '0' as a count/],
    [[{ corrupt: "2" }], "0.corrupt: found '2', wanted what to corrupt: a map"],
    [[{ corrupt: { byts: "2", bytes: "2" } }], /unknown key 'byts', did you mean 'bytes'\?/],
    [[{ pad_to: "257MiB" }], "0.pad_to: Cannot pad a reply to 257MiB: wanted more than 0 and at most 256MiB"],
    [[{ pad_to: "1GiB" }], /^0\.pad_to: Cannot pad a reply to 1GiB/],
    [[{ pad_to: "0" }], /^0\.pad_to: Cannot pad a reply to 0:/],
    [[{ segment_ends: "cr" }], /^0\.segment_ends: unknown end of segments 'cr', did you mean '(crlf|lf)'\?$/],
    [[{ charset: "utf-16" }], "0.charset: unknown charset 'utf-16', did you mean 'utf-16le'?"],
    [[{ not_hl7: "xml" }], /^0\.not_hl7: unknown kind of content 'xml', did you mean 'html'\?$/],
  ];
  for (const [written, wanted] of rows) {
    const found = issuesOf(written);
    if (typeof wanted === "string") assert.equal(found[0], wanted);
    else assert.match(found[0] ?? "no issue", wanted);
  }
});

test("mutationsForm refuses separators that would not separate", () => {
  for (
    const text of [
      "#~!\\",
      "#~!\\&^",
      "##!\\&",
      "#~!\\a",
      "#~!\\1",
      "#~!\\ ",
      "#~!\\.",
      "#~!\\+",
      "#~!\\-",
      '#~!\\"',
      "#~!\\\u00e9",
      "#~!\\\r",
    ]
  ) {
    assert.match(
      issuesOf([{ separators: text }])[0] ?? "no issue",
      /^0\.separators: Cannot use '.*' as separators: wanted five/s,
    );
  }
});

test("mutationsForm refuses what does not go together, at the second of them", () => {
  const rows: readonly (readonly [written: readonly unknown[], issue: string])[] = [
    [
      ["drop_start", "double_start"],
      "double_start may not stand beside drop_start: a start block that is left out cannot be doubled",
    ],
    [
      ["double_start", "drop_start"],
      "drop_start may not stand beside double_start: a start block that is left out cannot be doubled",
    ],
    [
      ["drop_end_data", { end_data: "lf" }],
      "end_data may not stand beside drop_end_data: an end that is left out cannot be another one",
    ],
    [[{ pad_to: "2MB" }, "empty_frame"], "empty_frame may not stand beside pad_to: an empty frame has no content"],
    [["endless", { truncate: "4%" }], "truncate may not stand beside endless: an endless frame never comes to its end"],
    [
      [{ truncate: "4%" }, "drop_end_block"],
      "drop_end_block may not stand beside truncate: the frame is cut off before its end",
    ],
    [
      [{ not_hl7: "http" }, "drop_start"],
      "drop_start may not stand beside not_hl7: http: an HTTP response comes instead of the whole frame",
    ],
    [
      [{ not_hl7: "text" }, { pad_to: "2MB" }],
      "pad_to may not stand beside not_hl7: what is no HL7 has no segments, and is no NULs",
    ],
    [["nul_fill", "bom"], "bom may not stand beside nul_fill: of the content only its length is left"],
    [
      ["drop_last_cr", { segment_ends: "none" }],
      "segment_ends: none may not stand beside drop_last_cr: no segment has an end that could be left out",
    ],
    [
      ["drop_last_cr", { pad_to: "2MB" }],
      "pad_to may stand only before drop_last_cr: it adds segments of its own, with their ends",
    ],
    [
      ["bom", { separators: "#~!\\&" }],
      "separators may stand only before bom: it reads the separators where MSH begins, in ASCII",
    ],
    [
      [{ charset: "utf-16le" }, "bom"],
      "bom may stand only before charset: utf-16le: the mark is encoded with the text",
    ],
    [
      ["bom", { charset: "iso-8859-1" }],
      "charset: iso-8859-1 may stand only before bom: the mark has no place in ISO 8859-1",
    ],
    [
      [{ charset: "utf-8" }, { not_hl7: "html" }],
      "not_hl7 may stand only before charset: what comes instead of the content is encoded, not what went",
    ],
    [
      [{ corrupt: { bytes: "1" } }, "nul_fill"],
      "nul_fill may stand only before corrupt: damage is done to the content as it is sent",
    ],
    [
      [{ suffix: "00" }, { truncate: "50%" }],
      "truncate may stand only before suffix: what is behind the frame would be cut off",
    ],
    [["bom", "keepalive", "bom"], "bom stands there twice, wanted once: the second one has nothing to do"],
  ];
  for (const [written, wanted] of rows) {
    assert.deepEqual(issuesOf(written), [`${written.length - 1}: ${wanted}`], JSON.stringify(written));
  }
});

test("mutationsForm takes what goes together, in the order in which it does", () => {
  const together: readonly (readonly unknown[])[] = [
    ["drop_end_data", { prefix: "0d0a" }],
    [{ prefix: "20" }, "keepalive", { prefix: "00" }, "keepalive", { suffix: "00" }, { suffix: "00" }],
    ["drop_start", "drop_end_block", "drop_end_data"],
    ["empty_frame", { truncate: "50%" }],
    [{ separators: "#~!\\&" }, { pad_to: "2MB" }, { segment_ends: "lf" }, "drop_last_cr", "bom", {
      charset: "utf-16le",
    }],
    [{ segment_ends: "lf" }, { pad_to: "2MB" }],
    [{ charset: "iso-8859-1" }, "bom", { embed_start: "40%" }, { embed_start: "60%" }, { corrupt: { bytes: "2" } }],
    [{ not_hl7: "html" }, "bom", { truncate: "40%" }, { suffix: "00" }],
    [{ not_hl7: "http" }, { corrupt: { bytes: "2" } }, { truncate: "40%" }],
    [{ pad_to: "2MB" }, "nul_fill"],
    ["drop_start", { corrupt: { bytes: "2" } }, "endless"],
  ];
  for (const written of together) assert.deepEqual(issuesOf(written), [], JSON.stringify(written));
});

test("mutationsForm is published with each mutation and its description, as strict as editors can be", () => {
  for (const [written] of WRITTEN) {
    assert.ok(validate(written) && validate([written]), JSON.stringify(written));
  }
  assert.ok(validate([{ corrupt: { bytes: 2 } }, { prefix: 20 }]), "numbers are such");
  const wrong = [[], ["drop_strat"], [{ bom: true }], ["prefix"], [{ prefix: "0d0" }], [{ charset: "x" }], [{
    corrupt: {},
  }]];
  for (const written of wrong) assert.equal(validate(written), false, JSON.stringify(written));
  const text = JSON.stringify(published);
  for (const name of MUTATION_NAMES) {
    const { about } = mutationKind(name);
    assert.ok(text.includes(JSON.stringify(about.slice(1)).slice(1)), name);
  }
});
