// What the schemas of study files have in common. Unknown members are refused in all of them.
import { type TSchema, Type } from 'typebox'

/** For objects that take no members but their own. */
export const closed = { additionalProperties: false }
/** An id of a study's part. */
export const id = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'letters, digits, . _ -',
})
/** A text that says something. */
export const words = Type.String({ minLength: 1, pattern: '\\S' })
/** The same in each language of a study. */
export const text = Type.Object({ en: words, zh: words }, closed)
/** At least one of something. */
export const list = <T extends TSchema>(of: T) => Type.Array(of, { minItems: 1 })
