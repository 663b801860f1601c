/** Texts that begin like this run as formulas when a file is opened in a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One value of a CSV file (RFC 4180): quoted when it has to be. Texts that a spreadsheet would run as a formula get an
 * apostrophe in front; numbers stay numbers.
 */
export function csvValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const raw = typeof value === "string" ? value : JSON.stringify(value);
  const text = FORMULA.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of a CSV file, with its end. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvValue).join(",")}\r\n`;
}
