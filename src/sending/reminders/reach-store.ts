// How patients can be reached: where their phones take pushes, addresses the site entered, and what they chose. All that
// names a person or a phone is sealed (seal.ts); the database alone tells nobody where anyone is reached.
import type { Statements } from '../../storage/statements.ts'
import type { Transaction } from '../../storage/transaction.ts'

export type ContactKind = 'email' | 'phone'
export const contactKinds: readonly ContactKind[] = ['email', 'phone']

/** How one patient can be reached now. */
export type Reach = {
  readonly subscriptions: readonly { readonly deviceId: number; readonly sealed: Uint8Array }[]
  readonly contacts: readonly { readonly kind: ContactKind; readonly sealed: Uint8Array }[]
}

/** What the patient chose; `quiet` null: the study's hours. */
export type ChoiceRow = {
  readonly enabled: boolean
  readonly quiet: { readonly from: string; readonly to: string } | null
}
/** The choice of a patient who has not chosen. */
export const noChoice: ChoiceRow = { enabled: true, quiet: null }

/** Subscriptions that may be used: of a device in good standing. */
const live = `FROM push_subscriptions p JOIN devices d ON d.device_id = p.device_id
  WHERE p.sealed IS NOT NULL AND d.revoked_at IS NULL AND d.replaced_at IS NULL`

export type ReachStore = ReturnType<typeof reachStore>

/** The same statements on both engines. */
export function reachStore(on: Statements) {
  return {
    ...pushWrites(on),
    ...contactWrites(on),
    /** Patients of a study who can be reached at all, in id order, from after an id. */
    async patients(studyId: string, after: string, limit: number): Promise<string[]> {
      const rows = await on.rows(
        `SELECT p.patient_id ${live} AND p.study_id = ? AND p.patient_id > ?
         UNION SELECT patient_id FROM patient_contacts WHERE sealed IS NOT NULL AND study_id = ? AND patient_id > ?
         ORDER BY 1 LIMIT ?`,
        [studyId, after, studyId, after, limit],
      )
      return rows.map((row) => String(row.patient_id))
    },
    /** How a patient can be reached now. */
    async of(studyId: string, patientId: string): Promise<Reach> {
      const subscriptions = await on.rows(
        `SELECT p.device_id, p.sealed ${live} AND p.study_id = ? AND p.patient_id = ? ORDER BY p.set_at DESC`,
        [studyId, patientId],
      )
      const contacts = await on.rows(
        'SELECT kind, sealed FROM patient_contacts WHERE study_id = ? AND patient_id = ? AND sealed IS NOT NULL',
        [studyId, patientId],
      )
      return {
        subscriptions: subscriptions.map((row) => ({
          deviceId: Number(row.device_id),
          sealed: row.sealed as Uint8Array,
        })),
        contacts: contacts.map((row) => ({
          kind: String(row.kind) as ContactKind,
          sealed: row.sealed as Uint8Array,
        })),
      }
    },
    /** What some patients chose; who has not chosen is left out. */
    async choices(studyId: string, patientIds: readonly string[]): Promise<ReadonlyMap<string, ChoiceRow>> {
      const rows = await on.rows(
        `SELECT patient_id, enabled, quiet_from, quiet_to FROM reminder_choices
         WHERE study_id = ? AND patient_id >= ? AND patient_id <= ?`,
        [studyId, patientIds[0] ?? '', patientIds.at(-1) ?? ''],
      )
      return new Map(
        rows.map((row) => [
          String(row.patient_id),
          {
            enabled: Boolean(row.enabled),
            quiet:
              row.quiet_from === null ? null : { from: String(row.quiet_from), to: String(row.quiet_to) },
          },
        ]),
      )
    },
  }
}

/** Whose. */
type OfPatient = { readonly studyId: string; readonly patientId: string }

function pushWrites(on: Statements) {
  return {
    /** Where a device takes pushes from now on. */
    async setPush(
      tx: Transaction,
      { studyId, patientId, deviceId }: OfPatient & { readonly deviceId: number },
      sealed: Uint8Array,
      now: number,
    ): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO push_subscriptions (device_id, study_id, patient_id, sealed, set_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (device_id) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at, dropped_at = NULL,
           dropped_because = NULL`,
        [deviceId, studyId, patientId, sealed, now],
      )
    },
    /** Forgets where a device takes pushes; false if it takes none. */
    async dropPush(tx: Transaction, deviceId: number, because: string, now: number): Promise<boolean> {
      const dropped = await on.change(
        tx,
        `UPDATE push_subscriptions SET sealed = NULL, dropped_at = ?, dropped_because = ?
         WHERE device_id = ? AND sealed IS NOT NULL RETURNING device_id`,
        [now, because, deviceId],
      )
      return dropped.length === 1
    },
  }
}

function contactWrites(on: Statements) {
  return {
    /** Enters, changes or, with null, forgets an address; false if there was none to forget. */
    async setContact(
      tx: Transaction,
      { studyId, patientId, kind }: OfPatient & { readonly kind: ContactKind },
      sealed: Uint8Array | null,
      now: number,
    ): Promise<boolean> {
      const key = [studyId, patientId, kind]
      const changed =
        sealed === null
          ? await on.change(
              tx,
              `UPDATE patient_contacts SET sealed = NULL, set_at = ? WHERE study_id = ? AND patient_id = ? AND kind = ?
                 AND sealed IS NOT NULL RETURNING kind`,
              [now, ...key],
            )
          : await on.change(
              tx,
              `INSERT INTO patient_contacts (study_id, patient_id, kind, sealed, set_at) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (study_id, patient_id, kind) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at
               RETURNING kind`,
              [...key, sealed, now],
            )
      return changed.length === 1
    },
    /** Keeps what the patient chose. */
    async setChoice(
      tx: Transaction,
      { studyId, patientId }: OfPatient,
      { enabled, quiet }: ChoiceRow,
      now: number,
    ): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO reminder_choices (study_id, patient_id, enabled, quiet_from, quiet_to, set_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (study_id, patient_id) DO UPDATE SET enabled = excluded.enabled,
           quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, set_at = excluded.set_at`,
        [studyId, patientId, enabled ? 1 : 0, quiet?.from ?? null, quiet?.to ?? null, now],
      )
    },
  }
}
