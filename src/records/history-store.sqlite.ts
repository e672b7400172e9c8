// Earlier entries on SQLite: lookups by key, on the connection that writes, so that entries of the same batch count.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type HistoryReader, mostEvents } from '../study/rules/history.ts'
import {
  type EventRow,
  earlierOfRow,
  type HistoryRow,
  historyJoins,
  type PatientForm,
} from './history-store.ts'

/** Reads what was applied before. */
export type SqliteHistoryStore = ReturnType<typeof historyStore>

export function historyStore(db: Database) {
  const ofOccasion = 'o.study_id = ? AND o.occasion = ? AND o.form = ? AND o.patient_id = ?'
  const standing = "o.standing <> 'void'"
  const filled = db.prepare(`SELECT o.position FROM occasions AS o WHERE ${ofOccasion} AND ${standing}`)
  const columns = 'o.position, r.effect, v.version, v.effect AS changed'
  const entry = db.prepare(
    `SELECT ${columns} FROM occasions AS o ${historyJoins} WHERE ${ofOccasion} AND ${standing}`,
  )
  const events = db.prepare(
    `SELECT ${columns} FROM event_times AS e
     JOIN responses AS own ON own.position = e.position
     JOIN occasions AS o ON o.study_id = e.study_id AND o.occasion = own.occasion AND o.form = e.form
       AND o.patient_id = e.patient_id AND o.position = e.position
     ${historyJoins}
     WHERE e.study_id = ? AND e.patient_id = ? AND e.form = ? AND e.completed_at > ? AND e.completed_at <= ?
       AND ${standing}
     ORDER BY e.completed_at DESC, e.position DESC LIMIT ${mostEvents}`,
  )
  const addEvent = db.prepare('INSERT INTO event_times VALUES (?, ?, ?, ?, ?)')
  return {
    /** The reader of one patient's entries of one form. */
    of: ({ studyId, patientId, form }: PatientForm): HistoryReader => ({
      filled(occasion) {
        const row = filled.get(studyId, occasion, form, patientId)
        return row === undefined ? undefined : Number(row.position)
      },
      entry(occasion) {
        const row = entry.get(studyId, occasion, form, patientId)
        return row === undefined ? undefined : earlierOfRow(row as HistoryRow)
      },
      events: (fromMs, toMs) =>
        events
          .all(studyId, patientId, form, Math.floor(fromMs), toMs)
          .map((row) => earlierOfRow(row as HistoryRow)),
    }),
    addEvent(_tx: Transaction, e: EventRow): void {
      addEvent.run(e.studyId, e.patientId, e.form, e.completedAt, e.position)
    },
  }
}
