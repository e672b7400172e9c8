// Who is let in to do what: a replaced phone hands in, a tablet reads for two hours and hands in for longer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Device, deviceRegistry, handInGraceMs } from '../identity/devices.ts'
import { tokenHash } from '../identity/token.ts'
import { Problem } from '../system/problem.ts'
import { readerOf, senderOf } from './admission.ts'

const own: Device = { deviceId: 1, studyId: 'S', patientId: 'P', kind: 'own', standing: 'good' }
const tablet = (expiresAt: number): Device => ({ ...own, deviceId: 2, kind: 'clinic', form: 'f', expiresAt })

const registryOf = (device: Device) => deviceRegistry([[tokenHash('t'), device]])
const outcome = (work: () => Device): string => {
  try {
    return `device ${work().deviceId}`
  } catch (error) {
    return error instanceof Problem ? error.code : String(error)
  }
}
const both = (device: Device, allowed = {}) => {
  const devices = registryOf(device)
  return [outcome(() => senderOf('Bearer t', devices)), outcome(() => readerOf('bearer t', devices, allowed))]
}

test('a phone in good standing does both; a replaced one hands in', () => {
  assert.deepEqual(both(own), ['device 1', 'device 1'])
  assert.deepEqual(both({ ...own, standing: 'replaced', replacedAt: 1 }), ['device 1', 'device.replaced'])
})

test('a tablet reads only where tablets may, until it expires, and hands in for some time after', () => {
  const now = Date.now()
  assert.deepEqual(both(tablet(now + 60_000)), ['device 2', 'token.other-form'])
  assert.deepEqual(both(tablet(now + 60_000), { clinic: true }), ['device 2', 'device 2'])
  assert.deepEqual(both(tablet(now - 60_000), { clinic: true }), ['device 2', 'token.unknown'])
  const over = tablet(now - handInGraceMs - 60_000)
  assert.deepEqual(both(over, { clinic: true }), ['token.unknown', 'token.unknown'])
})

test('the registry: another phone takes the place, a new token ends the one before, revoking ends both', () => {
  const devices = registryOf(own)
  devices.supersede(1, 1000)
  devices.supersede(1, 2000)
  devices.supersede(99, 1000)
  assert.deepEqual(devices.find('t'), { ...own, standing: 'replaced', replacedAt: 1000 })
  devices.add(tokenHash('u'), own)
  assert.equal(devices.find('t'), undefined)
  assert.deepEqual(devices.find('u'), own)
  assert.equal(devices.size, 1)
  devices.revoke(1)
  assert.equal(devices.find('u'), undefined)
})
