// `levee study check`: every fault of a study's files with file and line, what tells the arms apart, what is probably not
// meant, and, where all is well, what the study asks for. Works without a server.
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { contentAddress } from '../records/content-address.ts'
import { type Leak, leakText } from '../study/blinding/leak.ts'
import { type CheckedPackage, checkPackage, type PackageWarning } from '../study/package/check-package.ts'
import type { Assumed } from '../study/package/typical-patient.ts'
import type { FormPlan } from '../study/plan.ts'
import { type StudyFault, StudyInvalid } from '../study/study-invalid.ts'
import { textIn } from '../study/text.ts'
import { BadNews } from './failures.ts'
import { print } from './form-files.ts'
import { readStudyFolder } from './study-folder.ts'
import { pairsText, tableText } from './tables.ts'

/** What a device loads for a form should not be more, gzipped. */
const mostBytes = 10_000

type Warning = Omit<PackageWarning, 'code'> & { readonly code: PackageWarning['code'] | 'form-large' }

export function checkCommand(study: Command): void {
  study
    .command('check <folder>')
    .description(
      'check the study files of a folder: faults with file and line, blinding, warnings, a summary',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  levee study check studies/morning-301

Exit codes: 0 it can be published (there may be warnings), 1 it cannot, 2 wrongly called. More: docs/study-package.md`,
    )
    .action(async (folder: string, flags: { json?: true }) => {
      const result = look(readStudyFolder(folder))
      await print(flags.json === true ? JSON.stringify(result, null, 2) : wordsOf(result, folder))
      if (!result.valid) throw new BadNews()
    })
}

/** Everything found, as `--json` prints it. */
type Result = {
  readonly valid: boolean
  readonly faults: readonly StudyFault[]
  readonly leaks: readonly Leak[]
  readonly warnings: readonly Warning[]
  readonly summary?: CheckedPackage['summary'] & { readonly sha256: string; readonly sizes: Sizes }
}
/** Bytes of each form as a device loads it, gzipped, by `id@version`. */
type Sizes = Readonly<Record<string, number>>

function look(files: ReadonlyMap<string, string>): Result {
  try {
    const { read, leaks, warnings, summary } = checkPackage(files)
    const { plan, study } = read
    const sizes = Object.fromEntries([...plan.forms].map(([key, form]) => [key, gzippedBytes(form)]))
    const large = [...plan.forms].flatMap(([key, form], index) =>
      (sizes[key] ?? 0) <= mostBytes
        ? []
        : [tooLarge(study.forms[index]?.file ?? 'study.yaml', form, sizes[key]!)],
    )
    return {
      valid: !leaks.some(({ severity }) => severity === 'error'),
      faults: [],
      leaks,
      warnings: [...warnings, ...large],
      summary: { ...summary, sha256: contentAddress(files), sizes },
    }
  } catch (error) {
    if (!(error instanceof StudyInvalid)) throw error
    return { valid: false, faults: error.faults, leaks: [], warnings: [] }
  }
}

const gzippedBytes = (form: FormPlan): number =>
  gzipSync(JSON.stringify(form.definition), { level: 9 }).length

const tooLarge = (file: string, form: FormPlan, bytes: number): Warning => ({
  code: 'form-large',
  file,
  message: `form ${form.id} is ${kilobytes(bytes)} gzipped, more than ${kilobytes(mostBytes)}: slow to load on a poor connection`,
})

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`

function wordsOf({ valid, faults, leaks, warnings, summary }: Result, folder: string): string {
  const at = ({ file, line }: { file: string; line?: number }) =>
    `${join(folder, file)}${line === undefined ? '' : `:${line}`}`
  const lines = (severity: Leak['severity']) =>
    leaks.filter((leak) => leak.severity === severity).map((leak) => `${at(leak)}: ${leakText(leak)}`)
  const list = (head: string, all: readonly string[]) => (all.length === 0 ? [] : [[head, ...all].join('\n')])
  const errors = [...faults.map((fault) => `${at(fault)}: ${fault.message}`), ...lines('error')]
  return [
    ...list(`${errors.length} to correct:`, errors),
    ...list('Warnings:', [
      ...warnings.map((warning) => `${at(warning)}: ${warning.message}`),
      ...lines('warning'),
    ]),
    ...list('For the record:', lines('note')),
    ...(summary === undefined ? [] : [summaryText(summary)]),
    valid
      ? `It can be published: levee study publish ${folder} --reason "…"`
      : 'It cannot be published as it is.',
  ].join('\n\n')
}

function summaryText(summary: NonNullable<Result['summary']>): string {
  const { checks, alerts, messages } = summary.rules
  return [
    pairsText([
      ['study', summary.studyId],
      ['version', summary.version],
      ['title', textIn(summary.title, 'en')],
      ['languages', summary.languages.join(', ')],
      ['sites, arms', `${summary.sites}, ${summary.arms}`],
      ['scores, doses', `${summary.scores}, ${summary.doses}`],
      [
        'rules',
        [counted(checks, 'edit check'), counted(alerts, 'alert'), counted(messages, 'message')].join(', '),
      ],
      ['files, SHA-256', summary.sha256],
    ]),
    tableText(
      [
        'form',
        'version',
        { head: 'items', right: true },
        { head: 'gzipped', right: true },
        { head: 'due a year', right: true },
      ],
      summary.forms.map((form) => [
        form.id,
        form.version,
        form.items,
        kilobytes(summary.sizes[`${form.id}@${form.version}`] ?? 0),
        form.dueInAYear ?? '',
      ]),
    ),
    tableText(
      ['form', 'is due'],
      summary.forms.flatMap((form) => form.schedules.map((words, n) => [n === 0 ? form.id : '', words])),
    ),
    `"due a year" counts what falls due for a typical patient within a year: ${typicalText(summary.typical)}.`,
  ].join('\n\n')
}

/** The typical patient's dates in words. */
function typicalText({ enrolledOn, anchors }: Assumed): string {
  const dates = anchors.map(({ id, day, dates, everyDays }) =>
    dates === 1
      ? `${id} on day ${day}`
      : `${id} on day ${day} and ${dates} dates in all, ${everyDays} days apart`,
  )
  return [`enrolled on ${enrolledOn}`, ...dates].join('; ')
}
