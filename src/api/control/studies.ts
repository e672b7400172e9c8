// What the command line reads of studies through the control door: their published versions, which site holds which of
// them, and the files of a version as they were published.
import type { FastifyInstance } from 'fastify'
import { compileStudy } from '../../study/compile-study.ts'
import type { StudyPlan } from '../../study/plan.ts'
import { type StudyVersions, studyVersions } from '../../study/study-versions.ts'
import { textIn } from '../../study/text.ts'
import { Problem } from '../../system/problem.ts'
import type { ControlParts } from './server.ts'

/** One study in the list; `version` is the one published last. */
export type StudyRow = {
  readonly studyId: string
  readonly version: string
  readonly sha256: string
  /** How many versions are published. */
  readonly versions: number
  readonly patients: number
}

/** A published version and the sites that hold it today, by their own calendars. */
export type VersionRow = {
  readonly version: string
  readonly sha256: string
  /** Milliseconds since the epoch. */
  readonly publishedAt: number
  readonly sites: readonly string[]
}

/** A site of the version shown; `version` is what it holds today, `taken` what it has taken or will, in this order. */
export type SiteRow = {
  readonly id: string
  readonly zone: string
  readonly version: string
  readonly taken: readonly { readonly version: string; readonly from: string }[]
}

/** A version of a study with what enrolment needs to know. */
export type StudyView = StudyRow & {
  readonly title: string
  readonly sites: readonly SiteRow[]
  readonly forms: readonly { readonly id: string; readonly version: string }[]
  /** From the oldest to the newest. */
  readonly published: readonly VersionRow[]
}

/** The files of a version, byte for byte, what unblinds included. */
export type StudyFiles = {
  readonly studyId: string
  readonly version: string
  readonly sha256: string
  readonly files: readonly (readonly [name: string, text: string])[]
}

export function studyRoutes(app: FastifyInstance, { stores }: ControlParts): void {
  const { studies, patients } = stores
  app.get('/studies', async (): Promise<StudyRow[]> => {
    const counts = await patients.counts()
    const rows: StudyRow[] = []
    for (const studyId of await studies.ids()) {
      const versions = await studies.all(studyId)
      const { version, sha256 } = versions.at(-1)!
      rows.push({ studyId, version, sha256, versions: versions.length, patients: counts.get(studyId) ?? 0 })
    }
    return rows
  })
  app.get<{ Params: { studyId: string }; Querystring: { version?: string } }>(
    '/studies/:studyId',
    async ({ params: { studyId }, query }): Promise<StudyView> => viewOf(stores, studyId, query.version),
  )
  app.get<{ Params: { studyId: string; version: string } }>(
    '/studies/:studyId/versions/:version',
    async ({ params }): Promise<StudyFiles> => {
      const study = await studies.version(params.studyId, params.version)
      if (study === undefined) throw notPublished(params.studyId, params.version)
      return { ...study, files: [...study.files] }
    },
  )
}

const notPublished = (studyId: string, version?: string): Problem =>
  new Problem('record.not-found', {
    record: version === undefined ? `study ${studyId}` : `version ${version} of study ${studyId}`,
  })

async function viewOf(
  { studies, patients }: ControlParts['stores'],
  studyId: string,
  wanted: string | undefined,
): Promise<StudyView> {
  const published = await studies.all(studyId)
  const version = wanted ?? published.at(-1)?.version
  const study = version === undefined ? undefined : await studies.version(studyId, version)
  if (study === undefined) throw notPublished(studyId, wanted)
  const plan = compileStudy(study.files)
  const taken = await studies.siteVersions(studyId)
  const sources = published.map((row) => ({ ...row, plan: () => plan, formKeys: () => new Set<string>() }))
  const sites = sitesOf(plan, studyVersions(studyId, sources, taken)).map((site) => ({
    ...site,
    taken: taken
      .filter(({ siteId }) => siteId === site.id)
      .map(({ version, fromDate }) => ({ version, from: fromDate })),
  }))
  return {
    studyId,
    version: study.version,
    sha256: study.sha256,
    versions: published.length,
    patients: (await patients.counts()).get(studyId) ?? 0,
    title: textIn(plan.title, 'en'),
    sites,
    forms: [...plan.forms.values()].map(({ id, version }) => ({ id, version })),
    published: published.map(({ version, sha256, publishedAt }) => ({
      version,
      sha256,
      publishedAt,
      sites: sites.filter((site) => site.version === version).map(({ id }) => id),
    })),
  }
}

/** The sites of a version with the version that each holds today. */
const sitesOf = (plan: StudyPlan, versions: StudyVersions) =>
  plan.sites.map(({ id, zone }) => ({
    id,
    zone,
    version: versions.versionAt(id, Temporal.Now.plainDateISO(zone).toString()),
  }))
