// The published versions of one study, and which of them holds at a site on a date. A version once published never
// changes; the first one holds everywhere from the beginning, a later one where a site has taken it, from a date on.
// A version that nobody needs is not compiled.
import type { StudyPlan } from './plan.ts'

/** One published version, not necessarily compiled. */
export type VersionSource = {
  readonly version: string
  /** The compiled plan, the same object at each call. Throws if the files do not compile. */
  plan(): StudyPlan
  /** The forms among its files as `${id}@${version}`; may name more than the study uses, never fewer. */
  formKeys(): ReadonlySet<string>
}

/** A site takes a version: for what is due from an ISO date at the site on. */
export type Adoption = { readonly siteId: string; readonly version: string; readonly fromDate: string }

/** The versions of one study, as they stand at one moment. */
export type StudyVersions = {
  readonly studyId: string
  /** Whether there is one version only, so that nothing has to be chosen. */
  readonly isSingle: boolean
  /** The version published last, whether or not a site has taken it. */
  readonly newest: StudyPlan
  /** The plan of a published version. */
  of(version: string): StudyPlan | undefined
  /** The version that holds at a site for what is due on an ISO date. */
  versionAt(siteId: string, isoDate: string): string
  /** Its plan. */
  at(siteId: string, isoDate: string): StudyPlan
  /** Every plan that holds at a site on some date, the one taken last first. */
  ofSite(siteId: string): readonly StudyPlan[]
  /** The newest published plan with this version of this form. */
  holding(form: string, formVersion: string): StudyPlan | undefined
}

/**
 * `published` from the oldest to the newest, at least one; `adoptions` in the order of their decisions: from its date on
 * a later decision wins over an earlier one, so that what was planned for a later day is planned anew. Throws where an
 * adoption names a version that is not published.
 */
export function studyVersions(
  studyId: string,
  published: readonly VersionSource[],
  adoptions: readonly Adoption[],
): StudyVersions {
  const [first, last] = [published[0], published.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a study has at least one version')
  const byVersion = new Map(published.map((source) => [source.version, source]))
  const bySite = adoptionsBySite(adoptions, byVersion)
  const plansOfSite = new Map<string, readonly StudyPlan[]>()
  const sourceAt = (siteId: string, isoDate: string): VersionSource =>
    bySite.get(siteId)?.findLast(({ fromDate }) => fromDate <= isoDate)?.source ?? first
  return {
    studyId,
    isSingle: published.length === 1,
    get newest() {
      return last.plan()
    },
    of: (version) => byVersion.get(version)?.plan(),
    versionAt: (siteId, isoDate) => sourceAt(siteId, isoDate).version,
    at: (siteId, isoDate) => sourceAt(siteId, isoDate).plan(),
    ofSite(siteId) {
      let plans = plansOfSite.get(siteId)
      if (plans === undefined) {
        const taken = (bySite.get(siteId) ?? []).map(({ source }) => source).reverse()
        plans = [...new Set([...taken, first])].map((source) => source.plan())
        plansOfSite.set(siteId, plans)
      }
      return plans
    },
    holding(form, formVersion) {
      const key = `${form}@${formVersion}`
      for (const source of published.toReversed()) {
        if (!source.formKeys().has(key)) continue
        const plan = source.plan()
        if (plan.forms.has(key)) return plan
      }
      return undefined
    },
  }
}

type Taken = { readonly source: VersionSource; readonly fromDate: string }

function adoptionsBySite(
  adoptions: readonly Adoption[],
  byVersion: ReadonlyMap<string, VersionSource>,
): ReadonlyMap<string, readonly Taken[]> {
  const bySite = new Map<string, Taken[]>()
  for (const { siteId, version, fromDate } of adoptions) {
    const source = byVersion.get(version)
    if (source === undefined)
      throw new Error(`site ${siteId} has taken version ${version}, which is not there`)
    const taken = bySite.get(siteId)
    if (taken === undefined) bySite.set(siteId, [{ source, fromDate }])
    else taken.push({ source, fromDate })
  }
  return bySite
}

/** One version alone, for whatever works with a study that is not published. */
export function singleVersion(plan: StudyPlan): StudyVersions {
  const keys = new Set(plan.forms.keys())
  return studyVersions(plan.id, [{ version: plan.version, plan: () => plan, formKeys: () => keys }], [])
}

/** The forms that a study's files hold, as {@link VersionSource.formKeys} wants them; compiles nothing. */
export function formKeysOf(files: ReadonlyMap<string, string>): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const [name, text] of files) {
    if (!name.endsWith('.json')) continue
    const { resourceType, url, version } = JSON.parse(text) as Record<string, unknown>
    if (resourceType === 'Questionnaire') keys.add(`${String(url).split('/').at(-1)}@${version}`)
  }
  return keys
}
