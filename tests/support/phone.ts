// A phone for tests: activated by a one-time code with a key of WebCrypto that cannot be exported, as the app's is.
import assert from 'node:assert/strict'
import { deviceHeaders } from './diary.ts'
import type { RunningTrial } from './start-trial.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

export type Phone = {
  readonly token: string
  readonly deviceId: number
  /** SPKI, base64. */
  readonly publicKey: string
  /** Base64url of the 64 bytes over these. */
  sign(body: Uint8Array<ArrayBuffer>): Promise<string>
  /** Sends a submission, signed unless another signature is given; null: none. */
  send(body: unknown, signature?: string | null): Promise<Response>
  /** Says what it holds, and asks what has arrived. */
  held(held: readonly unknown[], check?: readonly string[]): Promise<Response>
}

/** Activates a phone of the patient; it takes the place of the one before, whatever that one holds. */
export async function activatePhone(trial: RunningTrial, patientId: string): Promise<Phone> {
  const { studyId } = trial
  const [issued] = await trial.control.codes(
    { studyId, patientIds: [patientId], validMs: 3_600_000 },
    'a new phone',
  )
  return activateBy(trial, issued!.code)
}

/** Activates with a code, also one for a tablet of the site. */
export async function activateBy(trial: RunningTrial, code: string): Promise<Phone> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', publicKey)).toString('base64')
  const answer = await fetch(`${trial.http}/v1/activation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      code,
      publicKey: spki,
      app: { name: 'test', version: '1' },
      unsentElsewhere: 'known',
    }),
  })
  assert.equal(answer.status, 201, await answer.clone().text())
  const { token, deviceId } = (await answer.json()) as { token: string; deviceId: number }
  const sign = async (body: Uint8Array<ArrayBuffer>) =>
    Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, body)).toString(
      'base64url',
    )
  return {
    token,
    deviceId,
    publicKey: spki,
    sign,
    async send(submission, signature) {
      const body = new TextEncoder().encode(JSON.stringify(submission))
      const signed = signature === undefined ? await sign(body) : signature
      return fetch(`${trial.http}/v1/submissions`, {
        method: 'POST',
        headers: { ...deviceHeaders(token), ...(signed === null ? {} : { 'levee-signature': signed }) },
        body,
      })
    },
    held: (held, check = []) =>
      fetch(`${trial.http}/v1/device/held`, {
        method: 'POST',
        headers: deviceHeaders(token),
        body: JSON.stringify({ held, check, deviceTime: new Date().toISOString(), uptimeMs: 1 }),
      }),
  }
}
