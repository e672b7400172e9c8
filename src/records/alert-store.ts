// Alerts as staff and the clock see them. Processing raises them (response-store.ts); here they move on.
import type { Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'
import { type Case, caseStore, numberOf } from './workflow-store.ts'

/** An alert. Times in milliseconds since the epoch. */
export type Alert = Case & {
  readonly rule: string
  /** Local day of completion; one alert for each patient, rule and day. */
  readonly day: string
  /** The response that raised it. */
  readonly position: number
  readonly severity: string
  /** Roles that must act. */
  readonly audience: readonly string[]
  /** How often it was escalated, and to which roles besides the audience. */
  readonly level: number
  readonly escalatedTo: readonly string[]
  readonly raisedAt: number
  /** When the patient finished by the device clock and when it arrived; null for alerts older than these columns. */
  readonly completedAt: number | null
  readonly receivedAt: number | null
  readonly acknowledgeBy: number
  /** When the clock looks at it; null: it has nothing more to do. */
  readonly lookAt: number | null
}

const words = (text: unknown): string[] => String(text).split(' ').filter(Boolean)

export type AlertStore = ReturnType<typeof alertStore>

export function alertStore(on: Statements) {
  const cases = caseStore(on, {
    table: 'alerts',
    key: 'alert_id',
    columns: [
      'rule',
      'day',
      'position',
      'severity',
      'audience',
      'level',
      'escalated_to',
      'raised_at',
      'acknowledge_by',
      'completed_at',
      'received_at',
      'look_at',
    ],
    read: (row): Omit<Alert, keyof Case> => ({
      rule: String(row.rule),
      day: String(row.day),
      position: Number(row.position),
      severity: String(row.severity),
      audience: words(row.audience),
      level: Number(row.level),
      escalatedTo: words(row.escalated_to),
      raisedAt: Number(row.raised_at),
      acknowledgeBy: Number(row.acknowledge_by),
      completedAt: numberOf(row.completed_at),
      receivedAt: numberOf(row.received_at),
      lookAt: numberOf(row.look_at),
    }),
  })
  return {
    ...cases,
    /** Alerts nobody has acknowledged that the clock must look at, the longest due first. */
    async due(now: number, limit: number): Promise<{ studyId: string; id: number }[]> {
      const rows = await on.rows(
        `SELECT study_id, alert_id FROM alerts WHERE state IN ('raised', 'delivered', 'opened')
           AND look_at IS NOT NULL AND look_at <= ? ORDER BY look_at LIMIT ?`,
        [now, limit],
      )
      return rows.map((row) => ({ studyId: String(row.study_id), id: Number(row.alert_id) }))
    },
    /** Alerts whose message has reached its receiver and that do not say so yet, and when it did. */
    async arrived(limit: number): Promise<{ studyId: string; id: number; sentAt: number }[]> {
      const rows = await on.rows(
        `SELECT a.study_id, a.alert_id, o.sent_at FROM alerts a
         JOIN outbox o ON o.message_id = a.study_id || ':' || CAST(a.position AS TEXT) || ':' || a.rule
         WHERE a.state = 'raised' AND o.sent_at IS NOT NULL ORDER BY a.alert_id LIMIT ?`,
        [limit],
      )
      return rows.map((row) => ({
        studyId: String(row.study_id),
        id: Number(row.alert_id),
        sentAt: Number(row.sent_at),
      }))
    },
    /** Says how often an alert was escalated, to whom, and when to look again. */
    async escalate(
      tx: Transaction,
      alert: Alert,
      to: Pick<Alert, 'level' | 'escalatedTo' | 'lookAt'>,
    ): Promise<void> {
      await on.change(
        tx,
        'UPDATE alerts SET level = ?, escalated_to = ?, look_at = ? WHERE study_id = ? AND alert_id = ?',
        [to.level, to.escalatedTo.join(' '), to.lookAt, alert.studyId, alert.id],
      )
    },
  }
}
