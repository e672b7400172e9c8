// Opens trial.db for its one writer: schema, start gate of the audit log (P6), stores, worker, retrier.
import { journalReader, type SqliteJournalReader } from '../intake/journal-store.sqlite.ts'
import { auditLog } from '../records/audit-log.ts'
import { type AuditStore, auditStore } from '../records/audit-store.sqlite.ts'
import { auditGate, keepMissedCheckpoint, studiesWithCheckpoints } from '../records/checkpoint-files.ts'
import { historyStore } from '../records/history-store.sqlite.ts'
import type { Patient } from '../records/patient-store.ts'
import { responseStore } from '../records/response-store.sqlite.ts'
import { signedEntries } from '../records/signature-check-store.sqlite.ts'
import { outboxStore } from '../sending/outbox-store.sqlite.ts'
import { migrate } from '../storage/migrate.ts'
import { checkpoint, type Database, openReader, openWriter } from '../storage/sqlite.ts'
import { type LagCounts, LagHistogram } from '../system/lag-histogram.ts'
import { importSigner, type Signer } from '../system/signed-note.ts'
import { evaluateAlone } from './alone.ts'
import type { BatchBooks } from './batch-writer.ts'
import { embeddedCourseBook } from './course-book.ts'
import { type Lanes, openLanes } from './lane.ts'
import { type Retrier, retrier } from './retrier.ts'
import { type SqliteStores, sqliteStores } from './stores.sqlite.ts'
import { type StudyPlans, studyPlans } from './study-plans.ts'
import type { TrialThreadData } from './trial.ts'
import { type ProcessingWorker, processingWorker } from './worker.ts'

/** What the thread tells the others, a few times a second. */
export type ProcessingFigures = { position: number; taken: number; lag: LagCounts; closedLanes: number }

export type OpenTrial = {
  readonly db: Database
  readonly journal: SqliteJournalReader
  readonly auditStore: AuditStore
  readonly stores: SqliteStores
  readonly books: BatchBooks
  readonly lanes: Lanes
  readonly plans: StudyPlans
  readonly worker: ProcessingWorker
  readonly retrier: Retrier
  forgetPatients(): void
  figures(): ProcessingFigures
}

/** A batch writes mostly at the end of its tables: larger pages take a fifth off the time spent in the kernel (measured). */
const pageSize = 8192
/** Patients of a study kept in memory at most; beyond that they are read again. */
const mostPatients = 200_000

/** Name under which a study's checkpoints are signed (C2SP key name). */
export const signerName = (installation: string): string => `levee-log-${installation}`

/** Throws, with the reason in words, if the audit log does not reach or match what was signed before. */
export async function openTrial(data: TrialThreadData): Promise<OpenTrial> {
  const db = openWriter(data.folder.trial, 10, pageSize)
  migrate(db, 'trial')
  checkpoint(db)
  const signer: Signer = importSigner(data.signerName, data.logKeyPem)
  const store = auditStore(db)
  await passGate(store, data.folder.checkpoints, signer)
  const journal = journalReader(openReader(data.folder.journal))
  const stores = sqliteStores(db, journal)
  const history = historyStore(db)
  const patients = patientCache(stores.patients)
  const books: BatchBooks = {
    ...stores,
    responses: responseStore(db),
    audit: auditLog(store, () => signer),
    history,
    outbox: outboxStore(db),
    courses: embeddedCourseBook(stores.patients, patients.forget),
    signed: signedEntries(db),
  }
  const lanes = openLanes(books.held.retrying())
  const plans = studyPlans(stores.studies)
  const lag = new LagHistogram()
  const beat = new Int32Array(data.beat)
  let taken = 0
  const deps = {
    db,
    journal,
    books,
    lanes,
    versions: plans.of,
    patient: patients.find,
    history: history.of,
    attemptFile: data.folder.attempt,
    now: Date.now,
    random: Math.random,
    alive: () => void Atomics.add(beat, 0, 2),
    onApplied: (receivedAt: readonly number[], at: number) => {
      taken += receivedAt.length
      for (const received of receivedAt) lag.add(at - received)
    },
  }
  const worker = processingWorker(deps)
  const { folder, pointsModule } = data
  const alone = evaluateAlone({ journal: folder.journal, trial: folder.trial, pointsModule })
  for (const studyId of stores.studies.ids()) plans.warm(studyId)
  return {
    db,
    journal,
    auditStore: store,
    stores,
    books,
    lanes,
    plans,
    worker,
    retrier: retrier(deps, worker, alone),
    forgetPatients: patients.forget,
    figures: () => ({ position: worker.position(), taken, lag: lag.counts(), closedLanes: lanes.size }),
  }
}

/** Every log must reach the checkpoint kept outside; one that was stored and not kept yet is kept now. */
async function passGate(store: AuditStore, checkpoints: string, { verifierKey }: Signer): Promise<void> {
  for (const studyId of studiesWithCheckpoints(checkpoints)) {
    const reason = await auditGate(store, checkpoints, studyId, verifierKey)
    if (reason !== undefined) throw new Error(reason)
  }
  for (const studyId of store.heads().keys())
    await keepMissedCheckpoint(store, checkpoints, studyId, verifierKey)
}

function patientCache(store: SqliteStores['patients']) {
  const studies = new Map<string, Map<string, Patient>>()
  return {
    find(studyId: string, patientId: string): Patient | undefined {
      let known = studies.get(studyId)
      if (known === undefined || known.size >= mostPatients) {
        known = new Map()
        studies.set(studyId, known)
      }
      let patient = known.get(patientId)
      if (patient === undefined) {
        patient = store.find(studyId, patientId)
        if (patient !== undefined) known.set(patientId, patient)
      }
      return patient
    },
    /** One patient, or all. */
    forget(studyId?: string, patientId?: string): void {
      if (studyId === undefined || patientId === undefined) studies.clear()
      else studies.get(studyId)?.delete(patientId)
    },
  }
}
