// Failures name the flag and the remedy; values of flags are read strictly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../system/config.ts'
import { checkSettings, startFailure, WronglyCalled } from './failures.ts'
import { reasonOf, seconds, share, wholeNumber } from './flags.ts'

const config = readConfig({ port: '18080', grpcPort: '18081' }, {})
const failure = (fields: object) => startFailure(Object.assign(new Error('raw'), fields), config).message

test('a start failure names the flag that helps', () => {
  assert.match(failure({ code: 'EADDRINUSE', port: 18080 }), /:18080 is taken.*--port /)
  assert.match(failure({ code: 'EADDRINUSE', port: 18081 }), /:18081 is taken.*--grpc-port /)
  assert.match(failure({ code: 'EACCES', syscall: 'listen', port: 80 }), /port 80 .*above 1023 with --port/)
  assert.match(failure({ code: 'EADDRNOTAVAIL' }), /--host/)
  for (const code of ['EACCES', 'EROFS', 'ENOTDIR', 'ENOSPC']) assert.match(failure({ code }), /--data/)
  assert.match(failure({ errcode: 14 }), /--data/)
  assert.equal(failure({}), 'raw')
})

test('settings no server can start with are a wrong call', () => {
  for (const flags of [{ log: 'loud' }, { port: '99999' }, { port: '8080', grpcPort: '8080' }]) {
    assert.throws(() => checkSettings(readConfig(flags, {})), WronglyCalled)
  }
  checkSettings(readConfig({ port: '0', grpcPort: '0' }, {}))
})

test('values of flags', () => {
  assert.deepEqual(['90', '90s', '1.5m', '2h'].map(seconds), [90, 90, 90, 7200])
  for (const text of ['', '0', '-1s', '5 days', 's']) assert.throws(() => seconds(text), /such as 30s/)
  assert.deepEqual(['0', '0.05', '5%', '100%'].map(share), [0, 0.05, 0.05, 1])
  for (const text of ['', '2', '-1%', 'x']) assert.throws(() => share(text), /from 0 to 1/)
  assert.equal(wholeNumber(1)('7'), 7)
  for (const text of ['0', '1.5', 'x', '', ' ']) assert.throws(() => wholeNumber(1)(text), /1 or more/)
})

test('an audited action without a reason is a wrong call', () => {
  assert.equal(reasonOf({ reason: 'device lost' }), 'device lost')
  for (const flags of [{}, { reason: ' ' }]) assert.throws(() => reasonOf(flags), /--reason/)
})
