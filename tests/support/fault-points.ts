// The module Levee's parts call at every named point under test: it does there what FAULT_POINTS says, and
// nothing else. Counts hits for each thread by itself.
import { existsSync } from 'node:fs'
import type { Point } from '../../src/system/points.ts'

/**
 * One fault. `subjects`: only for these submission ids. `hit`: only at this hit of the thread, else at every
 * one. `whileFile`: only while this file exists, so that a fault can be taken away from a running server.
 * `wait` stops the thread for `ms` milliseconds; `die` ends the thread it happens in, `kill` the whole process.
 */
export type Fault = {
  readonly at: Point
  readonly does: 'kill' | 'die' | 'throw' | 'spin' | 'allocate' | 'wait'
  readonly subjects?: readonly string[]
  readonly hit?: number
  readonly whileFile?: string
  readonly ms?: number
}

const faults = JSON.parse(process.env.FAULT_POINTS ?? '[]') as Fault[]
const hits = new Map<Fault, number>()
const cell = new Int32Array(new SharedArrayBuffer(4))

export default function atPoint(point: Point, subject?: string): void {
  for (const fault of faults) {
    if (fault.at !== point) continue
    if (fault.subjects !== undefined && !fault.subjects.includes(subject ?? '')) continue
    if (fault.whileFile !== undefined && !existsSync(fault.whileFile)) continue
    const hit = (hits.get(fault) ?? 0) + 1
    hits.set(fault, hit)
    if (fault.hit === undefined || fault.hit === hit) act(fault)
  }
}

function act(fault: Fault): void {
  switch (fault.does) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      Atomics.wait(cell, 0, 0)
      return
    case 'die':
      process.exit(9)
      break
    case 'throw':
      throw new Error('a fault of the test')
    case 'spin':
      for (;;) if (cell[0] !== 0) return
    case 'allocate':
      for (const kept: object[] = []; ; ) kept.push(new Array(10_000).fill({}))
    case 'wait':
      Atomics.wait(cell, 0, 0, fault.ms)
  }
}
