// The columns of the tables that `levee move` brings over: how a value of SQLite becomes one of PostgreSQL.
import { uuidText } from '../../intake/journal-store.sqlite.ts'
import { slotOf } from '../../intake/slot.ts'

/** A value as it travels: bytes as `\x` and hexadecimal, ids as text. */
export type Value = string | number | boolean | null

/** A row by column names, as SQLite gives it. */
export type SourceRow = Readonly<Record<string, unknown>>

/** One column of the PostgreSQL table. */
export type Column = {
  readonly name: string
  /** The column of SQLite that it is made of, if it is one alone. */
  readonly from?: string
  /** How its value follows from the row of SQLite. */
  readonly of: (row: SourceRow, source: SourceFacts) => Value
}

/** What some columns follow from besides the row. */
export type SourceFacts = {
  /** The last second body that processing has taken. */
  readonly secondBodyId: number
}

const hex = (bytes: Uint8Array): string =>
  `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`

/** A column as it is. */
export const plain = (name: string): Column => ({ name, from: name, of: (row) => row[name] as Value })
/** A column of bytes. */
export const bytes = (name: string): Column => ({
  name,
  from: name,
  of: (row) => hex(row[name] as Uint8Array),
})
/** A column of bytes that may be null. */
export const bytesOrNull = (name: string): Column => ({
  name,
  from: name,
  of: (row) => (row[name] === null ? null : hex(row[name] as Uint8Array)),
})
/** A column of truths, 0 and 1 in SQLite. */
export const truth = (name: string): Column => ({ name, from: name, of: (row) => row[name] === 1 })
/** A column of ids, 16 bytes in SQLite. */
export const uuid = (name: string): Column => ({
  name,
  from: name,
  of: (row) => uuidText(row[name] as Uint8Array),
})
/** A column that SQLite lacks, with one value in every row. */
export const always = (name: string, value: Value): Column => ({ name, of: () => value })
/** The slot of the row's patient, which SQLite lacks. */
export const slot: Column = {
  name: 'slot',
  of: (row) => slotOf(String(row.study_id), String(row.patient_id)),
}
/** Columns as they are, their names with a space between. */
export const plains = (names: string): Column[] => names.split(' ').map(plain)
