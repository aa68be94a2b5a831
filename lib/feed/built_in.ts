/**
 * The built-in message types: templates of version 2.5 with invented patients, as an interface engine would
 * see them on a working day. They know the segments of HL7 v2.5 (chapters 3, 4, 7, 9, 10) and nothing of
 * what fills the slots.
 *
 * | type | messages | in which order |
 * |---|---|---|
 * | `adt` | A01, A08, A03 | of each stay in this order, interleaved over patients |
 * | `oru` | R01 with 1 to 40 observations | drawn, small ones more often |
 * | `orm` | O01, a new order | |
 * | `siu` | S12, a new appointment | |
 * | `mdm` | T02 with a text, and with a document of 4 to 64 KB | drawn, one as often as the other |
 *
 * This module performs no I/O.
 *
 * @module
 */

/** A built-in type. */
export interface BuiltInType {
  /** Its templates, each segment ended. */
  readonly templates: readonly { readonly name: string; readonly text: string }[];
  /** `story`: the templates are the steps of a patient's stay; `drawn`: in a drawn order. */
  readonly order: "story" | "drawn";
}

/** Fields by number; what is left out is empty. */
type Fields = Readonly<Record<number, string>>;

function segment(name: string, fields: Fields): string {
  const last = Math.max(...Object.keys(fields).map(Number));
  return [name, ...Array.from({ length: last }, (_, i) => fields[i + 1] ?? "")].join("|") + "\r";
}

function header(sender: string, type: string): string {
  return `MSH|^~\\&|${sender}|SAMPLE|RECEIVER|HOSPITAL|{{now}}||${type}|{{control_id}}|P|2.5\r`;
}

const DOCTOR = "0007^EXAMPLE^ERIN^^^DR";
const PLACER = "P{{seq 12}}^MLLP";

const PID = segment("PID", {
  1: "1",
  3: "{{patient.mrn}}^^^HOSPITAL^MR",
  5: "{{patient.family}}^{{patient.given}}^^^^^L",
  7: "{{patient.dob}}",
  8: "{{patient.sex}}",
  11: "{{patient.street}}^^{{patient.city}}^^{{patient.zip}}^^H",
  13: "{{patient.phone}}",
  18: "{{visit.id}}^^^HOSPITAL^AN",
});

const STAY: Fields = {
  1: "1",
  2: "I",
  3: "{{visit.ward}}^{{visit.room}}^{{visit.bed}}^HOSPITAL",
  7: DOCTOR,
  10: "MED",
  14: "1",
  19: "{{visit.id}}^^^HOSPITAL^VN",
  44: "{{visit.admitted}}",
};
const PV1 = segment("PV1", STAY);

function adt(event: string, structure: string, visit: string): BuiltInType["templates"][number] {
  const evn = segment("EVN", { 1: event, 2: "{{now second}}" });
  return { name: `ADT^${event}`, text: header("ADT", `ADT^${event}^${structure}`) + evn + PID + visit };
}

/** Code and name (LOINC), value, unit, reference range. */
type Analyte = readonly [string, string, string, string];

const ANALYTES: readonly Analyte[] = [
  ["718-7^Hemoglobin^LN", "{{int 12 16}}.{{int 0 9}}", "g/dL", "12.0-17.0"],
  ["4544-3^Hematocrit^LN", "{{int 36 49}}", "%", "36-50"],
  ["6690-2^Leukocytes^LN", "{{int 4 9}}.{{int 0 9}}", "10*3/uL", "4.0-10.0"],
  ["777-3^Platelets^LN", "{{int 150 400}}", "10*3/uL", "150-400"],
  ["2951-2^Sodium^LN", "{{int 136 145}}", "mmol/L", "136-145"],
  ["2823-3^Potassium^LN", "{{pick 3.6|3.8|3.9|4.1|4.4|4.7|5.0}}", "mmol/L", "3.5-5.1"],
  ["2075-0^Chloride^LN", "{{int 98 107}}", "mmol/L", "98-107"],
  ["2345-7^Glucose^LN", "{{int 70 99}}", "mg/dL", "70-99"],
  ["2160-0^Creatinine^LN", "0.{{int 6 9}}", "mg/dL", "0.6-1.3"],
  ["3094-0^Urea nitrogen^LN", "{{int 7 20}}", "mg/dL", "7-20"],
  ["17861-6^Calcium^LN", "9.{{int 0 9}}", "mg/dL", "8.6-10.2"],
  ["1742-6^Alanine aminotransferase^LN", "{{int 7 55}}", "U/L", "7-56"],
];

/** How many observations each of twelve results has (our decision: many small ones, some of a whole panel, a large one). */
const OBSERVATIONS: readonly number[] = [1, 1, 1, 2, 3, 4, 5, 8, 8, 12, 20, 40];

function oru(count: number): BuiltInType["templates"][number] {
  const obr = segment("OBR", {
    1: "1",
    2: PLACER,
    3: "F{{seq 12}}^LAB",
    4: "24323-8^Comprehensive metabolic panel^LN",
    7: "{{now -1h second}}",
    16: DOCTOR,
    22: "{{now second}}",
    24: "LAB",
    25: "F",
  });
  const observations = Array.from({ length: count }, (_, i) => {
    const [code, value, unit, range] = ANALYTES[i % ANALYTES.length];
    return segment("OBX", {
      1: String(i + 1),
      2: "NM",
      3: code,
      // The same code again is another series of it.
      4: String(1 + Math.floor(i / ANALYTES.length)),
      5: value,
      6: unit,
      7: range,
      8: "N",
      11: "F",
      14: "{{now -1h second}}",
    });
  });
  const orc = segment("ORC", { 1: "RE", 2: PLACER, 3: "F{{seq 12}}^LAB", 12: DOCTOR });
  return { name: "ORU^R01", text: header("LAB", "ORU^R01^ORU_R01") + PID + PV1 + orc + obr + observations.join("") };
}

function orm(): BuiltInType["templates"][number] {
  const orc = segment("ORC", { 1: "NW", 2: PLACER, 9: "{{now second}}", 12: DOCTOR });
  const obr = segment("OBR", {
    1: "1",
    2: PLACER,
    4: "{{pick 58410-2^CBC panel^LN|24323-8^Comprehensive metabolic panel^LN|24357-6^Urinalysis panel^LN}}",
    16: DOCTOR,
    27: "^^^^^{{pick R|R|R|S}}",
  });
  return { name: "ORM^O01", text: header("ORDERS", "ORM^O01^ORM_O01") + PID + PV1 + orc + obr };
}

function siu(): BuiltInType["templates"][number] {
  const start = "{{now +1d minute}}";
  const service = "{{pick CHECKUP^Check-up^L|XRAY^Chest X-ray^L|PHYSIO^Physiotherapy^L}}";
  const sch = segment("SCH", {
    1: "A{{seq 12}}^MLLP",
    2: "B{{seq 12}}^CLINIC",
    6: "ROUTINE^Routine appointment^HL70276",
    8: "NORMAL^Routine schedule request type^HL70277",
    9: "30",
    10: "min^minute^UCUM",
    11: `^^30^${start}`,
    16: "0042^EXAMPLE^ERIC",
    20: "0042^EXAMPLE^ERIC",
    25: "Booked^^HL70278",
  });
  const resources = segment("RGS", { 1: "1", 2: "A" }) +
    segment("AIS", { 1: "1", 2: "A", 3: service, 4: start, 7: "30", 8: "min^minute^UCUM", 10: "Booked^^HL70278" }) +
    segment("AIL", { 1: "1", 2: "A", 3: "CLINIC^{{int 1 20}}", 6: start }) +
    segment("AIP", { 1: "1", 2: "A", 3: DOCTOR, 6: start });
  return { name: "SIU^S12", text: header("SCHEDULE", "SIU^S12^SIU_S12") + sch + PID + PV1 + resources };
}

function mdm(presentation: string, observations: readonly Fields[]): BuiltInType["templates"][number] {
  const evn = segment("EVN", { 1: "T02", 2: "{{now second}}" });
  const txa = segment("TXA", {
    1: "1",
    2: "DS",
    3: presentation,
    4: "{{now -1h second}}",
    5: DOCTOR,
    12: "D{{seq 12}}^MLLP",
    17: "AU",
  });
  const obx = observations.map((fields, i) => segment("OBX", { 1: String(i + 1), 3: SUMMARY, 11: "F", ...fields }));
  return { name: "MDM^T02", text: header("DOCS", "MDM^T02^MDM_T02") + evn + PID + PV1 + txa + obx.join("") };
}

const SUMMARY = "18842-5^Discharge summary^LN";

/** The types by their names, as `--mix` has them. */
export const BUILT_IN: ReadonlyMap<string, BuiltInType> = new Map<string, BuiltInType>([
  ["adt", {
    order: "story",
    templates: [
      adt("A01", "ADT_A01", PV1),
      adt("A08", "ADT_A01", PV1),
      adt("A03", "ADT_A03", segment("PV1", { ...STAY, 36: "01", 45: "{{now second}}" })),
    ],
  }],
  ["oru", { order: "drawn", templates: OBSERVATIONS.map(oru) }],
  ["orm", { order: "drawn", templates: [orm()] }],
  ["siu", { order: "drawn", templates: [siu()] }],
  ["mdm", {
    order: "drawn",
    templates: [
      mdm("TX", [
        { 2: "TX", 5: "DISCHARGE SUMMARY" },
        { 2: "TX", 5: "{{patient.given}} {{patient.family}} was treated for {{int 1 9}} days." },
        { 2: "TX", 5: "Condition at discharge: {{pick good|fair|stable}}." },
      ]),
      mdm("AP", [{ 2: "ED", 5: "^application^pdf^Base64^{{base64 4KB..64KB}}" }]),
    ],
  }],
]);
