// A table as CSV for spreadsheets and as LaTeX for papers.
//
// In: a header and rows as the page shows them. Out: the text of a file.

export interface Table {
  caption: string
  header: readonly string[]
  rows: readonly (readonly (string | number)[])[]
}

/** As RFC 4180 has it. */
export function asCsv({ header, rows }: Table): string {
  const cell = (value: string | number) => {
    const words = String(value)
    return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words
  }
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}

const LATEX_SIGNS: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '^': '\\textasciicircum{}',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '%': '\\%',
  '±': '$\\pm$',
  '–': '--',
  '−': '$-$',
}

const latex = (words: string | number) => String(words).replace(/[\\{}$&#^_~%±–−]/g, (sign) => LATEX_SIGNS[sign] ?? sign)

/** A table with the rules of the package booktabs. */
export function asLatex({ caption, header, rows }: Table): string {
  const columns = header.map((_, at) => (rows.every((row) => isNumeric(row[at])) ? 'r' : 'l')).join('')
  const line = (row: readonly (string | number)[]) => `    ${row.map(latex).join(' & ')} \\\\`
  return [
    '% \\usepackage{booktabs}',
    '\\begin{table}',
    `  \\caption{${latex(caption)}}`,
    `  \\begin{tabular}{${columns}}`,
    '    \\toprule',
    line(header),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n')
}

/** Whether a cell lines up to the right: a number, one with its spread, or none. */
const isNumeric = (cell: string | number | undefined) =>
  typeof cell === 'number' || /^(|–|-?[\d.,]+( ± [\d.,]+)?( [a-zA-Z%]+)?)$/.test(cell ?? '')
