import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signatureFault, signedAdHoc } from "../../release/macho_signature.ts";
import { macho, pe } from "./executables.ts";

describe("signedAdHoc", () => {
  for (const pages of [1, 2, 33]) {
    test(`signedAdHoc makes a signature that fits, of ${pages} pages and a part of one`, () => {
      const bytes = macho("x64", pages);
      assert.notEqual(signatureFault(bytes), null);
      const signed = signedAdHoc(bytes, "mllp");
      assert.equal(signatureFault(signed), null);
      assert.deepEqual(signedAdHoc(signed, "mllp"), signed, "signing again changes nothing");
    });
  }

  test("signedAdHoc leaves the code as it is and tells the loader where the signature ends", () => {
    const bytes = macho("arm64", 5);
    const signed = signedAdHoc(bytes, "mllp");
    assert.deepEqual(signed.subarray(4096, bytes.length - 48), bytes.subarray(4096, bytes.length - 48));
    const view = new DataView(signed.buffer);
    assert.equal(view.getUint32(184, true) + view.getUint32(188, true), signed.length);
    assert.equal(view.getBigUint64(104 + 48, true), BigInt(signed.length - 4096));
    assert.equal(view.getBigUint64(104 + 32, true) % 16384n, 0n);
  });
});

describe("signatureFault", () => {
  test("signatureFault finds a byte that was changed, wherever it lies", () => {
    const signed = signedAdHoc(macho("x64", 4), "mllp");
    const end = new DataView(signed.buffer).getUint32(184, true);
    for (const at of [20, 4095, 4096, 10_000, end - 1]) {
      const changed = signed.slice();
      changed[at] ^= 1;
      assert.equal(signatureFault(changed), "1 of 5 pages do not have the hash it gives them", `at ${at}`);
    }
  });

  test("signatureFault finds a file that goes on behind its signature, or ends before", () => {
    const signed = signedAdHoc(macho("x64", 1), "mllp");
    assert.match(signatureFault(Uint8Array.of(...signed, 0))!, /^the signature ends at \d+, the file at \d+$/);
    assert.match(signatureFault(signed.subarray(0, -1))!, /^the signature ends at/);
  });

  test("signatureFault finds a signature of fewer bytes than come before it", () => {
    const signed = signedAdHoc(macho("x64", 3), "mllp");
    const view = new DataView(signed.buffer);
    const start = view.getUint32(184, true);
    view.setUint32(start + 20 + 32, start - 4096);
    assert.match(signatureFault(signed)!, /^it covers \d+ bytes, and \d+ come before it$/);
  });

  test("signatureFault refuses what has none", () => {
    assert.throws(() => signatureFault(pe("x64")), /^RangeError: Cannot read the signature of a Mach-O: found none$/);
  });
});
