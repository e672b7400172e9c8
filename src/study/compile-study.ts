// Compiles the files of a study to its plan, once; names every fault it finds, not only the first.
// No file is read here: the caller hands the texts, so that server, command line and browser compile alike.

import { checkRestrictedForms } from './blinding/check-restricted-forms.ts'
import { checkLanguages, defaultLanguages } from './check-languages.ts'
import { armsOf, checkArms, packsByArm } from './compile-arms.ts'
import { compileDoses, compileRestrictedDoses } from './compile-dose.ts'
import { type CompiledForm, compileForm } from './compile-form.ts'
import { compileFormRules, type FormRules } from './compile-form-rules.ts'
import { compileScores } from './compile-scores.ts'
import { createDeviceZones } from './device-zones.ts'
import { patientAppOf } from './patient-app-file.ts'
import type { FormPlan, StudyPlan } from './plan.ts'
import { readStudyAround, type StudySource } from './read-study-yaml.ts'
import { compileRoles } from './roles-file.ts'
import { compileAnchors, compileVisits } from './schedule/compile-anchors.ts'
import { compileSchedules } from './schedule/compile-schedule.ts'
import type { ScheduleFile } from './schedule/schedule-file.ts'
import { factsOf } from './scoring/facts-file.ts'
import { type Faults, type StudyFault, StudyInvalid } from './study-invalid.ts'

/**
 * The plan of the study whose files (name relative to the study's folder → text) hold `study.yaml` and the forms it
 * names. @throws StudyInvalid with every fault, its file, its line where one is known, and what to do.
 */
export function compileStudy(files: ReadonlyMap<string, string>): StudyPlan {
  const found: StudyFault[] = []
  const faults: Faults = {
    add(file, line, message) {
      found.push(line === undefined ? { file, message } : { file, line, message })
    },
  }
  const text = files.get('study.yaml')
  if (text === undefined)
    throw new StudyInvalid([{ file: 'study.yaml', message: 'add this file to the study' }])
  const read = readStudyAround('study.yaml', text, faults)
  const plan = read === null ? null : planOf(read.source, files, read.faults)
  if (found.length > 0 || plan === null) throw new StudyInvalid(found)
  return plan
}

function planOf(source: StudySource, files: ReadonlyMap<string, string>, faults: Faults): StudyPlan {
  const { study } = source
  const zones = createDeviceZones()
  const languages = study.languages ?? defaultLanguages
  checkLanguages(source, languages, faults)
  checkSites(source, zones, faults)
  checkArms(source, faults)
  const armOfPack = packsByArm(source, faults)
  const kindOfDrug = new Map(Object.entries(study.restricted['drug-codes'] ?? {}))
  const compiled = compileForms(source, files, languages, faults)
  const forms = new Map<string, FormPlan>()
  const rules = new Map<FormPlan, FormRules['deviations']>()
  const known = checkFormReferences(source, compiled, faults)
  checkRestrictedForms(source, known, faults)
  const anchors = compileAnchors(source, faults)
  const visits = compileVisits(source, anchors, faults)
  const ground = { anchors, visits, travel: study.travel ?? 'follow-device' }
  for (const [index, form] of compiled) {
    const scores = compileScores(source, form, files, faults)
    const schedules = compileSchedules(source, index, ground, faults)
    const isEvent = isForEvents(source.study.forms[index]!.schedule)
    const formRules = compileFormRules(source, form, scores, { armOfPack, kindOfDrug }, isEvent, faults)
    const { deviations, ...shown } = formRules
    const plan: FormPlan = { ...form, schedules, scores, ...shown }
    forms.set(`${form.id}@${form.version}`, plan)
    if (deviations.length > 0) rules.set(plan, deviations)
  }
  const anchorIds = new Set(anchors.keys())
  const doses = compileDoses(source, [...compiled.values()], anchorIds, files, faults)
  return {
    id: study.id,
    version: study.version,
    title: study.title,
    languages,
    sites: study.sites,
    arms: study.arms,
    roles: compileRoles(source, faults),
    anchors,
    visits,
    forms,
    formIds: known,
    doses,
    patientApp: patientAppOf(study['patient-app']),
    facts: factsOf(study.facts),
    clockToleranceMs: study['clock-tolerance-minutes'] * 60_000,
    zones,
    restricted: {
      arms: armsOf(study),
      armOfPack,
      kindOfDrug,
      forms: new Map(
        Object.entries(study.restricted.forms ?? {}).map(([form, given]) => [form, new Set(given)]),
      ),
      doses: compileRestrictedDoses(source, doses, anchorIds, faults),
      rules,
    },
  }
}

/** As written: a schedule with a fault does not make a form one for events. */
const isForEvents = (schedule: ScheduleFile | readonly ScheduleFile[]): boolean =>
  [schedule].flat().every(({ every }: ScheduleFile) => every === 'event')

function compileForms(
  source: StudySource,
  files: ReadonlyMap<string, string>,
  languages: readonly string[],
  faults: Faults,
): Map<number, CompiledForm> {
  const compiled = new Map<number, CompiledForm>()
  const keys = new Set<string>()
  source.study.forms.forEach(({ file }, index) => {
    const line = source.lineOf(['forms', index, 'file'])
    const text = files.get(file)
    if (text === undefined) {
      faults.add(source.file, line, missing(file))
      return
    }
    const form = compileForm(file, text, languages, faults)
    if (form === null) return
    const key = `${form.id}@${form.version}`
    if (keys.has(key))
      faults.add(source.file, line, `form ${form.id} version ${form.version} is listed twice`)
    keys.add(key)
    compiled.set(index, form)
  })
  return compiled
}

const missing = (file: string): string =>
  file.startsWith('/') || file.split('/').includes('..')
    ? `${file} lies outside the study's folder; put it inside, so that it is published with the study`
    : `add the file ${file}, or correct its name`

/** Every rule, score and dose must name a form of the study; returns the form ids. */
function checkFormReferences(
  source: StudySource,
  compiled: ReadonlyMap<number, CompiledForm>,
  faults: Faults,
): Set<string> {
  const known = new Set([...compiled.values()].map((form) => form.id))
  const { study } = source
  // A form that did not compile would make every reference to it a second, misleading fault.
  if (compiled.size < study.forms.length) return known
  const check = (list: readonly { form: string }[] | undefined, path: readonly string[]) =>
    list?.forEach(({ form }, index) => {
      if (known.has(form)) return
      faults.add(source.file, source.lineOf([...path, index, 'form']), `${form}: the study has no such form`)
    })
  check(study.scores, ['scores'])
  check(study.instruments, ['instruments'])
  check(study.checks, ['checks'])
  check(study.alerts, ['alerts'])
  check(study.messages, ['messages'])
  check(study.restricted.deviations, ['restricted', 'deviations'])
  return known
}

function checkSites(source: StudySource, zones: StudyPlan['zones'], faults: Faults): void {
  const ids = new Set<string>()
  source.study.sites.forEach(({ id, zone }, index) => {
    if (ids.has(id))
      faults.add(source.file, source.lineOf(['sites', index, 'id']), `site ${id} is listed twice`)
    ids.add(id)
    // An offset is a zone to Temporal, but knows no change of clocks.
    if (zones.canonical(zone) !== zone || /^[+-]/.test(zone))
      faults.add(
        source.file,
        source.lineOf(['sites', index, 'zone']),
        `${zone}: use an IANA time zone, e.g. Europe/Berlin`,
      )
  })
}
