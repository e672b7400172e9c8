// The simulated phones of the morning together: when each one wakes up, what happens to it, and what they met.
import { setTimeout as sleep } from 'node:timers/promises'
import { demoStudyId } from '../../src/cli/demo-study.ts'
import { planArrivals } from '../../src/cli/load/arrivals.ts'
import { Histogram } from '../../src/cli/load/histogram.ts'
import { seededRandom } from '../../src/cli/load/random.ts'
import { type DeviceFate, type DeviceTotals, type Phone, type Swarm, settle, spendMorning } from './device.ts'
import { openLine } from './line.ts'
import type { Invited } from './server.ts'
import type { Told } from './told.ts'

export type Devices = Disposable & {
  readonly totals: DeviceTotals
  readonly acknowledged: Histogram
  /** All of them through the morning; resolves when the last one has its receipt or has given up. */
  morning(): Promise<void>
  /** All of them ask whether their copies may go. */
  evening(withinMs: number): Promise<void>
}

export type DevicesOptions = {
  readonly url: string
  readonly patients: readonly Invited[]
  readonly told: Told
  readonly durationMs: number
  readonly seed: number
}

/** In the evening so many ask at a time. */
const askersAtOnce = 64

export function prepareDevices({ url, patients, told, durationMs, seed }: DevicesOptions): Devices {
  const random = seededRandom(seed)
  const totals: DeviceTotals = {
    fates: { plain: 0, again: 0, 'lost-answer': 0, offline: 0 },
    calls: 0,
    triedAgain: 0,
    sameReceipt: 0,
    settled: 0,
    faults: [],
  }
  const line = openLine(url)
  const acknowledged = new Histogram()
  const awayMs = Math.min(60_000, durationMs / 4)
  const swarm: Swarm = { line, told, totals, random, acknowledged, awayMs, studyId: demoStudyId }
  const phones = patients.map((who): Phone => ({ who, fate: fateOf(random()), sent: undefined }))
  return {
    totals,
    acknowledged,
    async morning() {
      const durationSeconds = durationMs / 1000
      const rate = phones.length / durationSeconds
      const arrivals = planArrivals({ rate, durationSeconds, curve: 'morning', seed })
      const began = performance.now()
      const all: Promise<void>[] = []
      for (const phone of phones) {
        const waitMs = arrivals.next() - (performance.now() - began)
        if (waitMs > 0 && Number.isFinite(waitMs)) await sleep(waitMs)
        all.push(spendMorning(swarm, phone))
      }
      await Promise.all(all)
    },
    async evening(withinMs) {
      const left = phones.values()
      const ask = async () => {
        for (const phone of left) await settle(swarm, phone, withinMs)
      }
      await Promise.all(Array.from({ length: askersAtOnce }, ask))
    },
    [Symbol.dispose]: () => line[Symbol.dispose](),
  }
}

/** Of a hundred phones 70 are lucky, 10 send twice, 10 lose an answer, 10 are away from the network. */
function fateOf(share: number): DeviceFate {
  if (share < 0.7) return 'plain'
  if (share < 0.8) return 'again'
  return share < 0.9 ? 'lost-answer' : 'offline'
}
