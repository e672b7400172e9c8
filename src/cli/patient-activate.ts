// `levee patient activate`: one-time codes for phones, on the screen and as sheets to print. A code is shown only now.
import { chmodSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import { activationPath, type NewActivation } from '../api/activation-desk.ts'
import type { PatientView } from '../api/control/records.ts'
import type { StudyFiles, StudyView } from '../api/control/studies.ts'
import { codeInGroups } from '../study/device/activation-code.ts'
import type { SitePlan } from '../study/plan.ts'
import { textIn } from '../study/text.ts'
import { isLoopback } from '../system/config.ts'
import { type ControlClient, controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { countText, timeText } from './figures.ts'
import { addClientFlags, addStudyFlag, reasonOf, wholeNumber } from './flags.ts'
import { studyOf } from './study-choice.ts'
import { tableText } from './tables.ts'

type Flags = {
  data: string
  json?: true
  study?: string
  site?: string
  expiresHours: number
  url?: string
  sheet?: string
  reason: string
}

/** Patients asked for in one call. */
const atOnce = 500
/** A code that lies about for longer is found by somebody. */
const mostHours = 24 * 14

export function activateCommand(patient: Command): void {
  const command = patient
    .command('activate [ids...]')
    .description("give patients a one-time code that makes their phone the patient's device (audited)")
    .option('--site <id>', 'all active patients of this site')
    .option('--expires-hours <n>', `how long a code is good for, at most ${mostHours}`, wholeNumber(1), 72)
    .option(
      '--url <origin>',
      'where phones reach the app, such as https://diary.example (standard: this server)',
    )
    .option('--sheet <file>', 'write a page to print for each patient (HTML, A4)')
    .option('--reason <text>', 'why, for the audit log', 'activation of a phone')
  addClientFlags(addStudyFlag(command))
    .addHelpText(
      'after',
      `
A code works once. A new one ends those before it; a new phone takes the place of the old one.

Examples:
  levee patient activate P-00002 --url https://diary.example
  levee patient activate --site 201 --url https://diary.example --sheet site-201.html
`,
    )
    .action(async (ids: string[], flags: Flags) => {
      if (flags.expiresHours > mostHours)
        throw new WronglyCalled(`--expires-hours takes 1 to ${mostHours}; not ${flags.expiresHours}`)
      if ((ids.length === 0) === (flags.site === undefined))
        throw new WronglyCalled('name patient ids, or a site with --site; "levee patient list" shows the ids')
      const origin = flags.url === undefined ? undefined : originOf(flags.url)
      const client = controlClient(flags.data)
      const studyId = await studyOf(client, flags.study)
      const patients = await patientsOf(client, studyId, ids, flags.site)
      const issued = await issue(client, studyId, patients, flags)
      const base = origin ?? (await client.status()).addresses.http
      if (flags.sheet !== undefined) await writeSheet(flags.sheet, client, studyId, patients, issued, base)
      tell(issued, base, flags)
    })
}

/** The origin of an address. Throws WronglyCalled for one that phones cannot use safely. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    url === undefined ||
    (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
  )
    throw new WronglyCalled(
      `--url takes an address such as https://diary.example; not ${text}. Without TLS only loopback works, because browsers then give an app no storage and no keys`,
    )
  return url.origin
}

async function patientsOf(
  client: ControlClient,
  studyId: string,
  ids: readonly string[],
  site: string | undefined,
): Promise<PatientView[]> {
  const study = encodeURIComponent(studyId)
  if (site === undefined) {
    const found: PatientView[] = []
    for (const id of new Set(ids))
      found.push(await client.get(`/patients/${study}/${encodeURIComponent(id)}`))
    return found
  }
  const { sites } = await client.get<StudyView>(`/studies/${study}`)
  if (!sites.some(({ id }) => id === site))
    throw new Error(`${studyId} has no site ${site}; it has ${sites.map(({ id }) => id).join(', ')}`)
  const found: PatientView[] = []
  for (let after = ''; ; ) {
    const page = await client.get<PatientView[]>(
      `/patients?${new URLSearchParams({ studyId, after, limit: String(atOnce) })}`,
    )
    found.push(...page.filter(({ siteId, status }) => siteId === site && status === 'active'))
    if (page.length < atOnce) break
    after = page.at(-1)!.patientId
  }
  if (found.length === 0) throw new Error(`site ${site} of ${studyId} has no active patients`)
  return found
}

async function issue(
  client: ControlClient,
  studyId: string,
  patients: readonly PatientView[],
  flags: Flags,
): Promise<NewActivation[]> {
  const issued: NewActivation[] = []
  for (let i = 0; i < patients.length; i += atOnce) {
    const patientIds = patients.slice(i, i + atOnce).map(({ patientId }) => patientId)
    const validMs = flags.expiresHours * 3_600_000
    issued.push(...(await client.codes({ studyId, patientIds, validMs }, reasonOf(flags))))
  }
  return issued
}

async function writeSheet(
  file: string,
  client: ControlClient,
  studyId: string,
  patients: readonly PatientView[],
  issued: readonly NewActivation[],
  base: string,
): Promise<void> {
  const study = encodeURIComponent(studyId)
  const { version } = await client.get<StudyView>(`/studies/${study}`)
  const { files } = await client.get<StudyFiles>(`/studies/${study}/versions/${encodeURIComponent(version)}`)
  const { compileStudy } = await import('../study/compile-study.ts')
  const { activationSheet } = await import('./activation-sheet.ts')
  const { sites } = compileStudy(new Map(files))
  const siteOf = (id: string): SitePlan | undefined => sites.find((site) => site.id === id)
  const pages = patients.map(({ patientId, siteId, language, zone }, i) => {
    const { code, expiresAt } = issued[i]!
    const site = siteOf(siteId)
    const name = (tag: string) => (site === undefined ? siteId : textIn(site.name, tag))
    const called = { name, ...(site?.phone === undefined ? {} : { phone: site.phone }) }
    const url = base + activationPath(code)
    return { patientId, studyId, language, zone, code, expiresAt, url, site: called }
  })
  // Codes are secrets until they are used; a file that was there keeps its mode otherwise.
  writeFileSync(file, '', { mode: 0o600 })
  chmodSync(file, 0o600)
  writeFileSync(file, activationSheet(pages))
}

function tell(issued: readonly NewActivation[], base: string, { json, sheet }: Flags): void {
  const rows = issued.map(({ patientId, code, expiresAt }) => ({
    patientId,
    code: codeInGroups(code),
    url: base + activationPath(code),
    expiresAt: new Date(expiresAt).toISOString(),
  }))
  if (json) {
    console.log(JSON.stringify(rows))
    return
  }
  const [only] = rows
  if (rows.length === 1 && only !== undefined) console.log(codeText(only.patientId, only.url, issued[0]!))
  else
    console.log(
      `${tableText(
        ['patient', 'code', 'good until'],
        rows.map((row, i) => [row.patientId, row.code, timeText(issued[i]!.expiresAt)]),
      )}\n\nAddress of the app: ${base}/app/`,
    )
  if (sheet !== undefined)
    console.log(
      `\n${countText(rows.length)} page${rows.length === 1 ? '' : 's'} in ${sheet}: print it from a browser, then delete it.`,
    )
  if (base.startsWith('http:')) console.log(`\n${onlyHere}`)
}

/** Where the app is reached without TLS, browsers elsewhere will not run it. */
export const onlyHere =
  'This address works on this machine only: a phone elsewhere needs HTTPS in front (--url https://…).'

/** The code of one patient with its square pattern, for a terminal. */
export const codeText = (
  patientId: string,
  url: string,
  { code, expiresAt }: Pick<NewActivation, 'code' | 'expiresAt'>,
): string => `${renderUnicodeCompact(url, { border: 2 })}

Patient:  ${patientId}
Code:     ${codeInGroups(code)}   (once, until ${timeText(expiresAt)})
Address:  ${url}`
