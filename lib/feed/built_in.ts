/**
 * The built-in message types: templates of version 2.5 with invented patients, as an interface engine would
 * see them on a working day. They know the segments of HL7 v2.5 (chapters 3, 4, 7, 9, 10) and nothing of
 * what fills the slots.
 *
 * | type | messages | in which order |
 * |---|---|---|
 * | `adt` | A01, A08 (another doctor attends), A03 | of each stay in this order, interleaved over patients |
 * | `oru` | R01, a panel of 1 to 40 observations, flagged by their ranges | drawn, small ones more often |
 * | `orm` | O01, a new order | |
 * | `siu` | S12, a new appointment, in office hours of one of the next 14 days | drawn |
 * | `mdm` | T02 with a text, and with a document of 4 to 64 KB | drawn, one as often as the other |
 *
 * This module performs no I/O.
 *
 * @module
 */
import { draw } from "../random.ts";
import { type Panel, PANELS } from "./panels.ts";

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
/** Who attends to a patient from the A08 on: that is what it tells. */
const OTHER_DOCTOR = "0042^EXAMPLE^ERIC^^^DR";
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

function adt(event: string, structure: string, visit: string, more: Fields = {}): BuiltInType["templates"][number] {
  const evn = segment("EVN", { 1: event, 2: "{{now second}}", ...more });
  return { name: `ADT^${event}`, text: header("ADT", `ADT^${event}^${structure}`) + evn + PID + visit };
}

/** Each panel comes in so many variants, so that another value is out of its range each time. */
const VARIANTS = 4;
/** The chance of a value to be out of its range, above it twice as often as below (our decision). */
const ABNORMAL = 0.15;
const BELOW = ABNORMAL / 3;

function oru({ code, analytes, series }: Panel, variant: number): BuiltInType["templates"][number] {
  const obr = segment("OBR", {
    1: "1",
    2: PLACER,
    3: "F{{seq 12}}^LAB",
    4: code,
    7: `{{now -${series}h second}}`,
    16: DOCTOR,
    22: "{{now second}}",
    24: "LAB",
    25: "F",
  });
  const observations = Array.from({ length: series * analytes.length }, (_, i) => {
    const { code: what, unit, range, low, normal, high } = analytes[i % analytes.length];
    const time = Math.floor(i / analytes.length);
    // Drawn here, once and for all: value and flag have to agree.
    const chance = draw(variant, "abnormal", code, i);
    const [value, flag] = chance < BELOW ? [low, "L"] : chance < ABNORMAL ? [high, "H"] : [normal, "N"];
    return segment("OBX", {
      1: String(i + 1),
      2: "NM",
      3: what,
      // The same code again is another measurement of it.
      4: String(1 + time),
      5: value,
      6: unit,
      7: range,
      8: flag,
      11: "F",
      14: `{{now -${series - time}h second}}`,
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

/** Appointments begin at the quarters of these hours, on one of so many following days (our decision). */
const OFFICE_HOURS = [8, 9, 10, 11, 13, 14, 15, 16];
const QUARTERS = [0, 15, 30, 45];
const APPOINTMENT_DAYS = 14;

/** `index` tells the time of the appointment: each segment has to name the same. */
function siu(index: number): BuiltInType["templates"][number] {
  const hour = OFFICE_HOURS[index % OFFICE_HOURS.length];
  const minute = QUARTERS[Math.floor(index / OFFICE_HOURS.length)];
  const clock = [hour, minute].map((n) => String(n).padStart(2, "0")).join("");
  const start = `{{now +${1 + index % APPOINTMENT_DAYS}d day}}${clock}`;
  const service = "{{pick CHECKUP^Check-up^L|XRAY^Chest X-ray^L|PHYSIO^Physiotherapy^L}}";
  const sch = segment("SCH", {
    1: "A{{seq 12}}^MLLP",
    2: "B{{seq 12}}^CLINIC",
    6: "ROUTINE^Routine appointment^HL70276",
    8: "NORMAL^Routine schedule request type^HL70277",
    9: "15",
    10: "min^minute^UCUM",
    11: `^^M15^${start}`,
    16: "0042^EXAMPLE^ERIC",
    20: "0042^EXAMPLE^ERIC",
    25: "Booked^^HL70278",
  });
  const resources = segment("RGS", { 1: "1", 2: "A" }) +
    segment("AIS", { 1: "1", 2: "A", 3: service, 4: start, 7: "15", 8: "min^minute^UCUM", 10: "Booked^^HL70278" }) +
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

/** The first line of a PDF and the one that says it is binary: fifteen bytes, so that base64 text can follow. */
const PDF_HEAD = "JVBERi0xLjQKJeLjz9MK";
const SUMMARY = "18842-5^Discharge summary^LN";

/** The types by their names, as `--mix` has them. */
export const BUILT_IN: ReadonlyMap<string, BuiltInType> = new Map<string, BuiltInType>([
  ["adt", {
    order: "story",
    templates: [
      adt("A01", "ADT_A01", PV1, { 6: "{{visit.admitted}}" }),
      adt("A08", "ADT_A01", segment("PV1", { ...STAY, 7: OTHER_DOCTOR })),
      adt("A03", "ADT_A03", segment("PV1", { ...STAY, 7: OTHER_DOCTOR, 36: "01", 45: "{{now second}}" })),
    ],
  }],
  ["oru", {
    order: "drawn",
    templates: PANELS.flatMap((panel) => Array.from({ length: VARIANTS }, (_, variant) => oru(panel, variant))),
  }],
  ["orm", { order: "drawn", templates: [orm()] }],
  ["siu", {
    order: "drawn",
    templates: Array.from({ length: OFFICE_HOURS.length * QUARTERS.length }, (_, index) => siu(index)),
  }],
  ["mdm", {
    order: "drawn",
    templates: [
      mdm("TX", [
        { 2: "TX", 5: "DISCHARGE SUMMARY" },
        { 2: "TX", 5: "{{patient.given}} {{patient.family}} was treated for 1 day." },
        { 2: "TX", 5: "Condition at discharge: {{pick good|fair|stable}}." },
      ]),
      mdm("AP", [{ 2: "ED", 5: `^AP^PDF^Base64^${PDF_HEAD}{{base64 4KB..64KB}}` }]),
    ],
  }],
]);
