import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { parseAnswer } from './answer-parser.ts'
import { getHead, postHead, Wire, type WireFailure } from './wire.ts'

type Told = { failure: WireFailure | null; status: number; body: string; retryAfterSeconds: number }

/** A server on a free port and a client to it; both are gone at the end of the block. */
async function pair(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTcpServer>,
  { connections = 2, timeoutMs = 5000 } = {},
) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const wire = new Wire({ host: '127.0.0.1', port, connections, timeoutMs })
  const send = (body: string | null, abort = false) =>
    new Promise<Told>((resolve) => {
      const host = `127.0.0.1:${port}`
      wire.send(
        body === null ? getHead(host, '/x') : postHead(host, '/x', 'secret'),
        body === null ? null : Buffer.from(body),
        (failure, answer) => resolve({ ...answer, failure, body: answer.body.toString() }),
        abort,
      )
    })
  return {
    wire,
    send,
    async [Symbol.asyncDispose]() {
      wire.close()
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    },
  }
}

/** Answers with what it got. */
const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const text = `${request.method} ${request.headers.authorization} ${Buffer.concat(chunks)}`
    response.writeHead(202, { 'content-length': Buffer.byteLength(text) }).end(text)
  })
}

test('requests are answered, more of them than there are sockets, each with its own body', async () => {
  const sockets = new Set<unknown>()
  const server = createServer(echo).on('connection', (socket) => sockets.add(socket))
  await using client = await pair(server)
  const bodies = Array.from({ length: 50 }, (_, i) => `diary ${i} 日记`)
  const told = await Promise.all(bodies.map((body) => client.send(body)))
  assert.deepEqual(
    told.map(({ status, body }) => `${status} ${body}`),
    bodies.map((body) => `202 POST Bearer secret ${body}`),
  )
  assert.equal(sockets.size, 2)
  assert.equal((await client.send(null)).body, 'GET undefined ')
  assert.equal(client.wire.inFlight, 0)
})

test('a large body and a large answer arrive whole', async () => {
  await using client = await pair(createServer(echo))
  const body = 'x'.repeat(300_000)
  assert.equal((await client.send(body)).body.length, 'POST Bearer secret '.length + body.length)
  assert.equal((await client.send('small')).body, 'POST Bearer secret small')
})

test('Connection: close is obeyed, Retry-After is read, the next request opens a new socket', async () => {
  let connections = 0
  const server = createServer((_, response) => {
    response.writeHead(503, { connection: 'close', 'retry-after': '7', 'content-length': 4 }).end('busy')
  }).on('connection', () => connections++)
  await using client = await pair(server, { connections: 1 })
  for (const told of [await client.send('a'), await client.send('b')])
    assert.deepEqual(told, { failure: null, status: 503, body: 'busy', retryAfterSeconds: 7, close: true })
  assert.equal(connections, 2)
})

test('a cut connection ends the request as closed, and waiting ones go on over a new socket', async () => {
  let first = true
  const server = createServer((request, response) => {
    if (first) {
      first = false
      request.socket.destroy()
    } else echo(request, response)
  })
  await using client = await pair(server, { connections: 1 })
  const told = await Promise.all([client.send('a'), client.send('b'), client.send('c')])
  assert.deepEqual(
    told.map(({ failure, status }) => failure ?? status),
    ['closed', 202, 202],
  )
})

test('no answer in time ends as timeout', async () => {
  await using client = await pair(
    createServer(() => {}),
    { timeoutMs: 40 },
  )
  assert.equal((await client.send('a')).failure, 'timeout')
})

test('nobody listening ends as refused', async () => {
  const server = createServer(echo)
  await using client = await pair(server)
  server.close()
  await once(server, 'close')
  assert.equal((await client.send('a')).failure, 'refused')
})

test('abort: the server has the request, the client never has the answer', async () => {
  const got: string[] = []
  const arrived = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    request.on('data', (chunk) => got.push(String(chunk)))
    request.on('end', () => {
      response.end('too late')
      arrived.resolve()
    })
  })
  await using client = await pair(server)
  assert.equal((await client.send('kept?', true)).failure, 'aborted')
  await arrived.promise
  assert.deepEqual(got, ['kept?'])
})

test('an answer in single bytes is put together; garbage is unreadable', async () => {
  const answers = ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'SSH-2.0-what\r\n\r\n']
  const server = createTcpServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.on('data', async () => {
      for (const byte of answers.shift() ?? '') {
        socket.write(byte)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })
  })
  await using client = await pair(server, { connections: 1 })
  assert.equal((await client.send('a')).body, 'hello')
  assert.equal((await client.send('a')).failure, 'unreadable')
})

test('close ends everything that is under way', async () => {
  const client = await pair(
    createServer(() => {}),
    { connections: 1 },
  )
  const told = [client.send('a'), client.send('b')]
  client.wire.close()
  assert.deepEqual(
    (await Promise.all([...told, client.send('c')])).map(({ failure }) => failure),
    ['closed', 'closed', 'closed'],
  )
  await client[Symbol.asyncDispose]()
})

test('parseAnswer: framing by Content-Length only', () => {
  const parse = (text: string) => {
    const parsed = parseAnswer(Buffer.from(text))
    return typeof parsed === 'string' ? parsed : `${parsed.status} ${parsed.body}`
  }
  assert.equal(parse('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'), '200 ok')
  assert.equal(parse('HTTP/1.1 204 No Content\r\n\r\n'), '204 ')
  assert.equal(parse('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok'), 'incomplete')
  assert.equal(parse('HTTP/1.1 200 OK\r\ncontent-le'), 'incomplete')
  assert.equal(parse('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'), 'unreadable')
  assert.equal(parse('HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n'), 'unreadable')
  assert.equal(parse(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`), 'unreadable')
})
