// What the derivation of a value reads of the records, on either engine: visible parts only (P10). A response that was
// changed by an approved request is read as it stands now.
import type { Later } from '../storage/later.ts'
import type { Row, Statements } from '../storage/statements.ts'

/** The visible part of a response as it stands. */
export type VisibleRow = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  /** JSON text. */
  readonly effect: string
}

/** An occasion that has an entry. `standing` is `void` where its entry was declared void. */
export type OccasionRow = {
  readonly form: string
  readonly occasion: string
  readonly position: number
  readonly status: string
  readonly standing: string
  /** When its entry took effect, in ms since the epoch. */
  readonly recordedAt: number
}

export type DerivationStore = {
  responses(positions: readonly number[]): Promise<Map<number, VisibleRow>>
  /** Those of the occasions that a patient has filled. */
  filled(
    studyId: string,
    patientId: string,
    occasions: readonly { readonly form: string; readonly occasion: string }[],
  ): Promise<OccasionRow[]>
  /** Positions of a patient's responses of a form without due days, in order, but those declared void. */
  eventsOf(studyId: string, patientId: string, form: string): Promise<number[]>
  alert(alertId: number): Promise<{ studyId: string; rule: string; position: number } | undefined>
}

/** Values in one statement; a list is filled up, so that few texts are prepared. */
const atOnce = 100

const places = Array.from({ length: atOnce }, () => '?').join(', ')

/** Reads in pieces of {@link atOnce}; `filler` is a value that no row has. */
async function inPieces<T extends string | number>(
  values: readonly T[],
  filler: T,
  read: (piece: readonly T[]) => Later<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < values.length; at += atOnce) {
    const piece = values.slice(at, at + atOnce)
    while (piece.length < atOnce) piece.push(filler)
    rows.push(...(await read(piece)))
  }
  return rows
}

export function derivationStore(on: Statements): DerivationStore {
  return {
    async responses(positions) {
      const rows = await inPieces(positions, -1, (piece) =>
        on.rows(
          `SELECT r.position, r.study_id, r.patient_id, COALESCE((SELECT v.effect FROM response_versions v
             WHERE v.position = r.position ORDER BY v.version DESC LIMIT 1), r.effect) AS effect
           FROM responses r WHERE r.position IN (${places})`,
          piece,
        ),
      )
      return new Map(rows.map((r) => [Number(r.position), visibleOf(r)]))
    },
    async filled(studyId, patientId, occasions) {
      const rows: OccasionRow[] = []
      for (const [form, list] of Map.groupBy(occasions, (one) => one.form)) {
        const found = await inPieces(
          list.map((one) => one.occasion),
          '',
          (piece) =>
            on.rows(
              `SELECT o.form, o.occasion, o.position, o.status, o.standing, r.recorded_at FROM occasions o
               JOIN responses r ON r.position = o.position
               WHERE o.study_id = ? AND o.form = ? AND o.patient_id = ? AND o.occasion IN (${places})`,
              [studyId, form, patientId, ...piece],
            ),
        )
        rows.push(...found.map(occasionOf))
      }
      return rows
    },
    async eventsOf(studyId, patientId, form) {
      const rows = await on.rows(
        `SELECT e.position FROM event_times e JOIN responses r ON r.position = e.position
         JOIN occasions o ON o.study_id = e.study_id AND o.occasion = r.occasion AND o.form = e.form
           AND o.patient_id = e.patient_id AND o.position = e.position
         WHERE e.study_id = ? AND e.patient_id = ? AND e.form = ? AND o.standing <> 'void' ORDER BY e.position`,
        [studyId, patientId, form],
      )
      return rows.map((r) => Number(r.position))
    },
    async alert(alertId) {
      const [r] = await on.rows('SELECT study_id, rule, position FROM alerts WHERE alert_id = ?', [alertId])
      return r === undefined
        ? undefined
        : { studyId: String(r.study_id), rule: String(r.rule), position: Number(r.position) }
    },
  }
}

const visibleOf = (r: Row): VisibleRow => ({
  position: Number(r.position),
  studyId: String(r.study_id),
  patientId: String(r.patient_id),
  effect: String(r.effect),
})

const occasionOf = (r: Row): OccasionRow => ({
  form: String(r.form),
  occasion: String(r.occasion),
  position: Number(r.position),
  status: String(r.status),
  standing: String(r.standing),
  recordedAt: Number(r.recorded_at),
})
