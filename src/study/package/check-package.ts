// What an expert wants to know of a study's files before they are published: every fault (StudyInvalid), what tells the
// arms apart, what is probably not meant, and what the study asks for, in numbers.
import type { Leak } from '../blinding/leak.ts'
import { lintBlinding } from '../blinding/lint-study.ts'
import { compileStudy } from '../compile-study.ts'
import { rulesLeftOut } from '../device/compile-rule-program.ts'
import type { FormPlan, StudyPlan } from '../plan.ts'
import { readStudyYaml, type StudySource } from '../read-study-yaml.ts'
import { didYouMean } from '../rules/suggest.ts'
import { type Due, dueOccasions } from '../schedule/due-occasions.ts'
import { isDated } from '../schedule/schedule-plan.ts'
import { isStaffRole, staffRoles } from '../staff-roles.ts'
import type { Text } from '../text.ts'
import type { ReadStudy } from './describe-study.ts'
import { isNote, withoutNotes } from './notes.ts'
import { scheduleWords } from './schedule-words.ts'
import { type Assumed, assumed, typicalPatient, typicalSpan } from './typical-patient.ts'

/** Something that is probably not meant. It does not keep a study from being published. */
export type PackageWarning = {
  readonly code:
    | 'file-unused'
    | 'form-never-due'
    | 'windows-overlap'
    | 'audience-unknown'
    | 'texts-alike'
    | 'rule-not-on-phone'
  readonly file: string
  readonly line?: number
  readonly message: string
}

/** What a study asks of one form. */
export type FormSummary = {
  readonly id: string
  readonly version: string
  readonly title: Text
  /** Questions, those in repeating groups included. */
  readonly items: number
  readonly schedules: readonly string[]
  /** Times due in a typical patient's first year; null for a form that is never due but filled in when it happens. */
  readonly dueInAYear: number | null
}

/** What stands in the files, in numbers. */
export type PackageSummary = {
  readonly studyId: string
  readonly version: string
  readonly title: Text
  readonly languages: readonly string[]
  readonly sites: number
  readonly arms: number
  readonly forms: readonly FormSummary[]
  readonly scores: number
  readonly doses: number
  readonly rules: { readonly checks: number; readonly alerts: number; readonly messages: number }
  /** Of whom `dueInAYear` counts. */
  readonly typical: Assumed
}

/** A study that compiles, with what was found. */
export type CheckedPackage = {
  readonly read: ReadStudy
  readonly leaks: readonly Leak[]
  readonly warnings: readonly PackageWarning[]
  readonly summary: PackageSummary
}

/** Reads a study's files. @throws StudyInvalid with every fault. */
export function readPackage(
  files: ReadonlyMap<string, string>,
): ReadStudy & { readonly source: StudySource } {
  const plan = compileStudy(files)
  const source = readStudyYaml('study.yaml', files.get('study.yaml') ?? '', { add() {} })
  if (source === null) throw new Error('a study that compiles has a study.yaml that can be read')
  return { plan, study: source.study, files, source }
}

/** Looks a study's files over. @throws StudyInvalid with every fault. */
export function checkPackage(files: ReadonlyMap<string, string>): CheckedPackage {
  const { source, ...read } = readPackage(files)
  const { plan } = read
  const due = dueInAYear(dueOccasions(plan, typicalPatient([plan]), typicalSpan))
  return {
    read,
    leaks: lintBlinding(plan, source, withoutNotes(files)),
    warnings: [
      ...unusedFiles(source, files),
      ...neverDue(source, plan, due),
      ...overlappingWindows(source, plan),
      ...unknownAudiences(source),
      ...textsAlike(source, plan),
      ...notOnPhones(source, plan),
    ],
    summary: summaryOf(read, due),
  }
}

/** How often each form is due. */
function dueInAYear(year: readonly Due[]): ReadonlyMap<string, number> {
  const due = new Map<string, number>()
  for (const { form } of year) due.set(form, (due.get(form) ?? 0) + 1)
  return due
}

/** Forms that are asked for a second time while they are still asked for the first time; in UTC, where no clock changes. */
function overlappingWindows(source: StudySource, plan: StudyPlan): PackageWarning[] {
  const year = dueOccasions(plan, { ...typicalPatient([plan]), zone: 'UTC' }, typicalSpan)
  return [...plan.forms.values()].flatMap((form, index) => {
    const windows = year
      .filter((due) => due.form === form.id)
      .sort((a, b) => (a.opensAt < b.opensAt ? -1 : a.opensAt > b.opensAt ? 1 : 0))
    const at = windows.findIndex((due, n) => n > 0 && due.opensAt < windows[n - 1]!.closesAt)
    if (at < 0) return []
    const [first, second] = [windows[at - 1]!, windows[at]!]
    const message = `form ${form.id}: ${second.occasion} opens before ${first.occasion} closes, for a typical patient; an entry that does not say which one it is for may count for the other. Shorten the window, or name when the dates are expected (expected-day, every-days)`
    return [warningAt(source, ['forms', index, 'schedule'], 'windows-overlap', message)]
  })
}

/** Without `roles` any name is taken; one that is no role of the product reaches nobody. */
function unknownAudiences(source: StudySource): PackageWarning[] {
  const { roles, alerts = [], messages = [] } = source.study
  if (roles !== undefined) return []
  return Object.entries({ alerts, messages }).flatMap(([list, rules]) =>
    rules.flatMap((rule, index) => {
      const steps = 'escalate' in rule ? (rule.escalate ?? []) : []
      const unknown = [...rule.audience, ...steps.flatMap(({ to }) => to)].filter(
        (name) => !isStaffRole(name),
      )
      return [...new Set(unknown)].map((name) =>
        warningAt(
          source,
          [list, index, 'audience'],
          'audience-unknown',
          `${list}.${rule.id}: ${name} is no role, so nobody would be told${didYouMean(name, staffRoles)}`,
        ),
      )
    }),
  )
}

function warningAt(
  { file, lineOf }: StudySource,
  path: readonly (string | number)[],
  code: PackageWarning['code'],
  message: string,
): PackageWarning {
  const line = lineOf(path)
  return { code, file, ...(line === undefined ? {} : { line }), message }
}

function unusedFiles({ study }: StudySource, files: ReadonlyMap<string, string>): PackageWarning[] {
  const named = new Set([
    'study.yaml',
    ...study.forms.map(({ file }) => file),
    ...(study.instruments ?? []).map(({ scoring }) => scoring),
    ...[...(study.doses ?? []), study.dose].map((dose) => dose?.picture),
  ])
  return [...files.keys()]
    .filter((file) => !named.has(file) && !isNote(file))
    .map((file) => ({
      code: 'file-unused',
      file,
      message: 'study.yaml does not name this file; name it, or move it out of the folder',
    }))
}

function neverDue(source: StudySource, plan: StudyPlan, due: ReadonlyMap<string, number>): PackageWarning[] {
  return [...plan.forms.values()].flatMap((form, index) => {
    if (!form.schedules.every(isDated) || due.has(form.id)) return []
    const ending = form.schedules.some((schedule) => isDated(schedule) && schedule.anchor.ends)
    if (ending) return []
    const message = `form ${form.id} falls due on no day of a typical patient's first year; check its schedule, or say when its dates are expected (expected-day)`
    return [warningAt(source, ['forms', index, 'schedule'], 'form-never-due', message)]
  })
}

/** The texts of rules that read the same in two languages: one of them is probably not translated. */
function textsAlike(source: StudySource, plan: StudyPlan): PackageWarning[] {
  const { study } = source
  const lists = { checks: study.checks, alerts: study.alerts, messages: study.messages }
  return Object.entries(lists).flatMap(([list, rules = []]) =>
    rules.flatMap((rule, index) =>
      (['text', 'prompt', 'patient-message'] as const).flatMap((member) => {
        const text = (rule as { readonly [m in typeof member]?: Text })[member]
        const alike = text === undefined ? [] : alikeIn(text, plan.languages)
        if (alike.length === 0) return []
        const message = `${list}.${rule.id}.${member} is the same in ${alike.join(' and ')}; translate it`
        return [warningAt(source, [list, index, member], 'texts-alike', message)]
      }),
    ),
  )
}

/** Prompts and patient messages whose rule phones cannot evaluate: the patient sees them at no time while answering. */
function notOnPhones(source: StudySource, plan: StudyPlan): PackageWarning[] {
  const { checks = [], alerts = [] } = source.study
  const lists = { checks, alerts }
  return [...plan.forms.values()].flatMap((form) =>
    rulesLeftOut(form).map(({ rule, kind, what }) => {
      const [list, member] =
        kind === 'prompt' ? (['checks', 'prompt'] as const) : (['alerts', 'patient-message'] as const)
      const index = lists[list].findIndex(({ id }) => id === rule)
      const message = `${list}.${rule}.${member} is not shown on phones: its rule needs ${what}, which only the server has. Write the rule without it, or take the ${member} out`
      return warningAt(source, [list, index, member], 'rule-not-on-phone', message)
    }),
  )
}

const alikeIn = (text: Text, languages: readonly string[]): readonly string[] =>
  languages.filter((tag) => languages.some((other) => other !== tag && text[other] === text[tag]))

function summaryOf({ plan, study }: ReadStudy, due: ReadonlyMap<string, number>): PackageSummary {
  return {
    studyId: plan.id,
    version: plan.version,
    title: plan.title,
    languages: plan.languages,
    sites: plan.sites.length,
    arms: plan.arms.length,
    forms: [...plan.forms.values()].map((form) => formSummary(form, due)),
    scores: [...plan.forms.values()].reduce((sum, form) => sum + form.scores.length, 0),
    doses: plan.doses.length,
    rules: {
      checks: study.checks?.length ?? 0,
      alerts: study.alerts?.length ?? 0,
      messages: study.messages?.length ?? 0,
    },
    typical: assumed([plan]),
  }
}

const formSummary = (form: FormPlan, due: ReadonlyMap<string, number>): FormSummary => ({
  id: form.id,
  version: form.version,
  title: form.title,
  items: countItems(form),
  schedules: form.schedules.map(scheduleWords),
  dueInAYear: form.schedules.some(isDated) ? (due.get(form.id) ?? 0) : null,
})

type Group = { readonly items: readonly unknown[]; readonly groups: readonly Group[] }
const countItems = ({ items, groups }: Group): number =>
  groups.reduce((sum, group) => sum + countItems(group), items.length)
