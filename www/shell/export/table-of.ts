// A table as it stands on the page, with the names that people gave.
//
// In: the element. Out: its caption, header and rows as text. Left out are columns whose head has `data-not-saved`, and elements with that
// mark or for screen readers alone; of a box to type in the value is taken. `data-saved-as` names a column that has its name from its
// surroundings on the page.

import type { Table } from './table-files'

export function tableOf(table: HTMLTableElement): Table {
  const head = [...(table.tHead?.rows[0]?.cells ?? [])]
  const kept = head.map((cell) => !cell.hasAttribute('data-not-saved'))
  const row = (cells: readonly HTMLTableCellElement[]) => {
    // A cell may stand for several columns; the others are empty.
    const spread = cells.flatMap((cell) => [textOf(cell), ...Array.from({ length: cell.colSpan - 1 }, () => '')])
    return kept.flatMap((keeps, at) => (keeps ? [spread[at] ?? ''] : []))
  }
  return {
    caption: table.caption ? textOf(table.caption) : '',
    header: row(head),
    rows: [...table.tBodies].flatMap((body) => [...body.rows].map(({ cells }) => row([...cells]))),
  }
}

function textOf(cell: HTMLElement): string {
  const name = cell.dataset.savedAs
  if (name !== undefined) return name
  const input = cell.querySelector<HTMLInputElement>('input:not([type=checkbox])')
  if (input) return input.value
  const copy = cell.cloneNode(true) as HTMLElement
  // The caption itself may be for screen readers alone.
  for (const hidden of copy.querySelectorAll('.unseen, [data-not-saved], button')) hidden.remove()
  for (const line of copy.querySelectorAll('br')) line.replaceWith(' ')
  return (copy.textContent ?? '').replace(/\s+/g, ' ').trim()
}
