// Held entries: what is not a response yet, or never will be, and why. Rows stay; only their state moves on.
import type { Database, SQLInputValue, Transaction } from '../storage/sqlite.ts'

/** `done`: became a response after all. */
export type HeldState = 'retrying' | 'quarantined' | 'dead' | 'done'
export type Held = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  /** Entries of one lane take effect in order; see processing/lane.ts. */
  readonly lane: string
  readonly state: HeldState
  /** Why: a quarantine code, `failed`, `killer` or `behind`. */
  readonly code: string
  readonly attempts: number
  /** An attempt had begun and its end is not on record: the process died in it. */
  readonly attempting: boolean
  readonly nextAttemptAt: number | undefined
  readonly heldAt: number
  readonly setAsideAt: number | undefined
}

export type HeldStore = ReturnType<typeof heldStore>

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
    due: (now: number, limit: number): Held[] => due.all(now, limit).map(held),
    ...heldReader(db),
  }
}

export type HeldFilter = {
  states: HeldState[]
  studyId?: string
  includeSetAside: boolean
  after: number
  limit: number
}

/** The reading half, for any connection. */
export function heldReader(db: Database) {
  const at = db.prepare('SELECT * FROM held WHERE position = ?')
  return {
    at(position: number): Held | undefined {
      const r = at.get(position)
      return r === undefined ? undefined : held(r)
    },
    retrying: (): Held[] =>
      db.prepare(`SELECT * FROM held WHERE state = 'retrying' ORDER BY position`).all().map(held),
    list(filter: HeldFilter): Held[] {
      const wanted = filter.states.map(() => '?').join(', ')
      const values: SQLInputValue[] = [...filter.states, filter.after]
      const study = filter.studyId === undefined ? '' : 'AND study_id = ?'
      if (filter.studyId !== undefined) values.push(filter.studyId)
      const aside = filter.includeSetAside ? '' : 'AND set_aside_at IS NULL'
      const statement = `SELECT * FROM held WHERE state IN (${wanted}) AND position > ? ${study} ${aside} ORDER BY position LIMIT ?`
      return db
        .prepare(statement)
        .all(...values, filter.limit)
        .map(held)
    },
  }
}

function held(r: Record<string, unknown>): Held {
  return {
    position: Number(r.position),
    studyId: String(r.study_id),
    patientId: String(r.patient_id),
    lane: String(r.lane),
    state: r.state as HeldState,
    code: String(r.code),
    attempts: Number(r.attempts),
    attempting: r.attempting === 1,
    nextAttemptAt: r.next_attempt_at === null ? undefined : Number(r.next_attempt_at),
    heldAt: Number(r.held_at),
    setAsideAt: r.set_aside_at === null ? undefined : Number(r.set_aside_at),
  }
}
