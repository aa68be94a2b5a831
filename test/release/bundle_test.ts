import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bundle, type Metafile, ROOT } from "../../release/build.ts";
import { notices } from "../../release/notices.ts";
import { type BundledPackage, bundledPackages, idOf, obstacles } from "../../release/packages.ts";
import { integrityOf, RUNTIME_VERSION } from "../../release/runtimes.ts";
import { RUNTIME_PARTS } from "../../release/runtime_parts.ts";
import { sbom } from "../../release/sbom.ts";

const OPTIONS = { commit: "0123456789abcdef", target: "linux-x64" };

describe("bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "mllp-bundle-"));
  const first = join(folder, "first");
  let metafile: Metafile;
  let packages: readonly BundledPackage[];
  before(() => {
    metafile = bundle(first, OPTIONS);
    packages = bundledPackages(metafile, ROOT);
  });
  after(() => rmSync(folder, { recursive: true }));

  const filesOf = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)).sort();
  const hashOf = (path: string) => {
    const hash = createHash("sha256");
    for (const file of filesOf(path)) hash.update(`${file.slice(path.length)}\n`).update(readFileSync(file));
    return hash.digest("hex");
  };

  test("bundle of one commit is the same when it is made again, and another for another commit", () => {
    bundle(join(folder, "again"), OPTIONS);
    assert.equal(hashOf(join(folder, "again")), hashOf(first));
    bundle(join(folder, "other"), { ...OPTIONS, commit: "fedcba9876543210" });
    assert.notEqual(hashOf(join(folder, "other")), hashOf(first));
  });

  test("bundle tells nothing of the folder it was made in", () => {
    assert.ok(filesOf(first).length > 50);
    for (const file of filesOf(first)) assert.ok(!readFileSync(file, "utf8").includes(`${ROOT}/`), file);
  });

  test("bundle contains only packages whose licences allow it, and each comes with its text", () => {
    assert.ok(packages.length > 20);
    assert.deepEqual(obstacles(packages), []);
  });

  test("bundle contains what the program loads later too, and nothing that only tests use", () => {
    const names = packages.map(({ name }) => name);
    for (const name of ["commander", "yaml", "@faker-js/faker", "selfsigned"]) assert.ok(names.includes(name), name);
    for (const name of ["fast-check", "ajv", "bun", "fflate"]) assert.ok(!names.includes(name), name);
    const direct = packages.filter((one) => one.direct).map(({ name }) => name);
    assert.ok(direct.includes("@faker-js/faker") && direct.includes("commander"), String(direct));
    assert.ok(!direct.includes("ms"));
  });

  test("obstacles name a package with a licence that is not allowed, and one without a text", () => {
    const [one] = packages;
    const two = { ...one, name: "two", licence: "AGPL-3.0-only" };
    const three = { ...one, name: "three", texts: [] };
    assert.deepEqual(obstacles([one, two, three]), [
      `two@${one.version}: its licence is 'AGPL-3.0-only', which is not on the list`,
      `three@${one.version}: the text of its licence (${one.licence}) is not in the package`,
    ]);
  });

  test("notices name every package and part of the runtime, each once, with its licence", () => {
    const text = notices(packages, RUNTIME_VERSION);
    for (const { name, licence } of RUNTIME_PARTS) assert.ok(text.includes(`\n${name}, ${licence}\n`), name);
    for (const one of packages) {
      assert.equal(text.split(`\n${idOf(one)}, ${one.licence}`).length, 2, idOf(one));
      for (const part of one.texts) assert.ok(text.includes(part), idOf(one));
    }
    assert.ok(
      text.includes("GNU LIBRARY GENERAL PUBLIC LICENSE") || text.includes("GNU Library General Public License"),
    );
  });

  interface Component {
    readonly name: string;
    readonly "bom-ref": string;
    readonly purl?: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
    readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
    readonly components?: readonly Component[];
  }
  interface Bill {
    readonly specVersion: string;
    readonly serialNumber: string;
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  }

  const billOf = (of: readonly BundledPackage[]) =>
    sbom({
      version: "1.2.3",
      commit: "0123",
      at: new Date("2026-01-31T12:00:00Z"),
      packages: of,
      runtime: RUNTIME_VERSION,
      integrityOf,
    }) as unknown as Bill;

  test("sbom has a component with licence and hash for each package, and for the runtime", () => {
    const { specVersion, components } = billOf(packages);
    assert.equal(specVersion, "1.6");
    assert.equal(components.length, packages.length + 1);
    for (const { name, purl, hashes, licenses } of components) {
      assert.match(purl!, /^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/, name);
      assert.match(hashes?.[0].content ?? "", /^[0-9a-f]{128}$/, name);
      assert.ok((licenses[0].license?.id ?? licenses[0].expression) !== undefined, name);
    }
    assert.deepEqual(components.at(-1)!.components!.map(({ name }) => name), RUNTIME_PARTS.map(({ name }) => name));
  });

  test("sbom has each component in its graph, reached from the program", () => {
    const { components, dependencies } = billOf(packages);
    const known = new Set(components.flatMap((one) => [one, ...one.components ?? []]).map((one) => one["bom-ref"]));
    const edges = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    assert.equal(edges.size, dependencies.length);
    const reached = new Set(["mllp@1.2.3"]);
    for (const ref of reached) for (const next of edges.get(ref) ?? assert.fail(ref)) reached.add(next);
    reached.delete("mllp@1.2.3");
    assert.deepEqual([...reached].sort(), [...known].sort());
  });

  test("sbom of the same packages is the same, and has a number of its own for others", () => {
    assert.deepEqual(billOf(packages), billOf(packages));
    assert.match(billOf(packages).serialNumber, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.notEqual(billOf(packages.slice(1)).serialNumber, billOf(packages).serialNumber);
  });
});
