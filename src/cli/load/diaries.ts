// Believable submissions of the demo study MORNING-301: mostly morning diaries, each week a PHQ-9, some rescue doses.
// Promises: no patient gets two diaries for one occasion from one maker; all patients get the newest day before
// any gets the day before it; after 80 days only rescue doses follow, which have no occasion to share. All times
// lie in the past in the device's zone. The values are made up by a seeded generator.
import { type DiaryDay, DiaryDays, daysBack } from './diary-days.ts'
import { type Random, seededRandom } from './random.ts'
import { newSubmissionId } from './submission-id.ts'

/** A demo patient and its device's token, as `levee patient tokens` prints them. */
export type LoadPatient = { patientId: string; token: string }

/** One submission, ready to send; `patient` is the index in the list of patients. */
export type Diary = { patient: number; submissionId: string; body: Buffer }

/**
 * `nowMs` fixes the newest day (milliseconds since 1970, UTC). `eventsOnly` leaves all mornings free for another maker.
 */
export type DiaryOptions = {
  patients: readonly LoadPatient[]
  studyId: string
  seed: number
  nowMs: number
  eventsOnly?: boolean
}

/** `next` serves the patients in turn; `take` gives one patient's next submission (a device that was offline). */
export type DiaryMaker = { next(): Diary; take(patient: number): Diary }

/** Device zones, given to the patients in turn: those of the study's sites. */
const zones = [
  'Asia/Shanghai',
  'Asia/Kolkata',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
] as const
const nausea = ['none', 'none', 'none', 'none', 'mild', 'mild', 'moderate', 'severe'] as const
const frequency = ['not-at-all', 'several-days', 'more-than-half-the-days', 'nearly-every-day'] as const
const difficulty = ['not-difficult', 'somewhat-difficult', 'very-difficult', 'extremely-difficult'] as const
const reasons = ['pain', 'pain', 'headache', 'sleep', 'other'] as const
const rescueShare = 0.04

/** Lines `patientId<TAB>token`. @throws RangeError where a line has another form; the message holds no token. */
export function readTokens(text: string): LoadPatient[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, at) => {
    const [patientId, token, more] = line.trim().split('\t')
    if (!patientId || !token || more !== undefined)
      throw new RangeError(`line ${at + 1}: expected patientId<TAB>token`)
    return { patientId, token }
  })
}

/** Makes submissions; see the promises above. @throws RangeError without patients. */
export function createDiaries(options: DiaryOptions): DiaryMaker {
  const { patients } = options
  if (patients.length === 0) throw new RangeError('no patients: make some with `levee demo`')
  const random = seededRandom(options.seed)
  const days = new DiaryDays(options.nowMs)
  const nextBack = new Uint16Array(patients.length).fill(options.eventsOnly ? daysBack : 0)
  const sequence = new Uint32Array(patients.length)
  let turn = 0

  const take = (patient: number): Diary => {
    const zone = zones[patient % zones.length] as string
    const back = nextBack[patient] as number
    const isEvent = back >= daysBack || random() < rescueShare
    const day = days.day(zone, isEvent ? Math.floor(random() * daysBack) : back)
    if (!isEvent) nextBack[patient] = back + 1
    const nowMs = Date.now()
    const submissionId = newSubmissionId(nowMs)
    const device = sequence[patient] as number
    sequence[patient] = device + 1
    const form = isEvent
      ? rescueDose(random)
      : (back + patient) % 7 === 0
        ? phq9(random)
        : morning(random, day)
    const { patientId } = patients[patient] as LoadPatient
    const startsAtMinute = Math.floor(random() * 55)
    const text =
      `{"submissionId":"${submissionId}","studyId":"${options.studyId}","patientId":"${patientId}",${form.head}` +
      `"startedAt":"${day.hour}${two(startsAtMinute)}:${two(random() * 60)}${day.zone}",` +
      `"completedAt":"${day.hour}${two(startsAtMinute + 2 + random() * 3)}:${two(random() * 60)}${day.zone}",` +
      `"sentAt":"${days.sentAt(zone, nowMs)}","uptimeMs":${3_600_000 + Math.floor(random() * 8e8)},` +
      `"deviceSequence":${device},"language":"${zone === 'Asia/Shanghai' ? 'zh-CN' : 'en'}",` +
      `"answers":${form.answers},"app":{"name":"levee-load","version":"1.0.0"}}`
    return { patient, submissionId, body: Buffer.from(text, 'latin1') }
  }

  return {
    take,
    next() {
      const patient = turn
      turn = (turn + 1) % patients.length
      return take(patient)
    },
  }
}

/** `head`: the members that name the form and, where the device knows it, the occasion. */
type FilledForm = { head: string; answers: string }

function morning(random: Random, day: DiaryDay): FilledForm {
  const pain = score(random)
  const dose = random() < 0.93 ? `true,"dose-time":"${two(5 + random() * 3)}:${two(random() * 60)}"` : 'false'
  const sleep = random() < 0.03 ? '{"skipped":"asked-declined"}' : `${3 + Math.floor(random() * 14) / 2}`
  return {
    head: `"form":"daily-diary","formVersion":"1","occasion":"${day.date}",`,
    answers: `{"pain":${pain},"fatigue":${score(random)},"nausea":"${pick(random, nausea)}","dose-taken":${dose},"rescue-taken":${pain > 2 && random() < 0.2},"sleep-hours":${sleep}}`,
  }
}

/** The occasion is left to the server: it is anchored on enrolment, which a load run does not know. */
function phq9(random: Random): FilledForm {
  let items = ''
  let troubled = false
  for (let i = 1; i <= 9; i++) {
    // Item 9 raises an alert above "not at all", so it is rare.
    const often = i === 9 ? Number(random() < 0.01) : Math.floor(random() * random() * 4)
    troubled ||= often > 0
    items += `${i === 1 ? '' : ','}"phq9-${i}":"${frequency[often]}"`
  }
  // Item 10 is asked only of who has any trouble.
  if (troubled) items += `,"phq9-10":"${pick(random, difficulty)}"`
  return { head: '"form":"phq-9","formVersion":"1",', answers: `{${items}}` }
}

function rescueDose(random: Random): FilledForm {
  const time = `0${Math.floor(random() * 8)}:${two(random() * 60)}`
  return {
    head: '"form":"rescue-medication","formVersion":"1",',
    answers: `{"drug-code":"ATC-N02","rescue-time":"${time}","amount":${random() < 0.7 ? 500 : 1000},"amount-unit":"mg","reason":"${pick(random, reasons)}"}`,
  }
}

/** 0 to 10, the low ones more often; a 10 in one of a thousand. */
function score(random: Random): number {
  return Math.floor(random() ** 2 * 10.02)
}

function pick(random: Random, choices: readonly string[]): string {
  return choices[Math.floor(random() * choices.length)] as string
}

function two(value: number): string {
  const whole = Math.floor(value)
  return whole < 10 ? `0${whole}` : `${whole}`
}
