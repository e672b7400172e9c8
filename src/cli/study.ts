// `levee study …`: what is published, and publishing a folder of study files.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { StudyRow, StudyView } from '../api/control/records.ts'
import { controlClient } from './control-client.ts'
import { studyFiles } from './demo-study.ts'
import { countText } from './figures.ts'
import { addClientFlags, addReasonFlag, reasonOf } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { pairsText, tableText } from './tables.ts'

type Flags = { data: string; json?: true; reason?: string }

export function studyCommand(program: Command): void {
  const study = program
    .command('study')
    .description('published studies')
    .addHelpText(
      'after',
      '\nExample:\n  levee study publish studies/morning-301 --reason "protocol 1.0 approved"\n',
    )
  listCommand(study)
  showCommand(study)
  publishCommand(study)
}

function listCommand(study: Command): void {
  addClientFlags(study.command('list').description('every study in its version in force')).action(
    async (flags: Flags) => {
      const studies = await controlClient(flags.data).get<StudyRow[]>('/studies')
      if (flags.json) return console.log(JSON.stringify(studies))
      if (studies.length === 0)
        return console.log('No study is published yet. Try "levee study publish <folder>".')
      const rows = studies.map((s) => [s.studyId, s.version, countText(s.patients), s.sha256.slice(0, 16)])
      console.log(tableText(['study', 'version', { head: 'patients', right: true }, 'files, SHA-256'], rows))
    },
  )
}

function showCommand(study: Command): void {
  addClientFlags(study.command('show [id]').description('sites and forms of a study')).action(
    async (id: string | undefined, flags: Flags) => {
      const client = controlClient(flags.data)
      const view = await client.get<StudyView>(`/studies/${encodeURIComponent(await studyOf(client, id))}`)
      if (flags.json) return console.log(JSON.stringify(view))
      console.log(
        pairsText([
          ['study', view.studyId],
          ['title', view.title],
          ['version', view.version],
          ['patients', countText(view.patients)],
          ['files, SHA-256', view.sha256],
        ]),
      )
      console.log(
        `\n${tableText(
          ['site', 'zone'],
          view.sites.map((s) => [s.id, s.zone]),
        )}`,
      )
      console.log(
        `\n${tableText(
          ['form', 'version'],
          view.forms.map((f) => [f.id, f.version]),
        )}`,
      )
    },
  )
}

function publishCommand(study: Command): void {
  const command = study
    .command('publish <folder>')
    .description('check the study files of a folder and put them in force (audited)')
  addClientFlags(addReasonFlag(command)).action(async (folder: string, flags: Flags) => {
    const reason = reasonOf(flags)
    if (!existsSync(join(folder, 'study.yaml'))) {
      throw new Error(
        `${folder} holds no study.yaml. Name the folder of a study, such as studies/morning-301`,
      )
    }
    const files = studyFiles(folder)
    // Faults of the files are told with file and line before a server is asked.
    const { compileStudy } = await import('../study/compile-study.ts')
    compileStudy(new Map(files))
    const done = await controlClient(flags.data).act({ do: 'publish', files }, reason)
    if (flags.json) return console.log(JSON.stringify(done))
    const what = `${done.studyId} version ${done.version}`
    console.log(
      done.isNew ? `${what} is published and in force.` : `${what} was published before with the same files.`,
    )
  })
}
