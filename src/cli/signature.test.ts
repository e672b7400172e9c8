// The signature an inspector checks is the one the device made: DER as other tools read it, for numbers of any length.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { derOf } from './signature.ts'

test('the DER form verifies where the other does, also where numbers begin with zeros or high bits', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  for (let n = 0; n < 600; n++) {
    const body = Buffer.from(`body ${n}`)
    const short = sign('sha256', body, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    assert.ok(verify('sha256', body, publicKey, derOf(short)))
  }
  const one = Buffer.alloc(64)
  one[31] = 1
  assert.equal(derOf(one).toString('hex'), '3006020101020100')
})
