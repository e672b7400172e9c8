// A thread of the time machine: compiles the study once, then simulates the patients it is given, part by part.
import { parentPort, workerData } from 'node:worker_threads'
import { simulatePatients } from '../../study/simulate/simulate.ts'
import { type SimulationOrder, simulationsOf, versionsOf } from './order.ts'
import type { Part } from './run.ts'

const order = workerData as SimulationOrder
const runs = simulationsOf(order, versionsOf(order))

parentPort?.on('message', ({ span, from, to }: Part) => {
  const run = runs[span]
  if (run === undefined) throw new Error(`there is no span ${span}`)
  parentPort?.postMessage(simulatePatients(run, from, to))
})
