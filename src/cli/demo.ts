// `levee demo`: publishes the demo study and enrols its patients; with --serve it also runs the server.
import type { Command } from 'commander'
import { activationPath } from '../api/activation-desk.ts'
import type { StudyRow, StudyView } from '../api/control/studies.ts'
import { variableOf } from '../system/config.ts'
import { type ControlClient, controlClient } from './control-client.ts'
import { demoFolder, demoPatientId, demoPatients, demoStudyId, studyFiles } from './demo-study.ts'
import { countText } from './figures.ts'
import { addServerFlags, standardFolder, wholeNumber } from './flags.ts'
import { codeText } from './patient-activate.ts'
import { serve } from './serve.ts'

const label = 'printed at start'
/** Push services want to know whom to write to; with it phones of the demo can be reminded. */
const demoContact = 'mailto:demo@levee.example'
const reason = 'demo data'
/** How long the printed code is good for, in milliseconds. */
const codeMs = 72 * 3_600_000

export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('publish the demo study with its patients on a running server, or start one with --serve')
    .option('--serve', 'start the server first and keep it running')
    .option('--patients <n>', 'number of demo patients', wholeNumber(1), 5000)
    .option('--json', 'print the result as JSON')
  addServerFlags(command)
    .addHelpText('after', '\nExample:\n  levee demo --serve --data /tmp/try --port 0\n')
    .action(async (flags: Record<string, unknown>) => {
      const began = performance.now()
      const levee =
        flags.serve === true
          ? await serve({ pushContact: process.env[variableOf('push-contact')] ?? demoContact, ...flags })
          : undefined
      const folder = String(flags.data ?? standardFolder())
      try {
        const made = await makeDemo(folder, Number(flags.patients))
        const { http, grpc } = (await controlClient(folder).status()).addresses
        const { activation } = made
        const phone = { ...activation, url: http + activationPath(activation.code) }
        const readyMs = Math.round(performance.now() - began)
        const result = { ...made, activation: phone, http, grpc, readyMs }
        console.log(flags.json === true ? JSON.stringify(result) : welcome(result, folder))
      } catch (error) {
        await levee?.stop()
        throw error
      }
    })
}

/** Publishes and enrols what is missing; gives the first demo patient a new token and another one a code for a phone. */
async function makeDemo(folder: string, patients: number) {
  const { compileStudy } = await import('../study/compile-study.ts')
  const client = controlClient(folder)
  const files = studyFiles(demoFolder)
  const plan = compileStudy(new Map(files))
  const note = await publishDemo(client, folder, plan.version, files)
  const known = await client.get<{ studyId: string; patients: number }[]>('/studies')
  if ((known.find((s) => s.studyId === demoStudyId)?.patients ?? 0) < patients) {
    const wanted = demoPatients(plan, patients, Temporal.Now.plainDateISO('UTC'))
    await client.act({ do: 'create-patients', studyId: demoStudyId, patients: wanted }, reason)
  }
  const { issued } = await client.act(
    {
      do: 'issue-tokens',
      studyId: demoStudyId,
      patientIds: [demoPatientId(1)],
      limit: 1,
      label,
      replace: true,
    },
    reason,
  )
  // The second reads English, where there is a second.
  const [phone] = await client.codes(
    { studyId: demoStudyId, patientIds: [demoPatientId(Math.min(2, patients))], validMs: codeMs },
    reason,
  )
  return {
    studyId: demoStudyId,
    patients,
    patientId: demoPatientId(1),
    token: issued[0]!.token,
    activation: phone!,
    ...(note === undefined ? {} : { note }),
  }
}

/**
 * Publishes the demo study unless the data have it. Where another release published that version with other content, that
 * one stays in force, because a published version never changes; what is returned tells the user so.
 */
async function publishDemo(
  client: ControlClient,
  folder: string,
  version: string,
  files: [name: string, text: string][],
): Promise<string | undefined> {
  const { contentAddress } = await import('../records/content-address.ts')
  const known = await client.get<StudyRow[]>('/studies')
  if (!known.some(({ studyId }) => studyId === demoStudyId)) {
    await client.act({ do: 'publish', files }, reason)
    return undefined
  }
  const newest = await client.get<StudyView>(`/studies/${demoStudyId}`)
  const same = newest.published.some((one) => one.version === version)
    ? await client.get<StudyView>(`/studies/${demoStudyId}?version=${version}`)
    : newest
  if (same.sha256 === contentAddress(new Map(files))) return undefined
  return `these data hold the demo study as another release published it; that stays in force. What this release would change: bin/levee study diff ${demoStudyId}@${same.version} studies/morning-301${dataFlag(folder)}. For the new one, start on an empty folder with --data.`
}

const dataFlag = (folder: string): string => (folder === './data' ? '' : ` --data ${folder}`)

type Made = Awaited<ReturnType<typeof makeDemo>> & {
  activation: { url: string }
  http: string
  grpc: string
  readyMs: number
}

function welcome({ http, grpc, ...made }: Made, folder: string): string {
  const data = dataFlag(folder)
  return `
Levee is ready after ${(made.readyMs / 1000).toFixed(1)} s.  HTTP ${http}${grpc === '' ? '' : `  gRPC ${grpc}`}
Demo study ${made.studyId} with ${countText(made.patients)} patients, data in ${folder}.${made.note === undefined ? '' : `\nNote: ${made.note}`}

Open the patient app: scan this, or open the address.

${codeText(made.activation.patientId, made.activation.url, made.activation)}
This address works on this machine only: a phone elsewhere needs HTTPS in front (docs/activation.md).

Send a first diary without it:

curl -s ${http}/v1/submissions \\
  -H 'Authorization: Bearer ${made.token}' \\
  -H 'Content-Type: application/json' \\
  -d '${firstDiary(made)}'

Watch it:           bin/levee status${data}
A whole morning:    bin/levee load --rate 500 --for 30s${data}
Another code:       bin/levee patient activate P-00003${data}
Tokens to try:      bin/levee patient tokens --limit 10${data}
The ledger:         curl -s ${http}/v1/ledger
The API:            ${http}/docs
`
}

/** The example of the contract (design §6) with the times of now. */
function firstDiary({ studyId, patientId }: Pick<Made, 'studyId' | 'patientId'>): string {
  const now = Temporal.Now.zonedDateTimeISO('Asia/Shanghai').round({
    smallestUnit: 'second',
    roundingMode: 'floor',
  })
  return JSON.stringify({
    submissionId: crypto.randomUUID(),
    studyId,
    patientId,
    form: 'daily-diary',
    formVersion: '1',
    occasion: now.toPlainDate().toString(),
    completedAt: now.toString(),
    answers: {
      pain: 4,
      fatigue: 3,
      nausea: 'mild',
      'dose-taken': true,
      'dose-time': '07:45',
      'rescue-taken': false,
      'sleep-hours': { skipped: 'asked-declined' },
    },
  })
}
