// Why something could not be kept or read on this phone. The screens show it (U14: Next waits for the write); nothing
// swallows it.

/** `full`: no room; `locked`: the PIN is needed; `sent`: that form has been sent; `lost`: the draft cannot be unsealed; `failed`: anything else. */
export type StoreFault = 'full' | 'locked' | 'sent' | 'lost' | 'failed'

/** What every function of the store rejects with. The message holds no answers. */
export class StoreError extends Error {
  readonly why: StoreFault
  constructor(why: StoreFault, cause?: unknown) {
    super(`could not be kept on this phone: ${why}`, { cause })
    this.name = 'StoreError'
    this.why = why
  }
}

/** Turns whatever a browser's storage threw into a {@link StoreError}; a full disk has three names among them. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  const full = name === 'QuotaExceededError' || name === 'NS_ERROR_DOM_QUOTA_REACHED'
  return new StoreError(full ? 'full' : 'failed', error)
}
