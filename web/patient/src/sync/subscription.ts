// Keeps the server's address for pushes the present one. Browsers replace a subscription when they like, and after a new
// activation the one it knows belongs to the replaced phone: reminders would end without a word. Page and worker share it.
import { call } from '../api/call.ts'
import { currentCredentials } from '../store/credentials.ts'
import { readValue, writeValue } from '../store/database.ts'
import { fromBase64 } from './bytes.ts'

/**
 * Subscribes where this browser is not subscribed, and tells the server where it has not been told of this subscription
 * of this phone. `key`: the VAPID public key, base64url. Resolves to whether the server knows; rejects where the browser
 * cannot subscribe.
 */
export async function subscribe(pushes: PushManager, key: string): Promise<boolean> {
  const applicationServerKey = fromBase64(key.replaceAll('-', '+').replaceAll('_', '/'))
  const subscription =
    (await pushes.getSubscription()) ??
    (await pushes.subscribe({ userVisibleOnly: true, applicationServerKey }))
  const { endpoint = '', keys } = subscription.toJSON()
  const { deviceId, token } = (await currentCredentials())?.device ?? {}
  if (deviceId === undefined || token === undefined) return false
  const told = await readValue('pushTold')
  if (told?.deviceId === deviceId && told.endpoint === endpoint) return true
  const body = JSON.stringify({ endpoint, keys })
  const answer = await call('/v1/device/push', { method: 'PUT', token, body })
  const knows = answer !== null && answer.status < 300
  if (knows) await writeValue('pushTold', { deviceId, endpoint })
  return knows
}

let running = false

/**
 * The same at start and after a change, where the patient wants reminders and the phone allows them; one at a time.
 * Never rejects.
 */
export async function keepSubscribed(pushes: () => Promise<PushManager>): Promise<void> {
  if (running) return
  running = true
  try {
    const key = (await readValue('today'))?.reminders.pushKey
    const wanted = (await readValue('settings'))?.reminders === true && key != null
    if (wanted && Notification.permission === 'granted') await subscribe(await pushes(), key)
  } catch {
    // The next start tries again.
  }
  running = false
}
