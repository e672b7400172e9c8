// What the parts of the app tell each other: what the server sends, what is kept on the phone, what is sent.
// Times with a zone are RFC 9557 texts of the device's clock, never rewritten (P9); instants are RFC 3339 in UTC.
import type { DeviceForm } from '../../../src/study/device/device-form.ts'

export type { DeviceForm }

/** A scalar answer, a declared skip, several answers, or the repetitions of a group. */
export type RawAnswer =
  | boolean
  | number
  | string
  | { readonly skipped: string }
  | readonly (boolean | number | string)[]
  | readonly RawAnswers[]
/** Answers by linkId, as a submission carries them. */
export type RawAnswers = { readonly [linkId: string]: RawAnswer }

/** One due instance of a form. `key` is `form/occasion`. The window is half-open. */
export type DueOccasion = {
  readonly key: string
  readonly form: string
  readonly formVersion: string
  readonly title: string
  readonly occasion: string
  /** ISO date. */
  readonly dueDate: string
  /** IANA zone in which the window was resolved. */
  readonly zone: string
  readonly opensAt: string
  readonly closesAt: string
  /** What was opened before `closesAt` may be finished until then. */
  readonly graceUntil: string
  readonly justifyAt: string | null
  readonly locksAt: string | null
  readonly reminderAt: string | null
  /** As the server knows it; the phone overlays what it holds itself. */
  readonly state: 'planned' | 'open' | 'submitted' | 'missed' | 'not-evaluable'
  readonly submittedAt: string | null
}

/** What the phone needs to show and fill in forms for the next 14 days without a network. */
export type Today = {
  readonly serverTime: string
  readonly study: { readonly id: string; readonly title: string }
  readonly patient: {
    readonly id: string
    readonly zone: string
    readonly language: string
    readonly status: 'active' | 'withdrawn' | 'completed'
  }
  /** BCP 47 tags the study's texts have. */
  readonly languages: readonly string[]
  readonly site: { readonly name: string; readonly phone: string | null }
  /** What to do in an emergency; always at hand (U19). */
  readonly help: string | null
  /** From 31 days back to 14 days ahead, by due date. */
  readonly due: readonly DueOccasion[]
  /** Forms that are filled in when something happens. */
  readonly events: readonly { readonly form: string; readonly formVersion: string; readonly title: string }[]
  /** Every form version that may be needed; `sha256` names the plan's bytes, which never change under it. */
  readonly forms: readonly {
    readonly form: string
    readonly formVersion: string
    readonly title: string
    readonly sha256: string
    readonly url: string
  }[]
  readonly lateReasons: readonly { readonly code: string; readonly text: string }[]
  /** Whether somebody may answer for the patient. */
  readonly proxy: boolean
  readonly receiptKeys: readonly ReceiptKey[]
  readonly reminders: {
    /** VAPID public key, base64url; null where this installation sends no pushes. */
    readonly pushKey: string | null
    /** Local wall-clock times between which nothing is sent. */
    readonly quiet: { readonly from: string; readonly to: string }
  }
}

/** `spki` is base64; `id` the first 8 hex digits of its SHA-256. */
export type ReceiptKey = { readonly id: string; readonly spki: string }

/** What activation gave this phone. `clinic`: a tablet handed over for one form; nothing stays on it. */
export type Device = {
  readonly kind: 'own' | 'clinic'
  readonly token: string
  readonly deviceId: number
  readonly studyId: string
  readonly patientId: string
  readonly activatedAt: string
  /** Of a clinic tablet, the only form it may fill in. */
  readonly form: {
    readonly form: string
    readonly formVersion: string
    readonly occasion: string | null
  } | null
}

/** Who answers. A proxy says in what relation and why (FDA 2024 Q&A, Q20: originator). */
export type Originator =
  | { readonly kind: 'patient' }
  | { readonly kind: 'proxy'; readonly relationship: string; readonly reason: string }

/** One change of an answer before it was sent (EMA 2023, A5.1.1.2). `elapsedMs` is monotonic since the form was opened. */
export type TrailEntry = {
  readonly item: string
  readonly at: string
  readonly elapsedMs: number
  readonly value: RawAnswer | null
}

/** How an item was shown when it was answered: widget, CSS size of its line or row, screen. */
export type Presented = {
  readonly widget: string
  readonly lengthPx?: number
  readonly dpr: number
  readonly orientation: 'portrait' | 'landscape'
  readonly textPercent: number
}

/** A form being filled in. Its version and plan are pinned when it is opened (U16). */
export type Draft = {
  /** `form/occasion`, or `form/` and a random id for an event. */
  readonly key: string
  readonly form: string
  readonly formVersion: string
  readonly planSha256: string
  readonly occasion: string | null
  readonly language: string
  readonly originator: Originator
  readonly startedAt: string
  /** Sum of monotonic time spent with the form open, in milliseconds; it grows across restarts. */
  readonly elapsedMs: number
  readonly answers: RawAnswers
  /** Step shown, `#who`, `#late` or `#review` for the pages around the questions, or null before the first. */
  readonly at: string | null
  /** Came from the review page to change this step. */
  readonly changing: boolean
  readonly trail: readonly TrailEntry[]
  readonly presentation: { readonly [item: string]: Presented }
  readonly prompts: readonly ShownPrompt[]
  readonly lateReason: string | null
}

/** A prompt of an edit check that was shown; see the submission's `prompts`. */
export type ShownPrompt = {
  readonly rule: string
  readonly at: string
  readonly before?: boolean | number | string
  readonly after?: boolean | number | string
  readonly confirmed: boolean
}

/** The body of POST /v1/submissions, but for `sentAt`, which is added at each attempt. */
export type SubmissionBody = {
  readonly submissionId: string
  readonly studyId: string
  readonly patientId: string
  readonly form: string
  readonly formVersion: string
  readonly occasion?: string
  readonly lateReason?: string
  readonly startedAt: string
  readonly completedAt: string
  readonly elapsedMs: number
  readonly uptimeMs: number
  readonly deviceSequence: number
  readonly language: string
  readonly planSha256: string
  readonly originator: Originator
  readonly answers: RawAnswers
  readonly answerTrail: readonly TrailEntry[]
  readonly presentation: { readonly [item: string]: Presented }
  readonly prompts: readonly ShownPrompt[]
  readonly app: { readonly name: string; readonly version: string }
}

/**
 * One finished form on its way. waiting → sent (a verified receipt is held) → gone (the server says it is settled, D14).
 * `refused`: the server answered 4xx; it stays, is shown, and is declared to the server.
 */
export type OutboxEntry = {
  readonly submissionId: string
  readonly key: string
  readonly form: string
  readonly title: string
  readonly occasion: string | null
  readonly completedAt: string
  readonly sequence: number
  readonly state: 'waiting' | 'sent' | 'refused'
  readonly attempts: number
  /** Milliseconds since the epoch. */
  readonly nextAttemptAt: number
  /** Problem code of the last answer, for the details page and the declaration; never shown as it is (U15). */
  readonly lastProblem: string | null
  readonly receivedAt: string | null
}

export type Settings = {
  readonly language: string
  /** 100 to 200. */
  readonly textPercent: number
  readonly theme: 'system' | 'light' | 'dark'
  readonly reminders: boolean
  readonly quiet: { readonly from: string; readonly to: string } | null
  readonly practised: boolean
}
