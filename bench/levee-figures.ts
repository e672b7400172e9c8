// Reads Levee's own figures over HTTP: the ledger and the time from acknowledgement to application.

/** The ledger's sums over all studies, and whether P4's equation holds in it. */
export type LedgerReading = { received: number; applied: number; inFlight: number; balanced: boolean }

/** How long it took until nothing was in flight, and how many entries were applied each second meanwhile. */
export type Settled = { seconds: number; appliedPerSecond: number; ledger: LedgerReading }

/** A histogram at one moment: cumulative counts by upper bound in seconds. */
export type Buckets = Map<number, number>

/** The text of a page. @throws Error on any status but 200. */
async function page(port: number, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
  return text
}

/** The buckets of a Prometheus histogram without labels of its own; empty when there is none. */
export function bucketsOf(metrics: string, name: string): Buckets {
  const buckets: Buckets = new Map()
  const line = new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} (\\S+)`, 'gm')
  for (const [, le, count] of metrics.matchAll(line)) {
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(count))
  }
  return buckets
}

/** The bound under which `share` of what was recorded between two readings lies; undefined when nothing was. */
export function percentileBetween(before: Buckets, after: Buckets, share: number): number | undefined {
  const bounds = [...after.keys()].sort((a, b) => a - b)
  const within = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0)
  const total = within(Number.POSITIVE_INFINITY)
  if (total <= 0) return undefined
  return bounds.find((bound) => within(bound) >= share * total)
}

/** Levee's histogram of the seconds from acknowledgement to application, now. */
export async function readLag(port: number): Promise<Buckets> {
  return bucketsOf(await page(port, '/metrics'), 'levee_applied_lag_seconds')
}

type Ledger = { balanced: boolean; studies: Omit<LedgerReading, 'balanced'>[] }

export async function readLedger(port: number): Promise<LedgerReading> {
  const { balanced, studies } = JSON.parse(await page(port, '/v1/ledger')) as Ledger
  const sum = (of: (study: Ledger['studies'][number]) => number) =>
    studies.reduce((all, study) => all + of(study), 0)
  return {
    received: sum((s) => s.received),
    applied: sum((s) => s.applied),
    inFlight: sum((s) => s.inFlight),
    balanced,
  }
}

/** Waits until nothing is in flight. @throws Error when that takes longer than `mostSeconds`. */
export async function settle(port: number, mostSeconds: number): Promise<Settled> {
  const startMs = performance.now()
  const before = await readLedger(port)
  for (;;) {
    const ledger = await readLedger(port)
    const seconds = (performance.now() - startMs) / 1000
    if (ledger.inFlight === 0)
      return { seconds, appliedPerSecond: (ledger.applied - before.applied) / seconds, ledger }
    if (seconds > mostSeconds)
      throw new Error(`${ledger.inFlight} entries still in flight after ${mostSeconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
