// What the doors need of reminders: the key that phones subscribe for, and the seal for what they say.
import type { Seal } from './seal.ts'

export type ReminderDoor = {
  /** VAPID public key in base64url; null where this installation sends no pushes. */
  readonly pushKey: string | null
  /** Ways in which this installation sends reminders. */
  readonly ways: { readonly push: boolean; readonly email: boolean; readonly phone: boolean }
  /** Whether a push service may be on this machine. */
  readonly loopback: boolean
  readonly seal: Seal
}
