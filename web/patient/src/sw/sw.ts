// The service worker: the app from the phone's own memory, pushes, and one more chance to send. It never takes over by
// itself: a new version waits until a page says `apply`, which Today does and no form (U16). No time logic in it.
import { onDatabase } from '../store/database.ts'
import { declareHeld } from '../sync/held.ts'
import { checkByBrowser } from '../sync/receipt.ts'
import { sendDue } from '../sync/sender.ts'
import { keepSubscribed } from '../sync/subscription.ts'
import { noticeOf, tellReminder } from './notices.ts'
import { answerFromShell, dropOld, keepMore, keepShell, type Shell } from './shell.ts'

declare const self: ServiceWorkerGlobalScope
declare const __SHELL__: Shell
const shell: Shell = __SHELL__

/** What pages say to the worker. */
type Message = { readonly kind: 'apply' } | { readonly kind: 'keep'; readonly wanted: readonly string[] }

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell(shell))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOld(shell).then(() => self.clients.claim()))
})

self.addEventListener('message', (event) => {
  const message = event.data as Message
  if (message.kind === 'apply') void self.skipWaiting()
  if (message.kind === 'keep') event.waitUntil(keepMore(shell, message.wanted.map(String)))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin || !pathname.startsWith('/app/')) return
  event.respondWith(answerFromShell(shell, request))
})

self.addEventListener('push', (event) => {
  const notice = noticeOf(event.data?.text() ?? '')
  event.waitUntil(
    Promise.allSettled([
      // Browsers withdraw the permission of apps that take a push and show nothing.
      self.registration.showNotification(notice?.title ?? 'Diary', {
        body: notice?.body ?? '',
        tag: notice?.tag ?? '',
        icon: '/app/icons/192.png',
        badge: '/app/icons/badge.png',
        data: { id: notice?.id ?? '', url: notice?.url ?? '/app/' },
      }),
      tellPages(),
      notice === null ? undefined : tellReminder(notice.id, 'shown'),
      handOver(),
    ]),
  )
})

self.addEventListener('pushsubscriptionchange', (event) => {
  ;(event as ExtendableEvent).waitUntil(keepSubscribed(async () => self.registration.pushManager))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { id, url } = event.notification.data as { id: string; url: string }
  event.waitUntil(Promise.allSettled([showPage(url), tellReminder(id, 'opened')]))
})

// Only some browsers have it; the page's own triggers do without.
self.addEventListener('sync', (event) => {
  ;(event as ExtendableEvent).waitUntil(handOver())
})

/**
 * Sends what waits, also while no page is open. Pages that send meanwhile are not disturbed (Web Locks). Left to the
 * pages where the browser cannot check receipts itself: the library for that is not in this file.
 */
async function handOver(): Promise<void> {
  const able = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).catch(() => undefined)
  if (able === undefined) return
  if (!(await onDatabase(async (db) => (await db.count('outbox')) > 0))) return
  const { outcome } = await sendDue({ now: true }, checkByBrowser)
  if (outcome === 'answered') await declareHeld({ check: false })
}

const pages = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true })

async function tellPages(): Promise<void> {
  for (const page of await pages()) page.postMessage({ kind: 'pushed' })
}

/** Brings an open page of the app to the front and leads it there, else opens one. */
async function showPage(url: string): Promise<void> {
  const [page] = (await pages()).filter((one) => new URL(one.url).pathname === '/app/')
  if (page === undefined) {
    await self.clients.openWindow(url)
    return
  }
  page.postMessage({ kind: 'go', url })
  await page.focus()
}
