// Installs the service worker and tells when a new version of the app is ready. It is applied when the patient is on
// Today and agrees, never inside a form (U16): nothing here does it by itself.
import { type ReadonlySignal, signal } from '@preact/signals'
import { spokenLanguage } from '../words/words.ts'

const ready = signal(false)
/** A new version waits to be applied. */
export const updateReady: ReadonlySignal<boolean> = ready

let registration: ServiceWorkerRegistration | undefined

type ScriptPolicy = { createScriptURL(url: string): unknown }
type TrustedTypes = {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy
}

/** The worker's address as the content security policy wants it (Trusted Types), where the browser knows them. */
function workerUrl(): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  const policy = types?.createPolicy('levee-worker', {
    createScriptURL(url) {
      if (url !== '/app/sw.js') throw new TypeError('not the worker of this app')
      return url
    },
  })
  return (policy?.createScriptURL('/app/sw.js') ?? '/app/sw.js') as string
}

/**
 * Installs the worker and looks for a newer one each hour and when the app is shown. Resolves to whether there is a
 * worker; without one the app works with a network only. `onGo`: a notification was opened while the app was.
 */
export async function installWorker(onGo: (url: string) => void): Promise<boolean> {
  const workers = navigator.serviceWorker
  if (workers === undefined) return false
  try {
    registration = await workers.register(workerUrl(), { scope: '/app/', updateViaCache: 'none' })
  } catch {
    return false
  }
  const installed = registration
  const look = () => {
    // The first worker has nobody before it: that is no update.
    ready.value = installed.waiting !== null && workers.controller !== null
  }
  look()
  installed.addEventListener('updatefound', () => installed.installing?.addEventListener('statechange', look))
  const update = () => void installed.update().catch(() => undefined)
  setInterval(update, 60 * 60_000)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') update()
  })
  workers.addEventListener('message', (event: MessageEvent) => {
    const { kind, url } = (event.data ?? {}) as { kind?: unknown; url?: unknown }
    if (kind === 'go' && typeof url === 'string') onGo(url)
  })
  const keepAll = () => void keepWhatWasFetched(restParts())
  void workers.ready.then(() => {
    void keepWhatWasFetched()
    setTimeout(keepAll, quietAfterMs)
  })
  addEventListener('online', () => setTimeout(keepAll, quietAfterMs))
  return true
}

/** The page is taken to be done with what is urgent after so long, in milliseconds. */
const quietAfterMs = 5_000

/** Names of what the worker keeps in its second step: all other screens, in the language spoken (see src/sw/shell.ts). */
function restParts(): string[] {
  const tag = spokenLanguage.peek()?.language.tag.slice(0, 2)
  return ['rest', 'rest.css', `rest-${tag}`]
}

/** Has the worker keep what this page fetched before it was there, above all the words of the chosen language, and `more`. */
export async function keepWhatWasFetched(more: readonly string[] = []): Promise<void> {
  const active = (await navigator.serviceWorker?.ready)?.active
  const paths = performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)
  active?.postMessage({ kind: 'keep', wanted: [...paths, ...more] })
}

/** Applies the new version and loads the page anew. Call it on Today only; drafts and entries are not touched. */
export function applyUpdate(): void {
  if (registration?.waiting == null) return
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  registration.waiting.postMessage({ kind: 'apply' })
}
