import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { manName, manOfCommand, manOfProgram } from "../../cli/man.ts";
import { longName } from "../../cli/parser.ts";
import { anyCommand } from "./fake_command.ts";

const DATE = "2026-01-31";
const PAGES = [
  { name: manName(), page: manOfProgram(COMMANDS, DATE) },
  ...await Promise.all(COMMANDS.map(async (entry) => ({
    name: manName(entry.name),
    page: manOfCommand(await entry.load(), COMMANDS, DATE),
  }))),
];

/** The programs that read such pages, each with how it is told to check one. */
const READERS = {
  mandoc: ["-T", "lint", "-W", "warning"],
  groff: ["-man", "-ww", "-z", "-Tutf8"],
};

describe("man", () => {
  for (const [reader, args] of Object.entries(READERS)) {
    const there = spawnSync(reader, ["-z"], { input: "" }).error === undefined;
    test(`man pages are read by ${reader} without a warning`, { skip: !there && `there is no ${reader} here` }, () => {
      for (const { name, page } of PAGES) {
        const { stdout, stderr } = spawnSync(reader, args, { input: page, encoding: "utf8" });
        assert.equal(stdout + stderr, "", name);
      }
    });
  }

  test("man pages are ASCII, and no line of text is taken for a request that there is not", () => {
    const known = /^\.(TH|SH|SS|TP|PP|B|I|BR|BI|br|RS|RE|nf|fi|\\") ?/;
    for (const { name, page } of PAGES) {
      assert.match(page, /^[\n\x20-\x7e]*$/, name);
      for (const line of page.split("\n")) if (/^[.']/.test(line)) assert.match(line, known, name);
    }
  });

  test("man pages have the sections that readers look for, in their order", () => {
    for (const { name, page } of PAGES) {
      const sections = Array.from(page.matchAll(/^\.SH (.*)$/gm), ([, section]) => section);
      const order = ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "NOTES", "EXIT STATUS", "ENVIRONMENT"];
      order.push("EXAMPLES", "SEE ALSO");
      assert.deepEqual(sections, order.filter((section) => sections.includes(section)), name);
      for (const needed of ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]) {
        assert.ok(sections.includes(needed), `${name} ${needed}`);
      }
    }
  });

  test("man pages name every option that the help shows, under its heading, with its default", () => {
    const page = manOfCommand(anyCommand, COMMANDS);
    assert.match(
      page,
      /\n\.SS Trying\n\.TP\n\.BI \\-\\-retries " N"\ntries after the first; also \\-\\-tries; default 0\n/,
    );
    assert.match(page, /\n\.B mllp try\n\\fIENDPOINT\\fR \[\\fIFILE\\fR \.\.\.\] \[\\fIoptions\\fR\]\n/);
    assert.match(page, /\n\.SH NOTES\nA note\.\n/);
    assert.ok(!page.includes("secret"));
    for (const [key, { hidden }] of Object.entries(anyCommand.flags)) {
      assert.equal(page.includes(` ${longName(key).replaceAll("-", "\\-")}`), !hidden, key);
    }
  });

  test("man pages of notes let prose flow and leave tables as they stand", () => {
    const notes = ["A sentence in", "two lines:", "  a   table's", "  row\\", ".hidden start"];
    assert.ok(
      manOfCommand({ ...anyCommand, notes }, []).includes(
        [
          ".SH NOTES",
          "A sentence in two lines:",
          ".PP",
          ".RS 4",
          ".nf",
          "a   table\\(aqs",
          "row\\e",
          ".fi",
          ".RE",
          ".PP",
          "\\&.hidden start",
        ].join("\n"),
      ),
    );
  });
});
