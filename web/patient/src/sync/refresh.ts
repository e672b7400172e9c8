// Fetches what the phone needs for the next two weeks: today, and every form plan it names that is not here yet. A plan
// is kept only if its bytes have the hash that today gave for it, because answers name that hash (U17).
import { call } from '../api/call.ts'
import type { Device, DeviceForm, Today } from '../model.ts'
import { currentCredentials } from '../store/credentials.ts'
import { onDatabase, readValue, strict } from '../store/database.ts'
import { dropUnusedPlans, saveForm } from '../store/store.ts'
import { sha256, toHex } from './bytes.ts'

/** What the call led to. `status` 0: no answer. `offsetMs`: how far the phone's clock is behind the server's. */
export type Refreshed = {
  readonly status: number
  readonly today: Today | null
  readonly offsetMs: number | null
  /** Plans that could not be fetched or did not have their hash. */
  readonly missing: number
}

/** Asks for today in the language the patient chose, and for the plans that are missing. */
export async function refreshToday(): Promise<Refreshed> {
  const credentials = await currentCredentials()
  if (credentials === undefined) return { status: 401, today: null, offsetMs: null, missing: 0 }
  const { token } = credentials.device
  const language = (await readValue('settings'))?.language ?? ''
  const known = await readValue('todayTag')
  const headers: Record<string, string> = known?.language === language ? { 'if-none-match': known.tag } : {}
  const askedAt = Date.now()
  // Windows follow the patient; until an entry has come from here, the server does not know where the phone is.
  const { timeZone: zone } = new Intl.DateTimeFormat().resolvedOptions()
  const query = new URLSearchParams({ ...(language === '' ? {} : { language }), ...(zone ? { zone } : {}) })
  const answer = await call(`/v1/device/today?${query}`, { token, headers })
  const middle = (askedAt + Date.now()) / 2
  if (answer === null) return { status: 0, today: null, offsetMs: null, missing: 0 }
  let today = (await readValue('today')) ?? null
  let serverTime = Date.parse(answer.headers.get('date') ?? '')
  if (answer.status === 200) {
    const fresh = answer.json() as Today | undefined
    if (fresh?.patient?.id !== credentials.device.patientId) {
      return { status: 0, today: null, offsetMs: null, missing: 0 }
    }
    today = fresh
    serverTime = Date.parse(fresh.serverTime)
    const kept = await keepToday(credentials.device, fresh, {
      tag: answer.headers.get('etag') ?? '',
      language,
    })
    if (!kept) return { status: 0, today: null, offsetMs: null, missing: 0 }
  }
  const good = answer.status === 200 || answer.status === 304
  return {
    status: answer.status,
    today: good ? today : null,
    offsetMs: Number.isFinite(serverTime) ? Math.round(serverTime - middle) : null,
    missing: good && today !== null ? await fetchPlans(today, token) : 0,
  }
}

/** One transaction, so that the tag never speaks of another today. False where the phone is another patient's by now. */
const keepToday = (
  { deviceId }: Device,
  today: Today,
  tag: { tag: string; language: string },
): Promise<boolean> =>
  onDatabase(async (db) => {
    const transaction = db.transaction('values', 'readwrite', strict)
    const right = (await transaction.store.get('current')) === deviceId
    if (right) {
      await transaction.store.put(today, 'today')
      await transaction.store.put(tag, 'todayTag')
    }
    await transaction.done
    return right
  })

async function fetchPlans(today: Today, token: string): Promise<number> {
  const kept = new Set((await onDatabase((db) => db.getAll('forms'))).map((row) => row.sha256))
  let missing = 0
  for (const { url, sha256: wanted } of today.forms) {
    if (kept.has(wanted)) continue
    const answer = url.startsWith('/v1/') ? await call(url, { token }) : null
    const plan = answer?.status === 200 ? (answer.json() as DeviceForm | undefined) : undefined
    if (plan === undefined || toHex(await sha256(answer!.bytes)) !== wanted) {
      missing++
      continue
    }
    // The engine for such plans is a chunk of its own; the service worker keeps it once it was fetched.
    if (plan.needsTree === true) {
      await import('../../../../src/study/device/form-tree.ts').catch(() => {
        missing++
      })
    }
    await saveForm(plan, wanted)
  }
  if (missing === 0) await dropUnusedPlans(today.forms.map((form) => form.sha256))
  return missing
}
