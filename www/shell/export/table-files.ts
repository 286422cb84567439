// A table as CSV for spreadsheets and as LaTeX for papers.
//
// In: a header and rows as the page shows them. Out: the text of a file.

export interface Table {
  caption: string
  header: readonly string[]
  rows: readonly (readonly (string | number)[])[]
}

/** Tables about the same rows as one: the columns of each, the first one once. Rows are those of the first table, found by their first cell. */
export function joined(caption: string, tables: readonly Table[]): Table {
  const [first, ...others] = tables
  if (!first) return { caption, header: [], rows: [] }
  return {
    caption,
    header: [...first.header, ...others.flatMap(({ header }) => header.slice(1))],
    rows: first.rows.map((row) => [
      ...row,
      ...others.flatMap(({ header, rows }) => {
        const same = rows.find(([name]) => name === row[0])
        return header.slice(1).map((_, at) => same?.[at + 1] ?? '')
      }),
    ]),
  }
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
  '<': '$<$',
  '>': '$>$',
  '≥': '$\\geq$',
}

const latex = (words: string | number) => String(words).replace(/[\\{}$&#^_~%±–−<>≥]/g, (sign) => LATEX_SIGNS[sign] ?? sign)

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
