// Whether the app runs as an installed app, and how it can be installed here. On iPhones the installed app and the
// browser keep their memories apart, so the steps are shown before the code is asked for.
import { signal } from '@preact/signals'

type InstallPrompt = Event & { prompt(): Promise<unknown> }

/** What the browser offers for installing by a button; null where it offers nothing (yet). */
export const installPrompt = signal<InstallPrompt | null>(null)

/** Keeps the browser's offer for our own button. To be called once, at start. */
export function keepInstallPrompt(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    installPrompt.value = event as InstallPrompt
  })
}

/** Whether this is the installed app. */
export function isInstalled(): boolean {
  const onHomeScreen = 'standalone' in navigator && navigator.standalone === true
  return onHomeScreen || matchMedia('(display-mode: standalone), (display-mode: fullscreen)').matches
}

/** `ios`: iPhone or iPad, also one that says it is a Mac; `android`; `other`: nothing to install on. */
export function platform(): 'ios' | 'android' | 'other' {
  if (/iPhone|iPad|iPod/.test(navigator.userAgent)) return 'ios'
  if (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1) return 'ios'
  return /Android/.test(navigator.userAgent) ? 'android' : 'other'
}
