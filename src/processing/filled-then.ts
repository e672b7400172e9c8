// Which occasions had an entry that counted, at a place of the audit log: what placing by once-a-day windows asks, as the
// records answered it then. The first entry fills an occasion; staff may choose another, declare it void, and restore it.

/** An occasion of a patient. */
export type OccasionThen = { readonly patientId: string; readonly form: string; readonly occasion: string }

export type FilledThen = {
  /** The entry that fills the occasion and is not void. */
  by(occasion: OccasionThen): number | undefined
  /** An entry took effect. */
  applied(occasion: OccasionThen, position: number): void
  /** Whether an action of the log changes who fills an occasion. */
  isAbout(action: string): boolean
  /** Staff did something with an entry of the occasion. */
  decided(action: string, occasion: OccasionThen, position: number): void
}

const voided = 'response.voided'
const restored = 'response.restored'
const chosen = 'response.chosen'

export function filledThen(): FilledThen {
  const fillers = new Map<string, number>()
  const voids = new Set<string>()
  const keyOf = ({ patientId, form, occasion }: OccasionThen): string => `${patientId} ${form} ${occasion}`
  return {
    by(occasion) {
      const key = keyOf(occasion)
      return voids.has(key) ? undefined : fillers.get(key)
    },
    applied(occasion, position) {
      const key = keyOf(occasion)
      if (!fillers.has(key)) fillers.set(key, position)
    },
    isAbout: (action) => action === voided || action === restored || action === chosen,
    decided(action, occasion, position) {
      const key = keyOf(occasion)
      if (action === chosen) fillers.set(key, position)
      else if (fillers.get(key) !== position) return
      if (action === voided) voids.add(key)
      else voids.delete(key)
    },
  }
}
