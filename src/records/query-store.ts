// Queries: questions to the site about a patient, a response or one item of it. Their words are in the transitions.
import type { Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Case, caseStore, numberOf, textOf } from './workflow-store.ts'

export type Query = Case & {
  /** The response it is about; null: the patient as such. */
  readonly position: number | null
  /** linkId of the item it is about. */
  readonly item: string | null
  /** Id of the staff member who asked; only this one may take it back. */
  readonly openedBy: string
  /** Milliseconds since the epoch. */
  readonly openedAt: number
}
export type NewQuery = Omit<Query, 'id' | 'siteId' | 'state' | 'revision'>

export type QueryStore = ReturnType<typeof queryStore>

export function queryStore(on: Statements) {
  return {
    ...caseStore(on, {
      table: 'queries',
      key: 'query_id',
      columns: ['position', 'item', 'opened_by', 'opened_at'],
      read: (row): Omit<Query, keyof Case> => ({
        position: numberOf(row.position),
        item: textOf(row.item),
        openedBy: String(row.opened_by),
        openedAt: Number(row.opened_at),
      }),
    }),
    /** Adds a query in a state, at revision 1; returns its id. */
    async add(tx: Transaction, q: NewQuery, state: string): Promise<number> {
      const [row] = await on.change(
        tx,
        `INSERT INTO queries (study_id, patient_id, position, item, opened_by, opened_at, state, revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, 1) RETURNING query_id`,
        [q.studyId, q.patientId, q.position, q.item, q.openedBy, q.openedAt, state],
      )
      return Number(row!.query_id)
    },
  }
}
