// What devices say they hold: finished entries that have not arrived. So that an entry lost with a phone is known to be
// lost (P4 begins before the door).
import type { Row, Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'

/** An entry that a device holds. `since`: when it was first declared, server clock, milliseconds since the epoch. */
export type DeclaredEntry = {
  readonly submissionId: string
  readonly form: string
  readonly occasion: string | null
  /** As the device wrote it. */
  readonly completedAt: string
  readonly sequence: number
  /** The problem the device last had for an answer, if any. */
  readonly problem: string | null
  readonly since: number
}

/** What a device said last. Times are of the server clock, milliseconds since the epoch. */
export type Declaration = {
  readonly deviceId: number
  readonly studyId: string
  readonly patientId: string
  readonly entries: readonly DeclaredEntry[]
  /** When the device first said just this. */
  readonly changedAt: number
  /** When it last said so; kept to the hour while nothing changes. */
  readonly contactAt: number
}

export type DeclaredStore = ReturnType<typeof declaredStore>

export function declaredStore(on: Statements) {
  return {
    async of(deviceId: number): Promise<Declaration | undefined> {
      const [row] = await on.rows('SELECT * FROM declarations WHERE device_id = ?', [deviceId])
      return row === undefined ? undefined : declarationOf(row)
    },
    /** Of all devices of a patient, oldest device first. */
    async ofPatient(studyId: string, patientId: string): Promise<Declaration[]> {
      const rows = await on.rows(
        'SELECT * FROM declarations WHERE study_id = ? AND patient_id = ? ORDER BY device_id',
        [studyId, patientId],
      )
      return rows.map(declarationOf)
    },
    /** Those that hold something, of all studies; the first `limit` by device after one. */
    async open(limit: number, after = 0): Promise<Declaration[]> {
      const rows = await on.rows(
        "SELECT * FROM declarations WHERE device_id > ? AND entries <> '[]' ORDER BY device_id LIMIT ?",
        [after, limit],
      )
      return rows.map(declarationOf)
    },
    /** Replaces what the device said before. */
    async put(tx: Transaction, d: Declaration): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO declarations (device_id, study_id, patient_id, entries, changed_at, contact_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (device_id)
         DO UPDATE SET entries = excluded.entries, changed_at = excluded.changed_at, contact_at = excluded.contact_at`,
        [d.deviceId, d.studyId, d.patientId, JSON.stringify(d.entries), d.changedAt, d.contactAt],
      )
    },
  }
}

const declarationOf = (row: Row): Declaration => ({
  deviceId: Number(row.device_id),
  studyId: String(row.study_id),
  patientId: String(row.patient_id),
  entries: JSON.parse(String(row.entries)) as DeclaredEntry[],
  changedAt: Number(row.changed_at),
  contactAt: Number(row.contact_at),
})

/** Whether two lists name the same entries with the same facts; `since` is ours, not the device's. */
export const saysTheSame = (
  a: readonly Omit<DeclaredEntry, 'since'>[],
  b: readonly Omit<DeclaredEntry, 'since'>[],
): boolean => saidText(a) === saidText(b)

/** What the device said, as text of one form. */
export const saidText = (entries: readonly Omit<DeclaredEntry, 'since'>[]): string =>
  JSON.stringify(
    entries.map(({ submissionId, form, occasion, completedAt, sequence, problem }) => [
      submissionId,
      form,
      occasion,
      completedAt,
      sequence,
      problem,
    ]),
  )

/** Tells whether an entry has arrived: the journal's reader. */
export type Arrivals = { find(studyId: string, patientId: string, submissionId: string): unknown }

/**
 * How many entries the patient's devices have declared that have not arrived, one that two of them hold once, and when one of those devices was last
 * heard of (ISO 8601 UTC, null where none holds anything).
 */
export async function declaredHeld(
  stores: { readonly declared: Pick<DeclaredStore, 'ofPatient'>; readonly journal: Arrivals },
  studyId: string,
  patientId: string,
): Promise<{ held: number; lastContactAt: string | null }> {
  const held = new Set<string>()
  let contact = 0
  for (const { entries, contactAt } of await stores.declared.ofPatient(studyId, patientId)) {
    const missing = await notArrived(stores.journal, studyId, patientId, entries)
    for (const { submissionId } of missing) held.add(submissionId)
    if (missing.length > 0) contact = Math.max(contact, contactAt)
  }
  return { held: held.size, lastContactAt: contact === 0 ? null : new Date(contact).toISOString() }
}

/** Those of the entries that have not arrived, each once. */
export async function notArrived(
  journal: Arrivals,
  studyId: string,
  patientId: string,
  entries: readonly DeclaredEntry[],
): Promise<DeclaredEntry[]> {
  const missing = new Map<string, DeclaredEntry>()
  for (const entry of entries) {
    const { submissionId } = entry
    if (missing.has(submissionId)) continue
    if ((await journal.find(studyId, patientId, submissionId)) === undefined) missing.set(submissionId, entry)
  }
  return [...missing.values()]
}
