// What a new version of a study would change before anybody adopts it: every applied entry evaluated by that version,
// against what is stored. Names and counts, never answers, values or arms; what is restricted is counted alone (P10).

import type { VisibleRecord } from '../study/derivation/derivation.ts'
import type { StudyPlan } from '../study/plan.ts'
import { type StudyVersions, singleVersion } from '../study/study-versions.ts'
import { evaluateEntry } from './decide.ts'
import { effectText, restrictedText } from './effect.ts'
import type { AppliedEntry } from './recompute-walk.ts'

/** How often something would be otherwise. */
export type Count = { readonly name: string; readonly count: number }

/** One response that would be otherwise, and in what. */
export type WouldChange = {
  readonly position: number
  readonly patientId: string
  readonly form: string
  readonly occasion: string
  /** `status`, `score phq-9-total`, `band phq-9-total`, `finding late`, `alert …`, `dose …`, `quarantined unknown-form`, `restricted`. */
  readonly changes: readonly string[]
}

export type WhatIf = {
  readonly version: string
  readonly responses: number
  readonly unchanged: number
  /** By what changes and by form, the most frequent first. */
  readonly byChange: readonly Count[]
  readonly byForm: readonly Count[]
  readonly changed: readonly WouldChange[]
  /** True where more would change than are listed. */
  readonly cut: boolean
}

/** Gathers what a version would change; `mostListed` bounds the memory. */
export function whatIf(plan: StudyPlan, mostListed: number) {
  const versions: StudyVersions = singleVersion(plan)
  const byChange = new Map<string, number>()
  const byForm = new Map<string, number>()
  const changed: WouldChange[] = []
  let responses = 0
  let touched = 0
  return {
    /** Takes one applied entry; one whose response or entry is lost is left to the proof. */
    look({ response, entry, asOf, position }: AppliedEntry): void {
      if (response === undefined || entry === undefined) return
      responses += 1
      const result = evaluateEntry(entry, { ...asOf, versions: () => versions })
      const changes =
        result.kind === 'apply'
          ? changesBetween(
              JSON.parse(response.effect) as VisibleRecord,
              JSON.parse(effectText(result.effect, result.effect.findings)) as VisibleRecord,
              response.restricted !== restrictedText(result.effect),
            )
          : [`quarantined ${result.kind === 'quarantine' ? result.code : 'failed'}`]
      if (changes.length === 0) return
      touched += 1
      for (const change of changes) count(byChange, change)
      count(byForm, response.form)
      const { patientId, form, occasion } = response
      if (changed.length < mostListed) changed.push({ position, patientId, form, occasion, changes })
    },
    report: (): WhatIf => ({
      version: plan.version,
      responses,
      unchanged: responses - touched,
      byChange: counts(byChange),
      byForm: counts(byForm),
      changed,
      cut: touched > changed.length,
    }),
  }
}

const count = (counted: Map<string, number>, name: string): void =>
  void counted.set(name, (counted.get(name) ?? 0) + 1)

const counts = (counted: ReadonlyMap<string, number>): Count[] =>
  [...counted]
    .map(([name, number]) => ({ name, count: number }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))

/** What differs between two records of one entry, as a study team speaks of it. The study's version always does. */
function changesBetween(before: VisibleRecord, after: VisibleRecord, restricted: boolean): string[] {
  const changes: string[] = []
  if (before.status !== after.status) changes.push('status')
  if (before.occasion !== after.occasion) changes.push('occasion')
  if (before.opensAt !== after.opensAt || before.closesAt !== after.closesAt) changes.push('window')
  if (JSON.stringify(before.answers) !== JSON.stringify(after.answers)) changes.push('answers as read')
  changes.push(...scoreChanges(before, after))
  changes.push(...setChanges('finding', findingsOf(before), findingsOf(after)))
  changes.push(
    ...setChanges(
      'alert',
      before.alerts.map(({ rule }) => rule),
      after.alerts.map(({ rule }) => rule),
    ),
  )
  for (const dose of new Set([...dosesOf(before).keys(), ...dosesOf(after).keys()]))
    if (dosesOf(before).get(dose) !== dosesOf(after).get(dose)) changes.push(`dose ${dose}`)
  if (restricted) changes.push('restricted')
  return changes
}

function scoreChanges(before: VisibleRecord, after: VisibleRecord): string[] {
  const old = new Map(before.scores.map((score) => [score.id, score]))
  const fresh = new Map(after.scores.map((score) => [score.id, score]))
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((id) => {
    const [was, is] = [old.get(id), fresh.get(id)]
    if (was === undefined) return [`score ${id} added`]
    if (is === undefined) return [`score ${id} gone`]
    return [
      ...(was.value === is.value ? [] : [`score ${id}`]),
      ...(was.band?.code === is.band?.code ? [] : [`band ${id}`]),
    ]
  })
}

/** Site's own findings, such as a duplicate, do not follow from a version. */
const findingsOf = ({ findings }: VisibleRecord): string[] =>
  findings
    .filter(({ code }) => code !== 'duplicate-candidate' && code !== 'other-form-version')
    .map(({ code, rule, item }) => [code, rule ?? item].filter((part) => part !== undefined).join(' '))

function setChanges(what: string, before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter((one) => !before.includes(one)).map((one) => `${what} ${one} added`),
    ...before.filter((one) => !after.includes(one)).map((one) => `${what} ${one} gone`),
  ]
}

const dosesOf = ({ dose, furtherDoses = [] }: VisibleRecord): ReadonlyMap<string, string> =>
  new Map([...(dose === null ? [] : [dose]), ...furtherDoses].map((one) => [one.dose, one.outcome]))
