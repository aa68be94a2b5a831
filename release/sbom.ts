/**
 * The bill of materials: everything in the executable, with its licence and the hash of the package
 * it came as, in CycloneDX 1.6 (JSON). The same inputs give the same bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type BundledPackage, idOf } from "./packages.ts";
import { RUNTIME_PARTS, runtimeLicences } from "./runtime_parts.ts";

/** What a bill is made from. */
export interface SbomInputs {
  readonly version: string;
  readonly commit: string;
  readonly at: Date;
  readonly packages: readonly BundledPackage[];
  /** The version of Bun. */
  readonly runtime: string;
  /** The integrity of a package as the lock file has it (`sha512-...` in base64); `undefined` if it has none. */
  integrityOf(id: string): string | undefined;
}

/** The address of a package that is independent of where it was fetched (Package URL). */
export function packageUrl({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** The bill, as the value of a JSON document. */
export function sbom({ version, commit, at, packages, runtime, integrityOf }: SbomInputs): Record<string, unknown> {
  const root = `mllp@${version}`;
  const bun = { name: "bun", version: runtime };
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: at.toISOString(),
      component: {
        type: "application",
        "bom-ref": root,
        name: "mllp",
        version,
        description: "HL7 over MLLP, from the command line",
        licenses: [{ license: { id: "MIT" } }],
        properties: [{ name: "mllp:commit", value: commit }],
      },
    },
    components: [
      ...packages.map((one) => ({
        type: "library",
        "bom-ref": packageUrl(one),
        ...named(one),
        ...(one.author === "" ? {} : { authors: [{ name: one.author }] }),
        ...(one.description === "" ? {} : { description: one.description }),
        ...hashes(integrityOf(idOf(one))),
        licenses: [licence(one.licence)],
        purl: packageUrl(one),
      })),
      {
        type: "platform",
        "bom-ref": packageUrl(bun),
        ...bun,
        description: "The runtime in the executable",
        ...hashes(integrityOf(idOf(bun))),
        licenses: [licence("MIT")],
        purl: packageUrl(bun),
        externalReferences: [{ type: "license", url: runtimeLicences(runtime) }],
        components: RUNTIME_PARTS.map((part) => ({
          type: "library",
          "bom-ref": `bun@${runtime}/${part.name}`,
          name: part.name,
          licenses: [licence(part.licence)],
          externalReferences: [{ type: "vcs", url: part.source }],
        })),
      },
    ],
    dependencies: [
      { ref: root, dependsOn: [...packages.filter(({ direct }) => direct), bun].map(packageUrl).sort() },
      ...packages.map((one) => ({ ref: packageUrl(one), dependsOn: one.uses.map((id) => urlOf(id)).sort() })),
      { ref: packageUrl(bun), dependsOn: RUNTIME_PARTS.map(({ name }) => `bun@${runtime}/${name}`) },
      ...RUNTIME_PARTS.map(({ name }) => ({ ref: `bun@${runtime}/${name}`, dependsOn: [] })),
    ],
  };
  const { $schema, bomFormat, specVersion, ...rest } = bill;
  return { $schema, bomFormat, specVersion, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(bill))}`, ...rest };
}

function urlOf(id: string): string {
  const at = id.lastIndexOf("@");
  return packageUrl({ name: id.slice(0, at), version: id.slice(at + 1) });
}

/** A scope is a component's group. */
function named({ name, version }: BundledPackage): Record<string, string> {
  const [group, rest] = name.startsWith("@") ? name.split("/") : ["", name];
  return { ...(group === "" ? {} : { group }), name: rest, version };
}

function licence(expression: string): Record<string, unknown> {
  return expression.includes(" ") ? { expression } : { license: { id: expression } };
}

function hashes(integrity: string | undefined): Record<string, unknown> {
  const found = /^sha512-(.+)$/.exec(integrity ?? "");
  if (found === null) return {};
  return { hashes: [{ alg: "SHA-512", content: Buffer.from(found[1], "base64").toString("hex") }] };
}

/** A UUID that depends on a text alone (version 8 of RFC 9562). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
