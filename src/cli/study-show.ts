// `levee study list` and `levee study show`: what is published, which site holds which version, and a version's files.
import type { Command } from 'commander'
import type { SiteRow, StudyFiles, StudyRow, StudyView } from '../api/control/studies.ts'
import { fromTheBeginning } from '../records/study-actions.ts'
import { type ControlClient, controlClient } from './control-client.ts'
import { countText, timeText } from './figures.ts'
import { addClientFlags } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { writeStudyFolder } from './study-folder.ts'
import { pairsText, tableText } from './tables.ts'

type Flags = { data: string; json?: true; version?: string; files?: string }

export function listCommand(study: Command): void {
  addClientFlags(study.command('list').description('every study with its newest version')).action(
    async (flags: Flags) => {
      const studies = await controlClient(flags.data).get<StudyRow[]>('/studies')
      if (flags.json) return console.log(JSON.stringify(studies))
      if (studies.length === 0)
        return console.log('No study is published yet. Try "levee study publish <folder>".')
      const rows = studies.map((s) => [
        s.studyId,
        s.version,
        s.versions,
        countText(s.patients),
        s.sha256.slice(0, 16),
      ])
      console.log(
        tableText(
          [
            'study',
            'newest version',
            { head: 'versions', right: true },
            { head: 'patients', right: true },
            'files, SHA-256',
          ],
          rows,
        ),
      )
    },
  )
}

export function showCommand(study: Command): void {
  const command = study
    .command('show [id]')
    .description('a version of a study: its sites and the versions they hold, its forms, its files')
    .option('--version <version>', 'a published version (standard: the newest)')
    .option('--files <folder>', 'write the files of the version into a new folder, byte for byte')
  addClientFlags(command).action(async (id: string | undefined, flags: Flags) => {
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, id)
    const view = await client.get<StudyView>(
      `/studies/${encodeURIComponent(studyId)}${flags.version === undefined ? '' : `?version=${encodeURIComponent(flags.version)}`}`,
    )
    const written =
      flags.files === undefined ? undefined : await writeFiles(client, studyId, view.version, flags.files)
    if (flags.json) return console.log(JSON.stringify(written === undefined ? view : { ...view, written }))
    console.log(viewText(view))
    if (written !== undefined)
      console.log(
        `\n${written.length} files of version ${view.version} are in ${flags.files}. study.yaml says what the arms are: keep it from blinded people.`,
      )
  })
}

async function writeFiles(
  client: ControlClient,
  studyId: string,
  version: string,
  folder: string,
): Promise<string[]> {
  const { files } = await publishedFiles(client, studyId, version)
  writeStudyFolder(folder, files)
  return files.map(([name]) => name)
}

/** The files of a published version. */
export const publishedFiles = (
  client: ControlClient,
  studyId: string,
  version: string,
): Promise<StudyFiles> =>
  client.get<StudyFiles>(`/studies/${encodeURIComponent(studyId)}/versions/${encodeURIComponent(version)}`)

function viewText(view: StudyView): string {
  return [
    pairsText([
      ['study', view.studyId],
      ['title', view.title],
      ['version', view.version],
      ['patients', countText(view.patients)],
      ['files, SHA-256', view.sha256],
    ]),
    tableText(
      ['version', 'published', 'held today by'],
      view.published.map((v) => [
        v.version,
        timeText(v.publishedAt),
        v.sites.length === 0
          ? 'no site'
          : v.sites.length === view.sites.length
            ? 'all sites'
            : v.sites.join(', '),
      ]),
    ),
    tableText(
      ['site', 'zone', 'holds', 'has taken'],
      view.sites.map((site) => [site.id, site.zone, site.version, takenWords(site)]),
    ),
    tableText(
      ['form', 'version'],
      view.forms.map((f) => [f.id, f.version]),
    ),
  ].join('\n\n')
}

const takenWords = ({ taken }: SiteRow): string =>
  taken
    .map(({ version, from }) =>
      from === fromTheBeginning ? `${version} from the beginning` : `${version} from ${from}`,
    )
    .join(', then ')
