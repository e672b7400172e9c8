// Which study a command means when --study is left out.
import type { StudyRow } from '../api/control/studies.ts'
import type { ControlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'

/** The named study, or the only one there is. Throws an Error where none is published, WronglyCalled where several are. */
export function chooseStudy(named: string | undefined, published: readonly string[]): string {
  if (named !== undefined) return named
  if (published.length === 1) return published[0]!
  if (published.length === 0) {
    throw new Error(
      'no study is published yet. Publish one with "levee study publish <folder>", or try "levee demo"',
    )
  }
  throw new WronglyCalled(`--study is missing: it may be ${published.join(' or ')}`)
}

/** As {@link chooseStudy}, asking the server what is published. */
export async function studyOf(client: ControlClient, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  return chooseStudy(
    undefined,
    (await client.get<StudyRow[]>('/studies')).map((s) => s.studyId),
  )
}
