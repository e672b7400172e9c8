// How often one device may change something or hand something in: far more often than any app does, so that a token in
// the wrong hands cannot fill the audit log or the journal. Kept in memory, by device, bounded; a start forgets it, and
// each node of a cluster counts for itself.
import type { Device } from './devices.ts'

/** Calls that may come at once, and how many more every second. */
export type Rate = { readonly burst: number; readonly perSecond: number }

/** What a device may do. A phone that was without a network for a month hands in some hundred entries. */
export const deviceRates = {
  /** What it says of itself: pushes, reminders, what it holds. */
  changes: { burst: 60, perSecond: 1 },
  /** Submissions of phones and tablets. */
  submissions: { burst: 300, perSecond: 20 },
} as const satisfies Record<string, Rate>

/** Devices that are remembered; those that called longest ago are forgotten first, when theirs is over anyway. */
const remembered = 20_000

export type DeviceLimits = {
  /** Counts a change; where it is one too many, it is not counted, and these are the seconds to wait. */
  change(device: Pick<Device, 'deviceId'>): number | undefined
  /** Counts a submission likewise. Tokens of the command line, which integrations send by, are not counted. */
  submit(device: Pick<Device, 'deviceId'> & { readonly kind?: Device['kind'] }): number | undefined
}

/** `now` in milliseconds, monotonic. */
export function deviceLimits(now: () => number): DeviceLimits {
  const changes = bucketsOf(deviceRates.changes, now)
  const submissions = bucketsOf(deviceRates.submissions, now)
  return {
    change: ({ deviceId }) => changes(deviceId),
    submit: ({ deviceId, kind }) =>
      kind === undefined || kind === 'token' ? undefined : submissions(deviceId),
  }
}

/**
 * Token buckets, each as one number: when it will be full again. A full one need not be remembered. Returns the seconds to
 * wait for the next token, at least 1, or takes one. `most`: buckets remembered.
 */
export function bucketsOf(
  { burst, perSecond }: Rate,
  now: () => number,
  most = remembered,
): (key: number) => number | undefined {
  const eachMs = 1000 / perSecond
  const fullAt = new Map<number, number>()
  return (key) => {
    const at = now()
    const from = Math.max(at, fullAt.get(key) ?? at)
    const over = from + eachMs - (at + burst * eachMs)
    // What rounding of fractions leaves is nothing.
    if (over > 1e-6) return Math.max(1, Math.ceil(over / 1000))
    // Set anew, it is the last one: the first one is whose call lies back longest.
    fullAt.delete(key)
    if (fullAt.size >= most) fullAt.delete(fullAt.keys().next().value!)
    fullAt.set(key, from + eachMs)
    return undefined
  }
}
