// Staff actions on studies: a version is published once and never changes; a site takes a version from a date on. Each is
// one transaction with its audit entries, on either engine.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import { refuseLeaks } from '../study/blinding/lint-study.ts'
import { compileStudy } from '../study/compile-study.ts'
import { definitionText } from '../study/package/describe-study.ts'
import type { StudyPlan } from '../study/plan.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { Authority } from './actions.ts'
import type { AuditLog } from './audit-log.ts'
import { contentAddress, substanceAddress } from './content-address.ts'
import type { PublishedStudy, StudyStore } from './study-store.ts'

/** Who takes a version and from when on. */
export type Taking = {
  /** Sites by id, or every site of the version. */
  readonly sites: readonly string[] | 'all'
  /** ISO date at each site: what is due from it on. */
  readonly from: string
  /** Also where entries that are due from that date on were applied by another version already. */
  readonly retroactive?: boolean
}

/** What became of the sites. */
export type Taken = {
  readonly from: string
  /** Those that take the version now. */
  readonly sites: readonly string[]
  /** Those for which this was decided before. */
  readonly unchanged: readonly string[]
  /** Those with entries that were applied by another version; they stay as they are until somebody recomputes. */
  readonly appliedBefore: readonly string[]
}

/** What these actions work with. `versions` tells the studies as they stood before the action. */
export type StudyScene = {
  readonly tx: Transaction
  readonly studies: StudyStore
  readonly audit: AuditLog
  readonly versions: (studyId: string) => Later<StudyVersions | undefined>
  /** Server clock, milliseconds since the epoch. */
  readonly now: number
}

const plainId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
/** The date of a site's first version: before any date that a study can mean. */
export const fromTheBeginning = '0001-01-01'

/** What was published; `taken` where it was also said which sites take it. */
export type Published = {
  readonly studyId: string
  readonly version: string
  readonly sha256: string
  /** False where this very content was published under this version before. */
  readonly isNew: boolean
  readonly taken?: Taken
}

/**
 * Publishes the study made of these files. The first version of a site holds there from the beginning; a later one
 * nowhere, until a site takes it: in the same action where `taking` says so. Throws StudyInvalid if the files do not
 * compile or tell the arms apart (P10), Problems where the version or its content stands already, and those of {@link adoptVersion}.
 */
export async function publishStudy(
  scene: StudyScene,
  files: ReadonlyMap<string, string>,
  taking: Taking | undefined,
  by: Authority,
): Promise<Published> {
  const { tx, studies, audit, now } = scene
  const plan = compileStudy(files)
  const { id: studyId, version } = plan
  if (!plainId.test(studyId))
    throw new Problem('submission.invalid', { member: 'studyId', expected: 'letters, digits, . _ -' })
  const before = await scene.versions(studyId)
  const sha256 = contentAddress(files)
  const isNew = await studies.publish(tx, { studyId, version, sha256, files }, now)
  const published = { studyId, version, sha256, isNew }
  if (isNew) {
    refuseLeaks(plan, files)
    await refuseSameContent(studies, { studyId, version, sha256, files })
    if (before !== undefined) await refuseChangedForms(studies, plan, before)
    await audit.append(tx, {
      at: new Date(now).toISOString(),
      ...by,
      action: 'study.published',
      study: studyId,
      record: `study:${version}`,
      after: sha256,
    })
    if (before !== undefined) await takeNewSites(scene, plan, before, by)
  }
  return taking === undefined
    ? published
    : { ...published, taken: await take(scene, plan, before, taking, by) }
}

/** A response names its form's version: under one name, patients were asked one thing. */
async function refuseChangedForms(
  studies: StudyStore,
  plan: StudyPlan,
  before: StudyVersions,
): Promise<void> {
  for (const other of await studies.all(plan.id))
    for (const [key, form] of plan.forms) {
      const known = before.of(other.version)?.forms.get(key)
      if (known !== undefined && definitionText(known.definition) !== definitionText(form.definition))
        throw new Problem('study.form-changed', {
          form: form.id,
          formVersion: form.version,
          other: other.version,
        })
    }
}

/** A site that no earlier version had takes this one from the beginning. */
async function takeNewSites(
  scene: StudyScene,
  plan: StudyPlan,
  before: StudyVersions,
  by: Authority,
): Promise<void> {
  const known = new Set<string>()
  for (const { version } of await scene.studies.all(plan.id))
    for (const site of before.of(version)?.sites ?? []) known.add(site.id)
  const sites = plan.sites.map((site) => site.id).filter((id) => !known.has(id))
  await note(scene, plan, sites, fromTheBeginning, new Map(), by)
}

/** A version that changes nothing would be a second name for the same rules. */
async function refuseSameContent(studies: StudyStore, study: PublishedStudy): Promise<void> {
  const { studyId, version } = study
  const substance = substanceAddress(study.files)
  for (const other of await studies.all(studyId)) {
    if (other.version === version) continue
    const { files } = (await studies.version(studyId, other.version))!
    if (substanceAddress(files) === substance)
      throw new Problem('study.same-content', { study: studyId, version, other: other.version })
  }
}

/**
 * Sites take a published version for what is due from a date on. Throws Problems for a version, a site or a date that
 * does not exist, and where entries due from that date on are applied already and `retroactive` is not said.
 */
export async function adoptVersion(
  scene: StudyScene,
  studyId: string,
  version: string,
  taking: Taking,
  by: Authority,
): Promise<Taken> {
  const versions = await scene.versions(studyId)
  const plan = versions?.of(version)
  if (plan === undefined)
    throw new Problem('record.not-found', { record: `version ${version} of study ${studyId}` })
  return take(scene, plan, versions, taking, by)
}

/** `before`: the versions as they stood before the action; none where this one is the first, which holds anyway. */
async function take(
  scene: StudyScene,
  plan: StudyPlan,
  before: StudyVersions | undefined,
  taking: Taking,
  by: Authority,
): Promise<Taken> {
  const { studies } = scene
  const { from } = taking
  if (!isDate(from))
    throw new Problem('submission.invalid', { member: 'from', expected: 'a date such as 2026-12-01' })
  const known = plan.sites.map((site) => site.id)
  const wanted = taking.sites === 'all' ? known : [...new Set(taking.sites)]
  if (wanted.length === 0 || wanted.some((id) => !known.includes(id)))
    throw new Problem('submission.invalid', { member: 'sites', expected: `sites of version ${plan.version}` })
  const decided = await studies.siteVersions(plan.id)
  const isSettled = (site: string) => {
    const own = decided.filter((d) => d.siteId === site)
    const holds = own.findLast((d) => d.fromDate <= from)?.version ?? before?.versionAt(site, from)
    return (holds ?? plan.version) === plan.version && !own.some((d) => d.fromDate > from)
  }
  const sites = wanted.filter((site) => !isSettled(site))
  // Somewhere on earth the date begins 14 hours before it does at UTC.
  const applied = await studies.sitesAppliedFrom(plan.id, from, Date.parse(`${from}T00:00:00+14:00`))
  const appliedBefore = sites.filter((site) => applied.has(site))
  if (appliedBefore.length > 0 && taking.retroactive !== true)
    throw new Problem('study.entries-applied', { sites: appliedBefore.join(', '), from })
  const old = new Map(sites.map((site) => [site, before?.versionAt(site, from)]))
  await note(scene, plan, sites, from, old, by)
  return { from, sites, unchanged: wanted.filter(isSettled), appliedBefore }
}

/** Keeps the sites' decisions, each with its audit entry: the version before and after, and the date. */
async function note(
  { tx, studies, audit, now }: StudyScene,
  { id: studyId, version }: StudyPlan,
  sites: readonly string[],
  fromDate: string,
  before: ReadonlyMap<string, string | undefined>,
  by: Authority,
): Promise<void> {
  if (sites.length === 0) return
  await studies.adopt(tx, { studyId, version, sites, fromDate }, now)
  for (const site of sites) {
    const old = before.get(site)
    await audit.append(tx, {
      at: new Date(now).toISOString(),
      ...by,
      action: 'site.version-taken',
      study: studyId,
      record: `site:${site}`,
      ...(old === undefined ? {} : { before: `version ${old}` }),
      after: `version ${version} from ${fromDate}`,
    })
  }
}

function isDate(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text
  } catch {
    return false
  }
}
