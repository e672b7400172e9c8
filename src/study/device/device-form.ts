// A form as a phone gets it: one language, one item a screen, conditions in the form the server evaluates, rules as
// small programs. Plain JSON; its SHA-256 is the `planSha256` that every answer names (U17). The same for every arm (P10).
import type { FormDefinition } from '../form/definition.ts'
import type { AnswerKind, Condition } from '../plan.ts'
import type { DeviceRuleProgram } from './rule-program.ts'

/** One version of a form in one language. */
export type DeviceForm = {
  readonly form: string
  readonly formVersion: string
  /** BCP 47 tag of all texts in it; may be another than the app's own. */
  readonly language: string
  readonly title: string
  /** In the form's order; which of them are shown is for `createFormRun` to say. */
  readonly screens: readonly DeviceScreen[]
  /**
   * What is shown cannot be decided in one pass in order (expressions, repeating groups, conditions that look ahead):
   * the tree engine must be loaded (`form-tree.ts`) and handed to `createFormRun`.
   */
  readonly needsTree?: true
  /** The form without its words, for the tree engine; only with `needsTree`. */
  readonly definition?: FormDefinition
  readonly rules: readonly DeviceRuleProgram[]
}

/**
 * `section`: title of the group it stands in (several levels: joined by " – "). `when`: the conditions of the one pass,
 * all of which must hold; absent with `needsTree`.
 */
type Shown = { readonly section?: string; readonly when?: readonly Condition[] }

/** Text to read, without an answer. */
export type DisplayScreen = Shown & {
  readonly kind: 'display'
  readonly linkId: string
  readonly text: string
}

/**
 * One question. `recall`: what its group asks of all its items ("Over the last 2 weeks, how often …?"), without which the
 * question cannot be understood; shown on each screen (U1).
 */
export type QuestionScreen = Shown & {
  readonly kind: 'question'
  readonly item: DeviceItem
  readonly recall?: string
}

/**
 * One dose of medicine (U21): taken now, at another time, not taken. `taken` is a boolean item, `time` the item that has
 * the time of taking (kind `time` or `dateTime`), `reason` a choice that is asked where it was not taken. All are answered
 * on this one screen; which of `time` and `reason` count with the answers so far says `FormRun.asked`.
 */
export type MedicineScreen = Shown & {
  readonly kind: 'medicine'
  /** The medicine as the patient knows it; the same for all arms. */
  readonly name?: string
  /** The pack as an SVG document, for an image element; the same for all arms. */
  readonly picture?: string
  readonly taken: DeviceItem
  readonly time?: DeviceItem
  readonly reason?: DeviceItem
  /** All conditions of `time` and of `reason`. */
  readonly timeWhen?: readonly Condition[]
  readonly reasonWhen?: readonly Condition[]
  readonly recall?: string
}

/** A group that repeats, for instance a list of medicines. `screens` are those of one repetition. */
export type RepeatScreen = Shown & {
  readonly kind: 'repeat'
  readonly linkId: string
  readonly text: string
  readonly required: boolean
  /** Least and greatest number of repetitions. */
  readonly min?: number
  readonly max?: number
  readonly screens: readonly DeviceScreen[]
}

export type DeviceScreen = DisplayScreen | QuestionScreen | MedicineScreen | RepeatScreen

/**
 * How an item is answered. `nrs`: a row of whole numbers (U7). `vas`: a line of 101 points (U8). `list`: more options
 * than fit on a screen, searched by typing. `text` is one line, `long-text` several.
 */
export type Widget =
  | 'yes-no'
  | 'single'
  | 'multi'
  | 'nrs'
  | 'vas'
  | 'number'
  | 'date'
  | 'time'
  | 'date-time'
  | 'text'
  | 'long-text'
  | 'list'

/** One allowed answer. `exclusive`: no other may stand beside it ("none of these"). */
export type DeviceOption = {
  readonly code: string | number
  readonly text: string
  readonly exclusive?: true
}

/** One item that takes an answer. */
export type DeviceItem = {
  readonly linkId: string
  readonly widget: Widget
  readonly kind: AnswerKind
  readonly text: string
  readonly help?: string
  readonly required: boolean
  /** The patient may decline, and that is kept as `{"skipped": "asked-declined"}` (U6). */
  readonly skippable: boolean
  /** The answer is a list. */
  readonly repeats: boolean
  /** Inclusive bounds of a number. */
  readonly min?: number
  readonly max?: number
  /** Step of a slider or stepper. */
  readonly step?: number
  readonly maxDecimals?: number
  /** In UTF-16 units, as the server counts. */
  readonly minLength?: number
  readonly maxLength?: number
  /** ECMAScript source, matched against the whole text. */
  readonly pattern?: string
  /** Inclusive bounds of a date or time, as FHIR writes them. */
  readonly earliest?: string
  readonly latest?: string
  /** Least and greatest number of answers of an item that repeats. */
  readonly minAnswers?: number
  readonly maxAnswers?: number
  /** Unit as it is shown. */
  readonly unit?: string
  readonly options?: readonly DeviceOption[]
  /** Free text may be given beside the options. */
  readonly open?: true
  /** Words at the lower and the upper end of an `nrs` or `vas`. */
  readonly lower?: string
  readonly upper?: string
  readonly orientation?: 'horizontal' | 'vertical'
}
