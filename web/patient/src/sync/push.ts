// Asks for reminders by push, from a button, as browsers demand, and tells the server where to push to. Behind some
// networks a subscription neither succeeds nor fails: after 10 seconds it counts as failed.
import { call } from '../api/call.ts'
import { currentCredentials } from '../store/credentials.ts'
import { onDatabase, readValue, strict } from '../store/database.ts'
import { subscribe } from './subscription.ts'

/** The longest a patient waits for the browser's push service, in milliseconds. */
export const pushLimitMs = 10_000

/** Whether this browser can be pushed to at all; on an iPhone only the installed app can. */
export const canPush = (): boolean =>
  'PushManager' in globalThis && 'Notification' in globalThis && navigator.serviceWorker !== undefined

/** `denied`: the patient or the phone said no; `unsupported`: browser or study without pushes; `failed`: try again. */
export async function askForReminders(): Promise<'on' | 'denied' | 'unsupported' | 'failed'> {
  const key = (await readValue('today'))?.reminders.pushKey
  if (!canPush() || key == null) return 'unsupported'
  const allowed = await Notification.requestPermission()
  if (allowed !== 'granted') return 'denied'
  try {
    await forgetTold()
    const { pushManager } = await navigator.serviceWorker.ready
    return (await Promise.race([subscribe(pushManager, key), timeLimit()])) ? 'on' : 'failed'
  } catch {
    return 'failed'
  }
}

/** The server is told anew, whatever it was told before. */
const forgetTold = (): Promise<void> =>
  onDatabase(async (db) => {
    const transaction = db.transaction('values', 'readwrite', strict)
    await Promise.all([transaction.store.delete('pushTold'), transaction.done])
  })

const timeLimit = (): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no answer of the push service')), pushLimitMs)
  })

/** Ends pushes to this phone, here and at the server. Resolves to whether the server knows. */
export async function endReminders(): Promise<boolean> {
  if (canPush()) {
    const installed = await navigator.serviceWorker.getRegistration('/app/')
    const subscription = await installed?.pushManager.getSubscription()
    await subscription?.unsubscribe().catch(() => false)
  }
  await forgetTold()
  return tell()
}

async function tell(): Promise<boolean> {
  const token = (await currentCredentials())?.device.token
  if (token === undefined) return false
  const answer = await call('/v1/device/push', { method: 'DELETE', token })
  return answer !== null && answer.status < 300
}

/** Tells the server the patient's quiet hours and whether reminders are wanted. Resolves to whether it knows. */
export async function tellReminderWishes(
  enabled: boolean,
  quiet: { readonly from: string; readonly to: string } | null,
): Promise<boolean> {
  const token = (await currentCredentials())?.device.token
  if (token === undefined) return false
  const body = JSON.stringify({ enabled, quiet })
  const answer = await call('/v1/device/reminders', { method: 'PUT', token, body })
  return answer !== null && answer.status < 300
}
