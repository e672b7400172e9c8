// `levee study recompute`: proves that every stored result follows from entries and versions, or shows what another
// version would change. Reads the databases itself, beside a running server or without one, and writes nothing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Difference, differenceOf, differenceOfChange } from '../processing/recompute.ts'
import { type AppliedEntry, asksWhatIsFilled, walkApplied } from '../processing/recompute-walk.ts'
import { versionSource } from '../processing/study-plans.ts'
import { type WhatIf, whatIf } from '../processing/what-if.ts'
import { pastState } from '../records/past-state.ts'
import type { Patient } from '../records/patient-store.ts'
import { recomputeStore } from '../records/recompute-store.ts'
import { compileStudy } from '../study/compile-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import { studyFiles } from './demo-study.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { countText } from './figures.ts'
import { addClientFlags, addDatabaseFlag } from './flags.ts'
import { progressBar } from './progress.ts'
import { type OpenRecords, openRecords, type RecordsFlags } from './records-source.ts'
import { chooseStudy } from './study-choice.ts'
import { tableText } from './tables.ts'

type Flags = RecordsFlags & { with?: string; patient?: string }

/** What was proved. */
export type RecomputeReport = {
  readonly studyId: string
  readonly responses: number
  readonly identical: number
  readonly changesByStaff: number
  readonly differences: readonly Difference[]
  /** More differ than are listed. */
  readonly cut: boolean
  readonly seconds: number
  readonly perSecond: number
}

const mostListed = 10_000

export function recomputeCommand(study: Command): void {
  const command = study
    .command('recompute [study]')
    .description('evaluate every entry again and prove that what is stored follows, byte for byte')
    .option('--with <folder>', 'show instead what this version of the study would change')
    .option('--patient <id>', 'only the entries of one patient')
  addClientFlags(addDatabaseFlag(command))
    .addHelpText(
      'after',
      `
Each response is compared with the outcome of the same steps over the bytes that were received, by the study version,
the patient's course and the earlier entries of that time, and with what the audit log committed to.
Exit code 1 where anything differs. With --with it is 0: what would change is the answer.

Examples:
  levee study recompute
  levee study recompute MORNING-301 --with studies/morning-301 --json`,
    )
    .action(async (named: string | undefined, flags: Flags) => {
      const plan = flags.with === undefined ? undefined : planOf(flags.with)
      await using records = await openRecords(flags)
      const studyId = chooseStudy(named, await records.stores.studies.ids())
      if (
        flags.patient !== undefined &&
        (await records.stores.patients.find(studyId, flags.patient)) === undefined
      )
        throw new Error(`patient ${flags.patient} is not enrolled in ${studyId}; see levee patient list`)
      if (plan !== undefined) {
        if (plan.id !== studyId)
          throw new WronglyCalled(`--with ${flags.with} is the study ${plan.id}, not ${studyId}`)
        const report = await whatWouldChange(records, plan, flags)
        console.log(flags.json ? JSON.stringify(report) : whatIfText(studyId, report))
        return
      }
      const report = await prove(records, studyId, flags)
      console.log(flags.json ? JSON.stringify(report) : reportText(report))
      if (report.differences.length > 0) throw new BadNews()
    })
}

/** What a version would change of every applied entry. Reads alone. */
export async function whatWouldChange(
  records: OpenRecords,
  plan: StudyPlan,
  flags: Pick<Flags, 'patient'>,
): Promise<WhatIf> {
  const found = whatIf(plan, mostListed)
  await walk(records, plan.id, flags, (applied) => found.look(applied))
  return found.report()
}

function planOf(folder: string) {
  if (!existsSync(join(folder, 'study.yaml')))
    throw new WronglyCalled(`--with ${folder} holds no study.yaml; name the folder of a study`)
  return compileStudy(new Map(studyFiles(folder)))
}

/** Walks the log with a bar. */
async function walk(
  records: OpenRecords,
  studyId: string,
  { patient }: Pick<Flags, 'patient'>,
  applied: (entry: AppliedEntry) => void | Promise<void>,
  changed: Parameters<typeof walkApplied>[0]['changed'] = () => {},
): Promise<void> {
  const { stores, trial, journal } = records
  const store = recomputeStore(trial, journal)
  // The log first: whoever it tells of is there when the patients are read.
  const size = await store.logSize(studyId)
  const sources = new Map(
    await Promise.all(
      (await stores.studies.all(studyId)).map(async ({ version }) => {
        const published = await stores.studies.version(studyId, version)
        return [version, versionSource(version, () => published!)] as const
      }),
    ),
  )
  const past = pastState(studyId, await patientsOf(records, studyId), sources)
  const bar = progressBar('recomputing')
  const started = performance.now()
  try {
    await walkApplied({
      studyId,
      store,
      past,
      size,
      tracksFilled: [...sources.values()].some((source) => asksWhatIsFilled(source.plan())),
      ...(patient === undefined ? {} : { patientId: patient }),
      applied,
      changed,
      tell: (done, total) => {
        const rate = (1000 * done) / Math.max(1, performance.now() - started)
        bar.update(
          done,
          total,
          `${countText(done)} of ${countText(total)} audit entries, ${countText(Math.round(rate))}/s`,
        )
      },
    })
  } finally {
    bar.stop()
  }
}

async function patientsOf({ stores }: OpenRecords, studyId: string): Promise<Patient[]> {
  const all: Patient[] = []
  for (;;) {
    const next = await stores.patients.after(studyId, all.at(-1)?.patientId ?? '', 1000)
    all.push(...next)
    if (next.length < 1000) return all
  }
}

/** Evaluates every entry of a study again and compares. Reads alone. */
export async function prove(
  records: OpenRecords,
  studyId: string,
  flags: Pick<Flags, 'patient'>,
): Promise<RecomputeReport> {
  const store = recomputeStore(records.trial, records.journal)
  const started = performance.now()
  const differences: Difference[] = []
  let responses = 0
  let differing = 0
  let changesByStaff = 0
  const note = (difference: Difference | null): void => {
    if (difference === null) return
    differing += 1
    if (differences.length < mostListed) differences.push(difference)
  }
  await walk(
    records,
    studyId,
    flags,
    async (applied) => {
      responses += 1
      note(await differenceOf(applied, store))
    },
    (change) => {
      changesByStaff += 1
      note(differenceOfChange(change))
    },
  )
  const seconds = (performance.now() - started) / 1000
  return {
    studyId,
    responses,
    identical: responses + changesByStaff - differing,
    changesByStaff,
    differences,
    cut: differing > differences.length,
    seconds: Number(seconds.toFixed(3)),
    perSecond: Math.round(responses / Math.max(0.001, seconds)),
  }
}

function reportText(report: RecomputeReport): string {
  const { studyId, responses, identical, changesByStaff, differences, seconds, perSecond, cut } = report
  const changes = changesByStaff === 0 ? '' : ` and ${countText(changesByStaff)} changes by staff`
  const head = `${studyId}: ${countText(responses)} responses${changes} in ${seconds.toFixed(1)} s (${countText(perSecond)}/s)`
  if (responses === 0 && differences.length === 0) return `${head}\nThere is nothing to prove yet.`
  if (differences.length === 0)
    return `${head}\nAll follow: each evaluated again from the bytes received gives the stored text, to which the audit log committed.`
  const rows = differences
    .slice(0, 50)
    .map(({ position, patientId, form, occasion, members }) => [
      `response:${position}`,
      patientId ?? '',
      form ?? '',
      occasion ?? '',
      members.join(', '),
    ])
  const more = cut || differences.length > 50 ? '\n… --json lists more' : ''
  return `${head}\n${countText(identical)} follow; these do not:\n\n${tableText(
    ['response', 'patient', 'form', 'occasion', 'differs in'],
    rows,
  )}${more}\n\njournal: not the bytes received. commitment: not what the audit log committed to. record.x: the member x.\nKeep the data as they are; see levee doctor --full.`
}

function whatIfText(studyId: string, report: WhatIf): string {
  const { version, responses, unchanged, byChange, byForm, changed, cut } = report
  const head = `${studyId} by version ${version}: of ${countText(responses)} responses ${countText(unchanged)} would stay as they are.`
  if (changed.length === 0) return head
  const counts = (list: typeof byChange) => list.map(({ name, count }) => [name, countText(count)])
  const right = (name: string) => ({ head: name, right: true }) as const
  const rows = changed
    .slice(0, 30)
    .map(({ position, patientId, form, occasion, changes }) => [
      `response:${position}`,
      patientId,
      form,
      occasion,
      changes.join(', '),
    ])
  return [
    head,
    tableText(['what would change', right('responses')], counts(byChange)),
    tableText(['form', right('responses')], counts(byForm)),
    `${tableText(['response', 'patient', 'form', 'occasion', 'changes'], rows)}${
      cut || changed.length > 30 ? '\n… --json lists more' : ''
    }`,
    'Nothing was written. Rules that look back saw what they saw then. The restricted part is only counted.',
  ].join('\n\n')
}
