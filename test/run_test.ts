import assert from "node:assert/strict";
import { test } from "node:test";
import { countTests } from "./run.ts";

const DENO = `<testsuites tests="6"><testsuite name="./a_test.ts">
<testcase name="top" classname="./a_test.ts"></testcase>
<testcase name="d" classname="./a_test.ts"><failure message="1 test step failed">1 test step failed.</failure></testcase>
</testsuite><testsuite name="ext:deno_node/testing.ts">
<testcase name="d &gt; in a" classname="x"></testcase>
<testcase name="d &gt; in b" classname="x"><failure message="1 !== 2">&lt;testcase&gt;</failure></testcase>
<testcase name="d &gt; sk" classname="x"><skipped/></testcase>
</testsuite></testsuites>`;

const BUN = `<testsuites><testsuite name="a_test.ts">
<testcase name="top" classname="" time="0.1" />
<testsuite name="d"><testcase name="in a" classname="d" />
<testcase name="in b" classname="d"><failure type="AssertionError">x</failure></testcase>
<testcase name="sk" classname="d"><skipped /></testcase></testsuite></testsuite></testsuites>`;

test("countTests counts the same tests alike in the reports of Deno and of Bun", () => {
  assert.deepEqual(countTests(DENO), { passed: 2, failed: 1, skipped: 1 });
  assert.deepEqual(countTests(BUN), { passed: 2, failed: 1, skipped: 1 });
});

test("countTests counts a group that failed by itself", () => {
  const xml = DENO.replace('<failure message="1 !== 2">&lt;testcase&gt;</failure>', "");
  assert.deepEqual(countTests(xml), { passed: 3, failed: 1, skipped: 1 });
});

test("countTests finds nothing in a report without tests", () => {
  assert.deepEqual(countTests("<testsuites></testsuites>"), { passed: 0, failed: 0, skipped: 0 });
});
