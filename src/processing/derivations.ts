// The derivations that read one set of stores. One for each set, because it keeps the study files it has read.
import { type Derivations, derivationsOf } from '../records/derivation.ts'
import type { Stores } from './stores.ts'

const known = new WeakMap<Stores, Derivations>()

/** The derivations of these stores. */
export function derivationsIn(stores: Stores): Derivations {
  let derivations = known.get(stores)
  if (derivations === undefined) {
    derivations = derivationsOf({
      ...stores,
      async deviceSince(studyId, patientId) {
        const devices = await stores.devices.of(studyId, patientId)
        return devices.length === 0 ? null : Math.min(...devices.map(({ issuedAt }) => issuedAt))
      },
    })
    known.set(stores, derivations)
  }
  return derivations
}
