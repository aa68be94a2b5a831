import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import type { Command } from "../../cli/command.ts";
import { completionCommand, completionScript, SHELLS } from "../../cli/completion.ts";
import { FRAMINGS } from "../../lib/link/make.ts";
import { anyCommand } from "./fake_command.ts";

const COMMANDS = [anyCommand, completionCommand(() => Promise.resolve([anyCommand]))];

/** What bash offers for the last of these words. */
function bashOffers(words: readonly string[], commands: readonly Command[] = COMMANDS): string[] {
  const script = `${completionScript("bash", commands)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mllp; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script, "bash", "mllp", ...words], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return stdout.split("\n").filter((word) => word !== "");
}

const hasBash = spawnSync("bash", ["-c", "exit 0"]).status === 0;

describe("completion in bash", { skip: !hasBash && "there is no bash here" }, () => {
  test("completion in bash offers the commands first", () => {
    assert.deepEqual(bashOffers([""]), ["try", "completion", "help", "--help", "--version"]);
    assert.deepEqual(bashOffers(["t"]), ["try"]);
  });

  test("completion in bash offers a command's own options, and no hidden one", () => {
    assert.deepEqual(bashOffers(["try", "a", "--re"]), ["--retries"]);
    assert.ok(bashOffers(["try", "--"]).includes("--no-color"));
    assert.ok(!bashOffers(["try", "--"]).includes("--secret"));
    assert.ok(!bashOffers(["completion", "--"]).includes("--retries"));
  });

  test("completion in bash offers the words an option or operand can be", () => {
    assert.deepEqual(bashOffers(["try", "--framing", ""]), [...FRAMINGS]);
    assert.deepEqual(bashOffers(["try", "--framing", "no"]), ["none"]);
    assert.deepEqual(bashOffers(["completion", ""]), [...SHELLS]);
    assert.deepEqual(bashOffers(["help", "tr"]), ["try"]);
    assert.deepEqual(bashOffers(["help", "try", "--"]), ["--man"]);
  });

  test("completion in bash offers what a value begins with, and no space behind what goes on", () => {
    const words = { ...anyCommand.flags.retries, choices: ["AA", "file:"] };
    const commands = [{ ...anyCommand, flags: { reply: words } }];
    assert.deepEqual(bashOffers(["try", "--reply", ""], commands), ["AA", "file:"]);
    const script = completionScript("bash", commands);
    assert.match(
      script,
      /'try --reply'\) COMPREPLY=.*; \[\[ .* == \*: \]\] && compopt -o nospace 2>\/dev\/null; return ;;/,
    );
    assert.match(completionScript("zsh", commands), /:\(AA file\\:\)'/);
    assert.match(completionScript("fish", commands), / -l reply -x -a 'AA file:' /);
  });

  test("completion in bash leaves files to readline and offers nothing for a free value", () => {
    assert.deepEqual(bashOffers(["try", "a", ""]), []);
    assert.deepEqual(bashOffers(["try", "--env-file", ""]), []);
    assert.deepEqual(bashOffers(["try", "--retries", ""]), []);
  });

  test("completion in bash evaluates nothing that was typed", () => {
    assert.deepEqual(bashOffers(["try", "$(echo pwned >&2)", "`echo pwned >&2`", "--re"]), ["--retries"]);
  });
});

describe("completion in zsh and fish", () => {
  test("completion in zsh lists commands, options with their help, values and files", () => {
    const script = completionScript("zsh", COMMANDS);
    assert.ok(script.startsWith("#compdef mllp\n"));
    assert.ok(script.includes("'try:Say what was given'"));
    const framing = anyCommand.flags.framing.about.replace(/[\\:[\]]/g, "\\$&");
    const values = `FRAMING:(${FRAMINGS.join(" ")})`;
    assert.ok(script.includes(`'*--framing[${framing}]:${values}'`), script);
    assert.ok(script.includes("'*--env-file[settings to read, if not .env in the current directory]:FILE:_files'"));
    assert.ok(script.includes("'*:FILE:_files'"));
    assert.ok(script.includes("    help) _arguments '--man[print the manual page]' "));
    assert.ok(!script.includes("--secret"));
  });

  test("completion in fish lists commands, options with their help, values and files", () => {
    const script = completionScript("fish", COMMANDS);
    const here = "complete -c mllp -n '__fish_seen_subcommand_from try'";
    const lines = script.split("\n");
    assert.ok(lines.includes("complete -c mllp -n __fish_use_subcommand -a try -d 'Say what was given'"));
    assert.ok(lines.includes(`${here} -F`));
    assert.ok(lines.some((line) => line.includes("__fish_seen_subcommand_from help' -l man -d ")));
    assert.ok(lines.includes(`${here} -l env-file -r -F -d 'settings to read, if not .env in the current directory'`));
    assert.ok(lines.some((line) => line.startsWith(`${here} -l framing -x -a '${FRAMINGS.join(" ")}' -d '`)));
    assert.ok(!script.includes("secret"));
  });
});

for (const shell of SHELLS) {
  const there = spawnSync(shell, ["-c", "true"]).status === 0;
  test(
    `completion in ${shell} is a script that the shell can read`,
    { skip: !there && `there is no ${shell} here` },
    () => {
      const { status, stderr } = spawnSync(shell, ["-n"], {
        input: completionScript(shell, COMMANDS),
        encoding: "utf8",
      });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    },
  );
}
