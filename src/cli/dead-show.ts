// `levee dead show`: one held entry or one conflict. Answers are shown only where the caller asked for the raw body.

import type { Evidence, SourceEntry } from '../intake/journal-store.ts'
import type { Held } from '../records/held-store.ts'
import type { ControlClient } from './control-client.ts'
import { codeText, differences, maskedBody, remedyText } from './dead-words.ts'
import { timeText } from './figures.ts'
import { pairsText } from './tables.ts'

type ShowOptions = { readonly raw: boolean; readonly json: boolean }
/** As the control door sends them: bodies in base64. */
type SentEntry = Omit<SourceEntry, 'body'> & {
  body: string
  held?: Held
  signature?: unknown
  publicKey?: unknown
}
type SentConflict = { first: SentEntry; second: Omit<Evidence, 'body'> & { body: string } }

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64')
const bodyText = (body: string, raw: boolean): string =>
  raw ? bytesOf(body).toString() : maskedBody(bytesOf(body))

/** The text to print for a journal entry. */
export async function showEntry(
  client: ControlClient,
  position: number,
  { raw, json }: ShowOptions,
): Promise<string> {
  const {
    body,
    held,
    signature: _,
    publicKey: __,
    ...entry
  } = await client.get<SentEntry>(`/entries/${position}`)
  if (json) return JSON.stringify({ ...entry, held, body: bodyText(body, raw) })
  const standing: [string, string][] =
    held === undefined
      ? [['state', 'not held: applied, or waiting for its turn']]
      : [
          ['state', held.state === 'done' ? 'applied after all' : held.state],
          ['why', `${codeText(held.code)} (${held.code})`],
          ['attempts', String(held.attempts)],
          ['held since', timeText(held.heldAt)],
          ...(held.nextAttemptAt === undefined
            ? []
            : [['next attempt', timeText(held.nextAttemptAt)] as [string, string]]),
          ...(held.setAsideAt === undefined
            ? []
            : [['set aside', timeText(held.setAsideAt)] as [string, string]]),
        ]
  const open =
    held !== undefined && held.state !== 'done' ? `\n\n${remedyText(held.state, String(position))}` : ''
  return `${entryPairs(entry, standing)}\n\n${bodyText(body, raw)}${raw ? '' : maskNote}${open}`
}

const maskNote = '\n\nAnswers are masked; --raw shows them.'

function entryPairs(entry: Omit<SourceEntry, 'body'>, standing: [string, string][]): string {
  return pairsText([
    ['entry', `${entry.position} (number ${entry.logIndex} of ${entry.studyId})`],
    ['patient', entry.patientId],
    ['device', String(entry.deviceId)],
    ['submission', entry.submissionId],
    ['received', timeText(entry.receivedAt)],
    ['SHA-256', entry.sha256],
    ...standing,
  ])
}

/** The text to print for a conflict: the entry that stands and what came later under its id. */
export async function showConflict(
  client: ControlClient,
  id: number,
  { raw, json }: ShowOptions,
): Promise<string> {
  const { first, second } = await client.get<SentConflict>(`/conflicts/${id}`)
  const differ = differences(bytesOf(first.body), bytesOf(second.body))
  const [firstBody, secondBody] = [bodyText(first.body, raw), bodyText(second.body, raw)]
  if (json) {
    return JSON.stringify({
      differ,
      first: { ...first, body: firstBody },
      second: { ...second, body: secondBody },
    })
  }
  const facts = pairsText([
    ['conflict', `conflict:${id}`],
    ['study', first.studyId],
    ['patient', first.patientId],
    ['submission', first.submissionId],
    [
      'stands',
      `entry ${first.position}, received ${timeText(first.receivedAt)}, SHA-256 ${first.sha256.slice(0, 16)}…`,
    ],
    ['kept as evidence', `received ${timeText(second.receivedAt)}, SHA-256 ${second.sha256.slice(0, 16)}…`],
    ['they differ in', differ.join(', ')],
  ])
  return `${facts}\n\nstands:\n${firstBody}\n\nevidence:\n${secondBody}${raw ? '' : maskNote}\n\nOnce it is settled: levee dead set-aside conflict:${id} --reason "…"`
}
