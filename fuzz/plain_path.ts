/**
 * Field paths read plainly: texts split by separators, as one would by hand. It is what lib/hl7/path.ts is held against,
 * and knows nothing of it but its grammar.
 *
 * @module
 */

/** The separators of a message; a missing one is null. */
interface Marks {
  readonly field: string;
  readonly component: string | null;
  readonly repetition: string | null;
  readonly subcomponent: string | null;
}

const HEADER = /^(MSH|FHS|BHS)/;

function marksOf(message: string): Marks | null {
  const found = /^(?:MSH|FHS|BHS)([^])([^]*)$/.exec(message);
  if (found === null || message.length < 5) return null;
  const [, field, rest] = found;
  // deno-lint-ignore no-control-regex
  const good = (mark: string) => !/[A-Za-z0-9 \r\n\x0b\x1c]/.test(mark);
  if (!good(field)) return null;
  const [marks] = rest.split(new RegExp(`[\\r\\n${field.replace(/[\\\]^-]/g, "\\$&")}]`));
  if (marks.length < 1 || marks.length > 5) return null;
  const [component, repetition = null, , subcomponent = null] = marks;
  if (![...marks.slice(0, 4)].every(good)) return null;
  if (marks.length === 5 && !good(marks[4]) && marks[4] !== " ") return null;
  return { field, component, repetition, subcomponent };
}

function segmentsOf(message: string): string[] {
  const [first] = message.split(/[\r\n]/);
  const rest = message.slice(first.length);
  const others = rest.startsWith("\n") ? rest.split(/[\r\n]/) : rest.split("\r").map((one) => one.replace(/^\n+/, ""));
  return [first, ...others].filter((segment) => segment !== "");
}

function pieces(text: string, mark: string | null): string[] {
  return mark === null ? [text] : text.split(mark);
}

/** Every value at a path. */
export function plainValues(path: string, message: string): string[] {
  const marks = marksOf(message);
  const parts = /^(...)(?:\[(\d+|\*)\])?(?:-(\d+)(?:\[(\d+|\*)\])?(?:\.(\d+)(?:\.(\d+))?)?)?$/.exec(path);
  if (marks === null || parts === null) return [];
  const [, name, which = "1", field, repetition = "1", component, subcomponent] = parts;
  const named = segmentsOf(message).filter((segment) =>
    segment.startsWith(name) && (segment.length === 3 || segment[3] === marks.field)
  );
  const chosen = which === "*" ? named : named.slice(Number(which) - 1, Number(which));
  if (field === undefined) return chosen;
  return chosen.flatMap((segment) => {
    const header = HEADER.test(segment);
    const all = segment.split(marks.field);
    if (header && Number(field) <= 2) {
      const deeper = [repetition, component, subcomponent].some((n) => Number(n ?? 1) > 1);
      return deeper ? [] : [Number(field) === 1 ? segment.slice(3, 4) : all[1] ?? ""];
    }
    const value = all[header ? Number(field) - 1 : Number(field)];
    if (value === undefined) return [];
    const repetitions = pieces(value, marks.repetition);
    const wanted = repetition === "*" ? repetitions : repetitions.slice(Number(repetition) - 1, Number(repetition));
    return wanted.map((one) => {
      const whole = component === undefined ? one : pieces(one, marks.component)[Number(component) - 1] ?? "";
      return subcomponent === undefined ? whole : pieces(whole, marks.subcomponent)[Number(subcomponent) - 1] ?? "";
    });
  }).filter((found) => found !== "");
}
