/** CSV as a French Excel opens it by a double click. */

/** What a spreadsheet would run as a formula; a leading tab or return can hide one. */
const FORMULA = /^[=+\-@\t\r]/

/** UTF-8 with its mark, semicolons, CRLF; no cell is a formula. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map(row => `${row.map(cellOf).join(';')}\r\n`).join('')}`
}

function cellOf(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
