// `levee study publish` and `levee study adopt`: a version is published once, and sites take it from a date on.
import type { Command } from 'commander'
import { refuseLeaks } from '../study/blinding/lint-study.ts'
import { compileStudy } from '../study/compile-study.ts'
import { controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { addClientFlags, addReasonFlag, reasonOf } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { readStudyFolder } from './study-folder.ts'
import { addTakingFlags, type TakingFlags, takenText, takingOf } from './study-taking.ts'

type Flags = TakingFlags & { data: string; json?: true; reason?: string }

export function publishCommand(study: Command): void {
  const command = study
    .command('publish <folder>')
    .description('check the study files of a folder and publish them as a version (audited)')
  addClientFlags(addReasonFlag(addTakingFlags(command)))
    .addHelpText(
      'after',
      `
The first version holds at every site from the beginning. A later one holds nowhere until a site takes it: here with
--from and --site or --all-sites, or afterwards with "levee study adopt".

Examples:
  levee study publish studies/morning-301 --reason "protocol 1.0 approved"
  levee study publish studies/morning-301 --reason "amendment 1" --from 2026-12-01 --site 101 102`,
    )
    .action(async (folder: string, flags: Flags) => {
      const reason = reasonOf(flags)
      const taking = takingOf(flags)
      const files = readStudyFolder(folder)
      // Faults of the files are told with file and line before a server is asked.
      refuseLeaks(compileStudy(files), files)
      const action = {
        do: 'publish' as const,
        files: [...files],
        ...(taking === undefined ? {} : { taking }),
      }
      const done = await controlClient(flags.data).act(action, reason)
      if (flags.json) return console.log(JSON.stringify(done))
      const what = `${done.studyId} version ${done.version}`
      console.log(done.isNew ? `${what} is published.` : `${what} was published before with the same files.`)
      if (done.taken !== undefined) console.log(takenText(done.version, done.taken))
      else console.log(`Which sites hold it, and from when: levee study show ${done.studyId}`)
    })
}

export function adoptCommand(study: Command): void {
  const command = study
    .command('adopt <names...>')
    .usage('[options] [study] <version>')
    .description('sites take a published version for what is due from a date on (audited)')
  addClientFlags(addReasonFlag(addTakingFlags(command)))
    .addHelpText(
      'after',
      `
Occasions due before the date keep the version they were due under, however late their entries arrive. Of several
decisions of a site the last one counts from its date on. A date from which on entries are applied already is refused
unless --retroactive is given; what was applied stays as it is.

Example:
  levee study adopt 2 --site 101 --from 2026-12-01 --reason "amendment 1 approved by the ethics committee of site 101"`,
    )
    .action(async (names: readonly string[], flags: Flags) => {
      const reason = reasonOf(flags)
      const taking = takingOf(flags)
      const [version, named] = names.toReversed()
      if (version === undefined || names.length > 2)
        throw new WronglyCalled('name the version, or the study and the version')
      if (taking === undefined)
        throw new WronglyCalled(
          '--from is missing: the date from which on the version holds, such as 2026-12-01',
        )
      const client = controlClient(flags.data)
      const studyId = await studyOf(client, named)
      const done = await client.act({ do: 'adopt-version', studyId, version, ...taking }, reason)
      console.log(flags.json ? JSON.stringify({ studyId, version, ...done }) : takenText(version, done))
    })
}
