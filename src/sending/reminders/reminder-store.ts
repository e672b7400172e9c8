// The log of reminders: one row for each reminder of an occasion, planned, sent, shown, opened. It is a log of its own
// and not part of the audit log: it changes no record of the trial, and there is a row for every patient and day.
//
// States: planned ⇄ claimed → sent | failed; planned or claimed → cancelled; cancelled → planned where it is due again.
import type { Row, Statements, Value } from '../../storage/statements.ts'
import type { Transaction } from '../../storage/transaction.ts'

export type ReminderState = 'planned' | 'claimed' | 'sent' | 'failed' | 'cancelled'

/** How a reminder reached the patient. */
export type Channel = 'push' | 'e-mail' | 'sms'

/** One reminder. Times in ms since the epoch. */
export type Reminder = {
  /** A random UUID: the only name of it that leaves this installation. */
  readonly reminderId: string
  readonly studyId: string
  readonly patientId: string
  readonly form: string
  readonly occasion: string
  /** From 0: which one of the occasion. */
  readonly nth: number
  readonly plannedFor: number
  readonly closesAt: number
  readonly state: ReminderState
  /**
   * Why it was cancelled: done, not-due, off, closed, unreachable, overtaken by a later one, joined with one of another
   * form.
   */
  readonly why: string | null
  readonly channel: Channel | null
  /** How the last attempt ended: a status or a word, never text of the other side. */
  readonly outcome: string | null
  /** Attempts that ended. */
  readonly attempts: number
  readonly firstAttemptAt: number | null
  readonly lastAttemptAt: number | null
  readonly sentAt: number | null
  readonly shownAt: number | null
  readonly openedAt: number | null
}

/** What a plan says of a reminder. */
export type PlannedRow = Pick<
  Reminder,
  'reminderId' | 'studyId' | 'patientId' | 'form' | 'occasion' | 'nth' | 'plannedFor' | 'closesAt'
>

/** Which reminders to list; both times inclusive and exclusive, as in a span. */
export type ReminderFilter = {
  readonly studyId: string
  readonly patientId?: string
  readonly from: number
  readonly to: number
  readonly limit: number
}

/** How an attempt ended. */
export type ReminderSettled = {
  readonly reminderId: string
  readonly claimedUntil: number
  readonly startedAt: number
  readonly state: 'sent' | 'failed' | 'planned'
  readonly channel: Channel | null
  readonly outcome: string
  /** When it ended; where it is planned again, when it is due. */
  readonly at: number
}

const columns = `reminder_id, study_id, patient_id, form, occasion, nth, planned_for, closes_at, state, why, channel,
  outcome, attempts, first_attempt_at, last_attempt_at, sent_at, shown_at, opened_at`

const number = (value: unknown): number | null => (value === null ? null : Number(value))
const text = (value: unknown): string | null => (value === null ? null : String(value))

const reminderOf = (row: Row): Reminder => ({
  reminderId: String(row.reminder_id),
  studyId: String(row.study_id),
  patientId: String(row.patient_id),
  form: String(row.form),
  occasion: String(row.occasion),
  nth: Number(row.nth),
  plannedFor: Number(row.planned_for),
  closesAt: Number(row.closes_at),
  state: String(row.state) as ReminderState,
  why: text(row.why),
  channel: text(row.channel) as Channel | null,
  outcome: text(row.outcome),
  attempts: Number(row.attempts),
  firstAttemptAt: number(row.first_attempt_at),
  lastAttemptAt: number(row.last_attempt_at),
  sentAt: number(row.sent_at),
  shownAt: number(row.shown_at),
  openedAt: number(row.opened_at),
})

export type ReminderStore = ReturnType<typeof reminderStore>

/** The same statements on both engines. */
export function reminderStore(on: Statements) {
  const read = async (statement: string, values: readonly Value[]) =>
    (await on.rows(statement, values)).map(reminderOf)
  return {
    ...writes(on),
    /** Those of some patients that are planned for a time from `from` on. */
    ofPatients: (studyId: string, patientIds: readonly string[], from: number) =>
      read(
        `SELECT ${columns} FROM reminders WHERE study_id = ? AND patient_id IN (${marks(patientIds)})
           AND planned_for >= ?`,
        [studyId, ...padded(patientIds), from],
      ),
    /** What is due and no other node has, the longest due first. */
    due: (now: number, limit: number) =>
      read(
        `SELECT ${columns} FROM reminders WHERE next_at IS NOT NULL AND next_at <= ?
           AND (claimed_until IS NULL OR claimed_until <= ?) ORDER BY next_at, reminder_id LIMIT ?`,
        [now, now, limit],
      ),
    /** Whether anything is due. */
    async isDue(now: number): Promise<boolean> {
      const rows = await on.rows(
        `SELECT reminder_id FROM reminders WHERE next_at IS NOT NULL AND next_at <= ?
           AND (claimed_until IS NULL OR claimed_until <= ?) LIMIT 1`,
        [now, now],
      )
      return rows.length > 0
    },
    /** One reminder by its id. */
    async one(reminderId: string): Promise<Reminder | undefined> {
      return (await read(`SELECT ${columns} FROM reminders WHERE reminder_id = ?`, [reminderId]))[0]
    },
    /** Reminders by the time they are planned for. */
    list: ({ studyId, patientId, from, to, limit }: ReminderFilter) =>
      read(
        `SELECT ${columns} FROM reminders WHERE study_id = ? AND planned_for >= ? AND planned_for < ?
           ${patientId === undefined ? '' : 'AND patient_id = ?'} ORDER BY planned_for, reminder_id LIMIT ?`,
        [studyId, from, to, ...(patientId === undefined ? [] : [patientId]), limit],
      ),
    /** Of some patients, the occasions that responses fill, as `patient NUL form NUL occasion`. */
    async filled(
      studyId: string,
      patientIds: readonly string[],
      forms: readonly string[],
      occasions: readonly string[],
    ): Promise<ReadonlySet<string>> {
      if (occasions.length === 0) return new Set()
      const rows = await on.rows(
        `SELECT patient_id, form, occasion FROM occasions WHERE study_id = ? AND occasion IN (${marks(occasions)})
           AND form IN (${marks(forms)}) AND patient_id IN (${marks(patientIds)}) AND standing <> 'void'`,
        [studyId, ...padded(occasions), ...padded(forms), ...padded(patientIds)],
      )
      return new Set(
        rows.map((row) => filledKey(String(row.patient_id), String(row.form), String(row.occasion))),
      )
    },
  }
}

/** What {@link ReminderStore.filled} names an occasion. */
export const filledKey = (patientId: string, form: string, occasion: string): string =>
  `${patientId}\0${form}\0${occasion}`

function writes(on: Statements) {
  return {
    /** Adds a reminder unless the occasion has one of this number. */
    async plan(tx: Transaction, r: PlannedRow): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO reminders (reminder_id, study_id, patient_id, form, occasion, nth, planned_for, closes_at, state,
           next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'planned', ?) ON CONFLICT DO NOTHING`,
        [
          r.reminderId,
          r.studyId,
          r.patientId,
          r.form,
          r.occasion,
          r.nth,
          r.plannedFor,
          r.closesAt,
          r.plannedFor,
        ],
      )
    },
    /** Plans one that was not sent for another time. */
    async move(tx: Transaction, reminderId: string, plannedFor: number, closesAt: number): Promise<void> {
      await on.change(
        tx,
        `UPDATE reminders SET state = 'planned', why = NULL, planned_for = ?, closes_at = ?, next_at = ?,
           claimed_by = NULL, claimed_until = NULL WHERE reminder_id = ? AND state IN ('planned', 'cancelled')`,
        [plannedFor, closesAt, plannedFor, reminderId],
      )
    },
    /** Lets one wait; the time it was planned for stays. */
    async postpone(tx: Transaction, reminderId: string, until: number): Promise<void> {
      await on.change(tx, "UPDATE reminders SET next_at = ? WHERE reminder_id = ? AND state = 'planned'", [
        until,
        reminderId,
      ])
    },
    /** Takes back one that is not under way. */
    async cancel(tx: Transaction, reminderId: string, why: string): Promise<void> {
      await on.change(
        tx,
        `UPDATE reminders SET state = 'cancelled', why = ?, next_at = NULL, claimed_by = NULL, claimed_until = NULL
         WHERE reminder_id = ? AND state IN ('planned', 'claimed')`,
        [why, reminderId],
      )
    },
    /** Gives one to a node until a time; false if another one has it. */
    async claim(
      tx: Transaction,
      reminderId: string,
      node: string,
      now: number,
      until: number,
    ): Promise<boolean> {
      const claimed = await on.change(
        tx,
        `UPDATE reminders SET state = 'claimed', claimed_by = ?, claimed_until = ? WHERE reminder_id = ?
           AND state IN ('planned', 'claimed') AND (claimed_until IS NULL OR claimed_until <= ?)
         RETURNING reminder_id`,
        [node, until, reminderId, now],
      )
      return claimed.length === 1
    },
    /** Keeps how an attempt ended: a failure only while the claim is its own, what was sent whoever has it by now. */
    async settle(tx: Transaction, node: string, r: ReminderSettled): Promise<void> {
      await on.change(
        tx,
        `UPDATE reminders SET state = ?, channel = ?, outcome = ?, attempts = attempts + 1,
           first_attempt_at = COALESCE(first_attempt_at, ?), last_attempt_at = ?, sent_at = ?, next_at = ?,
           claimed_by = NULL, claimed_until = NULL
         WHERE reminder_id = ? AND state <> 'sent' AND (? = 'sent' OR (claimed_by = ? AND claimed_until = ?))`,
        [
          ...[r.state, r.channel, r.outcome, r.startedAt, r.startedAt],
          r.state === 'sent' ? r.at : null,
          r.state === 'planned' ? r.at : null,
          ...[r.reminderId, r.state, node, r.claimedUntil],
        ],
      )
    },
    /** Keeps the first time a phone showed or opened it; `form/occasion`, or null if the patient has no such reminder. */
    async note(
      tx: Transaction,
      of: { readonly studyId: string; readonly patientId: string; readonly reminderId: string },
      event: 'shown' | 'opened',
      at: number,
    ): Promise<string | null> {
      const column = event === 'shown' ? 'shown_at' : 'opened_at'
      const noted = await on.change(
        tx,
        `UPDATE reminders SET ${column} = COALESCE(${column}, ?)
         WHERE reminder_id = ? AND study_id = ? AND patient_id = ? RETURNING form, occasion`,
        [at, of.reminderId, of.studyId, of.patientId],
      )
      const [row] = noted
      return row === undefined ? null : `${row.form}/${row.occasion}`
    },
  }
}

/** Lists travel in a few sizes only, because each size makes a statement of its own. */
const sizeOf = (list: readonly string[]): number => 2 ** Math.ceil(Math.log2(Math.max(1, list.length)))
const marks = (list: readonly string[]): string => Array(sizeOf(list)).fill('?').join(', ')
const padded = (list: readonly string[]): string[] => [
  ...list,
  ...Array<string>(sizeOf(list) - list.length).fill(list.at(-1) ?? ''),
]
