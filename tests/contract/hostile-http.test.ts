// Requests that no honest client sends, byte by byte: each is refused without doubt about where it ends
// (request smuggling, RFC 9112 §11.2), nothing of it is stored, and the server goes on serving.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { deviceHeaders, diary } from '../support/diary.ts'
import { type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'

let trial: RunningTrial
let person: Person
before(async () => {
  trial = await startTrial({ asChild: true })
  person = trial.people[0]
})
after(() => trial[Symbol.asyncDispose]())

/** Sends bytes as they are and returns everything that comes back until the server closes, or `ms` have passed. */
async function exchange(
  bytes: string | Buffer,
  ms = 2000,
  http = trial.http,
): Promise<{ text: string; closed: boolean }> {
  const { hostname, port } = new URL(http)
  const socket = net.connect(Number(port), hostname)
  let text = ''
  let closed = false
  socket.setEncoding('latin1').on('data', (part) => {
    text += part
  })
  socket.on('error', () => {})
  socket.once('close', () => {
    closed = true
  })
  await once(socket, 'connect')
  socket.write(bytes)
  const deadline = AbortSignal.timeout(ms)
  await once(socket, 'close', { signal: deadline }).catch(() => {})
  socket.destroy()
  return { text, closed }
}
const statuses = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((m) => Number(m[1]))
const body = () => JSON.stringify(diary(person))
const head = (...lines: string[]) =>
  [
    'POST /v1/submissions HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${person.token}`,
    'Content-Type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n')
const stored = async () => (await trial.ledger()).studies[0]?.received ?? 0

describe('framing that two readers could read in two ways', () => {
  const length = () => `Content-Length: ${Buffer.byteLength(body())}`
  const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`
  const cases: [name: string, bytes: () => string][] = [
    [
      'Content-Length and Transfer-Encoding',
      () => head(length(), 'Transfer-Encoding: chunked') + chunked(body()),
    ],
    [
      'Transfer-Encoding and Content-Length',
      () => head('Transfer-Encoding: chunked', length()) + chunked(body()),
    ],
    ['two different Content-Lengths', () => head(length(), 'Content-Length: 5') + body()],
    ['two equal Content-Lengths', () => head(length(), length()) + body()],
    ['a list of Content-Lengths', () => head(`Content-Length: ${body().length}, ${body().length}`) + body()],
    ['a negative Content-Length', () => head('Content-Length: -1') + body()],
    ['a Content-Length in hexadecimal', () => head('Content-Length: 0x10') + body()],
    ['an unknown Transfer-Encoding', () => head('Transfer-Encoding: xchunked') + chunked(body())],
    ['chunked, but not last', () => head('Transfer-Encoding: chunked, identity') + chunked(body())],
    ['a chunk size with a sign', () => `${head('Transfer-Encoding: chunked')}+5\r\nhello\r\n0\r\n\r\n`],
    ['bare line feeds', () => (head(length()) + body()).replaceAll('\r\n', '\n')],
    ['a bare line feed within the head', () => head('X-A: 1\nX-B: 2', length()) + body()],
    ['a bare carriage return within a header', () => head('X-A: 1\rX-B: 2', length()) + body()],
    ['white space before the colon', () => head('Content-Length : 10') + body()],
    ['white space before the first header', () => head(length()).replace('Host:', ' Host:') + body()],
    ['a folded header', () => head('X-A: 1\r\n folded', length()) + body()],
    ['a header without a name', () => head(': value', length()) + body()],
    ['a NUL within a header', () => head('X-A: \0', length()) + body()],
    ['no Host', () => head(length()).replace('Host: x\r\n', '') + body()],
    ['another protocol version', () => head(length()).replace('HTTP/1.1', 'HTTP/9.9') + body()],
    ['a method of its own', () => head(length()).replace('POST', 'SUBMIT') + body()],
    ['no HTTP at all', () => `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${'\0'.repeat(64)}`],
  ]
  for (const [name, bytes] of cases) {
    test(name, async () => {
      const kept = await stored()
      const { text, closed } = await exchange(bytes())
      assert.ok(closed, `the connection is closed; it said ${text.slice(0, 100)}`)
      for (const status of statuses(text)) assert.equal(status, 400)
      assert.ok(
        statuses(text).length <= 1,
        'one answer at most: nothing after it is taken for a second request',
      )
      assert.equal(await stored(), kept)
    })
  }
})

describe('too much and too slow', () => {
  test('20 kB of headers: 431, closed', async () => {
    const { text, closed } = await exchange(`${head(`X-Long: ${'x'.repeat(20_000)}`, 'Content-Length: 2')}{}`)
    assert.deepEqual(statuses(text), [431])
    assert.ok(closed)
  })
  test('an address of 20 kB', async () => {
    const { text, closed } = await exchange(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.deepEqual(statuses(text), [431])
    assert.ok(closed)
  })
  test('a body announced larger than 256 KiB is refused before it is sent', async () => {
    const { text } = await exchange(head('Content-Length: 999999999'), 500)
    assert.deepEqual(statuses(text), [413])
  })
  test('an endless chunked body is cut off', async () => {
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
    const { text } = await exchange(head('Transfer-Encoding: chunked') + chunk.repeat(20), 1000)
    assert.deepEqual(statuses(text), [413])
  })
  test('100 Continue is not given to a caller who is refused', async () => {
    const { text } = await exchange(
      head('Expect: 100-continue', 'Content-Length: 10').replace(person.token, 'nobody'),
      500,
    )
    assert.equal(statuses(text).at(-1), 401)
  })
  test('a head or a body that never ends is cut off', async () => {
    const httpLimits = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 }
    await using quick = await startTrial({ overrides: { httpLimits } })
    const endless = [
      'POST /v1/submissions HTTP/1.1\r\nHost: x\r\nX-Slow: ',
      `${head('Content-Length: 10').replace(person.token, quick.people[0].token)}{`,
    ]
    for (const bytes of endless) {
      const { text, closed } = await exchange(bytes, 3000, quick.http)
      assert.ok(closed)
      assert.deepEqual(statuses(text), [408])
    }
  })
})

describe('honest HTTP at the wrong place', () => {
  const ask = (path: string, init: RequestInit = {}) => fetch(trial.http + path, init)
  test('unknown addresses', async () => {
    for (const path of [
      '/nowhere',
      '/v1/submissions/',
      '/v1/../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/v1/submissions/%00',
      '/drug/',
      '/%',
      '/docs/../package.json',
      '/__proto__',
      '/v1/constructor',
    ]) {
      const response = await ask(path, { headers: deviceHeaders(person.token) })
      assert.ok(response.status === 404 || response.status === 400, `${path} gave ${response.status}`)
      assert.match(response.headers.get('content-type') ?? '', /json/)
    }
  })
  test('other methods', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'GET']) {
      const response = await ask('/v1/submissions', { method, headers: deviceHeaders(person.token) })
      assert.ok([404, 405].includes(response.status), `${method} gave ${response.status}`)
    }
    assert.equal((await ask('/healthz', { method: 'HEAD' })).status < 500, true)
  })
  test('other media types', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonp',
      'application/json/x',
      'nonsense',
    ]) {
      const headers = { ...deviceHeaders(person.token), 'content-type': type }
      const response = await ask('/v1/submissions', { method: 'POST', headers, body: body() })
      assert.equal(response.status, 415, type)
      assert.equal(((await response.json()) as { code: string }).code, 'body.unsupported-media')
    }
    const { text } = await exchange(
      head(`Content-Length: ${Buffer.byteLength(body())}`).replace('Content-Type: application/json\r\n', '') +
        body(),
      500,
    )
    assert.deepEqual(statuses(text), [415])
  })
  test('JSON with a charset parameter is JSON', async () => {
    const headers = { ...deviceHeaders(person.token), 'content-type': 'application/json; charset=utf-8' }
    assert.equal((await ask('/v1/submissions', { method: 'POST', headers, body: body() })).status, 202)
  })
  test('a compressed body is not taken for JSON', async () => {
    const headers = { ...deviceHeaders(person.token), 'content-encoding': 'gzip' }
    const response = await ask('/v1/submissions', {
      method: 'POST',
      headers,
      body: Buffer.from([0x1f, 0x8b, 8, 0]),
    })
    assert.ok([400, 415].includes(response.status))
  })
})

test('the server still serves, and logged nothing as its own fault', async () => {
  const response = await fetch(`${trial.http}/v1/submissions`, {
    method: 'POST',
    headers: deviceHeaders(person.token),
    body: body(),
  })
  assert.equal(response.status, 202)
  assert.doesNotMatch(trial.log(), /internal error|"level":50/)
})
