import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { test } from 'node:test'
import { AddressRefused, guardedLookup, mayReach, type Reach, readReceiver } from './receiver.ts'

test('https anywhere, http on this machine only', () => {
  const reachOf = (url: string, allowPrivate = false) => readReceiver(url, allowPrivate).reach
  assert.equal(reachOf('https://receiver.example/hooks?from=levee'), 'public')
  assert.equal(reachOf('https://receiver.example/', true), 'private')
  assert.equal(reachOf('https://93.184.216.34/'), 'public')
  assert.equal(reachOf('https://10.1.2.3/', true), 'private')
  for (const host of ['localhost', '127.0.0.1', '127.1', '2130706433', '[::1]'])
    assert.equal(reachOf(`http://${host}:8000/`, true), 'loopback', host)
})

test('P12: a URL that is not for a webhook is refused, and its words are not repeated', () => {
  const wrong = [
    'receiver.example',
    'http://receiver.example/',
    'http://localhost.example/',
    'http://localhost./',
    'http://10.0.0.1/',
    'ftp://receiver.example/',
    'file:///etc/passwd',
    'unix:/run/docker.sock',
    'data:text/plain,x',
    'https://user:secret@receiver.example/',
    'https://user@receiver.example/',
    'https://receiver.example/#fragment',
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1'].map(
      (ip) => `https://${ip}/`,
    ),
    ...[
      '[fd00::1]',
      '[fe80::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '0xa9fea9fe',
      '10.1',
    ].map((ip) => `https://${ip}/`),
  ]
  for (const url of wrong) {
    assert.throws(
      () => readReceiver(url, false),
      (error: Error) =>
        error.message.startsWith('--webhook-url') && !/secret|receiver|10\.|169/.test(error.message),
      url,
    )
  }
  for (const url of [
    'https://169.254.169.254/',
    'https://[fe80::1]/',
    'https://0.0.0.0/',
    'https://[::ffff:169.254.169.254]/',
  ])
    assert.throws(() => readReceiver(url, true), /special network/, url)
})

test('which addresses are within which reach', () => {
  const table: [string, boolean, boolean, boolean][] = [
    // address, public, private, loopback
    ['93.184.216.34', true, true, false],
    ['2606:2800:220:1::1', true, true, false],
    ['10.255.0.1', false, true, false],
    ['172.31.255.255', false, true, false],
    ['172.32.0.1', true, true, false],
    ['192.168.0.1', false, true, false],
    ['100.127.0.1', false, true, false],
    ['fd12::1', false, true, false],
    ['127.0.0.1', false, false, true],
    ['127.255.0.9', false, false, true],
    ['::1', false, false, true],
    ['::ffff:127.0.0.1', false, false, true],
    ['::ffff:10.0.0.1', false, true, false],
    ['::ffff:93.184.216.34', false, false, false],
    ['169.254.169.254', false, false, false],
    ['fe80::1', false, false, false],
    ['0.0.0.0', false, false, false],
    ['255.255.255.255', false, false, false],
    ['198.18.0.1', false, false, false],
    ['64:ff9b::a00:1', false, false, false],
    ['2001::1', false, false, false],
    ['ff02::1', false, false, false],
    ['not an address', false, false, false],
  ]
  const reaches: Reach[] = ['public', 'private', 'loopback']
  for (const [address, ...expected] of table)
    assert.deepEqual(
      reaches.map((reach) => mayReach(address, reach)),
      expected,
      address,
    )
})

const answering =
  (...addresses: string[]): LookupFunction =>
  (_name, options, callback) => {
    const all: LookupAddress[] = addresses.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }))
    if (options.all) callback(null, all)
    else callback(null, all[0]!.address, all[0]!.family)
  }
const found = (reach: Reach, lookup: LookupFunction, all: boolean) =>
  new Promise((resolve, reject) => {
    guardedLookup(reach, lookup)('name.example', { all }, (error, address) =>
      error ? reject(error) : resolve(address),
    )
  })

test('P12: a name is refused if one of its addresses is, whatever the others are', async () => {
  for (const bad of ['10.0.0.1', '169.254.169.254', '::1', '127.0.0.1', 'fe80::1', '::ffff:10.0.0.1']) {
    for (const all of [true, false]) {
      await assert.rejects(found('public', answering('93.184.216.34', bad), all), AddressRefused, bad)
      await assert.rejects(found('public', answering(bad), all), AddressRefused, bad)
    }
  }
  await assert.rejects(found('loopback', answering('93.184.216.34'), true), AddressRefused)
  await assert.rejects(found('public', answering(), true), AddressRefused)
})

test('control: addresses within reach are passed on, in either form that Node asks for', async () => {
  assert.deepEqual(await found('public', answering('93.184.216.34'), true), [
    { address: '93.184.216.34', family: 4 },
  ])
  assert.equal(await found('public', answering('93.184.216.34'), false), '93.184.216.34')
  assert.equal(await found('private', answering('10.0.0.1'), false), '10.0.0.1')
  const failing: LookupFunction = (_name, _options, callback) =>
    callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
  await assert.rejects(found('public', failing, true), { code: 'ENOTFOUND' })
})
