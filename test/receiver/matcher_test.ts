/** Regular expressions of users: what they mean, what is refused, and that no value can make them slow. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matcherOf, MOST_CHARACTERS } from "../../receiver/matcher.ts";
import { Judge } from "./decide/deciding.ts";
import { issuesOf, scenarioOf } from "./scenario/files.ts";

const matcher = matcherOf();

test("matcherOf searches anywhere in the value, and case matters", () => {
  const rows: [string, string, boolean][] = [
    ["OSP", "HOSPITAL", true],
    ["^OSP", "HOSPITAL", false],
    ["TAL$", "HOSPITAL", true],
    ["osp", "HOSPITAL", false],
    ["(?i)osp", "HOSPITAL", true],
    ["^\\d{3,}$", "4711", true],
    ["M.ller", "Müller", true],
    ["^.$", "😀", true],
    ["", "", true],
    ["a|b", "xbx", true],
    ["[[:alpha:]]+", "42", false],
  ];
  for (const [pattern, text, wanted] of rows) assert.equal(matcher(pattern)(text), wanted, `${pattern} in ${text}`);
});

test("matcherOf says in words why an expression cannot be used", () => {
  const rows: [string, RegExp][] = [
    ["(a", /^RangeError: Cannot read '\(a' as a regular expression: missing closing \) at '\(a'$/],
    ["[b-a]", /invalid character class range at 'b-a'$/],
    ["(?=a)", /invalid or unsupported Perl syntax at '\(\?='$/],
    ["a{2000}", /invalid repeat count/],
    ["\\1", /invalid escape sequence/],
    ["*", /missing argument to repetition operator/],
    ["(a{1,900}){1,900}", /expression too large$/],
    [".{1,1000}.{1,1000}.{1,1000}", /it comes to \d+ instructions, wanted at most 5000/],
    ["(".repeat(5000) + ")".repeat(5000), /^RangeError: Cannot read '\({60}\.\.\.' as a regular expression: .*deep/],
    ["a".repeat(MOST_CHARACTERS + 1), /'a{60}\.\.\.' as a regular expression: it has 65537 characters/],
  ];
  for (const [pattern, wanted] of rows) assert.throws(() => matcher(pattern), wanted, pattern.slice(0, 40));
});

test("matcherOf looks at the first 65,536 characters of a longer value", () => {
  const value = `${"x".repeat(MOST_CHARACTERS - 1)}ab`;
  assert.equal(matcher("a")(value), true);
  assert.equal(matcher("b")(value), false);
});

test("matcherOf takes expressions that explode elsewhere", () => {
  const value = "a".repeat(MOST_CHARACTERS);
  for (const pattern of ["(a+)+$b", "^(a|aa)+$b", "(a*)*(a*)*b", "(.*)*x"]) {
    assert.equal(matcher(pattern)(value), false, pattern);
  }
});

test("a scenario with a matcher reads, decides and judges by expressions", () => {
  const rules = 'rules: [{id: a, when: {"OBX[*]-5": {matches: "^JVBERi0"}}, do: [{reply: AE}]}]';
  const judge = new Judge(rules);
  assert.deepEqual(
    judge.rules({ id: "A", rest: "OBX|1|ED|||JVBERi0xLjQ\r" }, { id: "B", rest: "OBX|1|ED|||xJVBERi0\r" }),
    ["a", null],
  );
  const expect = "expect: [{none: {PID-3: {matches: '^9'}}}]";
  assert.equal(scenarioOf(expect, { matcher }).expect?.length, 1);
  assert.deepEqual(issuesOf("version: 1\nexpect: [{none: {PID-3: {matches: '(9'}}}]", { matcher }), [
    "2:35 expect[0].none.PID-3.matches: Cannot read '(9' as a regular expression: missing closing ) at '(9'",
  ]);
});
