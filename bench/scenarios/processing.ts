// Scenario "processing": what one diary costs the processing thread, without doors and network: the worker takes a journal
// of morning diaries in batches into trial.db, in this process. Processor time, so that other work on the machine disturbs
// little. With the demo study as it is, and with a rule that looks back on earlier diaries, in turns.
import { hash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { demoFolder, demoPatients, demoStudyId, studyFiles } from '../../src/cli/demo-study.ts'
import { journalReader, journalStore } from '../../src/intake/journal-store.sqlite.ts'
import { embeddedCourseBook } from '../../src/processing/course-book.ts'
import { openLanes } from '../../src/processing/lane.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import { processingWorker } from '../../src/processing/worker.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore } from '../../src/records/audit-store.sqlite.ts'
import { historyStore } from '../../src/records/history-store.sqlite.ts'
import type { Patient } from '../../src/records/patient-store.ts'
import { responseStore } from '../../src/records/response-store.sqlite.ts'
import { signedEntries } from '../../src/records/signature-check-store.sqlite.ts'
import { outboxStore } from '../../src/sending/outbox-store.sqlite.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { type Database, inTransaction, openWriter } from '../../src/storage/sqlite.ts'
import { compileStudy } from '../../src/study/compile-study.ts'
import { emptyCourse } from '../../src/study/course.ts'
import type { StudyPlan } from '../../src/study/plan.ts'
import { singleVersion } from '../../src/study/study-versions.ts'
import { dataFolder } from '../levee-process.ts'
import { median } from '../measure.ts'

export type ProcessingResult = {
  diaries: number
  /** Microseconds of processor time for each diary, medians of the rounds: kernel and collector included. */
  demoMicros: number
  lookingBackMicros: number
  rounds: { demoMicros: number; lookingBackMicros: number }[]
}

/** Reads two earlier diaries for each with strong pain, which is three of ten here. */
const lookingBack = `  - id: strong-pain-three-days
    version: "1"
    form: daily-diary
    looks-back: { occasions: 2 }
    when: answers.pain >= 7 && earlier.pain.filter(e, e.value >= 7).size() == 2
    severity: medium
    audience: [site-nurse]
    acknowledge-within-hours: 24
    text: { en: Strong pain., zh: 剧烈疼痛。 }
`
const patients = 4000
/** As the HTTP door keeps it. */
export const plainHead = '{"door":"http","contentType":"application/json","userAgent":"levee-bench"}'
/** The first of them warms the code up and is not counted. */
const days = 12

export function processing(quick: boolean, note: (line: string) => void): ProcessingResult {
  const files = studyFiles(demoFolder)
  const withRule = files.map(([name, text]): [string, string] => [
    name,
    name === 'study.yaml' ? text.replace('\nalerts:\n', `\nalerts:\n${lookingBack}`) : text,
  ])
  const [demo, more] = [compileStudy(new Map(files)), compileStudy(new Map(withRule))]
  const rounds: ProcessingResult['rounds'] = []
  for (let round = 1; round <= (quick ? 2 : 5); round++) {
    const one = { demoMicros: microsOf(demo), lookingBackMicros: microsOf(more) }
    note(
      `round ${round}: demo ${one.demoMicros.toFixed(1)} µs, looking back ${one.lookingBackMicros.toFixed(1)} µs`,
    )
    rounds.push(one)
  }
  return {
    diaries: patients * (days - 1),
    demoMicros: median(rounds.map((round) => round.demoMicros)),
    lookingBackMicros: median(rounds.map((round) => round.lookingBackMicros)),
    rounds,
  }
}

/** Microseconds of processor time that one diary costs the worker, each with this kept head. */
export function microsOf(plan: StudyPlan, head = plainHead): number {
  using folder = dataFolder()
  const open = (kind: 'journal' | 'trial') => {
    const db = openWriter(join(folder.path, `${kind}.db`), 10, 8192)
    migrate(db, kind)
    return db
  }
  using journal = open('journal')
  using trial = open('trial')
  keepDiaries(journal, head)
  const worker = workerOn(trial, journal, plan)
  let taken = 0
  while (taken < patients) taken += worker.takeBatch()
  const before = process.cpuUsage()
  let counted = 0
  for (let batch = worker.takeBatch(); batch > 0; batch = worker.takeBatch()) counted += batch
  const { user, system } = process.cpuUsage(before)
  if (taken + counted !== patients * days)
    throw new Error(`${taken + counted} of ${patients * days} were taken`)
  return (user + system) / counted
}

function workerOn(trial: Database, journal: Database, plan: StudyPlan) {
  const stores = sqliteStores(trial, journalReader(journal))
  const history = historyStore(trial)
  const versions = singleVersion(plan)
  const people = new Map<string, Patient>(
    demoPatients(plan, patients, Temporal.PlainDate.from('2026-11-01')).map((person) => [
      person.patientId,
      // At home where their diaries come from: nobody travels.
      {
        ...person,
        studyId: demoStudyId,
        zone: 'Asia/Shanghai',
        status: 'active',
        withdrawnAt: undefined,
        course: emptyCourse,
      },
    ]),
  )
  return processingWorker({
    db: trial,
    journal: stores.journal,
    books: {
      ...stores,
      responses: responseStore(trial),
      history,
      audit: auditLog(auditStore(trial), () => null as never),
      outbox: outboxStore(trial),
      courses: embeddedCourseBook(stores.patients, () => undefined),
      signed: signedEntries(trial),
    },
    history: history.of,
    lanes: openLanes([]),
    versions: () => versions,
    patient: (_study, patientId) => people.get(patientId),
    attemptFile: '/dev/null',
    now: Date.now,
    random: Math.random,
    alive: () => undefined,
    onApplied: () => undefined,
  })
}

/** One diary a day for each patient, in the order of the days; every tenth level of pain in turn. */
function keepDiaries(journal: Database, head: string): void {
  const store = journalStore(journal)
  inTransaction(journal, (tx) => {
    for (let position = 1; position <= patients * days; position++) {
      const [day, patient] = [Math.floor((position - 1) / patients), (position - 1) % patients]
      const date = Temporal.PlainDate.from('2026-11-02').add({ days: day }).toString()
      const submissionId = randomUUID()
      const patientId = `P-${String(patient + 1).padStart(5, '0')}`
      const at = (time: string) => `${date}T${time}+08:00[Asia/Shanghai]`
      const answers = {
        pain: (patient * 7 + day * 3) % 10,
        fatigue: 3,
        nausea: 'mild',
        'dose-taken': true,
        'dose-time': '07:45',
        'rescue-taken': false,
        'sleep-hours': 7,
      }
      const body = Buffer.from(
        JSON.stringify({
          ...{
            submissionId,
            studyId: demoStudyId,
            patientId,
            form: 'daily-diary',
            formVersion: '1',
            occasion: date,
          },
          ...{ startedAt: at('08:11:02'), completedAt: at('08:12:31'), sentAt: at('08:12:32') },
          ...{ uptimeMs: 88_123_456, deviceSequence: day, language: 'zh-CN', answers },
        }),
      )
      const receivedAt = Date.parse(`${date}T00:12:33Z`)
      const arrival = {
        submissionId,
        studyId: demoStudyId,
        patientId,
        deviceId: 1,
        receivedAt,
        body,
        head,
      }
      store.insert(tx, arrival, hash('sha256', body, 'hex'), position, position - 1, 1)
    }
  })
}
