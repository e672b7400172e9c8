// Whether the browser has promised not to clear what the app keeps. Until it has, the app says so on Today.
import { signal } from '@preact/signals'

/** Null while it is not known. */
export const storageIsKept = signal<boolean | null>(null)

/** Asks the browser; where it cannot be asked, nothing is said. */
export async function askStorage(): Promise<void> {
  storageIsKept.value = (await navigator.storage?.persisted?.().catch(() => null)) ?? null
}
