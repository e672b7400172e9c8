// `levee study place`: where a submission would be placed for a patient, and why. Needs no server, and prints no answer.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Static, Type } from 'typebox'
import { compileStudy } from '../study/compile-study.ts'
import { emptyCourse } from '../study/course.ts'
import { findingText } from '../study/finding.ts'
import {
  type NotPlaced,
  type Placed,
  type PlaceFacts,
  type PlacePatient,
  placeSubmission,
  quarantineTexts,
} from '../study/place.ts'
import type { StudyPlan } from '../study/plan.ts'
import { readYaml } from '../study/read-yaml.ts'
import type { FoundBy } from '../study/schedule/find-occasion.ts'
import { lateReasonTexts } from '../study/schedule/late-reason.ts'
import { faultLine, type StudyFault } from '../study/study-invalid.ts'
import { BadNews, WronglyCalled } from './failures.ts'
import { print } from './form-files.ts'
import { readStudyFolder } from './study-folder.ts'
import { pairsText } from './tables.ts'

type Flags = { patient: string; received?: string; json?: true }

const date = Type.String({ format: 'date', description: 'a date in quotes' })
const closed = { additionalProperties: false }
const patientSchema = Type.Object(
  {
    zone: Type.String({ minLength: 1 }),
    'enrolled-on': date,
    'withdrawn-at': Type.Optional(Type.String()),
    anchors: Type.Optional(Type.Record(Type.String(), Type.Union([date, Type.Array(date)]))),
    zones: Type.Optional(Type.Array(Type.Object({ from: Type.String(), zone: Type.String() }, closed))),
    filled: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
  },
  closed,
)

export function placeCommand(study: Command): void {
  study
    .command('place <folder> <submission>')
    .description('say to which occasion a submission (JSON) would belong, in which window, and why')
    .requiredOption('--patient <file>', "YAML: the patient's zone, enrolled-on and dates")
    .option('--received <time>', 'when the server received it (standard: when it was completed)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The submission needs form and completedAt; formVersion, occasion, startedAt, sentAt and lateReason count if they are there.
The patient's file:
  zone: Europe/Berlin
  enrolled-on: "2026-01-05"
  anchors: { randomised: "2026-01-12", cycle: ["2026-01-12", "2026-02-02"] }
  zones: [{ from: "2026-03-01T00:00:00Z", zone: Asia/Tokyo }]     # zones the device was seen in
  filled: { diary: ["2026-03-01"] }                               # occasions that have an entry

Example:
  levee study place studies/morning-301 diary.json --patient patient.yaml --received 2026-03-29T06:10Z

Exit codes: 0 placed (there may be findings), 1 not placed, or the study has faults, 2 wrongly called.`,
    )
    .action(async (folder: string, file: string, flags: Flags) => {
      const plan = compileStudy(readStudyFolder(folder))
      const read = readPatient(flags.patient, plan)
      const facts = { ...factsOf(plan, file, flags), filled: read.filled }
      const placed = placeSubmission(plan, read.patient, facts)
      await print(flags.json === true ? JSON.stringify(placedJson(placed), null, 2) : placedText(placed))
      if (!placed.placed) throw new BadNews()
    })
}

function readPatient(
  file: string,
  plan: StudyPlan,
): { patient: PlacePatient; filled: NonNullable<PlaceFacts['filled']> } {
  const found: StudyFault[] = []
  const faults = {
    add: (name: string, line: number | undefined, message: string) =>
      void found.push(line === undefined ? { file: name, message } : { file: name, line, message }),
  }
  const read = readYaml(file, readText(file), patientSchema, faults)
  if (read === null) throw new WronglyCalled(found.map(faultLine).join('\n'))
  const { value } = read
  const zone = plan.zones.canonical(value.zone)
  if (zone === null) throw new WronglyCalled(`${file}: zone ${value.zone} is no IANA time zone`)
  for (const id of Object.keys(value.anchors ?? {}))
    if (!plan.anchors.has(id))
      throw new WronglyCalled(
        `${file}: the study has no anchor ${id}; it has ${[...plan.anchors.keys()].join(', ')}`,
      )
  return {
    patient: patientOf(value, zone, file),
    filled: (form, due) => value.filled?.[form]?.includes(due) === true,
  }
}

function patientOf(value: Static<typeof patientSchema>, zone: string, file: string): PlacePatient {
  const anchors = Object.fromEntries(
    Object.entries(value.anchors ?? {}).map(([id, dates]) => [
      id,
      typeof dates === 'string' ? [dates] : dates,
    ]),
  )
  const withdrawnAt =
    value['withdrawn-at'] === undefined ? null : timeOf(`${file}: withdrawn-at`, value['withdrawn-at'])
  const zones = (value.zones ?? []).map((one) => ({ ...one, from: timeOf(`${file}: zones`, one.from) }))
  return {
    zone,
    enrolledOn: value['enrolled-on'],
    status: withdrawnAt === null ? 'active' : 'withdrawn',
    withdrawnAt,
    course: { ...emptyCourse, anchors, zones },
  }
}

function factsOf(plan: StudyPlan, file: string, flags: Flags): PlaceFacts {
  let body: Record<string, unknown>
  try {
    body = JSON.parse(readText(file)) as Record<string, unknown>
  } catch (error) {
    if (error instanceof WronglyCalled) throw error
    throw new WronglyCalled(`${file}: correct the JSON: ${(error as Error).message}`)
  }
  for (const member of ['form', 'completedAt'])
    if (typeof body[member] !== 'string') throw new WronglyCalled(`${file}: ${member} is missing`)
  const form = String(body.form)
  const newest = [...plan.forms.values()].findLast(({ id }) => id === form)?.version
  const received = flags.received ?? String(body.completedAt)
  return {
    ...body,
    form,
    formVersion: String(body.formVersion ?? newest ?? ''),
    completedAt: body.completedAt,
    submissionId: String(body.submissionId ?? '00000000-0000-0000-0000-000000000000'),
    receivedAtMs: Date.parse(
      timeOf(flags.received === undefined ? `${file}: completedAt` : '--received', received),
    ),
  }
}

function timeOf(where: string, text: string): string {
  try {
    return new Date(Temporal.Instant.from(text).epochMilliseconds).toISOString()
  } catch {
    throw new WronglyCalled(
      `${where} takes a time with its offset, such as 2026-03-29T08:10+02:00; not ${text}`,
    )
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new WronglyCalled(`${file} cannot be read: ${(error as { code?: string }).code}`)
  }
}

function placedJson(placed: Placed | NotPlaced): object {
  if (!placed.placed) return { placed: false, quarantine: placed.quarantine }
  const { found, completedAtMs, findings, ...rest } = placed
  const { bounds } = found
  return {
    ...rest,
    completedAt: new Date(completedAtMs).toISOString(),
    foundBy: found.by,
    cycle: found.cycle,
    visit: found.schedule?.visit?.id ?? null,
    zoneOf: found.window?.of ?? null,
    justifyAt: bounds?.justifyAt ?? null,
    locksAt: bounds?.locksAt ?? null,
    ...(found.passedOver === undefined ? {} : { passedOver: found.passedOver }),
    findings: findings.map((finding) => ({ ...finding, message: findingText(finding, 'en') })),
  }
}

const foundWords: Record<FoundBy, string> = {
  event: 'the form has no due days: each entry is an occasion',
  named: 'the device named it',
  window: 'its window holds the completion',
  period: 'it is the last due day at or before the completion',
  nearest: 'no window holds the completion; it is the nearest',
  'nothing-due': 'nothing is due by the schedule; the entry is kept',
}
const zoneWords = {
  device: 'where the device was',
  home: "the patient's home: policy home-zone",
  previous: 'the zone the patient had just left: policy once-a-day',
}

function placedText(placed: Placed | NotPlaced): string {
  if (!placed.placed)
    return `not placed: ${placed.quarantine}\n${quarantineTexts[placed.quarantine].en} A named person decides.`
  const { found, findings } = placed
  const { bounds, window } = found
  const local = (at: string) =>
    Temporal.Instant.from(at).toZonedDateTimeISO(placed.zone).toString({ smallestUnit: 'minute' })
  const pairs: (readonly [string, string])[] = [
    ['occasion', placed.occasion],
    ['status', placed.status + (placed.lateReceipt ? ', received late (kept on the device, in time)' : '')],
    ['found by', foundWords[found.by]],
  ]
  if (placed.dueDate !== null) pairs.push(['due', placed.dueDate])
  if (found.cycle !== null) pairs.push(['cycle', String(found.cycle)])
  if (found.passedOver !== undefined) pairs.push(['has an entry', found.passedOver.join(', ')])
  if (window !== null) pairs.push(['zone', `${placed.zone}, ${zoneWords[window.of]}`])
  pairs.push(['completed', local(new Date(placed.completedAtMs).toISOString())])
  if (bounds !== null) {
    pairs.push(['opens', local(bounds.opensAt)], ['closes before', local(bounds.closesAt)])
    if (bounds.justifyAt !== null) pairs.push(['reason asked from', local(bounds.justifyAt)])
    if (bounds.locksAt !== null) pairs.push(['locked from', local(bounds.locksAt)])
  }
  if (placed.lateReason !== null) pairs.push(['late reason', placed.lateReason])
  for (const finding of findings) pairs.push([finding.code, findingText(finding, 'en')])
  if (findings.some(({ code }) => code.startsWith('late-reason')))
    pairs.push(['reasons', Object.keys(lateReasonTexts).join(', ')])
  return pairsText(pairs)
}
