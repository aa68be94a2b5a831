/**
 * The laboratory panels of the built-in results: what is measured together, in which units and reference ranges
 * (LOINC codes, adult ranges as laboratories commonly print them), and the texts, with slots, of values that
 * are below, within or above the range. It knows no segments.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** What is measured. The three texts make values below, within and above `range`, whatever their slots draw. */
export interface Analyte {
  /** Code and name, of LOINC. */
  readonly code: string;
  readonly unit: string;
  /** `12.0-17.0`: both bounds are within. */
  readonly range: string;
  readonly low: string;
  readonly normal: string;
  readonly high: string;
}

/** Analytes that are ordered and reported together. */
export interface Panel {
  /** Code and name. */
  readonly code: string;
  readonly analytes: readonly Analyte[];
  /** How many times it was measured, an hour apart. */
  readonly series: number;
}

const TENTH = "{{int 0 9}}";

function analyte(code: string, unit: string, range: string, low: string, normal: string, high: string): Analyte {
  return { code: `${code}^LN`, unit, range, low, normal, high };
}

/** One whose values are whole numbers. */
function whole(code: string, unit: string, [low, high]: readonly [number, number], reach: readonly [number, number]) {
  const between = (from: number, to: number) => `{{int ${from} ${to}}}`;
  return analyte(
    code,
    unit,
    `${low}-${high}`,
    between(reach[0], low - 1),
    between(low, high),
    between(high + 1, reach[1]),
  );
}

const HEMOGLOBIN = analyte(
  "718-7^Hemoglobin",
  "g/dL",
  "12.0-17.0",
  `{{int 8 11}}.${TENTH}`,
  `{{int 12 16}}.${TENTH}`,
  `{{int 17 18}}.{{int 1 9}}`,
);
const HEMATOCRIT = whole("4544-3^Hematocrit", "%", [36, 50], [24, 56]);
const LEUKOCYTES = analyte(
  "6690-2^Leukocytes",
  "10*3/uL",
  "4.0-10.0",
  `{{int 2 3}}.${TENTH}`,
  `{{int 4 9}}.${TENTH}`,
  `{{int 11 18}}.${TENTH}`,
);
const PLATELETS = whole("777-3^Platelets", "10*3/uL", [150, 400], [70, 620]);
const ERYTHROCYTES = analyte(
  "789-8^Erythrocytes",
  "10*6/uL",
  "4.0-5.9",
  `3.${TENTH}`,
  `{{int 4 5}}.${TENTH}`,
  `6.${TENTH}`,
);
const MCV = whole("787-2^Mean corpuscular volume", "fL", [80, 100], [68, 112]);
const MCH = whole("785-6^Mean corpuscular hemoglobin", "pg", [27, 33], [21, 38]);
const MCHC = whole("786-4^Mean corpuscular hemoglobin concentration", "g/dL", [32, 36], [28, 38]);
const SODIUM = whole("2951-2^Sodium", "mmol/L", [136, 145], [126, 152]);
const POTASSIUM = analyte(
  "2823-3^Potassium",
  "mmol/L",
  "3.5-5.1",
  "{{pick 2.9|3.1|3.2|3.3|3.4}}",
  "{{pick 3.5|3.7|3.8|3.9|4.1|4.2|4.4|4.7|5.0}}",
  "5.{{int 2 9}}",
);
const CHLORIDE = whole("2075-0^Chloride", "mmol/L", [98, 107], [90, 114]);
const CARBON_DIOXIDE = whole("2028-9^Carbon dioxide, total", "mmol/L", [22, 29], [15, 35]);
const GLUCOSE = whole("2345-7^Glucose", "mg/dL", [70, 99], [48, 240]);
const UREA_NITROGEN = whole("3094-0^Urea nitrogen", "mg/dL", [7, 20], [4, 48]);
const CREATININE = analyte(
  "2160-0^Creatinine",
  "mg/dL",
  "0.6-1.3",
  "0.{{int 3 5}}",
  "{{pick 0.6|0.7|0.8|0.9|1.0|1.1|1.2|1.3}}",
  "{{int 1 2}}.{{int 4 9}}",
);
const CALCIUM = analyte(
  "17861-6^Calcium",
  "mg/dL",
  "8.6-10.2",
  "{{pick 7.6|7.9|8.1|8.3|8.5}}",
  `9.${TENTH}`,
  "{{pick 10.3|10.5|10.8|11.2|11.6}}",
);
const ALBUMIN = analyte(
  "1751-7^Albumin",
  "g/dL",
  "3.5-5.0",
  "{{int 2 3}}.{{int 1 4}}",
  "4.{{int 0 9}}",
  "5.{{int 1 4}}",
);
const PROTEIN = analyte("2885-2^Protein", "g/dL", "6.0-8.3", "5.{{int 1 9}}", `{{int 6 7}}.${TENTH}`, "8.{{int 4 9}}");
const BILIRUBIN = analyte(
  "1975-2^Bilirubin, total",
  "mg/dL",
  "0.2-1.2",
  "0.1",
  "{{pick 0.2|0.3|0.4|0.5|0.6|0.8|1.0|1.2}}",
  "{{int 1 4}}.{{int 3 9}}",
);
const ALKALINE_PHOSPHATASE = whole("6768-6^Alkaline phosphatase", "U/L", [40, 129], [22, 260]);
const ALT = whole("1742-6^Alanine aminotransferase", "U/L", [7, 56], [4, 190]);
const AST = whole("1920-8^Aspartate aminotransferase", "U/L", [10, 40], [6, 170]);
const CHOLESTEROL = whole("2093-3^Cholesterol", "mg/dL", [125, 200], [98, 290]);
const TRIGLYCERIDES = whole("2571-8^Triglyceride", "mg/dL", [35, 150], [24, 380]);
const HDL = whole("2085-9^Cholesterol in HDL", "mg/dL", [40, 90], [24, 104]);
const PROTHROMBIN_TIME = whole("5902-2^Prothrombin time", "s", [10, 13], [8, 24]);
const INR = analyte("6301-6^INR", "1", "0.8-1.2", "0.7", "{{pick 0.8|0.9|1.0|1.1|1.2}}", "{{int 1 3}}.{{int 3 9}}");
const APTT = whole("14979-9^aPTT", "s", [25, 37], [20, 62]);
const LDL = whole("13457-7^Cholesterol in LDL", "mg/dL", [50, 130], [34, 196]);

const BASIC_METABOLIC: readonly Analyte[] = [
  ...[SODIUM, POTASSIUM, CHLORIDE, CARBON_DIOXIDE, GLUCOSE, UREA_NITROGEN, CREATININE, CALCIUM],
];
const ELECTROLYTES: readonly Analyte[] = [SODIUM, POTASSIUM, CHLORIDE, CARBON_DIOXIDE];

/** One analyte by itself, under its own code. */
function single(only: Analyte): Panel {
  return { code: only.code, analytes: [only], series: 1 };
}

/** The panels (our decision: many small ones, some larger, courses over some hours). */
export const PANELS: readonly Panel[] = [
  single(GLUCOSE),
  single(POTASSIUM),
  single(HEMOGLOBIN),
  { code: "HH^Hemoglobin and hematocrit^L", analytes: [HEMOGLOBIN, HEMATOCRIT], series: 1 },
  { code: "COAG^Coagulation screen^L", analytes: [PROTHROMBIN_TIME, INR, APTT], series: 1 },
  { code: "58410-2^CBC panel^LN", analytes: [HEMOGLOBIN, HEMATOCRIT, LEUKOCYTES, PLATELETS], series: 1 },
  { code: "24331-1^Lipid panel^LN", analytes: [CHOLESTEROL, TRIGLYCERIDES, HDL, LDL], series: 1 },
  {
    code: "24325-3^Hepatic function panel^LN",
    analytes: [ALT, AST, ALKALINE_PHOSPHATASE, BILIRUBIN, ALBUMIN],
    series: 1,
  },
  { code: "24321-2^Basic metabolic panel^LN", analytes: BASIC_METABOLIC, series: 1 },
  {
    code: "58410-2^CBC panel^LN",
    analytes: [LEUKOCYTES, ERYTHROCYTES, HEMOGLOBIN, HEMATOCRIT, MCV, MCH, MCHC, PLATELETS],
    series: 1,
  },
  {
    code: "24323-8^Comprehensive metabolic panel^LN",
    analytes: [...BASIC_METABOLIC, PROTEIN, ALBUMIN, BILIRUBIN, ALKALINE_PHOSPHATASE, ALT, AST],
    series: 1,
  },
  { code: "24326-1^Electrolytes panel^LN", analytes: ELECTROLYTES, series: 5 },
  { code: "24321-2^Basic metabolic panel^LN", analytes: BASIC_METABOLIC, series: 5 },
];
