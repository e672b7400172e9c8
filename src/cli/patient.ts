// `levee patient …`: enrol patients, look them up, give their devices tokens, withdraw and unblind them.
// An arm is printed by `unblind` alone, which leaves an audit entry (P10).
import type { Command } from 'commander'
import type { HeldByDevice, PatientView } from '../api/control/records.ts'
import type { DeviceView } from '../identity/device-store.ts'
import { controlClient } from './control-client.ts'
import { countText, timeText } from './figures.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf, wholeNumber } from './flags.ts'
import { activateCommand } from './patient-activate.ts'
import { contactCommand } from './patient-contact.ts'
import { anchorCommand, coursePairs, notEvaluableCommand } from './patient-course.ts'
import { createCommand } from './patient-create.ts'
import { doseCommands } from './patient-dose.ts'
import { studyOf } from './study-choice.ts'
import { pairsText, tableText } from './tables.ts'

type Flags = { data: string; json?: true; study?: string; reason?: string; effectiveAt?: string }

export function patientCommand(program: Command): void {
  const patient = program
    .command('patient')
    .description('patients and their device tokens')
    .addHelpText('after', '\nExample:\n  levee patient tokens --limit 10 > tokens.tsv\n')
  createCommand(patient)
  listCommand(patient)
  showCommand(patient)
  anchorCommand(patient)
  notEvaluableCommand(patient)
  withdrawCommand(patient)
  unblindCommand(patient)
  activateCommand(patient)
  tokensCommand(patient)
  revokeCommand(patient)
  doseCommands(patient)
  contactCommand(patient)
}

function listCommand(patient: Command): void {
  const command = patient
    .command('list')
    .description('patients in the order of their ids')
    .option('--after <id>', 'start after this patient', '')
    .option('--limit <n>', 'at most so many', wholeNumber(1), 50)
  addClientFlags(addStudyFlag(command)).action(async (flags: Flags & { after: string; limit: number }) => {
    const client = controlClient(flags.data)
    const study = await studyOf(client, flags.study)
    const asked = new URLSearchParams({ studyId: study, after: flags.after, limit: String(flags.limit) })
    const patients = await client.get<PatientView[]>(`/patients?${asked}`)
    if (flags.json) return console.log(JSON.stringify(patients))
    if (patients.length === 0)
      return console.log(`No patients in ${study}${flags.after && ` after ${flags.after}`}.`)
    console.log(
      tableText(
        ['patient', 'site', 'zone', 'language', 'status', 'enrolled on'],
        patients.map((p) => [p.patientId, p.siteId, p.zone, p.language, p.status, p.enrolledOn]),
      ),
    )
    const last = patients.at(-1)!.patientId
    if (patients.length === flags.limit) console.log(`\nThe next ones: levee patient list --after ${last}`)
  })
}

function showCommand(patient: Command): void {
  const command = patient
    .command('show <id>')
    .description('one patient with the devices that were given tokens')
  addClientFlags(addStudyFlag(command)).action(async (id: string, flags: Flags) => {
    const client = controlClient(flags.data)
    const study = await studyOf(client, flags.study)
    const path = `/patients/${encodeURIComponent(study)}/${encodeURIComponent(id)}`
    const p = await client.get<PatientView & { devices: DeviceView[]; held: HeldByDevice[] }>(path)
    if (flags.json) return console.log(JSON.stringify(p))
    const status =
      p.withdrawnAt === undefined ? p.status : `${p.status} since ${timeText(Date.parse(p.withdrawnAt))}`
    console.log(
      pairsText([
        ['patient', p.patientId],
        ['study', p.studyId],
        ['site', p.siteId],
        ['zone', p.zone],
        ['language', p.language],
        ['status', status],
        ['enrolled on', p.enrolledOn],
        ...coursePairs(p.course),
      ]),
    )
    if (p.devices.length === 0)
      return console.log(`\nNo devices yet. Activate a phone: levee patient activate ${p.patientId}`)
    const rows = p.devices.map((d) => [
      d.deviceId,
      d.form === null ? d.label : `${d.label}: ${d.form}`,
      d.app ?? '',
      timeText(d.issuedAt),
      standingOf(d),
    ])
    console.log(`\n${tableText(['device', 'label', 'app', 'token issued', 'standing'], rows)}`)
    if (p.held.length > 0) console.log(`\n${heldText(p.held)}`)
  })
}

/** What devices say they hold and has not arrived. */
function heldText(held: readonly HeldByDevice[]): string {
  const rows = held.flatMap(({ deviceId, entries }) =>
    entries.map((e) => [
      deviceId,
      e.form,
      e.occasion ?? '',
      e.completedAt,
      timeText(e.since),
      e.problem ?? '',
      e.submissionId,
    ]),
  )
  const heads = ['device', 'form', 'occasion', 'completed', 'declared since', 'last problem', 'submission']
  return `Held by devices, not received:\n${tableText(heads, rows)}`
}

/** What a device may still do, and since when not more. */
function standingOf({ revokedAt, replacedAt, expiresAt }: DeviceView): string {
  if (revokedAt !== null) return `revoked ${timeText(revokedAt)}`
  if (replacedAt !== null) return `replaced ${timeText(replacedAt)}`
  if (expiresAt === null) return 'valid'
  return `${expiresAt > Date.now() ? 'valid until' : 'expired'} ${timeText(expiresAt)}`
}

function withdrawCommand(patient: Command): void {
  const command = patient
    .command('withdraw <id>')
    .description("end a patient's participation from now on; later diaries are quarantined (audited)")
    .option(
      '--effective-at <instant>',
      'from this instant on, such as 2026-11-22T08:00:00+08:00; now if left out',
    )
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(async (id: string, flags: Flags) => {
    const reason = reasonOf(flags)
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    const { effectiveAt } = flags
    const from = effectiveAt === undefined ? {} : { effectiveAt }
    await client.act({ do: 'withdraw', studyId, patientId: id, ...from }, reason)
    if (flags.json)
      return console.log(JSON.stringify({ studyId, patientId: id, status: 'withdrawn', ...from }))
    console.log(
      `${id} of ${studyId} is withdrawn. Diaries completed before ${effectiveAt ?? 'now'} are still applied.`,
    )
  })
}

function unblindCommand(patient: Command): void {
  const command = patient
    .command('unblind <id>')
    .description('tell the arm of one patient; who asked and why goes on record (audited)')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(async (id: string, flags: Flags) => {
    const reason = reasonOf(flags)
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    const { arm } = await client.act({ do: 'unblind', studyId, patientId: id }, reason)
    if (flags.json) console.log(JSON.stringify({ studyId, patientId: id, arm }))
    else console.log(`${id} of ${studyId} is in arm ${arm}. This unblinding is in the audit log.`)
  })
}

function tokensCommand(patient: Command): void {
  const command = patient
    .command('tokens')
    .description(
      'issue a new device token for each patient and print patientId<TAB>token; tokens are shown only now (audited)',
    )
    .option('--patient <id...>', 'only these patients')
    .option('--limit <n>', 'at most so many patients', wholeNumber(1), 1_000_000)
    .option('--label <text>', 'what the devices are for', 'command line')
    .option('--replace', 'revoke earlier tokens of the same label')
    .option('--reason <text>', 'why, for the audit log', 'tokens for devices')
  type Tokens = Flags & { patient?: string[]; limit: number; label: string; replace?: true }
  addClientFlags(addStudyFlag(command)).action(async (flags: Tokens) => {
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    const { issued } = await client.act(
      {
        do: 'issue-tokens',
        studyId,
        patientIds: flags.patient ?? 'all',
        limit: flags.limit,
        label: flags.label,
        replace: flags.replace === true,
      },
      reasonOf(flags),
    )
    if (issued.length === 0)
      throw new Error(`${studyId} has no patients. Enrol some with "levee patient create"`)
    const rows = issued.map(({ device, token }) => ({ patientId: device.patientId, token }))
    if (flags.json) console.log(JSON.stringify(rows))
    else process.stdout.write(rows.map((r) => `${r.patientId}\t${r.token}\n`).join(''))
  })
}

function revokeCommand(patient: Command): void {
  const command = patient
    .command('revoke <id>')
    .description('revoke every device token of a patient, at once (audited)')
  addClientFlags(addReasonFlag(addStudyFlag(command))).action(async (id: string, flags: Flags) => {
    const reason = reasonOf(flags)
    const client = controlClient(flags.data)
    const studyId = await studyOf(client, flags.study)
    // A wrong id would revoke nothing and look like success.
    await client.get(`/patients/${encodeURIComponent(studyId)}/${encodeURIComponent(id)}`)
    const { revoked } = await client.act({ do: 'revoke-tokens', studyId, patientId: id }, reason)
    if (flags.json) return console.log(JSON.stringify({ studyId, patientId: id, revoked }))
    const n = revoked.length
    console.log(
      n === 0 ? `${id} has no valid tokens.` : `${countText(n)} token${n === 1 ? '' : 's'} of ${id} revoked.`,
    )
  })
}
