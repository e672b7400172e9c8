// Where codes are made and used up: the only part that sees a code or a new token in the clear. It hands the writer
// hashes alone, keeps the limits, and lets a device count before its answer goes out.

import type { ActivateDevice } from '../identity/activation.ts'
import { codeHmac, newCode } from '../identity/activation-code.ts'
import { type ActivationLimits, activationLimits, type Try } from '../identity/activation-limits.ts'
import type { HandedOver } from '../identity/activation-store.ts'
import type { Devices } from '../identity/devices.ts'
import { newToken, tokenHash } from '../identity/token.ts'
import type { Trial } from '../processing/trial.ts'
import type { Authority } from '../records/actions.ts'
import { normaliseCode } from '../study/device/activation-code.ts'
import { Problem } from '../system/problem.ts'

/** A code as it is shown, once. `expiresAt` in milliseconds since the epoch. */
export type NewActivation = { readonly patientId: string; readonly code: string; readonly expiresAt: number }

/** What a phone gets; the token is shown once. */
export type NewDevice = {
  readonly token: string
  readonly deviceId: number
  readonly studyId: string
  readonly patientId: string
  readonly kind: 'own' | 'clinic'
  readonly form: HandedOver | null
}

/** What a phone sends, checked in its form. `address` is the caller's. */
export type ActivationRequest = Pick<ActivateDevice, 'publicKey' | 'app' | 'unsentKnown'> & {
  readonly code: string
  readonly address: string
}

/** A form for a tablet of the site; without a version, the one in use at the patient's site today. */
export type HandOverRequest = {
  readonly studyId: string
  readonly patientId: string
  readonly form: string
  readonly formVersion?: string
  readonly occasion?: string
}

export type ActivationDesk = {
  /** A code for each of these patients. Rejects with a Problem naming the first who is not active. */
  issue(
    studyId: string,
    patientIds: readonly string[],
    validMs: number,
    by: Authority,
  ): Promise<NewActivation[]>
  /** A code for a tablet. Rejects with a Problem for a form the site does not have. */
  handOver(wanted: HandOverRequest, by: Authority): Promise<NewActivation & { readonly form: HandedOver }>
  /** Rejects with `activation.refused`, whatever is wrong with the code; `activation.too-many`; `activation.unsent`. */
  activate(asked: ActivationRequest): Promise<NewDevice>
}

const byPhone: Authority = { actor: 'system:activation', reason: 'one-time code' }

/** `key` is that of activation-code.ts. */
export function activationDesk(
  act: Trial['act'],
  devices: Devices,
  key: Buffer,
  limits: ActivationLimits = activationLimits(() => performance.now()),
): ActivationDesk {
  return {
    async issue(studyId, patientIds, validMs, by) {
      const made = [...new Set(patientIds)].map((patientId) => ({ patientId, code: newCode() }))
      const codes = made.map(({ patientId, code }) => ({ patientId, codeHmac: codeHmac(key, code) }))
      const { issued } = await act({ do: 'issue-activation', studyId, codes, validMs, by })
      return issued.map(({ patientId, expiresAt }, i) => ({ patientId, code: made[i]!.code, expiresAt }))
    },
    async handOver(wanted, by) {
      const code = newCode()
      const { patientId, expiresAt, form } = await act({
        do: 'hand-over',
        ...wanted,
        codeHmac: codeHmac(key, code),
        by,
      })
      return { patientId, code, expiresAt, form }
    },
    async activate({ code, address, publicKey, app, unsentKnown }) {
      const known = normaliseCode(code)
      const hmac = known === null ? undefined : codeHmac(key, known)
      const tried = { codeHmac: hmac, address }
      const wait = await limits.take(tried)
      if (wait !== undefined) throw new Problem('activation.too-many', {}, { retryAfterSeconds: wait })
      const token = newToken()
      const tokenSha256 = tokenHash(token)
      const judge = () => {
        if (hmac === undefined) throw new Problem('activation.refused', {})
        const asked = { codeHmac: hmac, tokenSha256, publicKey, app, unsentKnown }
        return act({ do: 'activate-device', ...asked, by: byPhone })
      }
      const done = await settling(limits, tried, judge)
      const { device, form } = done
      for (const deviceId of done.replaced) devices.supersede(deviceId, done.at)
      devices.add(tokenSha256, device)
      const { deviceId, studyId, patientId, kind } = device
      return { token, deviceId, studyId, patientId, kind: kind as 'own' | 'clinic', form }
    },
  }
}

/** Does the work and settles the try by how it ended. */
async function settling<R>(limits: ActivationLimits, tried: Try, work: () => R | Promise<R>): Promise<R> {
  let refused = false
  try {
    return await work()
  } catch (error) {
    refused = error instanceof Problem && error.code === 'activation.refused'
    throw error
  } finally {
    limits.settle(tried, refused)
  }
}

/** Where the app takes a code, below its origin. Behind the hash, so that no server or proxy logs it. */
export const activationPath = (code: string): string => `/app/#/activate?code=${code}`
