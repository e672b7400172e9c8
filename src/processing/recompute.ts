// Proves that every stored result follows from the entry and the versions (P11): the pure steps run again over the
// journal's bytes with the state of then, and the outcome must be the stored text byte for byte, and the text that the
// audit log committed to. Reads alone; what differs is told, never corrected.
import { hash } from 'node:crypto'
import { marksOf } from '../intake/head.ts'
import { commitment } from '../records/commitment.ts'
import type { RecomputeStore } from '../records/recompute-store.ts'
import { contextOf } from './context-of-entry.ts'
import { evaluateEntry } from './decide.ts'
import { type Effect, effectText, evaluate, restrictedText } from './effect.ts'
import { readEntry } from './read-entry.ts'
import type { AppliedEntry, ChangedResponse } from './recompute-walk.ts'
import { withAnswers } from './work/apply-change.ts'

/** A stored result that does not follow. No answers, no values: the names of members alone. */
export type Difference = {
  readonly position: number
  readonly leafIndex: number
  readonly patientId: string | null
  readonly form: string | null
  readonly occasion: string | null
  /** `journal`, `response`, `commitment`, `outcome`, `restricted`, `scores`, or members of the record: `record.status`. */
  readonly members: readonly string[]
}

/** The difference of one applied entry, or null where everything follows. */
export async function differenceOf(applied: AppliedEntry, store: RecomputeStore): Promise<Difference | null> {
  const { response, entry, leaf, position, leafIndex } = applied
  const named = (members: readonly string[]): Difference | null =>
    members.length === 0
      ? null
      : {
          position,
          leafIndex,
          patientId: leaf.patient ?? null,
          form: response?.form ?? null,
          occasion: response?.occasion ?? null,
          members,
        }
  if (response === undefined) return named(['response'])
  const members: string[] = []
  const { salt, effect, restricted } = response
  if (response.leafIndex !== leafIndex || commitment(salt, effect, restricted) !== leaf.after)
    members.push('commitment')
  if (entry === undefined || !isAsReceived(applied)) return named([...members, 'journal'])
  const result = evaluateEntry(entry, applied.asOf)
  if (result.kind !== 'apply') return named([...members, 'outcome'])
  const same = await isSameText(applied, result.effect, store)
  if (!same) members.push(...membersThatDiffer(effect, expectedText(applied, result.effect)))
  if (restrictedText(result.effect) !== restricted) members.push('restricted')
  if (!hasScores(applied, result.effect)) members.push('scores')
  return named(members)
}

/** The difference of a change by staff: it must follow from the bytes received and the answers that were asked for. */
export function differenceOfChange(change: ChangedResponse): Difference | null {
  const { leaf, leafIndex, changed } = change
  const { salt, effect, restricted, position } = changed
  const members: string[] = []
  if (commitment(salt, effect, restricted) !== leaf.after) members.push('commitment')
  const computed = evaluateChange(change)
  if (computed === null) members.push('outcome')
  else {
    const text = effectText(computed, computed.findings)
    if (text !== effect) members.push(...membersThatDiffer(effect, text))
    if (restrictedText(computed) !== restricted) members.push('restricted')
  }
  if (members.length === 0) return null
  const patientId = leaf.patient ?? null
  return { position, leafIndex, patientId, form: null, occasion: null, members }
}

/** As the change was evaluated when it took effect: by the version of the study that had judged the entry. */
function evaluateChange({ entry, wanted, asOf, changed }: ChangedResponse): Effect | null {
  if (entry === undefined || hash('sha256', entry.body, 'hex') !== entry.sha256) return null
  const { studyId, patientId, receivedAt } = entry
  const versions = asOf.versions(studyId)
  const known = asOf.patient(studyId, patientId)
  if (versions === undefined || known === undefined) return null
  const studyVersion = studyVersionOf(changed.effect)
  const submission = withAnswers(readEntry(entry), versions, studyVersion, wanted)
  const patient = { ...known, status: 'active', withdrawnAt: undefined } as const
  const history = (form: string) => asOf.history({ studyId, patientId, form })
  const marks = marksOf(entry.head)
  const context = contextOf(versions, { patient, receivedAt, submission, marks, history })
  const outcome = evaluate({ ...context, plan: versions.of(studyVersion) ?? context.plan })
  return outcome.kind === 'apply' ? outcome.effect : null
}

/** A text that is no record has none. */
function studyVersionOf(effect: string): string {
  try {
    return (JSON.parse(effect) as { studyVersion: string }).studyVersion
  } catch {
    return ''
  }
}

/** The bytes are those that were received, and those that the log says were applied. */
function isAsReceived({ entry, leaf }: AppliedEntry): boolean {
  if (entry === undefined) return false
  return hash('sha256', entry.body, 'hex') === entry.sha256 && leaf.entry?.sha256 === entry.sha256
}

/** An occasion that an earlier entry filled makes this one a candidate for a duplicate. */
function expectedText({ response, leafIndex }: AppliedEntry, effect: Effect): string {
  const second =
    response !== undefined &&
    response.filler !== response.position &&
    response.fillerLeaf !== null &&
    response.fillerLeaf < leafIndex
  return textOf(effect, second)
}

const textOf = (effect: Effect, second: boolean): string =>
  effectText(effect, second ? [...effect.findings, { code: 'duplicate-candidate' }] : effect.findings)

/** Where staff chose another entry for the occasion, what fills it now does not tell which came first. */
async function isSameText(applied: AppliedEntry, effect: Effect, store: RecomputeStore): Promise<boolean> {
  const { response } = applied
  if (response === undefined) return false
  const expected = expectedText(applied, effect)
  if (expected === response.effect) return true
  const other = expected === textOf(effect, true) ? textOf(effect, false) : textOf(effect, true)
  if (other !== response.effect) return false
  const positions = [response.position, ...(response.filler === null ? [] : [response.filler])]
  return store.wasChosen(response.studyId, positions)
}

/** Which members of two records differ; `record` where a text is no record. */
export function membersThatDiffer(stored: string, computed: string): string[] {
  let before: Record<string, unknown>
  try {
    before = JSON.parse(stored) as Record<string, unknown>
  } catch {
    return ['record']
  }
  const after = JSON.parse(computed) as Record<string, unknown>
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const differing = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  // The same members in another order or spelling are other bytes as well.
  return differing.length === 0 ? ['record'] : differing.map((name) => `record.${name}`)
}

/** The rows of scores say what the record says; those of a changed response follow the change. */
function hasScores({ scores = [], response }: AppliedEntry, effect: Effect): boolean {
  if (response?.wasChanged === true) return true
  return (
    scores.length === effect.scores.length &&
    effect.scores.every(({ id, value, band }) =>
      scores.some((row) => row.name === id && row.value === value && row.band === band),
    )
  )
}
