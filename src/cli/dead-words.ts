// Why an entry is held, in words, and a device's body with the answers masked.
import { quarantineTexts } from '../study/place.ts'

const ownWords: Record<string, string> = {
  failed: 'Its evaluation failed, again and again.',
  killer: 'Its evaluation ended the process that ran it, even alone.',
  behind: 'Waits for an earlier entry of the same occasion.',
  'damaged-in-journal':
    'Its bytes in the journal are not those that were received. Restore them from a copy.',
  'unknown-study': 'No such study was published when it was taken.',
  'unknown-patient': 'The study had no such patient when it was taken.',
}

/** A held code in words; the code itself where there are none. */
export function codeText(code: string): string {
  const placed = (quarantineTexts as Record<string, { en: string } | undefined>)[code]
  return placed?.en ?? ownWords[code] ?? code
}

/** What a person can do about an entry in this state. */
export function remedyText(state: string, id: string): string {
  if (state === 'retrying') return 'It is tried again by itself.'
  return `Once the cause is gone: levee dead retry ${id} --reason "…"\nIf it shall stay as it is: levee dead set-aside ${id} --reason "…"`
}

/** Members of a submission that say nothing a patient answered (design §6). */
const plainMembers = new Set([
  'submissionId',
  'studyId',
  'patientId',
  'form',
  'formVersion',
  'occasion',
  'startedAt',
  'completedAt',
  'sentAt',
  'uptimeMs',
  'deviceSequence',
  'language',
  'app',
])
const mask = '•••'
/** What names an item; anything else under answers is as free as an answer. */
const itemName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/

/** A body as readable JSON with every answer, and every member we do not know, masked. Item names stay. */
export function maskedBody(body: Buffer): string {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return `${body.length} bytes that are not JSON`
  }
  const members = Object.entries(value as object).map(([name, member]) => {
    if (name === 'answers' && member !== null && typeof member === 'object') {
      return [
        name,
        Object.fromEntries(Object.keys(member).map((item) => [itemName.test(item) ? item : mask, mask])),
      ]
    }
    return [name, plainMembers.has(name) ? member : mask]
  })
  return JSON.stringify(Object.fromEntries(members), null, 2)
}

/** Paths of the members in which two bodies differ, `answers.pain` and the like; values are not told. */
export function differences(first: Buffer, second: Buffer): string[] {
  const [a, b] = [flat(JSON.parse(first.toString())), flat(JSON.parse(second.toString()))]
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path)).sort()
}

function flat(body: Record<string, unknown>): Map<string, string> {
  const paths = new Map<string, string>()
  for (const [name, member] of Object.entries(body)) {
    if (name !== 'answers' || member === null || typeof member !== 'object')
      paths.set(name, JSON.stringify(member))
    else
      for (const [item, answer] of Object.entries(member))
        paths.set(`answers.${itemName.test(item) ? item : mask}`, JSON.stringify(answer))
  }
  return paths
}
