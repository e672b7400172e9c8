// Binds this phone to a patient: makes the signing key, sends the one-time code with its public half, keeps what comes
// back. The key is kept before the call, so that after a lost answer the same code and key may be sent again.
import { app } from '../app-version.ts'
import type { Device } from '../model.ts'
import { onDatabase, readValue, strict } from '../store/database.ts'
import { saveDevice } from '../store/save-device.ts'
import { openStore } from '../store/store.ts'
import { retryAfterMs } from '../sync/back-off.ts'
import { toBase64 } from '../sync/bytes.ts'
import { call } from './call.ts'

/**
 * `refused`: unknown, used or expired, the server does not say which; or a tablet's code on a patient's own phone. `unsent`: the patient's present phone holds
 * entries that have not arrived; the patient must say that this is known. `offline`: no answer; the same code may be
 * tried again. `busy`: the server cannot now.
 */
export type ActivationResult =
  | { readonly ok: true; readonly device: Device }
  | {
      readonly ok: false
      readonly why: 'refused' | 'too-many' | 'unsent' | 'offline' | 'busy'
      readonly retryAfterS?: number
      readonly held?: number
      readonly lastContactAt?: string
    }

type Granted = Pick<Device, 'token' | 'deviceId' | 'studyId' | 'patientId' | 'kind' | 'form'>

/** ECDSA on P-256; the private half can be used by this app and read by nobody. */
async function signer(): Promise<CryptoKeyPair> {
  const known = await readValue('pendingSigner')
  if (known !== undefined) return known
  const made = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ])
  return onDatabase(async (db) => {
    const transaction = db.transaction('values', 'readwrite', strict)
    const first = (await transaction.store.get('pendingSigner')) as CryptoKeyPair | undefined
    if (first === undefined) await transaction.store.put(made, 'pendingSigner')
    await transaction.done
    return first ?? made
  })
}

/**
 * Sends a code of ten characters (`normaliseCode` of src/study/device/activation-code.ts). On success the phone is
 * bound when it resolves. Rejects with a StoreError where the phone cannot keep it.
 */
export async function activate(
  code: string,
  options: { readonly unsentElsewhere?: 'known' } = {},
): Promise<ActivationResult> {
  const store = await openStore()
  const { publicKey } = await signer()
  const spki = toBase64(new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)))
  const body = JSON.stringify({ code, publicKey: spki, app, ...options })
  const answer = await call('/v1/activation', { method: 'POST', body })
  if (answer === null) return { ok: false, why: 'offline' }
  if (answer.status !== 201) return refusal(answer.status, answer.json(), answer.headers.get('retry-after'))
  const granted = answer.json() as Granted | undefined
  if (typeof granted?.token !== 'string') return { ok: false, why: 'busy' }
  const { token, deviceId, studyId, patientId, kind, form } = granted
  // A patient's phone that read a tablet's code stays what it is: a tablet forgets everything after its one form.
  if (kind === 'clinic' && (await store.device())?.kind === 'own') return { ok: false, why: 'refused' }
  const device: Device = {
    kind,
    token,
    deviceId,
    studyId,
    patientId,
    activatedAt: new Date().toISOString(),
    form: form ?? null,
  }
  await saveDevice(device)
  return { ok: true, device }
}

function refusal(status: number, problem: unknown, retryAfter: string | null): ActivationResult {
  if (status === 429)
    return { ok: false, why: 'too-many', retryAfterS: Math.ceil(retryAfterMs(retryAfter) / 1000) }
  const { code, held, lastContactAt } = (problem ?? {}) as Record<string, unknown>
  if (code === 'activation.unsent') {
    return {
      ok: false,
      why: 'unsent',
      ...(typeof held === 'number' ? { held } : {}),
      ...(typeof lastContactAt === 'string' ? { lastContactAt } : {}),
    }
  }
  return { ok: false, why: status >= 400 && status < 500 ? 'refused' : 'busy' }
}
