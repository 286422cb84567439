// Tables as text that spreadsheets take.

/** Rows with tabs between, under their names. */
export const tsv = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [header, ...rows].map((row) => row.map((cell) => String(cell).replace(/[\t\r\n]+/g, ' ')).join('\t') + '\n').join('')
