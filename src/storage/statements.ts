// One text for both engines, for stores off the hot path: records that staff work on are read and written one by one,
// so that a statement prepared for one engine would gain nothing. What the engines write differently stays in twins.
import type { Later } from './later.ts'
import type { Transaction } from './transaction.ts'

/** What a statement may be given. Truths travel as 0 and 1. */
export type Value = string | number | null | Uint8Array
/** A row by its columns; whole numbers as numbers, truths as the engine gives them. */
export type Row = Readonly<Record<string, unknown>>

/** `?` stands for each value, in order. */
export type Statements = {
  rows(text: string, values: readonly Value[]): Later<readonly Row[]>
  /** Changes rows; gives what RETURNING names. */
  change(tx: Transaction, text: string, values: readonly Value[]): Later<readonly Row[]>
}
