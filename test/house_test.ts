/**
 * The rules of the house that a program can check (CONTRIBUTING.md lists them all).
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OUTCOMES } from "../lib/outcome.ts";
import { printedIn, printedInDocuments } from "./examples.ts";
import { codeOf, filesBelow, importsOf, projectFiles, read, ROOT, sourceFiles } from "./source.ts";

/** Files above the size cap because they are one data table; each with what it is a table of. */
const TABLES: ReadonlyMap<string, string> = new Map();
const SIZE_CAP = 400;

const SANS_IO = ["lib/framing/", "lib/link/", "lib/hl7/", "receiver/decide/"];
const SANS_IO_LINE = "This module performs no I/O.";

const sources = sourceFiles();
const tests = filesBelow("test", ".ts");
const isIn = (path: string, folders: readonly string[]) => folders.some((folder) => path.startsWith(folder));

/** The places in code where a pattern is found, as `path:line found`. */
function places(paths: readonly string[], pattern: RegExp, textOf: (path: string) => string): string[] {
  return paths.flatMap((path) =>
    textOf(path).split("\n").flatMap((line, i) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`${path}:${i + 1} ${found[0]}`];
    })
  );
}
const code = (path: string) => codeOf(read(path));

/** The part of the project that a file belongs to. */
function partOf(path: string): string {
  const [top, second] = path.split("/");
  if (top !== "lib") return path.startsWith("receiver/decide/") ? "receiver/decide" : top;
  if (path.split("/").length > 2) return second;
  return ["session", "client", "correlation", "evidence"].find((name) => second === `${name}.ts`) ?? "ground";
}

/** What each part may know, besides itself and the ground (bytes, errors, clock, values, ...). */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  framing: [],
  hl7: [],
  link: ["framing", "hl7"],
  transport: [],
  correlation: ["hl7"],
  evidence: ["framing", "hl7"],
  session: ["framing", "link", "transport"],
  client: ["framing", "hl7", "link", "transport", "session", "correlation", "evidence"],
  load: ["framing", "hl7", "link", "transport", "session", "client", "correlation", "evidence"],
  feed: ["hl7", "load"],
  bridge: ["framing", "hl7", "link", "transport", "session", "client", "correlation", "evidence"],
  report: ["hl7", "load"],
  audit: ["hl7"],
};
const LIBRARY = Object.keys(MAY_KNOW);
const ALL_MAY_KNOW: typeof MAY_KNOW = {
  ...MAY_KNOW,
  "receiver/decide": ["hl7", "receiver"],
  receiver: [...LIBRARY.filter((part) => part !== "report"), "receiver/decide"],
  cli: [...LIBRARY, "receiver", "receiver/decide", "deno.json"],
  "mod.ts": [...LIBRARY, "receiver", "receiver/decide"],
};

describe("house: dependencies", () => {
  test("dependencies go one way only: cli, receiver, lib, and within lib from the load down to the bytes", () => {
    const wrong = sources.flatMap((path) => {
      const part = partOf(path);
      return importsOf(path)
        .filter(({ target }) => /^(cli|lib|receiver|test|bench|mod\.ts|deno\.json)(\/|$)/.test(target))
        .filter(({ target }) => partOf(target) !== part && partOf(target) !== "ground")
        .filter(({ target }) => !ALL_MAY_KNOW[part].includes(partOf(target)))
        .map(({ target }) => `${path} -> ${target}`);
    });
    assert.deepEqual(wrong, []);
  });

  test("dependencies make no cycle among files, types not counted", () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      else if (!done.has(path)) {
        for (const { target, typeOnly } of importsOf(path)) {
          if (!typeOnly && sources.includes(target)) visit(target, [...trail, path]);
        }
        done.add(path);
      }
    };
    // The table of commands is loaded by main.ts and loads the commands: a cycle would show here too.
    for (const path of sources) visit(path, []);
    assert.deepEqual(cycles, []);
  });

  test("dependencies on text assets are out of reach of mod.ts, since Node cannot load them", () => {
    if (!sources.includes("mod.ts")) return;
    const reached = new Set(["mod.ts"]);
    const wrong: string[] = [];
    for (const path of reached) {
      for (const { target, asType } of importsOf(path)) {
        if (asType === "text") wrong.push(`${path} -> ${target}`);
        if (sources.includes(target)) reached.add(target);
      }
    }
    assert.deepEqual(wrong, []);
  });
});

describe("house: what files may do", () => {
  test("files of framing, link, hl7 and decide say that they perform no I/O", () => {
    const silent = sources.filter((path) => isIn(path, SANS_IO) && !read(path).includes(SANS_IO_LINE));
    assert.deepEqual(silent, []);
  });

  test("files that perform no I/O name no node: module, timer or clock, nor load one that does", () => {
    const pure = sources.filter((path) => read(path).split("*/")[0].includes(SANS_IO_LINE));
    assert.ok(pure.length > 10);
    const impure = /\b(setTimeout|setInterval|setImmediate|performance|process|Date\.now|fetch)\b|\bnew Date\(\)/;
    const wrong = places(pure, impure, code);
    for (const start of pure) {
      const reached = new Set([start]);
      for (const path of reached) {
        for (const { target, typeOnly } of importsOf(path)) {
          // `node:util` paints and takes arguments apart; it performs no I/O, but the core does without it.
          const allowed = target === "node:util" && !isIn(start, SANS_IO);
          if (target.startsWith("node:") && !allowed) wrong.push(`${start} reaches ${target} in ${path}`);
          if (!typeOnly && sources.includes(target)) reached.add(target);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });

  test("files draw no unseeded randomness", () => {
    assert.deepEqual(
      places([...sources, ...tests.filter((path) => path !== "test/house_test.ts")], /\bMath\.random\b/, code),
      [],
    );
  });

  test("files name no runtime but where the foreign function calls are", () => {
    const portable = sources.filter((path) => path !== "lib/transport/libc.ts");
    assert.deepEqual(places(portable, /\b(Deno|Bun)\./, code), []);
  });

  test("files write to the terminal only through cli/output.ts", () => {
    const others = sources.filter((path) => path !== "cli/output.ts");
    assert.deepEqual(places(others, /\bconsole\b/, code), []);
    const quiet = sources.filter((path) => path !== "cli/stream.ts");
    assert.deepEqual(places(quiet, /\bprocess\.(stdout|stderr)\b/, code), []);
  });

  test("files of the sans-I/O tests use no timer", () => {
    const pure = tests.filter((path) =>
      isIn(path, ["test/lib/framing/", "test/lib/link/", "test/lib/hl7/", "test/property/"])
    );
    assert.deepEqual(places(pure, /\b(setTimeout|setInterval)\b/, code), []);
  });
});

describe("house: how files look", () => {
  test("files begin with what they are", () => {
    const bare = sources.filter((path) => !read(path).startsWith("/**\n"));
    assert.deepEqual(bare, []);
  });

  test("files stay below 400 lines, but for tables", () => {
    const long = [...sources, ...tests, ...["bench", "fuzz", "soak"].flatMap((folder) => filesBelow(folder, ".ts"))]
      .map((path) => ({ path, lines: read(path).split("\n").length - 1 }))
      .filter(({ path, lines }) => lines > SIZE_CAP && !TABLES.has(path))
      .map(({ path, lines }) => `${path} has ${lines}`);
    assert.deepEqual(long, []);
  });

  test("files and what they export bear names of the field", () => {
    const vague = /manager|helper|util(?!s?\.inspect)/i;
    const exported = /^export (?:async )?(?:abstract )?(?:class|function|const|interface|type|enum) (\w+)/;
    const wrong = sources.filter((path) => vague.test(path));
    for (const path of sources) {
      for (const line of read(path).split("\n")) {
        const name = exported.exec(line)?.[1];
        if (name !== undefined && vague.test(name)) wrong.push(`${path} ${name}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test("files put nothing off", () => {
    const texts = projectFiles().filter((path) => /\.(ts|md|json)$/.test(path) && path !== "test/house_test.ts");
    assert.deepEqual(places(texts, /\b(TODO|FIXME|XXX|HACK)\b/, read), []);
  });

  test("files name no package registry, and no path of the machine they were written on", () => {
    const texts = projectFiles().filter((path) => path !== "test/house_test.ts" && !/\.(pem|png|der)$/.test(path));
    const registries =
      /registry\.npmjs|registry\.yarnpkg|\bjsr\.io\b|\bdeno\.land\/x|\besm\.sh\b|https?:\/\/[^\s"]*(artifactory|nexus|npm-proxy)/;
    assert.deepEqual(places(texts, registries, read), []);
    const here = [ROOT, homedir()].map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    assert.deepEqual(places(texts, new RegExp(`(${here.join("|")})/|/${["wo", "rk"].join("")}/`), read), []);
  });
});

describe("house: documentation", () => {
  interface Declaration {
    readonly location: { readonly filename: string; readonly line: number };
    readonly declarationKind: string;
    readonly kind: string;
    readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly { readonly kind: string }[] };
  }
  const symbols = exportedSymbols();

  /** Every exported symbol of the sources, as `deno doc` sees them. */
  function exportedSymbols(): { path: string; name: string; declaration: Declaration }[] {
    const { stdout, status, stderr } = spawnSync(process.execPath, ["doc", "--json", ...sources], {
      cwd: ROOT,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    assert.equal(status, 0, stderr);
    const { nodes } = JSON.parse(stdout) as {
      nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }>;
    };
    return Object.values(nodes).flatMap(({ symbols }) =>
      symbols.flatMap(({ name, declarations }) =>
        declarations
          // A name that is passed on is documented where it comes from.
          .filter(({ declarationKind, kind }) => declarationKind === "export" && kind !== "reference")
          .map((declaration) => ({
            path: fileURLToPath(declaration.location.filename).slice(ROOT.length + 1),
            name,
            declaration,
          }))
      )
    );
  }

  /** Those of which no declaration is right: of an overloaded function, one serves all. */
  function wanting(of: typeof symbols, isRight: (declaration: Declaration) => boolean): string[] {
    const key = ({ path, name }: typeof symbols[number]) => `${path} ${name}`;
    const served = new Set(of.filter(({ declaration }) => isRight(declaration)).map(key));
    return [...new Set(of.map(key))].filter((name) => !served.has(name));
  }

  /** The names that `mod.ts` passes on: the public ones. */
  const published = new Set(
    Array.from(read("mod.ts").matchAll(/^export \{([^}]*)\} from/gms), ([, names]) => names.split(","))
      .flat().map((name) => name.replace("type ", "").trim()).filter((name) => name !== ""),
  );
  /** The files of which it passes on everything. */
  const whole = Array.from(read("mod.ts").matchAll(/^export \* from "\.\/(.+)"/gm), ([, path]) => path);
  const isPublic = ({ path, name }: typeof symbols[number]) => published.has(name) || whole.includes(path);

  test("documentation stands at every exported symbol", () => {
    assert.ok(symbols.length > 100);
    assert.deepEqual(wanting(symbols, ({ jsDoc }) => (jsDoc?.doc ?? "").trim() !== ""), []);
  });

  test("documentation of every public function and class has an example", () => {
    const doing = symbols.filter(isPublic).filter(({ declaration: { kind } }) =>
      kind === "function" || kind === "class"
    );
    assert.ok(doing.length > 30);
    assert.deepEqual(wanting(doing, ({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false), []);
  });

  test("documentation and types of the exported know no any", () => {
    const vague = symbols.filter(({ declaration }) =>
      JSON.stringify(declaration).includes('"repr":"any","kind":"keyword"')
    );
    assert.deepEqual(vague.map(({ path, name }) => `${path} ${name}`), []);
  });

  test("documentation in README lists every error code, and a test names each", () => {
    const codes = Array.from(
      read("lib/errors.ts").matchAll(/^ {2}(?:\/\*\*.*\*\/ )?\| "([a-z_]+)"/gm),
      ([, code]) => code,
    );
    assert.ok(codes.length > 15);
    const readme = read("README.md");
    const text = tests.filter((path) => path !== "test/house_test.ts").map(read).join("\n") +
      filesBelow("test/vectors", ".json").map(read).join("\n");
    assert.deepEqual(codes.filter((code) => !readme.includes(`| \`${code}\``)), [], "not in README's table");
    assert.deepEqual(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(text)), [], "in no test");
  });

  test("documentation in README lists every outcome", () => {
    const readme = read("README.md");
    assert.deepEqual(OUTCOMES.filter((outcome) => !readme.includes(`| \`${outcome}\``)), []);
  });

  test("documentation prints commands that can be found, and says why where they are not run", () => {
    const printed = printedInDocuments();
    assert.ok(printed.length > 5);
    assert.deepEqual(
      printedIn("```sh norun: needs a device\n$ mllp send \\\n  x\nls\n```\n```ts\nmllp\n```\nmllp", "x.md"),
      [
        { source: "x.md", lineNumber: 3, command: "mllp send x", norun: "needs a device" },
      ],
    );
    assert.throws(() => printedIn("```sh norun\n```", "x.md"), /x\.md:1: a fence says norun and not why/);
  });
});

test("house: LICENSE, CHANGELOG, CONTRIBUTING and .ci/run are there", () => {
  const missing = ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", ".ci/run", "deno.lock"]
    .filter((path) => !existsSync(join(ROOT, path)));
  assert.deepEqual(missing, []);
});
