// `levee reminder …`: the log of reminders, one row for each reminder of an occasion: planned, sent, shown, opened.
import { type Command, InvalidArgumentError } from 'commander'
import type { ReminderView } from '../api/control/reminders.ts'
import { controlClient } from './control-client.ts'
import { timeText } from './figures.ts'
import { addClientFlags, addStudyFlag, wholeNumber } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { pairsText, tableText } from './tables.ts'

type Flags = { data: string; json?: true; study?: string }
type ListFlags = Flags & { patient?: string; date?: string; limit: number }

const dayMs = 86_400_000

/** Adds the commands. */
export function reminderCommand(program: Command): void {
  const reminder = program
    .command('reminder')
    .description('the log of reminders to patients')
    .addHelpText('after', '\nExample:\n  levee reminder list --patient P-00001 --date 2026-11-22\n')
  listCommand(reminder)
  showCommand(reminder)
}

function listCommand(reminder: Command): void {
  const command = reminder
    .command('list')
    .description('reminders of one day (UTC), in the order of their times; today if no date is given')
    .option('--patient <id>', 'only of this patient')
    .option('--date <date>', 'the day, such as 2026-11-22', date)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 100)
  addClientFlags(addStudyFlag(command)).action(async (flags: ListFlags) => {
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    // A wrong id would look like a patient without reminders.
    if (flags.patient !== undefined)
      await client.get(`/patients/${encodeURIComponent(studyId)}/${encodeURIComponent(flags.patient)}`)
    const day = flags.date ?? new Date().toISOString().slice(0, 10)
    const from = Date.parse(day)
    const asked = new URLSearchParams({
      ...{ studyId, from: String(from), to: String(from + dayMs), limit: String(flags.limit) },
      ...(flags.patient === undefined ? {} : { patientId: flags.patient }),
    })
    const found = await client.get<ReminderView[]>(`/reminders?${asked}`)
    if (flags.json) return console.log(JSON.stringify(found))
    if (found.length === 0)
      return console.log(
        `No reminders on ${day} (UTC). They are planned a day ahead, for patients who can be reached: levee patient contact <id>.`,
      )
    const rows = found.map((one) => [
      timeText(one.plannedFor),
      one.patientId,
      `${one.form} ${one.occasion}`,
      wordsOf(one),
      one.channel ?? '',
      reaction(one),
      one.reminderId,
    ])
    console.log(tableText(['planned for', 'patient', 'occasion', 'state', 'by', 'phone', 'reminder'], rows))
    if (found.length === flags.limit) console.log(`\nThere may be more: --limit ${flags.limit * 2}`)
  })
}

function showCommand(reminder: Command): void {
  const command = reminder.command('show <id>').description('one reminder with all its times')
  addClientFlags(command).action(async (id: string, flags: Flags) => {
    const client = controlClient(flags.data)
    const one = await client.get<ReminderView>(`/reminders/${encodeURIComponent(id)}`)
    if (flags.json) return console.log(JSON.stringify(one))
    const time = (ms: number | null) => (ms === null ? '–' : timeText(ms))
    console.log(
      pairsText([
        ['reminder', one.reminderId],
        ['patient', `${one.patientId} of ${one.studyId}`],
        ['occasion', `${one.form} ${one.occasion}, reminder ${one.nth + 1}`],
        ['planned for', timeText(one.plannedFor)],
        ['window closes', timeText(one.closesAt)],
        ['state', wordsOf(one)],
        ['attempts', String(one.attempts)],
        ['first attempt', time(one.firstAttemptAt)],
        ['last attempt', `${time(one.lastAttemptAt)}${one.outcome === null ? '' : ` (${one.outcome})`}`],
        ['sent', one.sentAt === null ? '–' : `${timeText(one.sentAt)} by ${one.channel}`],
        ['shown', time(one.shownAt)],
        ['opened', time(one.openedAt)],
      ]),
    )
  })
}

const because: Readonly<Record<string, string>> = {
  done: 'the form was sent',
  'not-due': 'nothing is due any more',
  off: 'reminders are switched off',
  closed: 'the window has closed',
  overtaken: 'a later one was due',
  joined: 'told together with another form',
  unreachable: 'there is no way to reach the patient',
}

const failed: Readonly<Record<string, string>> = {
  'no-way': 'no phone takes pushes and there is no address',
  gone: 'the phone takes no pushes any more, and there is no address',
}

function wordsOf({ state, why, outcome }: ReminderView): string {
  if (state === 'cancelled') return `not sent: ${because[why ?? ''] ?? why}`
  if (state === 'failed') return `failed: ${failed[outcome ?? ''] ?? outcome}`
  return state === 'claimed' ? 'being sent' : state
}

const reaction = ({ shownAt, openedAt }: ReminderView): string =>
  openedAt !== null ? 'opened' : shownAt !== null ? 'shown' : ''

function date(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('It takes a date such as 2026-11-22.')
  return text
}
