import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import manifest from "../../deno.json" with { type: "json" };
import { archiveName, TARGETS } from "../../release/targets.ts";
import { read, ROOT } from "../source.ts";

const FOLDER = ".github/workflows";
const WORKFLOWS = readdirSync(join(ROOT, FOLDER)).map((name) => `${FOLDER}/${name}`);
/** The toolchain that every command line of the project names. */
const DENO = /deno@([\d.]+)/.exec(read(".ci/run"))![1];

interface Job {
  readonly needs?: string | readonly string[];
  readonly strategy?: { readonly matrix: { readonly include: readonly { readonly target?: string }[] } };
}

describe("workflows", () => {
  for (const path of WORKFLOWS) {
    test(`${path} runs tasks that there are, with the toolchain that .ci/run names`, () => {
      const calls = Array.from(read(path).matchAll(/deno@([\d.]+) task ([\w:]+)/g));
      assert.ok(calls.length > 0);
      for (const [, version, task] of calls) {
        assert.equal(version, DENO);
        assert.ok(task in manifest.tasks, task);
      }
    });

    test(`${path} has jobs that wait for jobs that there are`, () => {
      const { jobs } = parse(read(path)) as { jobs: Record<string, Job> };
      for (const { needs = [] } of Object.values(jobs)) {
        for (const name of [needs].flat()) assert.ok(name in jobs, name);
      }
    });
  }

  test("the release workflow starts the executable of every target", () => {
    const { jobs } = parse(read(`${FOLDER}/release.yml`)) as { jobs: Record<string, Job> };
    const started = Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix.include ?? []);
    assert.deepEqual(started.map(({ target }) => target).sort(), TARGETS.map(({ name }) => name).sort());
  });
});

describe("the image", () => {
  test("the image is made of archives that a release has, whose executables ask for glibc alone", () => {
    const added = Array.from(read("deploy/docker/Dockerfile").matchAll(/^ADD (\S+)/gm), ([, name]) => name);
    assert.equal(added.length, 2);
    for (const name of added) {
      const target = TARGETS.find((one) => archiveName("${VERSION}", one) === name);
      assert.ok(target !== undefined, name);
      assert.deepEqual(
        target.format.needed!.filter((library) => !/^(ld-linux|lib(c|m|dl|pthread)\.so)/.test(library)),
        [],
      );
    }
  });
});
