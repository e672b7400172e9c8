// Earlier entries of a patient's form, looked up one by one: for an evaluation that is repeated by a staff action, where
// history-store.ts is for the many of a batch. Entries that are void are not there; of a changed one the newest counts.
import type { Statements } from '../storage/statements.ts'
import { type EarlierEntry, mostEvents } from '../study/rules/history.ts'
import { earlierOfRow, type HistoryRow, historyJoins, type PatientForm } from './history-store.ts'

const columns = 'o.position, r.effect, v.version, v.effect AS changed'
const whose = 'o.study_id = ? AND o.patient_id = ? AND o.form = ?'

export type EarlierStore = ReturnType<typeof earlierStore>

export function earlierStore(on: Statements) {
  return {
    /** The entry that fills an occasion and came before a position of the journal. */
    async entry(of: PatientForm, occasion: string, before: number): Promise<EarlierEntry | undefined> {
      const [row] = await on.rows(
        `SELECT ${columns} FROM occasions AS o ${historyJoins}
         WHERE ${whose} AND o.occasion = ? AND o.standing <> 'void' AND o.position < ?`,
        [of.studyId, of.patientId, of.form, occasion, before],
      )
      return row === undefined ? undefined : earlierOfRow(row as unknown as HistoryRow)
    },
    /** Events completed after `fromMs` and not after `toMs` that came before a position, the latest first. */
    async events(of: PatientForm, fromMs: number, toMs: number, before: number): Promise<EarlierEntry[]> {
      const rows = await on.rows(
        `SELECT ${columns} FROM event_times AS e
         JOIN responses AS own ON own.position = e.position
         JOIN occasions AS o ON o.study_id = e.study_id AND o.occasion = own.occasion AND o.form = e.form
           AND o.patient_id = e.patient_id AND o.position = e.position ${historyJoins}
         WHERE ${whose} AND e.completed_at > ? AND e.completed_at <= ? AND o.position < ? AND o.standing <> 'void'
         ORDER BY e.completed_at DESC, e.position DESC LIMIT ${mostEvents}`,
        [of.studyId, of.patientId, of.form, Math.floor(fromMs), Math.floor(toMs), before],
      )
      return rows.map((row) => earlierOfRow(row as unknown as HistoryRow))
    },
  }
}
