// `levee compliance`: the share of due diaries that were completed, by site, form and phase, and summaries of diary
// values by period. Reads the databases itself and writes nothing; how one figure came about: levee explain.
import type { Command } from 'commander'
import { complianceView, type Derivations, type PatientCompliance } from '../records/derivation.ts'
import type { Patient } from '../records/patient-store.ts'
import { type ComplianceFigure, together } from '../study/compliance.ts'
import { complianceOf } from '../study/derivation/patient-compliance.ts'
import { WronglyCalled } from './failures.ts'
import { countText } from './figures.ts'
import { addClientFlags, addDatabaseFlag, addStudyFlag, wholeNumber } from './flags.ts'
import { progressBar } from './progress.ts'
import { derivationsFrom, type OpenRecords, openRecords, type RecordsFlags } from './records-source.ts'
import { chooseStudy } from './study-choice.ts'
import { tableText } from './tables.ts'
import { timeFlag } from './time-flag.ts'

type Flags = RecordsFlags & { at?: number; patient?: string; site?: string; form?: string; patients?: true }

/** One line: who, which part of the trial, and the figure. */
type Line = { readonly who: string; readonly part: string; readonly figure: ComplianceFigure }

export function complianceCommand(program: Command): void {
  const command = program
    .command('compliance')
    .description('the share of due diaries that were completed, with denominators and what was left out')
    .option('--patient <id>', 'one patient')
    .option('--site <id>', 'the patients of one site')
    .option('--form <id>', 'one form')
    .option('--patients', 'a line for each patient')
    .option('--at <time>', 'as of this time (standard: now)', timeFlag)
  addClientFlags(addDatabaseFlag(addStudyFlag(command)))
    .addHelpText(
      'after',
      `
Completed: submitted within the window. Late but accepted, early, and after the lock stand beside it and count as due.
Still open, no device yet, withdrawn and not evaluable occasions are left out and counted. How a figure came about:
  levee explain patient:P-00001/compliance`,
    )
    .action(async (flags: Flags) => {
      await using records = await openRecords(flags)
      const study = chooseStudy(flags.study, await records.stores.studies.ids())
      const atMs = flags.at ?? Date.now()
      const views = await viewsOf(records, study, flags, atMs)
      const lines = linesOf(views, flags)
      const at = new Date(atMs).toISOString()
      if (flags.json)
        console.log(JSON.stringify({ study, at, lines, ...(flags.patients ? { patients: views } : {}) }))
      else
        console.log(
          `${study} at ${at}, ${countText(views.length)} patient${views.length === 1 ? '' : 's'}\n\n${linesText(lines)}`,
        )
    })
  periodCommand(program)
}

async function viewsOf(
  records: OpenRecords,
  study: string,
  flags: Flags,
  atMs: number,
): Promise<PatientCompliance[]> {
  const derivations = derivationsFrom(records)
  if (flags.patient !== undefined) return [await derivations.compliance(study, flags.patient, atMs)]
  const { patients } = records.stores
  const total = (await patients.counts()).get(study) ?? 0
  const bar = progressBar('compliance')
  const views: PatientCompliance[] = []
  let after = ''
  let done = 0
  try {
    for (;;) {
      const next: Patient[] = await patients.after(study, after, 500)
      for (const patient of next) {
        done += 1
        if (flags.site !== undefined && patient.siteId !== flags.site) continue
        views.push(await viewOf(derivations, study, patient, atMs))
        if (done % 50 === 0) bar.update(done, total, `${countText(done)} of ${countText(total)} patients`)
      }
      if (next.length < 500) break
      after = next.at(-1)?.patientId ?? ''
    }
  } finally {
    bar.stop()
  }
  if (views.length === 0)
    throw new Error(
      flags.site === undefined
        ? `${study} has no patients`
        : `${study} has no patients at site ${flags.site}`,
    )
  return views
}

async function viewOf(
  derivations: Derivations,
  study: string,
  patient: Patient,
  atMs: number,
): Promise<PatientCompliance> {
  const occasions = await derivations.occasions(study, patient, atMs)
  return complianceView(patient, complianceOf(occasions, atMs), atMs)
}

function linesOf(views: readonly PatientCompliance[], { form, patient, patients }: Flags): Line[] {
  const sites = [...Map.groupBy(views, ({ siteId }) => siteId)].sort(([a], [b]) => (a < b ? -1 : 1))
  const groups: [string, readonly PatientCompliance[]][] = [
    ...(patient === undefined && sites.length > 1 ? [['all', views] as [string, typeof views]] : []),
    ...sites.map(([site, list]): [string, typeof views] => [patient ?? `site ${site}`, list]),
    ...(patients ? views.map((view): [string, typeof views] => [view.patientId, [view]]) : []),
  ]
  const lines = groups.flatMap(([who, list]) => partsOf(who, list, form))
  if (lines.length === 0)
    throw new WronglyCalled(`--form ${form}: nothing of it was due; see levee study show`)
  return lines
}

/** Overall, then each form, then each phase where there are several; with a form only that. */
function partsOf(who: string, views: readonly PatientCompliance[], form: string | undefined): Line[] {
  const merge = (of: (view: PatientCompliance) => Readonly<Record<string, ComplianceFigure>>, kind: string) =>
    [...new Set(views.flatMap((view) => Object.keys(of(view))))].sort().map((name) => ({
      who,
      part: `${kind} ${name}`,
      figure: together(views.flatMap((view) => of(view)[name] ?? [])),
    }))
  const forms = merge((view) => view.byForm, 'form')
  if (form !== undefined) return forms.filter(({ part }) => part === `form ${form}`)
  const phases = merge((view) => view.byPhase, 'phase')
  return [
    { who, part: 'all forms', figure: together(views.map((view) => view.overall)) },
    ...(forms.length > 1 ? forms : []),
    ...(phases.length > 1 ? phases : []),
  ]
}

const percent = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} %`)

function linesText(lines: readonly Line[]): string {
  const right = (head: string) => ({ head, right: true }) as const
  const rows = lines.map(({ who, part, figure }, i) => [
    lines[i - 1]?.who === who ? '' : who,
    part,
    percent(figure.percent),
    `${figure.numerator} / ${figure.denominator}`,
    percent(figure.withLate.percent),
    percent(figure.withNotEvaluable.percent),
    figure.exclusions.map(({ reason, count }) => `${count} ${reason.replaceAll('-', ' ')}`).join(', '),
  ])
  const heads = [
    '',
    '',
    right('completed'),
    right('of'),
    right('with late'),
    right('with not evaluable'),
    'left out',
  ]
  return tableText(heads, rows)
}

type PeriodFlags = RecordsFlags & {
  at?: number
  days: number
  atLeast: number
  worst: string
  threshold?: number
}

function periodCommand(program: Command): void {
  const command = program
    .command('period <patient> <form> <item>')
    .description('mean, worst day and share of days at a threshold of a diary item or score, by period')
    .requiredOption('--days <n>', 'days of a period, counted from enrolment', wholeNumber(1))
    .requiredOption(
      '--at-least <k>',
      'days that must have a value; otherwise the period is missing',
      wholeNumber(1),
    )
    .requiredOption('--worst <end>', 'highest or lowest: which value is the worst')
    .option('--threshold <value>', 'count the days at or beyond it', Number)
    .option('--at <time>', 'as of this time (standard: now)', timeFlag)
  addClientFlags(addDatabaseFlag(addStudyFlag(command)))
    .addHelpText(
      'after',
      '\nExample:\n  levee period P-00001 daily-diary pain --days 7 --at-least 4 --worst highest --threshold 7',
    )
    .action(async (patient: string, form: string, of: string, flags: PeriodFlags) => {
      const { worst, days, atLeast, threshold } = flags
      if (worst !== 'highest' && worst !== 'lowest')
        throw new WronglyCalled(`--worst takes highest or lowest, not ${worst}`)
      if (atLeast > days) throw new WronglyCalled(`--at-least ${atLeast} is more than --days ${days}`)
      await using records = await openRecords(flags)
      const study = chooseStudy(flags.study, await records.stores.studies.ids())
      const rule = { atLeast, days, worst, ...(threshold === undefined ? {} : { threshold }) } as const
      const found = await derivationsFrom(records).periods(
        study,
        patient,
        { form, of, rule },
        flags.at ?? Date.now(),
      )
      if (flags.json) return console.log(JSON.stringify({ study, patient, form, of, rule, periods: found }))
      const right = (head: string) => ({ head, right: true }) as const
      const number = (value: number | null) => (value === null ? '–' : String(Number(value.toFixed(3))))
      console.log(
        tableText(
          ['period', 'from', 'to', right('days'), right('mean'), right('worst'), right('at threshold'), ''],
          found.map((one) => [
            one.period,
            one.from,
            one.to,
            `${one.answered} of ${one.days}`,
            number(one.mean),
            number(one.worst),
            threshold === undefined ? '' : percent(one.percentOfDaysAtThreshold),
            one.isOver
              ? one.reason === null
                ? ''
                : `missing: fewer than ${one.required} days`
              : 'not over yet',
          ]),
        ),
      )
    })
}
