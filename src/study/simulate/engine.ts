// What the time machine drives: the study's own schedule and its own steps, handed in, so that the simulation runs
// what the server runs, and so that a test can hand in a broken one and see it found.
import type { Finding } from '../finding.ts'
import type { Placed } from '../place.ts'
import type { StudyPlan } from '../plan.ts'
import type { Due } from '../schedule/due-occasions.ts'
import type { RawAnswers } from './virtual-answers.ts'
import type { Span, VirtualPatient } from './virtual-patient.ts'

/** What a virtual device sends: the members of a submission (design §6) that evaluation reads. */
export type VirtualSubmission = {
  readonly submissionId: string
  readonly studyId: string
  readonly patientId: string
  readonly form: string
  readonly formVersion: string
  readonly occasion?: string
  readonly startedAt: string
  readonly completedAt: string
  readonly sentAt: string
  readonly language: string
  readonly answers: RawAnswers
}

/** What the steps made of one entry. Restricted records are left out: the report may be read by blinded people. */
export type Evaluated = {
  readonly placed: Placed | undefined
  readonly quarantine: string | undefined
  readonly findings: readonly Finding[]
  readonly scores: readonly { readonly value: number | null }[]
  readonly alerts: readonly {
    readonly rule: string
    readonly readableMs: number
    readonly deadlineMs: number
  }[]
}

/** Evaluates the entries of one patient in the order in which they were received. */
export type EvaluateNext = (submission: VirtualSubmission, receivedMs: number) => Evaluated

/** The study engine as the simulation uses it. */
export type Engine = {
  /** Every due occasion of the patient under this version of the study alone, first to last day of the span. */
  readonly due: (plan: StudyPlan, patient: VirtualPatient, span: Span) => readonly Due[]
  /** The patient's entries follow, in the order in which they were received. The engine chooses the version. */
  readonly begin: (patient: VirtualPatient) => EvaluateNext
}

/** One version of the study, and from which date each site works by it; a site that is not named never does. */
export type VersionInUse = {
  readonly plan: StudyPlan
  /** SHA-256 over the study's files, hexadecimal. */
  readonly sha256: string
  /** ISO dates by site; null: every site, from the beginning. */
  readonly fromBySite: ReadonlyMap<string, string> | null
}

/** The version of a site on a date: the last one that it had taken. Versions are in the order of publication. */
export function versionAt(
  versions: readonly VersionInUse[],
  siteId: string,
  date: string,
): VersionInUse | undefined {
  return versions.findLast(({ fromBySite }) => {
    if (fromBySite === null) return true
    const from = fromBySite.get(siteId)
    return from !== undefined && from <= date
  })
}
