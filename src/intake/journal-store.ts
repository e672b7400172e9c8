// What both engines keep of a journal, and how it is read. The writers differ: see the twins.
import type { Later } from '../storage/later.ts'

/** A kept entry as processing reads it: what it needs of the row, the body as text. */
export type JournalEntry = {
  readonly position: number
  readonly studyId: string
  readonly logIndex: number
  readonly patientId: string
  readonly deviceId: number
  readonly receivedAt: number
  /** SHA-256 of the bytes as received, lower-case hex. */
  readonly sha256: string
  readonly body: string
  /** What the head says of the device; absent or null where it says nothing. See {@link marksOf} of head.ts. */
  readonly head?: string | null
}

/** A kept entry whole, with its bytes. */
export type SourceEntry = Omit<JournalEntry, 'body' | 'head'> & {
  readonly submissionId: string
  readonly head: string
  readonly body: Buffer
}

/** Evidence kept beside an entry. `sameContent` false means a conflict that a named human must look at. */
export type SecondBody = {
  readonly id: number
  readonly position: number
  readonly studyId: string
  readonly patientId: string
  readonly submissionId: string
  readonly sameContent: boolean
  readonly receivedAt: number
  readonly sha256: string
}

/** The other content under a known submission id, as it was received; `body` is what the device sent, unchanged. */
export type Evidence = {
  readonly position: number
  readonly deviceId: number
  readonly receivedAt: number
  readonly sha256: string
  readonly head: string
  readonly body: Buffer
}

/** The reading half that doors and staff actions use. */
export type JournalReader = {
  entryAt(position: number): Later<SourceEntry | undefined>
  /** Looks a submission up for its own patient only. */
  find(
    studyId: string,
    patientId: string,
    submissionId: string,
  ): Later<{ position: number; logIndex: number; receivedAt: number } | undefined>
  /** Entries of each study. */
  totals(): Later<Map<string, number>>
  lastPosition(): Later<number>
  /** A second body by its id. */
  evidence(secondBodyId: number): Later<Evidence | undefined>
}
