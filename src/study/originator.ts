// Who answered, as the device says: the patient, or somebody for the patient (FDA 2024 Q&A, Q20: originator).

/** Somebody who is not the patient. `unknown`: the device says something that cannot be read. */
export type Proxy = {
  readonly kind: 'proxy' | 'unknown'
  readonly relationship?: string
  readonly reason?: string
}

const mostCharacters = 500

/** Who answered if it was not the patient, else null. Texts are cut at 500 characters; the whole is in the source. */
export function proxyOf(originator: unknown): Proxy | null {
  if (originator === undefined || originator === null) return null
  const { kind, relationship, reason } = (typeof originator === 'object' ? originator : {}) as {
    readonly [member: string]: unknown
  }
  if (kind === 'patient') return null
  return {
    kind: kind === 'proxy' ? 'proxy' : 'unknown',
    ...(typeof relationship === 'string' ? { relationship: cut(relationship) } : {}),
    ...(typeof reason === 'string' ? { reason: cut(reason) } : {}),
  }
}

/** U+0000 is left out because PostgreSQL keeps none, and half of a surrogate pair because UTF-8 has none. */
const cut = (text: string): string => text.slice(0, mostCharacters).replaceAll('\0', '').toWellFormed()
