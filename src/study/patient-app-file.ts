// What study.yaml says to the patient app: help in an emergency, who may answer, grace, reminders; and its plan, which is
// always there, with the standard values of what is left out.
import { type Static, Type } from 'typebox'
import { clock, closed, text } from './file-schema.ts'
import type { Text } from './text.ts'

/** A telephone number as people write it. */
export const phoneNumber = Type.String({
  pattern: '^\\+?[0-9(][0-9 ()./-]{2,24}[0-9]$',
  description: 'digits, + ( ) . / - and spaces',
})

/** The section `patient-app` of study.yaml. */
export const patientAppSchema = Type.Object(
  {
    help: Type.Optional(text),
    proxy: Type.Optional(Type.Boolean()),
    'grace-minutes': Type.Optional(Type.Integer({ minimum: 0, maximum: 1440 })),
    reminders: Type.Optional(
      Type.Object(
        {
          'spread-minutes': Type.Optional(Type.Integer({ minimum: 0, maximum: 240 })),
          'again-after-minutes': Type.Optional(
            Type.Array(Type.Integer({ minimum: 5, maximum: 10_080 }), { maxItems: 5 }),
          ),
          quiet: Type.Optional(Type.Object({ from: clock, to: clock }, closed)),
        },
        closed,
      ),
    ),
  },
  closed,
)

export type PatientAppFile = Static<typeof patientAppSchema>

/** How the patient app works in this study. Minutes are of real time, `quiet` is wall clock where the patient is. */
export type PatientAppPlan = {
  /** What to do in an emergency; null where the study says nothing. */
  readonly help: Text | null
  /** Whether somebody may answer for the patient. */
  readonly proxy: boolean
  /** What was opened before its window closes may be finished so long after. */
  readonly graceMinutes: number
  readonly reminders: {
    /** Reminders of one time are sent within so many minutes after it, so that patients do not all come at once. */
    readonly spreadMinutes: number
    /** Minutes after the first reminder at which it is repeated, rising, while the form is open. */
    readonly againAfterMinutes: readonly number[]
    /** "HH:MM"; nothing is sent from `from` until `to`, over midnight where `to` is earlier. */
    readonly quiet: { readonly from: string; readonly to: string }
  }
}

/** The plan of the section, or the standard one. */
export function patientAppOf(written: PatientAppFile | undefined): PatientAppPlan {
  const { help, proxy, 'grace-minutes': graceMinutes, reminders = {} } = written ?? {}
  return {
    help: help ?? null,
    proxy: proxy ?? false,
    graceMinutes: graceMinutes ?? 30,
    reminders: {
      spreadMinutes: reminders['spread-minutes'] ?? 20,
      againAfterMinutes: [...(reminders['again-after-minutes'] ?? [120])].sort((a, b) => a - b),
      quiet: reminders.quiet ?? { from: '22:00', to: '07:00' },
    },
  }
}
