// `levee patient anchor` and `levee patient not-evaluable`: what happened to a patient, as far as anything falls due by
// it; and the course as `levee patient show` tells it.
import type { Command } from 'commander'
import { notEvaluableCauses } from '../records/course-actions.ts'
import type { PatientCourse } from '../study/course.ts'
import { controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf, wholeNumber } from './flags.ts'
import { studyOf } from './study-choice.ts'

type Flags = { data: string; json?: true; study?: string; reason?: string }

export function anchorCommand(patient: Command): void {
  const command = patient
    .command('anchor <id> <anchor> [date]')
    .description(
      'enter the date a schedule counts from, such as the start of a cycle, or correct it (audited)',
    )
    .option('--cycle <n>', 'which date of an anchor that repeats (standard: the next one)', wholeNumber(1))
    .option('--remove', 'take back a date that was entered by mistake')
  addClientFlags(addReasonFlag(addStudyFlag(command)))
    .addHelpText(
      'after',
      `
Examples:
  levee patient anchor P-00001 randomised 2026-01-05 --reason "randomisation visit"
  levee patient anchor P-00001 cycle 2026-01-29 --reason "cycle 2 began two days late"
  levee patient anchor P-00001 cycle 2026-01-28 --cycle 2 --reason "date corrected by source"`,
    )
    .action(async (id: string, anchor: string, date: string | undefined, flags: Flags & Own) => {
      const reason = reasonOf(flags)
      if ((date === undefined) !== (flags.remove === true))
        throw new WronglyCalled('give a date such as 2026-01-05, or --remove to take one back')
      const client = controlClient(flags.data)
      const studyId = await studyOf(client, flags.study)
      const { cycle } = flags
      const { course } = await client.act(
        {
          do: 'set-anchor',
          studyId,
          patientId: id,
          anchor,
          date: date ?? null,
          ...(cycle === undefined ? {} : { cycle }),
        },
        reason,
      )
      if (flags.json) return console.log(JSON.stringify({ studyId, patientId: id, course }))
      const dates = course.anchors[anchor] ?? []
      console.log(`${anchor} of ${id}: ${dates.length === 0 ? 'no date' : dates.join(', ')}`)
    })
}
type Own = { cycle?: number; remove?: true }

export function notEvaluableCommand(patient: Command): void {
  const command = patient
    .command('not-evaluable <id> <from> [to]')
    .description('leave the days from one date to another (inclusive) out of compliance (audited)')
    .requiredOption('--cause <code>', notEvaluableCauses.join(', '))
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(
    async (id: string, from: string, to: string | undefined, flags: Flags & { cause: string }) => {
      const reason = reasonOf(flags)
      const client = controlClient(flags.data)
      const studyId = await studyOf(client, flags.study)
      const { course } = await client.act(
        { do: 'mark-not-evaluable', studyId, patientId: id, from, to: to ?? from, cause: flags.cause },
        reason,
      )
      if (flags.json) return console.log(JSON.stringify({ studyId, patientId: id, course }))
      console.log(`${id}: ${from} to ${to ?? from} is left out of compliance (${flags.cause}).`)
    },
  )
}

/** The course in names and values; nothing for a patient of whom the enrolment alone is known. */
export function coursePairs(course: PatientCourse): (readonly [string, string])[] {
  const { anchors, zones, notEvaluable, facts = {} } = course
  return [
    ...Object.entries(facts),
    ...Object.entries(anchors).map(([id, dates]) => [id, dates.join(', ')] as const),
    ...zones.map(({ from, zone }) => ['device seen in', `${zone} since ${from}`] as const),
    ...notEvaluable.map(({ from, to, reason }) => ['not evaluable', `${from} to ${to}: ${reason}`] as const),
  ]
}
