// What the walk through an audit log looks up, on either engine. All of it is asked in pieces, so that no read is long.
import type { Later } from '../../storage/later.ts'

/** What a response commits to. */
export type CommittedResponse = {
  readonly leafIndex: number
  readonly salt: string
  readonly effect: string
  readonly restricted: string | null
}

export type AuditWalk = {
  /** Leaves from index `from` up to but without `to`, in order. */
  leaves(studyId: string, from: number, to: number): Later<{ i: number; leaf: string }[]>
  /** Stored checkpoints larger than `after` and not larger than `upTo`, in order. */
  checkpoints(studyId: string, after: number, upTo: number): Later<{ size: number; note: string }[]>
  /** Responses by their positions. */
  responses(positions: readonly number[]): Later<ReadonlyMap<number, CommittedResponse>>
  /** SHA-256 on record in the journal, by positions. */
  hashes(positions: readonly number[]): Later<ReadonlyMap<number, string>>
  /** Responses of a study with a leaf below `size`. */
  responseCount(studyId: string, size: number): Later<number>
}
