// Tells the server what this phone holds and it has not (declared, not received), and asks whether what it has is
// settled under an audit checkpoint (D14): only then a copy leaves the phone.
import { call } from '../api/call.ts'
import { deviceNow, uptimeMs } from '../store/clock.ts'
import { type KeptEntry, onDatabase, readValue, writeValue } from '../store/database.ts'
import { allEntries, changeEntry, removeSettled } from '../store/outbox.ts'

/** The most that one declaration names, held and asked after. */
export const mostDeclared = 200
/** An unchanged declaration is said again after so long, in milliseconds. */
const againAfterMs = 60 * 60_000

type HeldAnswer = {
  readonly serverTime: string
  readonly states: Readonly<Record<string, 'unknown' | 'received' | 'settled'>>
}

/** What the present phone's call led to. `status` 0: no answer; undefined: it had nothing to say. */
export type Declared = { readonly status: number | undefined; readonly serverTime: string | null }

/** The members of one declaration about the entries of one phone. */
export function declarationOf(entries: readonly KeptEntry[]) {
  const held = entries
    .filter((e) => e.state !== 'sent')
    .slice(0, mostDeclared)
    .map((e) => ({
      submissionId: e.submissionId,
      form: e.form,
      ...(e.occasion === null ? {} : { occasion: e.occasion }),
      completedAt: e.completedAt,
      sequence: e.sequence,
      ...(e.lastProblem === null ? {} : { problem: e.lastProblem }),
    }))
  const check = entries
    .filter((e) => e.state === 'sent')
    .slice(0, mostDeclared)
    .map((e) => e.submissionId)
  return { held, check }
}

/**
 * Declares what is held, for each phone that entries were finished on, where there is anything new to say; with `check`
 * it also asks whether what was sent is settled.
 */
export async function declareHeld({ check: ask }: { readonly check: boolean }): Promise<Declared> {
  const entries = await allEntries()
  const devices = await onDatabase((db) => db.getAll('devices'))
  const last = await readValue('declared')
  const present = await readValue('current')
  const before = last !== undefined && Math.abs(Date.now() - last.at) < againAfterMs ? last.texts : {}
  const texts: Record<number, string> = {}
  let told: Declared = { status: undefined, serverTime: null }
  let isHeard = false
  for (const { device } of devices) {
    const { held, check } = declarationOf(entries.filter((e) => e.deviceId === device.deviceId))
    const text = held.length === 0 ? '' : JSON.stringify(held)
    texts[device.deviceId] = text
    const known = text === (before[device.deviceId] ?? '')
    if (known && (check.length === 0 || !ask)) continue
    const body = JSON.stringify({ held, check, deviceTime: deviceNow(), uptimeMs: uptimeMs() })
    const answer = await call('/v1/device/held', { method: 'POST', token: device.token, body })
    const said = answer?.status === 200 ? (answer.json() as HeldAnswer | undefined) : undefined
    // What is said of a phone that was replaced or revoked is not said of the present one.
    if (device.deviceId === present || (said !== undefined && told.status === undefined))
      told = { status: answer?.status ?? 0, serverTime: said?.serverTime ?? null }
    isHeard ||= said !== undefined
    if (said === undefined) texts[device.deviceId] = before[device.deviceId] ?? ''
    else await followStates(check, said.states)
  }
  if (isHeard) await writeValue('declared', { texts, at: Date.now() })
  return told
}

/** Settled ones may go; one the server does not know, receipt or not, is sent again. */
async function followStates(check: readonly string[], states: HeldAnswer['states']): Promise<void> {
  await removeSettled(check.filter((id) => states[id] === 'settled'))
  for (const id of check.filter((one) => states[one] === 'unknown')) {
    await changeEntry(id, () => ({
      state: 'waiting',
      nextAttemptAt: 0,
      lastProblem: 'receipt.unknown-there',
    }))
  }
}
