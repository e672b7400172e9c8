// The load generator as its own process, so that it shares its event loop with nothing it measures.
// Run as `node bench/generator.ts '<JSON of a GeneratorSpec>'`; prints the result as one line of JSON.
import { readFileSync } from 'node:fs'
import { createDiaries, type LoadPatient, readTokens } from '../src/cli/load/diaries.ts'
import { runLoad } from '../src/cli/load/run.ts'
import { getHead, postHead } from '../src/cli/load/wire.ts'
import type { BatchesOrder, GeneratorSpec, GetOrder, RepeatSummary } from './generator-spec.ts'
import { repeatRequests } from './repeat-requests.ts'

const host = '127.0.0.1'
const studyId = 'MORNING-301'
const newline = Buffer.from('\n')

async function generate(spec: GeneratorSpec): Promise<unknown> {
  if (spec.kind === 'get') return getAgain(spec)
  const patients = readTokens(readFileSync(spec.tokensFile, 'utf8'))
  if (spec.kind === 'batches') return sendBatches(spec, patients)
  return (await runLoad({ ...spec, host, studyId, patients, timeoutMs: 30_000, drainSeconds: 30 })).summary
}

function getAgain(spec: GetOrder): Promise<RepeatSummary> {
  const head = getHead(`${host}:${spec.port}`, spec.path)
  return repeatRequests({
    ...spec,
    host,
    next: () => ({ head, body: null }),
    unitsIn: (status) => (status === 200 ? 1 : 0),
  })
}

/** Each batch holds the next diaries of one patient, as from a device that was offline. */
function sendBatches(spec: BatchesOrder, patients: readonly LoadPatient[]): Promise<RepeatSummary> {
  const { seed, eventsOnly = false } = spec
  const diaries = createDiaries({ patients, studyId, seed, eventsOnly, nowMs: Date.now() })
  const heads = patients.map(({ token }) =>
    postHead(`${host}:${spec.port}`, '/v1/submissions/batch', token, 'application/x-ndjson'),
  )
  let turn = 0
  return repeatRequests({
    ...spec,
    host,
    next: () => {
      const patient = turn++ % patients.length
      const lines: Buffer[] = []
      for (let i = 0; i < spec.perBatch; i++) lines.push(diaries.take(patient).body, newline)
      return { head: heads[patient] as Buffer, body: Buffer.concat(lines) }
    },
    unitsIn: (status, body) => (status < 300 ? countReceived(body) : 0),
  })
}

/** How many lines of a batch's answer are acknowledgements: status 202, or 200 for one that was kept before. */
function countReceived(body: Buffer): number {
  const word = '"status":20'
  let count = 0
  for (let at = body.indexOf(word); at >= 0; at = body.indexOf(word, at + word.length)) count++
  return count
}

console.log(JSON.stringify(await generate(JSON.parse(process.argv[2] ?? '{}'))))
