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
/** A BCP 47 tag of the shapes studies use: language, script, region. */
export const languageTag = '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'
/** The same in each language of a study; which ones it must have is checked by `checkLanguages`. */
export const text = Type.Record(Type.String({ pattern: languageTag }), words, { minProperties: 1, ...closed })
/** At least one of something. */
export const list = <T extends TSchema>(of: T) => Type.Array(of, { minItems: 1 })
/** A wall-clock time of a study file. */
export const clock = Type.String({
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  description: 'HH:MM in quotes',
})
/** A wall-clock time at which something ends. */
export const closing = Type.String({
  pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  description: 'HH:MM in quotes, 24:00 for midnight at the end of the day',
})
