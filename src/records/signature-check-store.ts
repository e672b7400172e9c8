// Checks of what devices signed: which entries wait for theirs, and what it said. One text for both engines; only the
// rows of a batch are added by twins, because that is on the way of every signed entry.
import type { Row, Statements, Value } from '../storage/statements.ts'
import type { Transaction } from '../storage/transaction.ts'

/**
 * Why a signature does not verify. `missing`: the device has a key and did not sign; `unreadable`: the entry is not in the
 * journal, or cannot be read there.
 */
export type SignatureFault = 'no-key' | 'malformed' | 'mismatch' | 'missing' | 'unreadable'

/** An entry that was signed, or should have been. */
export type SignedEntry = {
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  readonly deviceId: number
}

/** What is known of an entry's signature. `checkedAt`: server clock, milliseconds since the epoch. */
export type SignatureCheck = SignedEntry & {
  readonly state: 'waiting' | 'verified' | 'failed'
  readonly code: SignatureFault | null
  readonly checkedAt: number | null
}

/** A check that was made. `code` null: it verifies. */
export type MadeCheck = { readonly position: number; readonly code: SignatureFault | null }

export type SignatureCounts = { waiting: number; verified: number; failed: number }

export type SignatureCheckStore = ReturnType<typeof signatureCheckStore>

/** Positions in one statement; fewer are filled up, so that there is one text. */
const atOnce = 64
const places = Array.from({ length: atOnce }, () => '?').join(', ')

export function signatureCheckStore(on: Statements) {
  return {
    /** The first entries, in their order, whose signatures nobody has checked. */
    async waiting(limit: number): Promise<SignedEntry[]> {
      const rows = await on.rows(
        `SELECT position, study_id, patient_id, device_id FROM device_signatures WHERE state = 'waiting'
         ORDER BY position LIMIT ?`,
        [limit],
      )
      return rows.map(signedOf)
    },
    /** Undefined where nothing was signed, or to be signed. */
    async at(position: number): Promise<SignatureCheck | undefined> {
      const [row] = await on.rows('SELECT * FROM device_signatures WHERE position = ?', [position])
      return row === undefined ? undefined : checkOf(row)
    },
    /** Those that do not verify, in the order of their positions. `sites` null: of all sites. */
    async failed(
      studyId: string,
      filter: { readonly sites: readonly string[] | null; readonly after: number; readonly limit: number },
    ): Promise<(SignatureCheck & { readonly siteId: string })[]> {
      const { sites, after, limit } = filter
      const ofSites = sites === null ? '' : ` AND p.site_id IN (${sites.map(() => '?').join(', ') || 'NULL'})`
      const values: Value[] = [studyId, after, ...(sites ?? []), limit]
      const rows = await on.rows(
        `SELECT d.*, p.site_id FROM device_signatures d
         JOIN patients p ON p.study_id = d.study_id AND p.patient_id = d.patient_id
         WHERE d.study_id = ? AND d.state = 'failed' AND d.position > ?${ofSites} ORDER BY d.position LIMIT ?`,
        values,
      )
      return rows.map((row) => ({ ...checkOf(row), siteId: String(row.site_id) }))
    },
    /** Of all studies together. */
    async totals(): Promise<SignatureCounts> {
      const [row] = await on.rows(
        `SELECT COALESCE(SUM(verified), 0) AS verified, COALESCE(SUM(failed), 0) AS failed,
           (SELECT COUNT(*) FROM device_signatures WHERE state = 'waiting') AS waiting FROM signature_totals`,
        [],
      )
      return {
        waiting: Number(row?.waiting),
        verified: Number(row?.verified),
        failed: Number(row?.failed),
      }
    },
    /** By study. */
    async counts(): Promise<Map<string, SignatureCounts>> {
      const counts = new Map<string, SignatureCounts>()
      for (const row of await on.rows('SELECT study_id, verified, failed FROM signature_totals', []))
        counts.set(String(row.study_id), {
          waiting: 0,
          verified: Number(row.verified),
          failed: Number(row.failed),
        })
      const waiting = await on.rows(
        "SELECT study_id, COUNT(*) AS n FROM device_signatures WHERE state = 'waiting' GROUP BY study_id",
        [],
      )
      for (const { study_id, n } of waiting) {
        const known = counts.get(String(study_id)) ?? { waiting: 0, verified: 0, failed: 0 }
        counts.set(String(study_id), { ...known, waiting: Number(n) })
      }
      return counts
    },
    /**
     * Keeps checks of one study and counts them. Returns the positions that were waiting until now: what another node
     * has noted stays as it is.
     */
    async note(
      tx: Transaction,
      studyId: string,
      checks: readonly MadeCheck[],
      now: number,
    ): Promise<Set<number>> {
      const noted = new Set<number>()
      const ordered = [...checks].sort((a, b) => a.position - b.position)
      const set = async (state: 'verified' | 'failed', code: string | null, positions: number[]) => {
        let n = 0
        for (let from = 0; from < positions.length; from += atOnce) {
          const piece = positions.slice(from, from + atOnce)
          const rows = await on.change(
            tx,
            `UPDATE device_signatures SET state = ?, code = ?, checked_at = ?
             WHERE study_id = ? AND state = 'waiting' AND position IN (${places}) RETURNING position`,
            [state, code, now, studyId, ...piece, ...Array.from({ length: atOnce - piece.length }, () => -1)],
          )
          for (const row of rows) noted.add(Number(row.position))
          n += rows.length
        }
        return n
      }
      const byCode = Map.groupBy(ordered, ({ code }) => code)
      let [verified, failed] = [0, 0]
      for (const [code, made] of byCode) {
        const positions = made.map(({ position }) => position)
        if (code === null) verified += await set('verified', null, positions)
        else failed += await set('failed', code, positions)
      }
      if (verified + failed > 0)
        await on.change(
          tx,
          `INSERT INTO signature_totals (study_id, verified, failed) VALUES (?, ?, ?) ON CONFLICT (study_id)
           DO UPDATE SET verified = signature_totals.verified + excluded.verified,
             failed = signature_totals.failed + excluded.failed`,
          [studyId, verified, failed],
        )
      return noted
    },
  }
}

const signedOf = (row: Row): SignedEntry => ({
  position: Number(row.position),
  studyId: String(row.study_id),
  patientId: String(row.patient_id),
  deviceId: Number(row.device_id),
})

const checkOf = (row: Row): SignatureCheck => ({
  ...signedOf(row),
  state: row.state as SignatureCheck['state'],
  code: row.code as SignatureFault | null,
  checkedAt: row.checked_at === null ? null : Number(row.checked_at),
})
