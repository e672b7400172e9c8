// The journal's statements on SQLite: the writer's, and the readers'.
import type { Database } from '../storage/sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Arrival } from './arrival.ts'
import type { Evidence, JournalEntry, JournalReader, SecondBody, SourceEntry } from './journal-store.ts'
import type { ReceiptFacts } from './receipt.ts'

/** UUID text to its 16 bytes and back; the text is lower case. */
const uuidBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')
export const uuidText = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
/** Entries in a journal file, counted row by row. */
export const countEntries = (db: Database): number =>
  Number(db.prepare('SELECT COUNT(*) AS n FROM entries').get()?.n)

export type JournalStore = ReturnType<typeof journalStore>

/** The writer's half. Only the journal thread makes one. */
export function journalStore(db: Database) {
  const insert = db.prepare('INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const byId = db.prepare(
    `SELECT position, sha256, received_at AS receivedAt, group_first AS groupFirst, body
     FROM entries WHERE submission_id = ? AND study_id = ? AND patient_id = ?`,
  )
  const addGroup = db.prepare('INSERT INTO receipt_groups VALUES (?, ?, ?)')
  const group = db.prepare('SELECT size, signature FROM receipt_groups WHERE first = ?')
  const groupFacts = db.prepare(
    `SELECT study_id, patient_id, submission_id, sha256, position, log_index, received_at
     FROM entries WHERE position >= ? AND position < ? ORDER BY position`,
  )
  const setTotal = db.prepare(
    'INSERT INTO totals VALUES (?, ?) ON CONFLICT (study_id) DO UPDATE SET entries = excluded.entries',
  )
  const addSecond = db.prepare(
    `INSERT OR IGNORE INTO second_bodies (position, same_content, device_id, received_at, sha256, head, body)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  return {
    db,
    /** Commits the start of this process; its flush covers every row that was in the file before. */
    boot(_tx: Transaction, startedAt: number, version: string): number {
      const row = db.prepare('INSERT INTO boots (started_at, version) VALUES (?, ?)').run(startedAt, version)
      return Number(row.lastInsertRowid)
    },
    stop(_tx: Transaction, boot: number, stoppedAt: number): void {
      db.prepare('UPDATE boots SET stopped_at = ? WHERE id = ?').run(stoppedAt, boot)
    },
    /** How the process before this one ended; asked before {@link boot}. `first` in a new journal. */
    previousStop(): 'first' | 'clean' | 'unclean' {
      const row = db.prepare('SELECT stopped_at FROM boots ORDER BY id DESC LIMIT 1').get()
      if (row === undefined) return 'first'
      return row.stopped_at === null ? 'unclean' : 'clean'
    },
    lastPosition: () => Number(db.prepare('SELECT COALESCE(MAX(position), 0) AS p FROM entries').get()?.p),
    totals(): Map<string, number> {
      const rows = db.prepare('SELECT study_id, entries FROM totals').all()
      return new Map(rows.map((r) => [String(r.study_id), Number(r.entries)]))
    },
    /** Adds an entry; false if the patient has used the submission id before. */
    insert(
      _tx: Transaction,
      a: Arrival,
      sha256: string,
      position: number,
      logIndex: number,
      first: number,
    ): boolean {
      const { studyId, patientId, deviceId, receivedAt, head, body } = a
      const id = uuidBytes(a.submissionId)
      const done = insert.run(
        position,
        studyId,
        logIndex,
        id,
        patientId,
        deviceId,
        receivedAt,
        sha256,
        head,
        first,
        body,
      )
      return done.changes === 1
    },
    find(a: Arrival) {
      const row = byId.get(uuidBytes(a.submissionId), a.studyId, a.patientId)
      if (row === undefined) return undefined
      return {
        position: row.position as number,
        sha256: row.sha256 as string,
        receivedAt: row.receivedAt as number,
        groupFirst: row.groupFirst as number,
        body: row.body as Uint8Array,
      }
    },
    addGroup(_tx: Transaction, first: number, size: number, signature: Buffer): void {
      addGroup.run(first, size, signature)
    },
    /** The facts and the signature of a whole commit, to rebuild a receipt. */
    group(first: number): { facts: ReceiptFacts[]; signature: Buffer } {
      const row = group.get(first) as { size: number; signature: Uint8Array }
      const facts = groupFacts.all(first, first + row.size).map((r) => ({
        studyId: String(r.study_id),
        patientId: String(r.patient_id),
        submissionId: uuidText(r.submission_id as Uint8Array),
        sha256: String(r.sha256),
        position: Number(r.position),
        logIndex: Number(r.log_index),
        receivedAt: Number(r.received_at),
      }))
      return { facts, signature: Buffer.from(row.signature) }
    },
    setTotal(_tx: Transaction, studyId: string, entries: number): void {
      setTotal.run(studyId, entries)
    },
    /** Keeps other bytes under a known id as evidence; the same bytes are kept once. */
    keepSecondBody(
      _tx: Transaction,
      a: Arrival,
      sha256: string,
      position: number,
      sameContent: boolean,
    ): void {
      addSecond.run(position, sameContent ? 1 : 0, a.deviceId, a.receivedAt, sha256, a.head, a.body)
    },
  }
}

/** Entries fetched at once. */
const piece = 50

/** With what only embedded processing asks for: entries in order, second bodies. */
export type SqliteJournalReader = ReturnType<typeof journalReader>

/** The readers' half, on a read-only connection. */
export function journalReader(db: Database) {
  // The doors let only UTF-8 in, so the bytes are text; reading them as text spares a copy.
  const upTo = db.prepare(
    `SELECT position, study_id, log_index, patient_id, device_id, received_at, sha256, CAST(body AS TEXT),
       CASE WHEN substr(head, 3, 4) <> 'door' THEN head END
     FROM entries WHERE position > ? AND position <= ? ORDER BY position`,
  )
  upTo.setReturnArrays(true)
  const at = db.prepare('SELECT * FROM entries WHERE position = ?')
  const find = db.prepare(
    `SELECT position, log_index AS logIndex, received_at AS receivedAt FROM entries
     WHERE submission_id = ? AND study_id = ? AND patient_id = ?`,
  )
  const totals = db.prepare('SELECT study_id, entries FROM totals')
  const seconds = db.prepare(
    `SELECT s.id, s.position, s.same_content, s.received_at, s.sha256, e.study_id, e.patient_id, e.submission_id
     FROM second_bodies AS s JOIN entries AS e ON e.position = s.position WHERE s.id > ? ORDER BY s.id LIMIT ?`,
  )
  const evidence = db.prepare(
    'SELECT position, device_id, received_at, sha256, head, body FROM second_bodies WHERE id = ?',
  )
  return {
    db,
    /**
     * The entries after one position up to another, in order. They are fetched in small pieces, because an open
     * read keeps the WAL from starting over, and it would grow for as long as somebody reads (reliability: §2).
     */
    *entriesUpTo(after: number, last: number): Generator<JournalEntry> {
      for (let from = after; from < last; from += piece) {
        const rows = upTo.all(from, Math.min(last, from + piece)) as unknown as unknown[][]
        for (const row of rows) {
          const [position, studyId, logIndex, patientId, deviceId, receivedAt, sha256, body, head] = row
          yield {
            position,
            studyId,
            logIndex,
            patientId,
            deviceId,
            receivedAt,
            sha256,
            body,
            head,
          } as JournalEntry
        }
      }
    },
    entryAt(position: number): SourceEntry | undefined {
      const r = at.get(position)
      if (r === undefined) return undefined
      const body = r.body as Uint8Array
      return {
        position,
        studyId: String(r.study_id),
        logIndex: Number(r.log_index),
        submissionId: uuidText(r.submission_id as Uint8Array),
        patientId: String(r.patient_id),
        deviceId: Number(r.device_id),
        receivedAt: Number(r.received_at),
        sha256: String(r.sha256),
        head: String(r.head),
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      }
    },
    /** Looks a submission up for its own patient only. */
    find(studyId: string, patientId: string, submissionId: string) {
      const row = find.get(uuidBytes(submissionId), studyId, patientId)
      return row as { position: number; logIndex: number; receivedAt: number } | undefined
    },
    totals(): Map<string, number> {
      return new Map(totals.all().map((r) => [String(r.study_id), Number(r.entries)]))
    },
    lastPosition: () => Number(db.prepare('SELECT COALESCE(MAX(position), 0) AS p FROM entries').get()?.p),
    secondBodiesAfter: (id: number, limit: number): SecondBody[] =>
      seconds.all(id, limit).map((r) => ({
        id: Number(r.id),
        position: Number(r.position),
        studyId: String(r.study_id),
        patientId: String(r.patient_id),
        submissionId: uuidText(r.submission_id as Uint8Array),
        sameContent: r.same_content === 1,
        receivedAt: Number(r.received_at),
        sha256: String(r.sha256),
      })),
    evidence(secondBodyId: number): Evidence | undefined {
      const r = evidence.get(secondBodyId)
      if (r === undefined) return undefined
      return {
        position: Number(r.position),
        deviceId: Number(r.device_id),
        receivedAt: Number(r.received_at),
        sha256: String(r.sha256),
        head: String(r.head),
        body: Buffer.from(r.body as Uint8Array),
      }
    },
  } satisfies JournalReader & Record<string, unknown>
}
