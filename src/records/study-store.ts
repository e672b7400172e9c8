// Published studies: what both engines keep of their versions, and which version each site has taken.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { Adoption } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'

/** A published version; `files` maps the name within the study's folder to its text. */
export type PublishedStudy = {
  readonly studyId: string
  readonly version: string
  /** The content's address, see contentAddress. */
  readonly sha256: string
  readonly files: ReadonlyMap<string, string>
}

/** A published version without its files. `publishedAt`: server clock, milliseconds since the epoch. */
export type PublishedVersion = Omit<PublishedStudy, 'files'> & { readonly publishedAt: number }

/** A site's decision for a version. `setAt`: server clock, milliseconds since the epoch. */
export type SiteVersion = Adoption & { readonly setAt: number }

/** Decisions to be added: the sites take the version for what is due from a date at the site on. */
export type NewSiteVersions = {
  readonly studyId: string
  readonly version: string
  readonly sites: readonly string[]
  /** ISO date. */
  readonly fromDate: string
}

/** Files stay exactly as published; neither they nor a site's decisions are ever changed. */
export type StudyStore = {
  /** Adds a version; false if exactly this content is already published under it. Throws on other content. */
  publish(tx: Transaction, study: PublishedStudy, now: number): Later<boolean>
  /** The version published last. */
  newest(studyId: string): Later<PublishedStudy | undefined>
  /** One published version with its files. */
  version(studyId: string, version: string): Later<PublishedStudy | undefined>
  /** The versions of a study, the oldest first. */
  all(studyId: string): Later<PublishedVersion[]>
  /** Adds the decisions of sites for a version. */
  adopt(tx: Transaction, taken: NewSiteVersions, now: number): Later<void>
  /** The decisions of a study's sites, in the order in which they were made. */
  siteVersions(studyId: string): Later<SiteVersion[]>
  /**
   * The sites with applied entries that are due on an ISO date or later; entries without a due date count where they
   * were recorded at `sinceMs` (milliseconds since the epoch) or later.
   */
  sitesAppliedFrom(studyId: string, fromDate: string, sinceMs: number): Later<ReadonlySet<string>>
  /** Ids of all studies, in order. */
  ids(): Later<string[]>
}

/** A row of `studies` as either engine returns it. */
export const publishedOf = (r: Record<string, unknown>): PublishedStudy => ({
  studyId: String(r.study_id),
  version: String(r.version),
  sha256: String(r.sha256),
  files: new Map(Object.entries(JSON.parse(String(r.files)) as Record<string, string>)),
})

/** The same without files. */
export const publishedVersionOf = (r: Record<string, unknown>): PublishedVersion => ({
  studyId: String(r.study_id),
  version: String(r.version),
  sha256: String(r.sha256),
  publishedAt: Number(r.published_at),
})

/** A row of `site_versions` as either engine returns it. */
export const siteVersionOf = (r: Record<string, unknown>): SiteVersion => ({
  siteId: String(r.site_id),
  version: String(r.version),
  fromDate: String(r.from_date),
  setAt: Number(r.set_at),
})

/** The reason not to publish other content under a version that stands. */
export const publishedOtherwise = ({ studyId, version }: PublishedStudy): Problem =>
  new Problem('study.version-taken', { study: studyId, version })
