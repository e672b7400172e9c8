// Opens trial.db for its one writer: schema, start gate of the audit log (P6), stores, worker, retrier.
import { type JournalReader, journalReader } from '../intake/journal-store.sqlite.ts'
import { auditLog } from '../records/audit-log.ts'
import { type AuditStore, auditStore } from '../records/audit-store.sqlite.ts'
import { auditGate, keepMissedCheckpoint, studiesWithCheckpoints } from '../records/checkpoint-files.ts'
import { heldStore } from '../records/held-store.sqlite.ts'
import { ledgerStore } from '../records/ledger-store.sqlite.ts'
import { type Patient, patientFinder } from '../records/patient-store.sqlite.ts'
import { responseStore } from '../records/response-store.sqlite.ts'
import { studyIds } from '../records/study-store.sqlite.ts'
import { outboxStore } from '../sending/outbox-store.sqlite.ts'
import { migrate } from '../storage/migrate.ts'
import { checkpoint, type Database, openReader, openWriter } from '../storage/sqlite.ts'
import type { StudyPlan } from '../study/plan.ts'
import { type LagCounts, LagHistogram } from '../system/lag-histogram.ts'
import { importSigner, type Signer } from '../system/signed-note.ts'
import { evaluateAlone } from './alone.ts'
import type { Books } from './apply.ts'
import { type Lanes, openLanes } from './lane.ts'
import { type Retrier, retrier } from './retrier.ts'
import { type StudyPlans, studyPlans } from './study-plans.ts'
import type { TrialThreadData } from './trial.ts'
import { type ProcessingWorker, processingWorker } from './worker.ts'

/** What the thread tells the others, a few times a second. */
export type ProcessingFigures = { position: number; taken: number; lag: LagCounts; closedLanes: number }

export type OpenTrial = {
  readonly db: Database
  readonly journal: JournalReader
  readonly auditStore: AuditStore
  readonly books: Books
  readonly lanes: Lanes
  readonly plans: StudyPlans
  readonly worker: ProcessingWorker
  readonly retrier: Retrier
  /** Compiles every published study that is not compiled yet. */
  loadPlans(): Promise<void>
  planNow(studyId: string): StudyPlan | undefined
  forgetPatients(): void
  /** Age, in milliseconds, of the oldest entry of the last batch. */
  lagMs(): number
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
  const db = openWriter(data.folder.trial, 16, pageSize)
  migrate(db, 'trial')
  checkpoint(db)
  const signer: Signer = importSigner(data.signerName, data.logKeyPem)
  const store = auditStore(db)
  passGate(store, data.folder.checkpoints, signer)
  const journal = journalReader(openReader(data.folder.journal))
  const books: Books = {
    responses: responseStore(db),
    held: heldStore(db),
    ledger: ledgerStore(db),
    audit: auditLog(store, () => signer),
    outbox: outboxStore(db),
  }
  const lanes = openLanes(books.held.retrying())
  const plans = studyPlans(db)
  const patients = patientCache(db)
  const lag = new LagHistogram()
  const beat = new Int32Array(data.beat)
  let taken = 0
  let lagMs = 0
  const deps = {
    db,
    journal,
    books,
    lanes,
    plan: plans.now,
    patient: patients.find,
    attemptFile: data.folder.attempt,
    now: Date.now,
    random: Math.random,
    alive: () => void Atomics.add(beat, 0, 2),
    onApplied: (receivedAt: readonly number[], at: number) => {
      taken += receivedAt.length
      lagMs = at - (receivedAt[0] ?? at)
      for (const received of receivedAt) lag.add(at - received)
    },
  }
  const worker = processingWorker(deps)
  const { folder, pointsModule } = data
  const alone = evaluateAlone({ journal: folder.journal, trial: folder.trial, pointsModule })
  const loadPlans = async () => {
    for (const studyId of studyIds(db)) await plans.load(studyId)
  }
  await loadPlans()
  return {
    db,
    journal,
    auditStore: store,
    books,
    lanes,
    plans,
    worker,
    retrier: retrier(deps, worker, alone),
    loadPlans,
    planNow: plans.now,
    forgetPatients: patients.forget,
    lagMs: () => lagMs,
    figures: () => ({ position: worker.position(), taken, lag: lag.counts(), closedLanes: lanes.size }),
  }
}

/** Every log must reach the checkpoint kept outside; one that was stored and not kept yet is kept now. */
function passGate(store: AuditStore, checkpoints: string, { verifierKey }: Signer): void {
  for (const studyId of studiesWithCheckpoints(checkpoints)) {
    const reason = auditGate(store, checkpoints, studyId, verifierKey)
    if (reason !== undefined) throw new Error(reason)
  }
  for (const studyId of store.heads().keys()) keepMissedCheckpoint(store, checkpoints, studyId, verifierKey)
}

function patientCache(db: Database) {
  const read = patientFinder(db)
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
        patient = read(studyId, patientId)
        if (patient !== undefined) known.set(patientId, patient)
      }
      return patient
    },
    forget: () => studies.clear(),
  }
}
