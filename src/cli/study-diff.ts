// `levee study diff`: what another version of a study changes, by meaning, how it changes what falls due, and, where a
// server runs, for whom. Either side is a folder or STUDY@VERSION of the running server.
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readPackage } from '../study/package/check-package.ts'
import type { ReadStudy } from '../study/package/describe-study.ts'
import { type DueDifference, diffDue } from '../study/package/diff-due.ts'
import { diffStudies, type StudyChange } from '../study/package/diff-study.ts'
import { typicalPatient, typicalSpan } from '../study/package/typical-patient.ts'
import { StudyInvalid } from '../study/study-invalid.ts'
import { type ControlClient, controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { addClientFlags } from './flags.ts'
import { print } from './form-files.ts'
import { diffText } from './study-diff-text.ts'
import { readStudyFolder } from './study-folder.ts'
import { type Radius, radiusOf } from './study-radius.ts'
import { publishedFiles } from './study-show.ts'

/** Everything that differs, as `--json` prints it. */
export type StudyDiff = {
  readonly older: { readonly studyId: string; readonly version: string }
  readonly newer: { readonly studyId: string; readonly version: string }
  readonly changes: readonly StudyChange[]
  /** How the due occasions of a typical patient's first year change, by form. */
  readonly due: readonly DueDifference[]
  /** Null where no server runs or it does not know the study. */
  readonly touched: Radius | null
}

type Flags = { data: string; json?: true; unblinded?: true; from?: string }

export function diffCommand(study: Command): void {
  const command = study
    .command('diff <old> <new>')
    .description('what another version changes, in meaning, in what falls due, and for whom')
    .option('--unblinded', 'tell what changed in the restricted part; for unblinded people only')
    .option('--from <date>', 'the day of the change, for counting what runs then (standard: today)')
  addClientFlags(command)
    .addHelpText(
      'after',
      `
OLD and NEW are folders, or STUDY@VERSION of the running server. Where a server runs on --data and knows the study, its
active patients are counted too. The exit code is 0 whether or not anything differs.

Examples:
  levee study diff MORNING-301@1 studies/morning-301
  levee study diff MORNING-301@1 MORNING-301@2 --from 2026-12-01 --json`,
    )
    .action(async (old: string, changed: string, flags: Flags) => {
      const client = controlClient(flags.data)
      const from = dateOf(flags.from)
      const [older, newer] = [await readSide(client, old), await readSide(client, changed)]
      if (older.plan.id !== newer.plan.id)
        throw new WronglyCalled(
          `${older.plan.id} and ${newer.plan.id} are two studies; compare versions of one`,
        )
      const plans = [older.plan, newer.plan] as const
      const diff: StudyDiff = {
        older: { studyId: older.plan.id, version: older.plan.version },
        newer: { studyId: newer.plan.id, version: newer.plan.version },
        changes: diffStudies(older, newer, flags.unblinded === true),
        due: diffDue(...plans, typicalPatient(plans), typicalSpan),
        touched: (await radiusOf(client, ...plans, from)) ?? null,
      }
      await print(flags.json === true ? JSON.stringify(diff, null, 2) : diffText(diff))
    })
}

function dateOf(given: string | undefined): string {
  if (given === undefined) return Temporal.Now.plainDateISO('UTC').toString()
  try {
    return Temporal.PlainDate.from(given, { overflow: 'reject' }).toString()
  } catch {
    throw new WronglyCalled(`--from takes a date such as 2026-12-01; not ${given}`)
  }
}

/** Reads one side. Throws where it is neither a folder nor a published version, or does not compile. */
async function readSide(client: ControlClient, name: string): Promise<ReadStudy> {
  const at = name.lastIndexOf('@')
  if (!existsSync(name) && at > 0) {
    const { files } = await publishedFiles(client, name.slice(0, at), name.slice(at + 1))
    return readPackage(new Map(files))
  }
  if (!existsSync(name))
    throw new WronglyCalled(`${name} is neither a folder nor STUDY@VERSION, such as MORNING-301@1`)
  try {
    return readPackage(readStudyFolder(name))
  } catch (error) {
    if (error instanceof StudyInvalid) throw new Error(`${name}: ${error.message}`, { cause: error })
    throw error
  }
}
