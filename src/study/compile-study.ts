// Compiles the files of a study to its plan, once; names every fault it finds, not only the first.
// No file is read here: the caller hands the texts, so that server, command line and browser compile alike.
import { type CompiledForm, compileForm } from './compile-form.ts'
import { compileFormRules, type FormRules } from './compile-form-rules.ts'
import { compileScores } from './compile-scores.ts'
import { createDeviceZones } from './device-zones.ts'
import type { DosePlan, FormPlan, RestrictedPlan, SchedulePlan, StudyPlan } from './plan.ts'
import { readStudyYaml, type StudySource } from './read-study-yaml.ts'
import { type Faults, type StudyFault, StudyInvalid } from './study-invalid.ts'
import type { StudyFile } from './study-schema.ts'
import { createWindowFinder } from './window.ts'

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
  const source = readStudyYaml('study.yaml', text, faults)
  const plan = source === null ? null : planOf(source, files, faults)
  if (found.length > 0 || plan === null) throw new StudyInvalid(found)
  return plan
}

function planOf(source: StudySource, files: ReadonlyMap<string, string>, faults: Faults): StudyPlan {
  const { study } = source
  const zones = createDeviceZones()
  checkSites(source, zones, faults)
  checkArms(source, faults)
  const armOfPack = packsByArm(source, faults)
  const kindOfDrug = new Map(Object.entries(study.restricted['drug-codes'] ?? {}))
  const compiled = compileForms(source, files, faults)
  const forms = new Map<string, FormPlan>()
  const rules = new Map<FormPlan, FormRules['deviations']>()
  const known = checkFormReferences(source, compiled, faults)
  for (const [index, form] of compiled) {
    const scores = compileScores(source, form, files, faults)
    const formRules = compileFormRules(source, form, scores, { armOfPack, kindOfDrug }, faults)
    const schedule = scheduleOf((study.forms[index] as StudyFile['forms'][number]).schedule)
    const { deviations, ...shown } = formRules
    const plan: FormPlan = { ...form, schedule, scores, ...shown }
    forms.set(`${form.id}@${form.version}`, plan)
    if (deviations.length > 0) rules.set(plan, deviations)
  }
  return {
    id: study.id,
    version: study.version,
    title: study.title,
    sites: study.sites,
    arms: study.arms,
    forms,
    formIds: known,
    dose: doseOf(source, [...compiled.values()], faults),
    clockToleranceMs: study['clock-tolerance-minutes'] * 60_000,
    zones,
    restricted: { arms: armsOf(study), armOfPack, kindOfDrug, rules },
  }
}

function compileForms(
  source: StudySource,
  files: ReadonlyMap<string, string>,
  faults: Faults,
): Map<number, CompiledForm> {
  const compiled = new Map<number, CompiledForm>()
  const keys = new Set<string>()
  source.study.forms.forEach(({ file }, index) => {
    const line = source.lineOf(['forms', index, 'file'])
    const text = files.get(file)
    if (text === undefined) {
      faults.add(source.file, line, `add the file ${file}, or correct its name`)
      return
    }
    const form = compileForm(file, text, faults)
    if (form === null) return
    const key = `${form.id}@${form.version}`
    if (keys.has(key))
      faults.add(source.file, line, `form ${form.id} version ${form.version} is listed twice`)
    keys.add(key)
    compiled.set(index, form)
  })
  return compiled
}

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
    if (zones.canonical(zone) !== zone)
      faults.add(
        source.file,
        source.lineOf(['sites', index, 'zone']),
        `${zone}: use an IANA time zone, e.g. Europe/Berlin`,
      )
  })
}

function checkArms(source: StudySource, faults: Faults): void {
  const { arms, restricted } = source.study
  const codes = new Set(arms.map((arm) => arm.code))
  if (codes.size < arms.length) faults.add(source.file, source.lineOf(['arms']), 'arm codes must be unique')
  for (const code of codes)
    if (!Object.hasOwn(restricted.arms, code))
      faults.add(source.file, source.lineOf(['restricted', 'arms']), `say what arm ${code} is`)
  for (const member of ['arms', 'packs'] as const)
    for (const code of Object.keys(restricted[member] ?? {}))
      if (!codes.has(code))
        faults.add(
          source.file,
          source.lineOf(['restricted', member, code]),
          `${code} is not an arm of the study`,
        )
}

function packsByArm(source: StudySource, faults: Faults): Map<string, string> {
  const armOfPack = new Map<string, string>()
  for (const [arm, packs] of Object.entries(source.study.restricted.packs ?? {}))
    packs.forEach((pack, index) => {
      if (armOfPack.has(pack))
        faults.add(
          source.file,
          source.lineOf(['restricted', 'packs', arm, index]),
          `pack ${pack} is listed twice`,
        )
      armOfPack.set(pack, arm)
    })
  return armOfPack
}

function armsOf(study: StudyFile): RestrictedPlan['arms'] {
  return new Map(Object.entries(study.restricted.arms))
}

function scheduleOf(schedule: StudyFile['forms'][number]['schedule']): SchedulePlan {
  if (schedule.every === 'event') return { every: 'event' }
  const window = {
    opensMinute: minuteOf(schedule.window.opens),
    closesMinute: minuteOf(schedule.window.closes),
    closesDaysLater: schedule.window['closes-days-later'],
  }
  const locksAfterDays = schedule['locks-after-days']
  const windows = createWindowFinder(window, locksAfterDays)
  const reminder = schedule.reminder === undefined ? {} : { reminder: schedule.reminder }
  return { every: schedule.every, window, locksAfterDays, windows, ...reminder }
}

function doseOf(source: StudySource, forms: readonly CompiledForm[], faults: Faults): DosePlan | null {
  const { dose } = source.study
  if (dose === undefined) return null
  const wanted = [
    ['taken-item', 'boolean'],
    ['time-item', 'time'],
  ] as const
  const versions = forms.filter((form) => form.id === dose.form)
  if (versions.length === 0)
    faults.add(source.file, source.lineOf(['dose', 'form']), `${dose.form}: the study has no such form`)
  for (const form of versions)
    for (const [member, kind] of wanted)
      if (form.itemById.get(dose[member])?.kind !== kind)
        faults.add(
          source.file,
          source.lineOf(['dose', member]),
          `form ${form.id} has no ${kind} item ${dose[member]}`,
        )
  return {
    id: dose.id,
    version: dose.version,
    formId: dose.form,
    takenItem: dose['taken-item'],
    timeItem: dose['time-item'],
    dosesPerDay: 1,
    opensMinute: minuteOf(dose.window.opens),
    closesMinute: minuteOf(dose.window.closes),
  }
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))
}
