/**
 * Which licences may go into the binary, and whether an SPDX expression grants one of them. It
 * reads no package.
 *
 * @module
 */

/** The licences that ask for no more than that their text is passed on. */
export const ALLOWED_LICENCES: readonly string[] = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
];

/**
 * Whether a licence expression (SPDX 2.3, annex D) can be met by licences that are allowed: of `OR`
 * one has to be, of `AND` both. Exceptions (`WITH`) are not known, nor are anything but identifiers.
 */
export function isAllowed(expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const any = (): boolean => {
    let allowed = all();
    while (tokens[at]?.toUpperCase() === "OR") {
      at++;
      // Not behind the operator: the other side is to be read all the same.
      const other = all();
      allowed ||= other;
    }
    return allowed;
  };
  const all = (): boolean => {
    let allowed = one();
    while (tokens[at]?.toUpperCase() === "AND") {
      at++;
      const other = one();
      allowed &&= other;
    }
    return allowed;
  };
  const one = (): boolean => {
    if (tokens[at] !== "(") return ALLOWED_LICENCES.includes(tokens[at++]);
    at++;
    const allowed = any();
    return tokens[at++] === ")" && allowed;
  };
  const allowed = any();
  return allowed && at === tokens.length;
}
