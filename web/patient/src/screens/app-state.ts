// What all screens share: the phone's memory, its sender, and what of both is shown. Built once at start; the only
// place that creates the sender, so that there is one per phone and not one per screen.
import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { lockAtStart, locked, watchIdle } from '../crypto/lock.ts'
import type { Device, Draft, Settings } from '../model.ts'
import { openStore, type Store } from '../store/store.ts'
import { keepSubscribed } from '../sync/subscription.ts'
import { createSync, type Sync } from '../sync/sync.ts'
import { installWorker, keepWhatWasFetched } from '../sync/updates.ts'
import { speak } from '../words/words.ts'
import { keepInstallPrompt } from './install-state.ts'
import { go } from './route.ts'
import { followClock } from './saying.ts'
import { askStorage } from './storage.ts'

/** The app as the screens see it. */
export type App = {
  readonly store: Store
  /** Null until this phone is activated. */
  readonly device: Signal<Device | null>
  readonly sync: Signal<Sync | null>
  readonly settings: Signal<Settings>
  readonly drafts: ReadonlySignal<readonly Draft[]>
  readonly sentKeys: ReadonlySignal<ReadonlySet<string>>
  /** Reads drafts and sent keys again, as after a form was left. */
  look(): Promise<void>
  /** Keeps settings and lets them take effect. Rejects where they could not be kept; they hold for now all the same. */
  change(part: Partial<Settings>): Promise<void>
  /** Begins to send and fetch for a device that was just activated. */
  begin(device: Device): void
}

/** Opens the phone's memory, speaks the chosen language, applies the looks. Rejects where there is no memory. */
export async function openApp(): Promise<App> {
  const store = await openStore()
  await lockAtStart()
  const [device, settings] = await Promise.all([store.device(), store.settings()])
  const app = createApp(store, settings)
  applyLooks(settings)
  await speak(settings.language || navigator.language)
  if (device !== null) app.begin(device)
  watchIdle()
  followClock()
  keepInstallPrompt()
  void askStorage()
  void installWorker((url) => go(new URL(url, location.href).hash || '#/'))
  return app
}

function createApp(store: Store, initial: Settings): App {
  const device = signal<Device | null>(null)
  const sync = signal<Sync | null>(null)
  const settings = signal(initial)
  const drafts = signal<readonly Draft[]>([])
  const sentKeys = signal<ReadonlySet<string>>(new Set())
  const look = async (): Promise<void> => {
    const [own, keys] = await Promise.all([locked.peek() ? [] : store.drafts(), store.sentKeys()])
    drafts.value = own
    sentKeys.value = keys
  }
  return {
    store,
    device,
    sync,
    settings,
    drafts,
    sentKeys,
    look,
    async change(part) {
      settings.value = { ...settings.peek(), ...part }
      applyLooks(settings.peek())
      if (part.language !== undefined) {
        await speak(part.language)
        void keepWhatWasFetched().catch(() => undefined)
      }
      await store.saveSettings(settings.peek())
      if (part.language !== undefined) void sync.peek()?.refresh()
    },
    begin(begun) {
      device.value = begun
      const sender = createSync(store, begun)
      sync.peek()?.stop()
      sync.value = sender
      sender.start()
      effect(() => {
        if (sender.today.value !== null && sender.online.value === 'yes')
          void keepSubscribed(async () => (await navigator.serviceWorker.ready).pushManager)
      })
      void look().catch(() => undefined)
    },
  }
}

function applyLooks({ textPercent, theme }: Settings): void {
  const root = document.documentElement
  root.style.setProperty('--text-scale', String(textPercent / 100))
  if (theme === 'system') delete root.dataset.theme
  else root.dataset.theme = theme
}
