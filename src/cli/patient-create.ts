// `levee patient create`: enrols one patient, or many from a file.
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import type { StudyView } from '../api/control/studies.ts'
import type { NewPatient } from '../records/actions.ts'
import { controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { countText } from './figures.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf } from './flags.ts'
import { studyOf } from './study-choice.ts'

const columns = ['patientId', 'siteId', 'arm', 'zone', 'language', 'enrolledOn'] as const
/** What is left empty is filled in: the site's zone, English, today in that zone. */
type Wanted = Pick<NewPatient, 'patientId' | 'siteId' | 'arm'> & Partial<NewPatient>
type Flags = Partial<
  Record<'site' | 'arm' | 'zone' | 'language' | 'enrolledOn' | 'file' | 'study' | 'reason', string>
> & {
  fact?: Record<string, string>
  data: string
  json?: true
}

export function createCommand(patient: Command): void {
  const command = patient
    .command('create [id]')
    .description('enrol a patient, or many from --file; ids already taken are left alone (audited)')
    .option('--site <id>', 'the site')
    .option('--arm <code>', 'the arm code that randomisation gave; it is not shown again')
    .option('--zone <name>', 'IANA time zone of the home (standard: that of the site)')
    .option('--language <tag>', 'language of the patient, such as zh-CN (standard: en)')
    .option('--enrolled-on <date>', 'date of enrolment (standard: today in the zone)')
    .option(
      '--fact <name=value>',
      'what scores may know besides the answers, such as sex=female; may be given several times',
      addFact,
    )
    .option(
      '--file <csv>',
      `CSV with the columns ${columns.join(',')}; the last three may be empty; facts as fact:sex`,
    )
  addClientFlags(addReasonFlag(addStudyFlag(command)))
    .addHelpText(
      'after',
      '\nExample:\n  levee patient create P-06001 --site 01 --arm A --reason "randomised today"\n',
    )
    .action(async (id: string | undefined, flags: Flags) => {
      const reason = reasonOf(flags)
      const wanted = flags.file === undefined ? [oneOf(id, flags)] : readPatients(flags.file)
      const client = controlClient(flags.data)
      const studyId = await studyOf(client, flags.study)
      const { sites } = await client.get<StudyView>(`/studies/${encodeURIComponent(studyId)}`)
      const patients = wanted.map((p) => complete(p, sites))
      const { created } = await client.act({ do: 'create-patients', studyId, patients }, reason)
      const taken = patients.length - created
      if (flags.json) console.log(JSON.stringify({ studyId, created, alreadyThere: taken }))
      else
        console.log(
          `${countText(created)} enrolled in ${studyId}${taken === 0 ? '' : `, ${countText(taken)} already there`}.`,
        )
    })
}

function oneOf(id: string | undefined, flags: Flags): Wanted {
  const { site, arm, zone, language, enrolledOn, fact } = flags
  if (id === undefined) throw new WronglyCalled('name a patient id, or many with --file')
  if (site === undefined)
    throw new WronglyCalled('--site is missing: the id of a site of the study; "levee study show" lists them')
  if (arm === undefined) throw new WronglyCalled('--arm is missing: the arm code that randomisation gave')
  return {
    patientId: id,
    siteId: site,
    arm,
    ...(zone === undefined ? {} : { zone }),
    ...(language === undefined ? {} : { language }),
    ...(enrolledOn === undefined ? {} : { enrolledOn }),
    ...(fact === undefined ? {} : { facts: fact }),
  }
}

/** Gathers `--fact sex=female`. */
function addFact(given: string, before: Record<string, string> = {}): Record<string, string> {
  const at = given.indexOf('=')
  if (at < 1 || at === given.length - 1)
    throw new InvalidArgumentError('It takes name=value, such as sex=female.')
  return { ...before, [given.slice(0, at)]: given.slice(at + 1) }
}

/** Lines of comma-separated values under a head that names the columns, in any order; quotes are not needed by any. */
function readPatients(file: string): Wanted[] {
  const [head = '', ...lines] = readFileSync(file, 'utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  const names = head.split(',').map((name) => name.trim())
  const missing = columns.slice(0, 3).filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw new Error(`${file}: the first line must name the column ${missing.join(', ')}`)
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return []
    const values = line.split(',').map((value) => value.trim())
    if (values.length !== names.length) {
      throw new Error(
        `${file}:${i + 2}: ${values.length} values where the first line names ${names.length} columns`,
      )
    }
    const given = names.map((name, c) => [name, values[c]!] as const).filter(([, value]) => value !== '')
    const isFact = ([name]: readonly [string, string]) => name.startsWith('fact:')
    const facts = given.filter(isFact).map(([name, value]) => [name.slice('fact:'.length), value])
    const members = Object.fromEntries(given.filter((one) => !isFact(one))) as Partial<Wanted> as Wanted
    return [facts.length === 0 ? members : { ...members, facts: Object.fromEntries(facts) }]
  })
}

function complete(wanted: Wanted, sites: StudyView['sites']): NewPatient {
  const { patientId, siteId, arm } = wanted
  const site = sites.find((s) => s.id === siteId)
  if (site === undefined) {
    throw new Error(`the study has no site ${siteId}; it has ${sites.map((s) => s.id).join(', ')}`)
  }
  const zone = wanted.zone ?? site.zone
  const language = wanted.language ?? 'en'
  const facts = wanted.facts === undefined ? {} : { facts: wanted.facts }
  return { patientId, siteId, arm, zone, language, enrolledOn: dateOf(wanted.enrolledOn, zone), ...facts }
}

function dateOf(given: string | undefined, zone: string): string {
  let today: string
  try {
    today = Temporal.Now.plainDateISO(zone).toString()
  } catch {
    throw new Error(`${zone} is not an IANA time zone; give one such as Asia/Shanghai with --zone`)
  }
  if (given === undefined) return today
  try {
    return Temporal.PlainDate.from(given, { overflow: 'reject' }).toString()
  } catch {
    throw new Error(`${given} is not a date; write it as 2026-11-22 with --enrolled-on`)
  }
}
