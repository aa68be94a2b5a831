/**
 * The invented patients of a run, made before it: names and streets from a library of them, all else drawn
 * from the seed. Numbers that could be somebody's are none: telephones are of the range kept for fiction.
 *
 * @module
 */
import { type Patient, PatientPool } from "../../lib/feed/patients.ts";
import { draw, RandomStream } from "../../lib/random.ts";

/** Medical record numbers have eight digits, and those of two runs rarely meet. */
const FIRST_MRN = 10_000_000;
const MRN_RANGE = 80_000_000;
const MS_A_DAY = 86_400_000;
/** Born in the ninety years before 2025. */
const EARLIEST_BIRTH = Date.UTC(1935, 0, 1);
const BIRTH_DAYS = 32_872;

/** So many patients: the same seed, the same patients. */
export async function makePatients(count: number, seed: number): Promise<PatientPool> {
  // Loaded here: it takes fifty milliseconds, which most runs can do without.
  const { faker } = await import("@faker-js/faker/locale/en");
  faker.seed(seed);
  const stream = new RandomStream(seed);
  const firstMrn = FIRST_MRN + Math.floor(draw(seed, "mrn", "", 0) * MRN_RANGE);
  return new PatientPool(Array.from({ length: count }, (_, i): Patient => {
    const sex = stream.integer(2) === 0 ? "female" : "male";
    const born = new Date(EARLIEST_BIRTH + stream.integer(BIRTH_DAYS) * MS_A_DAY);
    return {
      family: ascii(faker.person.lastName()),
      given: ascii(faker.person.firstName(sex)),
      mrn: String(firstMrn + i),
      dob: born.toISOString().slice(0, 10).replaceAll("-", ""),
      sex: sex === "female" ? "F" : "M",
      street: `${1 + stream.integer(250)} ${ascii(faker.location.street())}`,
      city: ascii(faker.location.city()),
      zip: String(stream.integer(100_000)).padStart(5, "0"),
      phone: `${200 + stream.integer(800)}55501${String(stream.integer(100)).padStart(2, "0")}`,
    };
  }));
}

/** Letters without their marks: a message without MSH-18 is ASCII. */
function ascii(text: string): string {
  return text.normalize("NFD").replace(/[^\x20-\x7e]/g, "");
}
