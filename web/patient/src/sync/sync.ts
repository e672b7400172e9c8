// Keeps phone and server in step, for the screens: what waits, what is due, whether the server was reached. Sends on
// every trigger of interface.md §5 – a form finished, the app opened or shown again, the network back, a push – and else
// after a wait with jitter. What other tabs do is followed.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Device, OutboxEntry, Today } from '../model.ts'
import { onOutbox, tellOutbox } from '../store/outbox.ts'
import type { Store } from '../store/store.ts'
import { firstWaitMs, waitMs } from './back-off.ts'
import { declareHeld } from './held.ts'
import { checkEd25519 } from './receipt-library.ts'
import { refreshToday } from './refresh.ts'
import { sendDue } from './sender.ts'

/** The state of the exchange, and how to hurry it. */
export type Sync = {
  /** The patient's entries on this phone, oldest first. Of a wiped clinic tablet, the last ones seen. */
  readonly entries: ReadonlySignal<readonly OutboxEntry[]>
  readonly today: ReadonlySignal<Today | null>
  readonly online: ReadonlySignal<'unknown' | 'yes' | 'no'>
  /** `replaced`: another phone took over; `refused`: the token is not accepted any more. Entries stay in both. */
  readonly standing: ReadonlySignal<'good' | 'replaced' | 'refused'>
  /** Server's clock minus the phone's, in milliseconds; null before the first contact. */
  readonly serverOffsetMs: ReadonlySignal<number | null>
  /** A form plan that today names is not on the phone yet. */
  readonly plansMissing: ReadonlySignal<boolean>
  /** A clinic tablet has sent its form and kept nothing. */
  readonly wiped: ReadonlySignal<boolean>
  /** Sends what waits now; `reason` is for reading only. Never rejects. */
  flush(reason: string): Promise<void>
  /** Fetches today and missing plans, and tells what is held. Never rejects. */
  refresh(): Promise<void>
  /** Begins to follow network, visibility, pushes and other tabs, and makes the first round. */
  start(): void
  stop(): void
}

/** After a receipt the server needs a second or two until the checkpoint: then asked again after these times, in milliseconds. */
const settleWaitsMs = [2_500, 8_000, 60_000, 15 * 60_000]
/** Today is fetched at least so often while the app is open, and when it is shown again after so long, in milliseconds. */
const refreshEveryMs = 60 * 60_000
const refreshShownMs = 60_000
/** So long after its activation a phone that is not known is asked about again before it is believed, in milliseconds. */
const newPhoneMs = 30_000

/** One per page; two in two tabs share the work through the store. */
export function createSync(store: Store, device: Device): Sync {
  const entries = signal<readonly OutboxEntry[]>([])
  const today = signal<Today | null>(null)
  const online = signal<'unknown' | 'yes' | 'no'>(navigator.onLine ? 'unknown' : 'no')
  const standing = signal<'good' | 'replaced' | 'refused'>('good')
  const serverOffsetMs = signal<number | null>(null)
  const plansMissing = signal(false)
  const wiped = signal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let settleTry = 0
  let settleAt = 0
  let refreshedAt = 0
  let refreshAt = 0
  let refreshFailures = 0
  const ends: (() => void)[] = []

  const read = async () => {
    if (wiped.value) return
    const before = entries.value
    entries.value = await store.outbox()
    today.value = await store.today()
    const sentNow = (list: readonly OutboxEntry[]) => list.filter((e) => e.state === 'sent').length
    if (sentNow(entries.value) > sentNow(before)) {
      settleTry = 0
      settleAt = 0
    }
    schedule()
  }

  /** One timer for whatever comes next: an attempt, a question whether something is settled, an hour's refresh. */
  const schedule = () => {
    clearTimeout(timer)
    if (ends.length === 0) return
    const now = Date.now()
    const attempts = entries.value.filter((e) => e.state !== 'sent').map((e) => e.nextAttemptAt)
    const moments = [refreshAt, ...attempts]
    if (entries.value.some((e) => e.state === 'sent')) {
      settleAt ||= now + settleWaitsMs[Math.min(settleTry, settleWaitsMs.length - 1)]!
      moments.push(settleAt)
    }
    // At least a second: a clock that was set back must not make a busy loop.
    timer = setTimeout(
      () => void quietly(onTimer),
      Math.min(Math.max(1_000, Math.min(...moments) - now), refreshEveryMs),
    )
  }
  const onTimer = async () => {
    const settle = settleAt !== 0 && settleAt <= Date.now() + 100
    // Planned for later than an hour: the clock was set back.
    const now = Date.now()
    if (refreshAt <= now || refreshAt > now + refreshEveryMs) await refresh()
    await send(false)
    if (settle) {
      settleTry++
      settleAt = 0
      await declare(true)
    }
    schedule()
  }

  const declare = async (check: boolean) => {
    const { status, serverTime } = await declareHeld({ check })
    if (serverTime !== null) serverOffsetMs.value = Math.round(Date.parse(serverTime) - Date.now())
    note(status)
    await read()
  }
  /** Of several servers one may not have heard of a phone that another has just activated. */
  const isNew = () => Math.abs(Date.now() - Date.parse(device.activatedAt)) < newPhoneMs
  const note = (status: number | undefined) => {
    if (status === undefined) return
    online.value = status === 0 ? 'no' : 'yes'
    if (status === 401 && !isNew()) standing.value = 'refused'
    else if (status === 410) standing.value = 'replaced'
  }

  const send = async (now: boolean) => {
    const round = await sendDue({ now }, checkEd25519)
    if (round.outcome === 'answered' || round.outcome === 'put-off') online.value = 'yes'
    if (round.outcome === 'no-answer') online.value = 'no'
    if (round.tokenRefused) note(401)
    await read()
    if (round.keysWanted) await refreshOnly()
    if (await leaveNoTrace()) return
    if (round.outcome === 'answered') await declare(false)
  }
  /** A clinic's tablet keeps nothing of the patient once the receipt is here. */
  const leaveNoTrace = async () => {
    const done = device.kind === 'clinic' && entries.value.length > 0
    if (!done || entries.value.some((e) => e.state !== 'sent')) return wiped.value
    // Set before, so that the screen keeps showing what was sent; taken back where it is not true.
    wiped.value = true
    await store.wipe().catch((error: unknown) => {
      wiped.value = false
      throw error
    })
    stop()
    return true
  }

  /** Resolves to whether the server could answer. After a failure it is asked again ever later. */
  const refreshOnly = async () => {
    const { status, offsetMs, missing, today: fresh } = await refreshToday()
    note(status)
    const now = Date.now()
    refreshFailures = fresh === null ? refreshFailures + 1 : 0
    refreshAt = now + (fresh === null ? firstWaitMs + waitMs(refreshFailures + 1) : refreshEveryMs)
    if (fresh !== null) {
      refreshedAt = now
      today.value = fresh
      plansMissing.value = missing > 0
      if (standing.value !== 'good') standing.value = 'good'
    }
    if (offsetMs !== null) serverOffsetMs.value = offsetMs
    return status !== 0 && status < 500
  }

  /** What goes wrong inside is the phone's memory failing; the entries stay, and the next trigger tries again. */
  const quietly = async (work: () => Promise<void>) => {
    try {
      if (!wiped.value) await work()
    } catch {
      schedule()
    }
  }
  const flush = (_reason: string) => quietly(() => send(true))
  const refresh = () =>
    quietly(async () => {
      if (await refreshOnly()) await declare(true)
      tellOutbox()
    })

  const listen = (target: EventTarget, name: string, then: (event: Event) => void) => {
    target.addEventListener(name, then)
    ends.push(() => target.removeEventListener(name, then))
  }
  const start = () => {
    if (ends.length > 0) return
    ends.push(onOutbox(() => void quietly(read)))
    listen(window, 'online', () => void flush('online').then(refresh))
    listen(window, 'offline', () => {
      online.value = 'no'
    })
    listen(document, 'visibilitychange', () => {
      if (document.visibilityState !== 'visible') return
      void flush('shown')
      if (Math.abs(Date.now() - refreshedAt) > refreshShownMs) void refresh()
    })
    if (navigator.serviceWorker !== undefined) {
      listen(navigator.serviceWorker, 'message', (event) => {
        if ((event as MessageEvent).data?.kind === 'pushed') void flush('push').then(refresh)
      })
    }
    void quietly(read)
      .then(refresh)
      .then(() => flush('start'))
  }
  const stop = () => {
    clearTimeout(timer)
    for (const end of ends.splice(0)) end()
  }
  void quietly(read)
  return {
    entries,
    today,
    online,
    standing,
    serverOffsetMs,
    plansMissing,
    wiped,
    flush,
    refresh,
    start,
    stop,
  }
}
