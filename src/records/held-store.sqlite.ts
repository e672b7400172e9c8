// Held entries on SQLite.
import type { Database, SQLInputValue } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Held, type HeldFilter, type HeldStore, heldOf } from './held-store.ts'

/** With what only the embedded retrier asks for. */
export type SqliteHeldStore = ReturnType<typeof heldStore>

export function heldStore(db: Database) {
  const put = db.prepare(
    `INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (position) DO UPDATE SET
     state = excluded.state, code = excluded.code, attempts = excluded.attempts, attempting = excluded.attempting,
     next_attempt_at = excluded.next_attempt_at, set_aside_at = excluded.set_aside_at`,
  )
  const due = db.prepare(
    `SELECT * FROM held WHERE state = 'retrying' AND next_attempt_at <= ? ORDER BY next_attempt_at, position LIMIT ?`,
  )
  const nextDue = db.prepare("SELECT MIN(next_attempt_at) AS at FROM held WHERE state = 'retrying'")
  return {
    put(_tx: Transaction, h: Held): void {
      put.run(
        h.position,
        h.studyId,
        h.patientId,
        h.lane,
        h.state,
        h.code,
        h.attempts,
        h.attempting ? 1 : 0,
        h.nextAttemptAt ?? null,
        h.heldAt,
        h.setAsideAt ?? null,
      )
    },
    /** When the next retry is due, in milliseconds since the epoch. */
    nextDue(): number | undefined {
      const at = nextDue.get()?.at
      return typeof at === 'number' ? at : undefined
    },
    due: (now: number, limit: number): Held[] => due.all(now, limit).map(heldOf),
    ...heldReader(db),
  } satisfies HeldStore & Record<string, unknown>
}

const ofSites = `EXISTS (SELECT 1 FROM patients p
  WHERE p.study_id = held.study_id AND p.patient_id = held.patient_id AND p.site_id IN (??))`

/** The reading half, for any connection. */
export function heldReader(db: Database) {
  const at = db.prepare('SELECT * FROM held WHERE position = ?')
  return {
    at(position: number): Held | undefined {
      const r = at.get(position)
      return r === undefined ? undefined : heldOf(r)
    },
    retrying: (): Held[] =>
      db.prepare(`SELECT * FROM held WHERE state = 'retrying' ORDER BY position`).all().map(heldOf),
    list(filter: HeldFilter): Held[] {
      const marks = (list: readonly unknown[]) => list.map(() => '?').join(', ')
      const values: SQLInputValue[] = [...filter.states, filter.after]
      const and = (condition: string, of: readonly string[] | undefined) => {
        if (of === undefined) return ''
        values.push(...of)
        return condition.replace('??', marks(of))
      }
      const one = (text: string | undefined) => (text === undefined ? undefined : [text])
      const aside = filter.includeSetAside ? '' : 'AND set_aside_at IS NULL'
      const statement = `SELECT * FROM held WHERE state IN (${marks(filter.states)}) AND position > ? ${aside}
        ${and('AND study_id = ??', one(filter.studyId))} ${and('AND patient_id = ??', one(filter.patientId))}
        ${and('AND code IN (??)', filter.codes)}
        ${and(`AND ${ofSites}`, filter.sites ?? undefined)} ORDER BY position LIMIT ?`
      return db
        .prepare(statement)
        .all(...values, filter.limit)
        .map(heldOf)
    },
  }
}
