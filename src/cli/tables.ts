// Tables for people: no lines, columns two spaces apart, Chinese text in step with Latin.
import Table from 'cli-table3'

type Column = string | { readonly head: string; readonly right: true }

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** A table as text without a last newline; heads are omitted where all are empty. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const heads = columns.map((c) => (typeof c === 'string' ? c : c.head))
  const table = new Table({
    chars: noLines,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map((c) => (typeof c === 'string' ? 'left' : 'right')),
  })
  if (heads.some((head) => head !== '')) table.push(heads)
  table.push(...rows.map((row) => [...row]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Names and values, one pair a line. */
export const pairsText = (pairs: readonly (readonly [string, string | number])[]): string =>
  tableText(['', ''], pairs)
