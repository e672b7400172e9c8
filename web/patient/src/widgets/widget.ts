// What every widget is given and tells. A widget shows an answer and tells of changes; it never moves on (U3), never
// fills anything in by itself (U2), and keeps nothing that is not in the answer.
import type { DeviceItem } from '../../../../src/study/device/device-form.ts'
import type { RawAnswer } from '../model.ts'

/** How an answer came about. `typed`: letter by letter. The rest is kept with the answer (U7, U8). */
export type AnswerManner = {
  readonly typed?: boolean
  readonly widget?: string
  /** CSS length of the line or row. */
  readonly lengthPx?: number
}

export type WidgetProps = {
  readonly item: DeviceItem
  readonly value: RawAnswer | undefined
  /** Id for the element that takes the focus when the answer must be mended. */
  readonly id: string
  /** Id of the question. */
  readonly labelledBy: string
  /** Ids of help and faults. */
  readonly describedBy: string | undefined
  readonly invalid: boolean
  readonly onAnswer: (value: RawAnswer | undefined, manner?: AnswerManner) => void
  /** What was typed is complete for now. */
  readonly onSettle: () => void
}
