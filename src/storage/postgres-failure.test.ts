import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import pg from 'pg'
import { InDoubt, postgresFailure, UnfitServer } from './postgres-failure.ts'

const coded = (code: string) => Object.assign(new Error('words in any language'), { code })

test('each SQLSTATE has the class that decides what follows', () => {
  const table = {
    full: ['53100'],
    lost: ['08000', '08006', '57P01', '57P02', '57P03', '25P03', '58030', 'XX001'],
    busy: ['40001', '40P01', '55P03', '57014', '53300'],
    'read-only': ['25006'],
    none: ['23505', '23503', '42601', '22003', 'P0001', 'XX000'],
  } as const
  for (const [failure, codes] of Object.entries(table))
    for (const code of codes) assert.equal(postgresFailure(coded(code)), failure, code)
})

test('socket errors are lost, and errors of files are not ours', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN'])
    assert.equal(postgresFailure(coded(code)), 'lost', code)
  for (const code of ['ENOENT', 'ERR_INVALID_ARG_TYPE']) assert.equal(postgresFailure(coded(code)), 'none')
})

test('our own errors: in doubt and unfit are lost, a standby is read-only', () => {
  assert.equal(postgresFailure(new InDoubt('x')), 'lost')
  assert.equal(postgresFailure(new UnfitServer('x')), 'lost')
  assert.equal(postgresFailure(new UnfitServer('x', true)), 'read-only')
})

test('a bug is none, whatever it is', () => {
  for (const thrown of [new TypeError('x is not a function'), undefined, null, 'text', { code: '53100' }])
    assert.equal(postgresFailure(thrown), 'none')
})

test('the words of the driver that come without a code are known', async () => {
  const port = await closedPort()
  await using silent = await listening()
  const failures = [
    new pg.Client({ host: '127.0.0.1', port }).connect(),
    new pg.Client({ host: '127.0.0.1', port: silent.port, connectionTimeoutMillis: 20 }).connect(),
    new pg.Pool({ host: '127.0.0.1', port: silent.port, connectionTimeoutMillis: 20 }).connect(),
  ]
  for (const failure of failures) {
    const error = await failure.then(
      () => assert.fail('connected'),
      (e) => e,
    )
    assert.equal(postgresFailure(error), 'lost', String(error))
  }
})

/** A server that accepts and says nothing. */
async function listening() {
  const { createServer } = await import('node:net')
  const open = new Set<{ destroy(): void }>()
  const server = createServer((socket) => open.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function closedPort(): Promise<number> {
  const server = await listening()
  await server[Symbol.asyncDispose]()
  await new Promise((resolve) => connect(server.port, '127.0.0.1').once('error', resolve))
  return server.port
}
