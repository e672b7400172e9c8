// What happened to the records that staff work on: append-only, one row for each transition. And what all records with
// a state have in common: one is found, many are listed, one moves on from the revision somebody has seen.
import type { Row, Statements, Value } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'

/** One transition. `record` as in the audit log: `alert:12`. */
export type TransitionRow = {
  readonly studyId: string
  readonly record: string
  /** From 1, without gaps. */
  readonly revision: number
  readonly transition: string
  /** The state it led to. */
  readonly state: string
  /** `member:anna`, `system:processing`, `system:clock`. */
  readonly actor: string
  /** The role the actor acted in; null for the system. */
  readonly role: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Note or reason, in the words of who gave it; null where none was asked for. */
  readonly said: string | null
  /** Of the commitment in the audit log. */
  readonly salt: string
}

export type TransitionStore = ReturnType<typeof transitionStore>

export function transitionStore(on: Statements) {
  return {
    /** Throws if the record has a transition of this revision: two did not see each other. */
    async append(tx: Transaction, t: TransitionRow): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO transitions (study_id, record, revision, transition, state, actor, role, at, said, salt)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [t.studyId, t.record, t.revision, t.transition, t.state, t.actor, t.role, t.at, t.said, t.salt],
      )
    },
    /** All transitions of a record, oldest first. */
    async of(studyId: string, record: string): Promise<TransitionRow[]> {
      const rows = await on.rows(
        `SELECT revision, transition, state, actor, role, at, said, salt FROM transitions
         WHERE study_id = ? AND record = ? ORDER BY revision`,
        [studyId, record],
      )
      return rows.map((row) => ({
        studyId,
        record,
        revision: Number(row.revision),
        transition: String(row.transition),
        state: String(row.state),
        actor: String(row.actor),
        role: textOf(row.role),
        at: Number(row.at),
        said: textOf(row.said),
        salt: String(row.salt),
      }))
    },
  }
}

/** A text that may be missing. */
export const textOf = (value: unknown): string | null => (value === null ? null : String(value))
/** A number that may be missing. */
export const numberOf = (value: unknown): number | null => (value === null ? null : Number(value))

/** What every record with a state has. */
export type Case = {
  readonly id: number
  readonly studyId: string
  readonly patientId: string
  readonly siteId: string
  readonly state: string
  /** Counts the transitions; the ETag at the doors. */
  readonly revision: number
}

/** Which records a list shows. `sites` null: of all sites. */
export type CaseFilter = {
  readonly sites: readonly string[] | null
  readonly states?: readonly string[]
  readonly patientId?: string
  /** Only ids above this one. */
  readonly after: number
  readonly limit: number
}

/** A table whose rows are records with a state. `columns` are read besides those of {@link Case}. */
export type CaseTable<T> = {
  readonly table: string
  readonly key: string
  readonly columns: readonly string[]
  readonly read: (row: Row) => T
}

/** The part that the stores of all such records share. */
export function caseStore<T>(on: Statements, { table, key, columns, read }: CaseTable<T>) {
  const wanted = [key, 'study_id', 'patient_id', 'state', 'revision', ...columns].map((c) => `c.${c}`)
  const select = `SELECT ${wanted.join(', ')}, p.site_id FROM ${table} c
    JOIN patients p ON p.study_id = c.study_id AND p.patient_id = c.patient_id`
  const recordOf = (row: Row): Case & T => ({
    id: Number(row[key]),
    studyId: String(row.study_id),
    patientId: String(row.patient_id),
    siteId: String(row.site_id),
    state: String(row.state),
    revision: Number(row.revision),
    ...read(row),
  })
  return {
    async one(studyId: string, id: number): Promise<(Case & T) | undefined> {
      const [row] = await on.rows(`${select} WHERE c.study_id = ? AND c.${key} = ?`, [studyId, id])
      return row === undefined ? undefined : recordOf(row)
    },
    /** In the order of their ids. */
    async list(studyId: string, filter: CaseFilter): Promise<(Case & T)[]> {
      const values: Value[] = [studyId, filter.after]
      const among = (column: string, names: readonly string[] | null | undefined) => {
        if (names === null || names === undefined) return ''
        values.push(...names)
        return ` AND ${column} IN (${names.map(() => '?').join(', ') || 'NULL'})`
      }
      // One patient's records are found by the patient and then put in order, not looked for in the order of all.
      const order = filter.patientId === undefined ? `c.${key}` : `c.${key} + 0`
      const ofPatient = filter.patientId === undefined ? '' : ' AND c.patient_id = ?'
      if (filter.patientId !== undefined) values.push(filter.patientId)
      const where = `${ofPatient}${among('p.site_id', filter.sites)}${among('c.state', filter.states)}`
      const rows = await on.rows(
        `${select} WHERE c.study_id = ? AND ${order} > ?${where} ORDER BY ${order} LIMIT ?`,
        [...values, filter.limit],
      )
      return rows.map(recordOf)
    },
    /** Moves a record on from a revision; false if it is at another one by now. */
    async move(tx: Transaction, record: Case, state: string, revision: number): Promise<boolean> {
      const moved = await on.change(
        tx,
        `UPDATE ${table} SET state = ?, revision = ? WHERE study_id = ? AND ${key} = ? AND revision = ? RETURNING ${key}`,
        [state, revision, record.studyId, record.id, record.revision],
      )
      return moved.length === 1
    },
  }
}
