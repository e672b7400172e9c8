// `levee patient hold | resume | dose-level`: what the investigator orders about a patient's doses. Audited.
import type { Command } from 'commander'
import type { PatientCourse } from '../study/course.ts'
import { type ControlClient, controlClient, type StaffAction } from './control-client.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf } from './flags.ts'
import { studyOf } from './study-choice.ts'

type Flags = { data: string; json?: true; study?: string; reason?: string }

/** Adds the commands. */
export function doseCommands(patient: Command): void {
  holdCommand(patient)
  resumeCommand(patient)
  levelCommand(patient)
}

function holdCommand(patient: Command): void {
  const command = patient
    .command('hold <patient> <dose>')
    .description('hold a dose: on these days it is not to be taken and not missed (audited)')
    .requiredOption('--from <date>', 'first day of the hold, where the patient is')
    .option('--to <date>', 'last day of the hold; until resumed where it is left out')
    .requiredOption('--cause <code>', 'why it is held: a code of the study, or any words where it lists none')
  type Hold = Flags & { from: string; to?: string; cause: string }
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(
    async (patientId: string, dose: string, flags: Hold) => {
      const { from, to = null, cause } = flags
      const course = await act(flags, patientId, { do: 'hold-dose', dose, from, to, cause })
      const until = to === null ? 'until it is resumed' : `to ${to}`
      tell(flags, course, `${dose} of ${patientId} is held from ${from} ${until}.`)
    },
  )
}

function resumeCommand(patient: Command): void {
  const command = patient
    .command('resume <patient> <dose>')
    .description('end the hold of a dose (audited)')
    .requiredOption('--on <date>', 'first day on which it is taken again')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(
    async (patientId: string, dose: string, flags: Flags & { on: string }) => {
      const course = await act(flags, patientId, { do: 'resume-dose', dose, on: flags.on })
      tell(flags, course, `${dose} of ${patientId} is taken again from ${flags.on} on.`)
    },
  )
}

function levelCommand(patient: Command): void {
  const command = patient
    .command('dose-level <patient> <dose> <level>')
    .description('set the level of a titrated dose from a day on (audited)')
    .requiredOption('--from <date>', 'first day at this level, where the patient is')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(
    async (patientId: string, dose: string, level: string, flags: Flags & { from: string }) => {
      const course = await act(flags, patientId, { do: 'set-dose-level', dose, level, from: flags.from })
      tell(flags, course, `${dose} of ${patientId} is at level ${level} from ${flags.from} on.`)
    },
  )
}

type DoseAction = Extract<StaffAction, { do: 'hold-dose' | 'resume-dose' | 'set-dose-level' }>
/** The action without whom it is about. */
type About = DoseAction extends infer A
  ? A extends DoseAction
    ? Omit<A, 'studyId' | 'patientId'>
    : never
  : never

async function act(flags: Flags, patientId: string, about: About): Promise<PatientCourse> {
  const reason = reasonOf(flags)
  const client: ControlClient = controlClient(flags.data)
  const studyId = await studyOf(client, flags.study)
  const { course } = await client.act({ ...about, studyId, patientId } as DoseAction, reason)
  return course
}

function tell(flags: Flags, course: PatientCourse, said: string): void {
  console.log(flags.json ? JSON.stringify({ course }) : said)
}
