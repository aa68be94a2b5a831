/**
 * Invented patients. They are made before the run by who has the names (the program takes them from a
 * library); here they are looked up by the stay that a message is about.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";

/** The fields of a patient, all of them text as it stands in a message, without separators. */
export const PATIENT_FIELDS = [
  "family",
  "given",
  "mrn",
  "dob",
  "sex",
  "street",
  "city",
  "zip",
  "phone",
] as const;

/** The name of a patient's field. */
export type PatientField = typeof PATIENT_FIELDS[number];

/** One patient: `mrn` is the medical record number, `dob` the date of birth as `YYYYMMDD`, `sex` is `F` or `M`. */
export type Patient = Readonly<Record<PatientField, string>>;

/**
 * The patients of a run. The patient of stay `s` is number `s` modulo their number: they come in turn, and again.
 *
 * @example
 * ```ts
 * import { PatientPool } from "./patients.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const marta = { family: "Muster", given: "Marta", mrn: "900417", dob: "19800229", sex: "F" };
 * const home = { street: "70 Sample Street", city: "Testham", zip: "00017", phone: "5550100" };
 * const pool = new PatientPool([{ ...marta, ...home }, { ...marta, given: "Erin", ...home }]);
 * assert.equal(latin1(pool.values("given")[pool.indexOf(3)]), "Erin");
 * ```
 */
export class PatientPool {
  readonly #values = new Map<PatientField, readonly Uint8Array[]>();

  /** Throws a `RangeError` for no patients. */
  constructor(readonly patients: readonly Patient[]) {
    if (patients.length === 0) throw new RangeError("Cannot use no patients: wanted at least one");
  }

  /** Which patient a stay is of. */
  indexOf(stay: number): number {
    return stay % this.patients.length;
  }

  /** A field of all patients, as bytes. */
  values(field: PatientField): readonly Uint8Array[] {
    const known = this.#values.get(field);
    if (known !== undefined) return known;
    const values = this.patients.map((patient) => utf8(patient[field]));
    this.#values.set(field, values);
    return values;
  }
}
