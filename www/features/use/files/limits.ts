// What is known of a file before it is made.

/** Rows that a sheet of Excel holds beside the header. */
export const SHEET_ROWS = 2 ** 20 - 1

/** How many identifiers a file names at most: its lines. */
export async function idsIn(file: Blob): Promise<number> {
  return (await file.text()).split('\n').filter((line) => line.trim() !== '').length
}
