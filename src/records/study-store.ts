// Published studies: what both engines keep of them.
import type { Later } from '../storage/later.ts'
import type { Transaction } from '../storage/transaction.ts'

/** A published version; `files` maps the name within the study's folder to its text. */
export type PublishedStudy = {
  readonly studyId: string
  readonly version: string
  readonly sha256: string
  readonly files: ReadonlyMap<string, string>
}

/** Files stay exactly as published, and are never changed afterwards. */
export type StudyStore = {
  /** Adds a version; false if exactly this content is already published under it. Throws on other content. */
  publish(tx: Transaction, study: PublishedStudy, now: number): Later<boolean>
  /** The version in force: the one published last. */
  inForce(studyId: string): Later<PublishedStudy | undefined>
  /** Ids of all studies, in order. */
  ids(): Later<string[]>
}

/** The reason not to publish other content under a version that stands. */
export const publishedOtherwise = ({ studyId, version }: PublishedStudy): Error =>
  new Error(`${studyId} version ${version} is already published with other content; give it a new version`)
