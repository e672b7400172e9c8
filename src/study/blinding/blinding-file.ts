// What study.yaml may say about blinding itself: that the study is open-label, and what the linter may let pass.
import { type Static, Type } from 'typebox'
import { closed, id, list, words } from '../file-schema.ts'

/** A leak that a named person has looked at and holds for none; `where` as the linter prints it, or its last part. */
const allowance = Type.Object(
  {
    where: Type.String({
      minLength: 1,
      description:
        'the place as the linter names it, e.g. forms/diary.json#bladder-control, or its last part',
    }),
    code: Type.Optional(
      Type.String({ minLength: 1, description: 'only this leak; any at that place otherwise' }),
    ),
    reason: words,
  },
  closed,
)

/** Members of study.yaml at the top. */
export const blindingMembers = {
  'open-label': Type.Optional(
    Type.Boolean({ description: 'everybody may know the arms; the blinding linter then only takes note' }),
  ),
  'blinding-allow': Type.Optional(list(allowance)),
}

/** Under `restricted`: forms that only some arms are given, form id → arm codes. */
export const restrictedFormsSchema = Type.Record(id, list(id))

export type Allowance = Static<typeof allowance>
