// Data-change requests, and what responses became by them. Earlier versions stay (ICH E6(R3) 4.2.2, 21 CFR 11.10(e)).
import type { Row, Statements } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { OccasionKey } from './response-store.ts'
import { type Case, caseStore, textOf } from './workflow-store.ts'

/** Answers by linkId as a device would send them; null takes an answer out. */
export type WantedAnswers = Readonly<Record<string, unknown>>

export type ChangeRequest = Case & {
  /** The response to be changed. */
  readonly position: number
  readonly answers: WantedAnswers
  /** What supports the change, from around the time of entry (ICH E6(R3) 4.2.4). */
  readonly source: string
  /** Id of the staff member. */
  readonly draftedBy: string
  /** Milliseconds since the epoch. */
  readonly draftedAt: number
}
export type NewChange = Omit<ChangeRequest, 'id' | 'siteId' | 'state' | 'revision'>

/** A response as it stands: the newest version, with the occasion it was placed in. */
export type StandingResponse = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  readonly siteId: string
  readonly form: string
  readonly formVersion: string
  readonly occasion: string
  /** The position that fills its occasion: its own, or another one's if it is a duplicate candidate. */
  readonly filledBy: number
  readonly version: number
  readonly recordedAt: number
  readonly salt: string
  /** JSON: all that a blinded reader may see. */
  readonly effect: string
  /** JSON: what only unblinded roles may see, or null. */
  readonly restricted: string | null
}
export type ResponseVersion = Pick<
  StandingResponse,
  'position' | 'version' | 'recordedAt' | 'salt' | 'effect' | 'restricted'
> & { readonly changeId: number; readonly leafIndex: number }

const versionOf = (position: number, row: Row): ResponseVersion => ({
  position,
  version: Number(row.version),
  changeId: Number(row.change_id),
  recordedAt: Number(row.recorded_at),
  leafIndex: Number(row.leaf_index),
  salt: String(row.salt),
  effect: String(row.effect),
  restricted: textOf(row.restricted),
})

export type ChangeStore = ReturnType<typeof changeStore>

export function changeStore(on: Statements) {
  return {
    ...caseStore(on, {
      table: 'change_requests',
      key: 'change_id',
      columns: ['position', 'answers', 'source', 'drafted_by', 'drafted_at'],
      read: (row): Omit<ChangeRequest, keyof Case> => ({
        position: Number(row.position),
        answers: JSON.parse(String(row.answers)) as WantedAnswers,
        source: String(row.source),
        draftedBy: String(row.drafted_by),
        draftedAt: Number(row.drafted_at),
      }),
    }),
    /** Adds a request in a state, at revision 1; returns its id. */
    async add(tx: Transaction, c: NewChange, state: string): Promise<number> {
      const [row] = await on.change(
        tx,
        `INSERT INTO change_requests
           (study_id, patient_id, position, answers, source, drafted_by, drafted_at, state, revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING change_id`,
        [
          c.studyId,
          c.patientId,
          c.position,
          JSON.stringify(c.answers),
          c.source,
          c.draftedBy,
          c.draftedAt,
          state,
        ],
      )
      return Number(row!.change_id)
    },
    /** What changed a response so far: the answers of each request that was applied, in the order of application. */
    async appliedTo(position: number): Promise<WantedAnswers[]> {
      const rows = await on.rows(
        `SELECT c.answers FROM response_versions v JOIN change_requests c ON c.change_id = v.change_id
         WHERE v.position = ? ORDER BY v.version`,
        [position],
      )
      return rows.map((row) => JSON.parse(String(row.answers)) as WantedAnswers)
    },
    /** The versions of a response after the first, oldest first. */
    async versions(position: number): Promise<ResponseVersion[]> {
      const rows = await on.rows('SELECT * FROM response_versions WHERE position = ? ORDER BY version', [
        position,
      ])
      return rows.map((row) => versionOf(position, row))
    },
    async response(studyId: string, position: number): Promise<StandingResponse | undefined> {
      const [row] = await on.rows(
        `SELECT r.*, p.site_id, o.position AS filled_by FROM responses r
         JOIN patients p ON p.study_id = r.study_id AND p.patient_id = r.patient_id
         JOIN occasions o ON o.study_id = r.study_id AND o.occasion = r.occasion AND o.form = r.form
           AND o.patient_id = r.patient_id
         WHERE r.position = ? AND r.study_id = ?`,
        [position, studyId],
      )
      if (row === undefined) return undefined
      const newest = (await this.versions(position)).at(-1)
      const { salt, effect, restricted, recordedAt, version } =
        newest ?? versionOf(position, { ...row, version: 1 })
      return {
        position,
        studyId,
        patientId: String(row.patient_id),
        siteId: String(row.site_id),
        form: String(row.form),
        formVersion: String(row.form_version),
        occasion: String(row.occasion),
        filledBy: Number(row.filled_by),
        version,
        recordedAt,
        salt,
        effect,
        restricted,
      }
    },
    /** The first version as processing wrote it. */
    async first(position: number): Promise<{ effect: string; recordedAt: number } | undefined> {
      const [row] = await on.rows('SELECT effect, recorded_at FROM responses WHERE position = ?', [position])
      return row === undefined
        ? undefined
        : { effect: String(row.effect), recordedAt: Number(row.recorded_at) }
    },
    /** Throws if there is such a version. */
    async addVersion(tx: Transaction, v: ResponseVersion): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO response_versions
           (position, version, change_id, recorded_at, leaf_index, salt, effect, restricted)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [v.position, v.version, v.changeId, v.recordedAt, v.leafIndex, v.salt, v.effect, v.restricted],
      )
    },
    /** Sets a score of a response to what its newest version says. */
    async setScore(
      tx: Transaction,
      position: number,
      name: string,
      value: number | null,
      band: string | null,
    ): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO scores (position, name, value, band) VALUES (?, ?, ?, ?)
         ON CONFLICT (position, name) DO UPDATE SET value = excluded.value, band = excluded.band`,
        [position, name, value, band],
      )
    },
    /** Says which response fills an occasion, and how that response stands. */
    async fill(
      tx: Transaction,
      k: OccasionKey,
      by: { position: number; status: string; dose: string | null; standing: string },
    ): Promise<void> {
      await on.change(
        tx,
        `UPDATE occasions SET position = ?, status = ?, dose = ?, standing = ?
         WHERE study_id = ? AND occasion = ? AND form = ? AND patient_id = ?`,
        [by.position, by.status, by.dose, by.standing, k.studyId, k.occasion, k.form, k.patientId],
      )
    },
    /** Raises an alert of a changed response, once for each patient, rule and day; true if it was new. */
    async raise(
      tx: Transaction,
      a: {
        studyId: string
        patientId: string
        rule: string
        day: string
        position: number
        severity: string
        audience: string
        raisedAt: number
        acknowledgeBy: number
        completedAt: number
        receivedAt: number
      },
    ): Promise<boolean> {
      const raised = await on.change(
        tx,
        `INSERT INTO alerts
           (study_id, patient_id, rule, day, position, severity, audience, state, raised_at, acknowledge_by,
            completed_at, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'raised', ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING alert_id`,
        [
          a.studyId,
          a.patientId,
          a.rule,
          a.day,
          a.position,
          a.severity,
          a.audience,
          a.raisedAt,
          a.acknowledgeBy,
          a.completedAt,
          a.receivedAt,
        ],
      )
      return raised.length === 1
    },
    /** Restricted. Records a deviation that a response is not known for yet. */
    async addDeviation(
      tx: Transaction,
      d: { studyId: string; patientId: string; rule: string; position: number; raisedAt: number },
    ): Promise<void> {
      await on.change(
        tx,
        `INSERT INTO deviations (study_id, patient_id, rule, position, raised_at)
         SELECT ?, ?, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
         WHERE NOT EXISTS (SELECT 1 FROM deviations WHERE position = ? AND rule = ?)`,
        [d.studyId, d.patientId, d.rule, d.position, d.raisedAt, d.position, d.rule],
      )
    },
    /** Restricted: deviations of a study, in the order in which they were found. */
    async deviations(studyId: string, sites: readonly string[] | null, after: number, limit: number) {
      const among = sites === null ? '' : ` AND p.site_id IN (${sites.map(() => '?').join(', ') || 'NULL'})`
      const rows = await on.rows(
        `SELECT d.deviation_id, d.patient_id, d.rule, d.position, d.raised_at FROM deviations d
         JOIN patients p ON p.study_id = d.study_id AND p.patient_id = d.patient_id
         WHERE d.study_id = ? AND d.deviation_id > ?${among} ORDER BY d.deviation_id LIMIT ?`,
        [studyId, after, ...(sites ?? []), limit],
      )
      return rows.map((row) => ({
        id: Number(row.deviation_id),
        patientId: String(row.patient_id),
        rule: String(row.rule),
        position: Number(row.position),
        raisedAt: Number(row.raised_at),
      }))
    },
  }
}
