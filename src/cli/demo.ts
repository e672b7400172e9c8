// `levee demo`: publishes the demo study and enrols its patients; with --serve it also runs the server.
import type { Command } from 'commander'
import { compileStudy } from '../study/compile-study.ts'
import { controlClient } from './control-client.ts'
import { demoFolder, demoPatientId, demoPatients, demoStudyId, studyFiles } from './demo-study.ts'
import { addServerFlags } from './flags.ts'
import { serve } from './serve.ts'

const label = 'printed at start'
const reason = 'demo data'

export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('publish the demo study with its patients on a running server, or start one with --serve')
    .option('--serve', 'start the server first and keep it running')
    .option('--patients <n>', 'number of demo patients', '5000')
    .option('--json', 'print the result as JSON')
  addServerFlags(command).action(async (flags: Record<string, unknown>) => {
    const began = performance.now()
    const levee = flags.serve === true ? await serve(flags) : undefined
    const folder = String(flags.data ?? process.env.LEVEE_DATA ?? './data')
    const made = await makeDemo(folder, Number(flags.patients))
    const result = { ...made, http: levee?.http, grpc: levee?.grpc, readyMs: Math.round(performance.now() - began) }
    if (flags.json === true) console.log(JSON.stringify(result))
    else console.log(welcome(result, folder))
  })
}

/** Publishes and enrols what is missing; gives the first demo patient a new token. */
async function makeDemo(folder: string, patients: number) {
  const client = controlClient(folder)
  const files = studyFiles(demoFolder)
  const plan = compileStudy(new Map(files))
  await client.act({ do: 'publish', files }, reason)
  const wanted = demoPatients(plan, patients, Temporal.Now.plainDateISO('UTC'))
  const known = await client.get<{ studyId: string; patients: number }[]>('/studies')
  const missing = (known.find((s) => s.studyId === demoStudyId)?.patients ?? 0) < patients
  if (missing) await client.act({ do: 'create-patients', studyId: demoStudyId, patients: wanted }, reason)
  const issue = { do: 'issue-tokens', studyId: demoStudyId, patientIds: [demoPatientId(1)], limit: 1, label, replace: true } as const
  const { issued } = (await client.act(issue, reason)) as { issued: { token: string }[] }
  return { studyId: demoStudyId, patients, patientId: demoPatientId(1), token: issued[0]!.token }
}

type Made = Awaited<ReturnType<typeof makeDemo>> & { http: string | undefined; grpc: string | undefined; readyMs: number }

function welcome(made: Made, folder: string): string {
  const now = Temporal.Now.zonedDateTimeISO('Asia/Shanghai').round({ smallestUnit: 'second' })
  const http = made.http ?? 'http://127.0.0.1:8080'
  const body = JSON.stringify({
    submissionId: crypto.randomUUID(),
    studyId: made.studyId,
    patientId: made.patientId,
    form: 'daily-diary',
    formVersion: '1',
    occasion: now.toPlainDate().toString(),
    completedAt: now.toString(),
    answers: { pain: 4, fatigue: 3, nausea: 'mild', 'dose-taken': true, 'dose-time': '07:45', 'rescue-taken': false, 'sleep-hours': { skipped: 'asked-declined' } },
  })
  return `
Levee is ready after ${(made.readyMs / 1000).toFixed(1)} s.  HTTP ${http}${made.grpc ? `  gRPC ${made.grpc}` : ''}
Demo study ${made.studyId} with ${made.patients} patients, data in ${folder}.

Send a first diary:

curl -s ${http}/v1/submissions \\
  -H 'Authorization: Bearer ${made.token}' \\
  -H 'Content-Type: application/json' \\
  -d '${body}'

Watch it:           bin/levee status
A whole morning:    bin/levee load --rate 500 --for 30s
Tokens to try:      bin/levee patient tokens --limit 10
The ledger:         curl -s ${http}/v1/ledger
The API:            ${http}/docs
`
}
