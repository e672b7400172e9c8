// The demo study from its files, for tests: the only place beside the tests that reads a disk in src/study.
import { readdirSync, readFileSync } from 'node:fs'
import { compileStudy } from '../compile-study.ts'
import { type FormPlan, findForm, type StudyPlan } from '../plan.ts'

/** Every file of a study of this repository by its name relative to the study's folder, but notes; a fresh map each time. */
export function exampleFiles(study: 'morning-301' | 'onco-204'): Map<string, string> {
  const folder = new URL(`../../../studies/${study}/`, import.meta.url)
  const inside = ['forms', 'pictures'].flatMap((part) =>
    readdirSync(new URL(`${part}/`, folder)).map((name) => `${part}/${name}`),
  )
  const names = ['study.yaml', ...inside]
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))
}

/** The files of the demo study. */
export const demoFiles = (): Map<string, string> => exampleFiles('morning-301')

/** A fresh plan of the demo study. */
export function demoPlan(): StudyPlan {
  return compileStudy(demoFiles())
}

/** Version 1 of a form of the demo study. */
export function demoForm(plan: StudyPlan, id: string): FormPlan {
  const form = findForm(plan, id, '1')
  if (form === undefined) throw new Error(`the demo study has no form ${id}`)
  return form
}

/** The answers of design §6: an ordinary morning. */
export const ordinaryMorning: Readonly<Record<string, unknown>> = {
  pain: 4,
  fatigue: 3,
  nausea: 'mild',
  'dose-taken': true,
  'dose-time': '07:45',
  'rescue-taken': false,
  'sleep-hours': { skipped: 'asked-declined' },
}
