// The targets of design §7 for the embedded mode, each beside what a run measured.
import type { BenchResults } from './results.ts'

/** `measured` undefined = not measured in this run. `atLeast`: larger is better. */
export type Row = {
  what: string
  target: number
  unit: string
  atLeast: boolean
  measured: number | undefined
}

/** All targets, in the order of the design. */
export function targetRows(results: BenchResults): Row[] {
  return [...rateAndLatency(results), ...sizeAndLag(results), ...backlogAndGrowth(results)]
}

/** Met, or missed and by how much, in words. */
export function verdict(row: Row): string {
  if (row.measured === undefined) return 'not measured'
  const met = row.atLeast ? row.measured >= row.target : row.measured <= row.target
  return met ? 'met' : `**missed** by ${Math.round(Math.abs(row.measured / row.target - 1) * 100)} %`
}

const least = (what: string, target: number, unit: string, measured: number | undefined): Row => ({
  what,
  target,
  unit,
  atLeast: true,
  measured,
})
const most = (what: string, target: number, unit: string, measured: number | undefined): Row => ({
  what,
  target,
  unit,
  atLeast: false,
  measured,
})

function rateAndLatency(results: BenchResults): Row[] {
  const open = results['open-loop']
  return [
    least('rate by the ceiling’s, closed loop', 0.65, '', results['closed-loop']?.ratio),
    most('p99 at half the ceiling’s rate, open loop', 12, 'ms', open?.levee?.p99Ms),
    most('that p99 by the ceiling’s own', 2, '', open?.levee && open.levee.p99Ms / open.ceiling.p99Ms),
    least('batch endpoint by single endpoint, submissions/s', 5, '', results.batch?.ratio),
  ]
}

function sizeAndLag({ steady, ...results }: BenchResults): Row[] {
  const usage = steady?.run.usage
  // Least-squares slope of the second half of the run, times that half's length.
  const growth = steady && (steady.run.usage.rssSlopeMbPerMinute * steady.seconds) / 120
  const lag = steady?.appliedLagP99Seconds ?? results['open-loop']?.appliedLagP99Seconds
  return [
    most('peak resident memory of all processes, steady run', 300, 'MB', usage?.peakRssMb),
    most('its growth over the second half of that run', 10, 'MB', growth),
    most('acknowledged to applied, p99', 1, 's', lag),
  ]
}

function backlogAndGrowth({ backlog, grown }: BenchResults): Row[] {
  const alone = backlog?.alone.result.latency.p99Ms
  const meanwhile = backlog?.meanwhile.result.latency.p99Ms
  return [
    least(
      `backlog of ${count(backlog?.backlog.inFlight)} entries, applied a second`,
      20_000,
      '',
      backlog?.appliedPerSecond,
    ),
    most('intake p99 meanwhile by that without a backlog', 2, '', alone && meanwhile && meanwhile / alone),
    most(`start with ${count(grown?.entries)} entries on disk`, 10, 's', grown && grown.startMs / 1000),
    least('closed loop with them by that on an empty folder', 0.9, '', grown?.ratio),
  ]
}

function count(entries: number | undefined): string {
  return entries === undefined ? 'many' : entries.toLocaleString('en')
}
