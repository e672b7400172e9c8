// `node bench/signatures.ts [--quick]`: what signatures of devices cost. The processing of unsigned and of signed diaries
// in turns; the closed loop with phones that do not sign and phones that do, in turns on one server; and the drain of
// what waits to be checked. Prints JSON; the numbers are in docs/performance.md.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { controlClient } from '../src/cli/control-client.ts'
import { demoFolder, demoStudyId, studyFiles } from '../src/cli/demo-study.ts'
import { compileStudy } from '../src/study/compile-study.ts'
import { startLevee } from './levee-process.ts'
import { median } from './measure.ts'
import { microsOf, plainHead } from './scenarios/processing.ts'

const quick = process.argv.includes('--quick')
const rounds = quick ? 2 : 5
const perRound = quick ? 4_000 : 20_000
const connections = 64
const agent = new Agent({ keepAlive: true, maxSockets: connections })
type Sender = { readonly patientId: string; readonly token: string }
type Ready = { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> }

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const signatureOf = (body: Uint8Array) =>
  sign('sha256', body, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')

function post(
  port: number,
  path: string,
  { body, headers }: Ready,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { agent, port, host: '127.0.0.1', method: 'POST', path }
    const sent = request({ ...options, headers: { ...headers, 'content-length': body.length } }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

const json = { 'content-type': 'application/json' }

/** Diaries with their signatures, made before the clock runs. */
function diaries(senders: readonly Sender[], signed: boolean): Ready[] {
  return Array.from({ length: perRound }, (_, i) => {
    const { patientId, token } = senders[i % senders.length]!
    const completedAt = `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}+00:00[UTC]`
    const answers = { pain: i % 9, fatigue: 3, nausea: 'mild', 'dose-taken': true, 'dose-time': '07:45' }
    const facts = { studyId: demoStudyId, patientId, form: 'daily-diary', formVersion: '1', completedAt }
    const body = Buffer.from(JSON.stringify({ submissionId: randomUUID(), ...facts, answers }))
    const headers = { ...json, authorization: `Bearer ${token}` }
    return { body, headers: signed ? { ...headers, 'levee-signature': signatureOf(body) } : headers }
  })
}

/** Acknowledged submissions a second. */
async function rateOf(port: number, ready: readonly Ready[]): Promise<number> {
  let next = 0
  const began = performance.now()
  const loop = async () => {
    for (let one = ready[next++]; one !== undefined; one = ready[next++]) {
      const { status } = await post(port, '/v1/submissions', one)
      if (status !== 202) throw new Error(`a submission was answered with ${status}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, loop))
  return (ready.length / (performance.now() - began)) * 1000
}

/** Processor time of a process, all its threads, in milliseconds (proc(5): fields 14 and 15, in hundredths). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const plan = compileStudy(new Map(studyFiles(demoFolder)))
const signedHead = `{"signature":"${signatureOf(Buffer.from('x'))}",${plainHead.slice(1)}`
const micros = Array.from({ length: rounds }, () => ({
  unsigned: microsOf(plan),
  signed: microsOf(plan, signedHead),
}))

await using server = await startLevee()
const control = controlClient(server.folder)
const patientIds = Array.from({ length: 200 }, (_, i) => `P-${String(i + 1).padStart(5, '0')}`)
const codes = await control.codes({ studyId: demoStudyId, patientIds, validMs: 3_600_000 }, 'bench')
const phones: Sender[] = []
for (const { patientId, code } of codes) {
  const body = Buffer.from(JSON.stringify({ code, publicKey: spki, app: { name: 'bench', version: '1' } }))
  const { status, text } = await post(server.port, '/v1/activation', { body, headers: json })
  if (status !== 201) throw new Error(`activation was answered with ${status}`)
  phones.push({ patientId, token: (JSON.parse(text) as { token: string }).token })
}
const issue = { studyId: demoStudyId, patientIds, limit: 200, label: 'bench', replace: true }
const { issued } = await control.act({ do: 'issue-tokens', ...issue }, 'bench')
const tokens = issued.map(({ device, token }) => ({ patientId: device.patientId, token }))

/** Waits until all is applied, and, unless told otherwise, checked; the time it took in milliseconds. */
const settled = async (checked = true) => {
  const began = performance.now()
  for (;;) {
    const { signatures, ledger } = await control.status()
    const isApplied = ledger.studies.every((s) => s.waiting === 0)
    if (isApplied && !(checked && signatures.waiting > 0)) break
    await sleep(50)
  }
  return performance.now() - began
}
await rateOf(server.port, diaries(tokens, false))
await settled()
const rates: { unsigned: number; signed: number; drainPerSecond: number; checkMicros: number }[] = []
for (let round = 0; round < rounds; round++) {
  const unsigned = await rateOf(server.port, diaries(tokens, false))
  await settled()
  const signed = await rateOf(server.port, diaries(phones, true))
  await settled(false)
  const { waiting } = (await control.status()).signatures
  const cpuBefore = cpuMs(server.pid)
  const drainMs = await settled()
  const checkMicros = ((cpuMs(server.pid) - cpuBefore) / waiting) * 1000
  rates.push({ unsigned, signed, drainPerSecond: (waiting / drainMs) * 1000, checkMicros })
}
const middle = (name: keyof (typeof rates)[number]) => Math.round(median(rates.map((r) => r[name])))
console.log(
  JSON.stringify({
    processing: {
      unsignedMicros: median(micros.map((m) => m.unsigned)),
      signedMicros: median(micros.map((m) => m.signed)),
    },
    closedLoop: { unsigned: middle('unsigned'), signed: middle('signed') },
    drainPerSecond: middle('drainPerSecond'),
    checkMicros: middle('checkMicros'),
    failed: (await control.status()).signatures.failed,
    rounds: { micros, rates },
  }),
)
