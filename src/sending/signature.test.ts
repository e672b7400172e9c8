import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readSecrets, signedHeaders } from './signature.ts'

const folder = mkdtempSync(join(tmpdir(), 'levee-secrets-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const secretOf = (fill: number, length = 32) => `whsec_${Buffer.alloc(length, fill).toString('base64')}`
const fileOf = (text: string, mode = 0o600) => {
  const file = join(folder, 'secrets')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

test('the signature of the specification’s own example', () => {
  const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  const headers = signedHeaders(
    [secret],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '{"test": 2432232314}',
    1_614_265_330_999,
  )
  assert.deepEqual(headers, {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('while secrets rotate each of them signs', () => {
  const secrets = readSecrets(fileOf(`# new\n${secretOf(1)}\n\n# old\n${secretOf(2)}\r\n`))
  const header = (use: Buffer[]) => signedHeaders(use, 'id', '{}', 0)['webhook-signature']
  assert.equal(header(secrets), `${header([secrets[0]!])} ${header([secrets[1]!])}`)
  assert.notEqual(header([secrets[0]!]), header([secrets[1]!]))
})

test('P12: a file of secrets that others can read is refused', () => {
  for (const mode of [0o640, 0o604, 0o644, 0o660, 0o601])
    assert.throws(() => readSecrets(fileOf(secretOf(1), mode)), /chmod it to 0600/, mode.toString(8))
  for (const mode of [0o600, 0o400]) assert.equal(readSecrets(fileOf(secretOf(1), mode)).length, 1)
})

test('P12: what is no secret is refused by its line, without its text', () => {
  const wrong = [
    'hunter2',
    'whsec_',
    secretOf(1, 23),
    secretOf(1, 65),
    `${secretOf(1)} x`,
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ]
  for (const line of wrong) {
    assert.throws(
      () => readSecrets(fileOf(`${secretOf(1)}\n${line}\n`)),
      (error: Error) =>
        /line 2/.test(error.message) &&
        !error.message.includes(line.replace('whsec_', '') || 'nothing to repeat'),
      line,
    )
  }
  assert.throws(() => readSecrets(fileOf('# none yet\n')), /holds no secret/)
  assert.throws(() => readSecrets(join(folder, 'nowhere')), /ENOENT/)
})
