// Issues one-time codes and activates phones by them, each step with its audit entry. Neither a code nor a token comes
// here: only their hashes do. docs/activation.md tells the whole way.
import { hash } from 'node:crypto'
import type { AuditLog } from '../records/audit-log.ts'
import type { PatientStore } from '../records/patient-store.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { ActivationStore, HandedOver, IssuedCode } from './activation-store.ts'
import type { DeviceStore } from './device-store.ts'
import type { Device } from './devices.ts'

/** How long what concerns activation lasts, in milliseconds. */
export const activationTimes = {
  /** A code for a phone of the patient, unless another time is asked for. */
  ownCode: 72 * 3_600_000,
  /** A code that staff make while the patient is there. */
  clinicCode: 15 * 60_000,
  /** A tablet that was handed over. */
  clinicToken: 2 * 3_600_000,
  /** The answer to an activation may have been lost: the same phone may ask again for so long. */
  again: 10 * 60_000,
} as const

/** Codes for phones of their own, one for each patient. */
export type IssueActivation = {
  readonly studyId: string
  readonly codes: readonly { readonly patientId: string; readonly codeHmac: string }[]
  /** Milliseconds. */
  readonly validMs: number
}

/** A code for a tablet of the site, for one form. Without a version: the one in use at the patient's site today. */
export type HandOver = {
  readonly studyId: string
  readonly patientId: string
  readonly codeHmac: string
  readonly form: string
  readonly formVersion?: string
  readonly occasion?: string
}

/** What a phone sends, but for the code and with the hash of the token it will get. */
export type ActivateDevice = {
  readonly codeHmac: string
  readonly tokenSha256: string
  /** SPKI, base64. */
  readonly publicKey: string
  /** Name and version. */
  readonly app: string
  /** The patient knows that the present phone holds entries that were not received. */
  readonly unsentKnown: boolean
}

export type CodeIssued = { readonly codeId: number; readonly patientId: string; readonly expiresAt: number }

/** `replaced`: the phones whose place it took, at `at`. */
export type Activated = {
  readonly device: Device
  readonly form: HandedOver | null
  readonly replaced: readonly number[]
  readonly at: number
}

/** How much the present phones of a patient hold that was not received, and when one was last heard of. */
export type Unsent = { readonly held: number; readonly lastContactAt: string }

type By = { readonly actor: string; readonly reason: string }
type Deps = {
  readonly tx: Transaction
  readonly codes: ActivationStore
  readonly devices: DeviceStore
  readonly patients: PatientStore
  readonly audit: AuditLog
}

/** Issues a code for each patient; those issued before and not used count no more. Throws a Problem naming the first who is not active. */
export async function issueActivation(
  deps: Deps,
  { studyId, codes, validMs }: IssueActivation,
  by: By,
  now: number,
): Promise<CodeIssued[]> {
  const issued: CodeIssued[] = []
  for (const { patientId, codeHmac } of codes) {
    await activePatient(deps, studyId, patientId)
    issued.push(
      await addCode(deps, { studyId, patientId, codeHmac, kind: 'own', form: null }, validMs, by, now),
    )
  }
  return issued
}

/** Issues a code for a tablet. Throws a Problem for a form the patient's site does not have. */
export async function handOver(
  deps: Deps,
  versions: StudyVersions,
  wanted: HandOver,
  by: By,
  now: number,
): Promise<CodeIssued & { readonly form: HandedOver }> {
  const { studyId, patientId, codeHmac, occasion } = wanted
  const { siteId, zone } = await activePatient(deps, studyId, patientId)
  const formVersion = versionOf(versions, siteId, zone, wanted, now)
  const form = { form: wanted.form, formVersion, occasion: occasion ?? null }
  const code = { studyId, patientId, codeHmac, kind: 'clinic' as const, form }
  return { ...(await addCode(deps, code, activationTimes.clinicCode, by, now)), form }
}

/** Takes back what codes of a patient could still be used. */
export async function endCodes(deps: Deps, studyId: string, patientId: string, by: By, now: number) {
  await end(deps, studyId, patientId, undefined, by, now)
}

/**
 * Makes a device of a code and has it take the place of the patient's other phones. The same code with the same public
 * key, shortly after: the same device with a new token, because the first answer may not have arrived. Throws
 * `activation.refused` for whatever is wrong with the code, and `activation.unsent` where the present phone holds
 * entries and that is not known.
 */
export async function activateDevice(
  deps: Deps,
  unsentOf: (studyId: string, patientId: string) => Promise<Unsent | undefined>,
  wanted: ActivateDevice,
  now: number,
): Promise<Activated> {
  const code = await deps.codes.find(wanted.codeHmac)
  if (code === undefined || code.endedAt !== null) throw new Problem('activation.refused', {})
  if (code.usedAt !== null) return activateAgain(deps, code, wanted, now)
  const { studyId, patientId, kind, form, codeId } = code
  const patient = await deps.patients.find(studyId, patientId)
  if (now >= code.expiresAt || patient?.status !== 'active') throw new Problem('activation.refused', {})
  if (kind === 'own' && !wanted.unsentKnown) {
    const unsent = await unsentOf(studyId, patientId)
    if (unsent !== undefined) throw new Problem('activation.unsent', unsent)
  }
  const [device] = await deps.devices.addAll(deps.tx, [newDevice(code, wanted, now)], now)
  // Somebody else may have used the code since it was read; then nothing of this transaction stays.
  if (!(await deps.codes.use(deps.tx, codeId, device!.deviceId, now)))
    throw new Problem('activation.refused', {})
  const after = {
    kind,
    app: wanted.app,
    code: codeId,
    keySha256: hash('sha256', Buffer.from(wanted.publicKey, 'base64')),
  }
  await noteDevice(deps, device!, device!, 'device.activated', 'one-time code', now, JSON.stringify(after))
  const replaced = kind === 'own' ? await deps.devices.replaceOwn(deps.tx, device!, now) : []
  for (const old of replaced)
    await noteDevice(deps, device!, old, 'device.replaced', 'another phone was activated', now)
  return { device: device!, form, replaced: replaced.map(({ deviceId }) => deviceId), at: now }
}

async function activateAgain(
  deps: Deps,
  { usedAt, deviceId, form }: IssuedCode,
  { publicKey, tokenSha256 }: ActivateDevice,
  now: number,
): Promise<Activated> {
  if (usedAt === null || deviceId === null || now - usedAt > activationTimes.again)
    throw new Problem('activation.refused', {})
  const keys = await deps.devices.publicKeysOf([deviceId])
  if (keys.get(deviceId) !== publicKey) throw new Problem('activation.refused', {})
  const device = await deps.devices.giveToken(deps.tx, deviceId, tokenSha256)
  if (device === undefined) throw new Problem('activation.refused', {})
  await noteDevice(deps, device, device, 'device.token-issued', 'the phone asked again for its token', now)
  return { device, form, replaced: [], at: now }
}

const newDevice = ({ studyId, patientId, kind, form }: IssuedCode, wanted: ActivateDevice, now: number) => ({
  studyId,
  patientId,
  kind,
  tokenSha256: wanted.tokenSha256,
  publicKey: wanted.publicKey,
  app: wanted.app,
  label: kind === 'own' ? 'patient app' : 'clinic tablet',
  ...(form === null ? {} : { form: form.form }),
  ...(kind === 'own' ? {} : { expiresAt: now + activationTimes.clinicToken }),
})

async function activePatient({ patients }: Deps, studyId: string, patientId: string) {
  const patient = await patients.find(studyId, patientId)
  if (patient?.status !== 'active')
    throw new Problem('record.not-found', { record: `active patient ${patientId} in ${studyId}` })
  return patient
}

/** The wanted version of a form that some plan of the site has; without one, the last that today's plan has. */
function versionOf(
  versions: StudyVersions,
  siteId: string,
  zone: string,
  { form, formVersion }: HandOver,
  now: number,
): string {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate().toString()
  const found =
    formVersion === undefined
      ? [...versions.at(siteId, today).forms.values()].findLast(({ id }) => id === form)?.version
      : versions.ofSite(siteId).find((plan) => plan.forms.has(`${form}@${formVersion}`)) && formVersion
  if (found === undefined)
    throw new Problem('request.invalid', {
      member: formVersion === undefined ? 'form' : 'formVersion',
      expected: "a form of the study as it stands at the patient's site",
    })
  return found
}

async function addCode(
  deps: Deps,
  code: Pick<IssuedCode, 'studyId' | 'patientId' | 'kind' | 'form'> & { readonly codeHmac: string },
  validMs: number,
  by: By,
  now: number,
): Promise<CodeIssued> {
  const { studyId: study, patientId: patient, kind, form } = code
  await end(deps, study, patient, kind, by, now)
  const expiresAt = now + validMs
  const codeId = await deps.codes.add(deps.tx, { ...code, expiresAt, issuedBy: by.actor }, now)
  const after = JSON.stringify({ kind, expiresAt: new Date(expiresAt).toISOString(), form })
  const record = `activation:${codeId}`
  const at = new Date(now).toISOString()
  await deps.audit.append(deps.tx, { at, ...by, action: 'activation.issued', study, patient, record, after })
  return { codeId, patientId: patient, expiresAt }
}

async function end(
  { tx, codes, audit }: Deps,
  study: string,
  patient: string,
  kind: IssuedCode['kind'] | undefined,
  by: By,
  now: number,
): Promise<void> {
  const at = new Date(now).toISOString()
  for (const codeId of await codes.end(tx, study, patient, kind, now)) {
    const record = `activation:${codeId}`
    await audit.append(tx, { at, ...by, action: 'activation.ended', study, patient, record })
  }
}

async function noteDevice(
  { tx, audit }: Deps,
  by: Device,
  { deviceId, studyId: study, patientId: patient }: Device,
  action: string,
  reason: string,
  now: number,
  after?: string,
): Promise<void> {
  await audit.append(tx, {
    at: new Date(now).toISOString(),
    actor: `device:${by.deviceId}`,
    action,
    study,
    patient,
    record: `device:${deviceId}`,
    reason,
    ...(after === undefined ? {} : { after }),
  })
}
