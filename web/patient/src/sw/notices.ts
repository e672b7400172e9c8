// Reminders as the phone shows them (U20). The server wrote the text, without health words; here it is only shown, and
// that it was shown or opened is told to the server for the reminder log.
import { call } from '../api/call.ts'
import { deviceNow } from '../store/clock.ts'
import { currentCredentials } from '../store/credentials.ts'

/** What a push carries. */
export type Notice = {
  readonly id: string
  readonly title: string
  readonly body: string
  /** Where a touch leads, below `/app/`. */
  readonly url: string
  readonly tag: string
}

/** The notice of a push; null where it is not one of ours. */
export function noticeOf(text: string): Notice | null {
  try {
    const { id, title, body, url, tag } = JSON.parse(text) as Record<keyof Notice, unknown>
    if (typeof title !== 'string' || typeof id !== 'string') return null
    const target = typeof url === 'string' && /^\/app\/(?:#[\w/.-]*)?$/.test(url) ? url : '/app/'
    return {
      id: id.slice(0, 128),
      title: title.slice(0, 200),
      body: typeof body === 'string' ? body.slice(0, 500) : '',
      url: target,
      tag: typeof tag === 'string' ? tag.slice(0, 128) : '',
    }
  } catch {
    return null
  }
}

/** Tells the reminder log; what cannot be told now is not told later. */
export async function tellReminder(id: string, event: 'shown' | 'opened'): Promise<void> {
  const credentials = await currentCredentials()
  if (credentials === undefined || id === '') return
  const body = JSON.stringify({ event, at: deviceNow() })
  await call(`/v1/device/reminders/${encodeURIComponent(id)}`, {
    method: 'POST',
    token: credentials.device.token,
    body,
  })
}
