// What only the gRPC door can be sent: broken and strange Protobuf, long streams, clients that go away.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { createClient } from '@connectrpc/connect'
import { findTrailerError } from '@connectrpc/connect/protocol-grpc'
import { createGrpcTransport } from '@connectrpc/connect-node'
import {
  PatientDataService,
  ProblemSchema,
  SubmitPatientDataRequestSchema,
  SubmitPatientDataResponseSchema,
  type SubmitPatientDataStreamResponse,
} from '../../src/api/grpc/generated/levee/v1/patient_data_pb.ts'
import { diary } from '../support/diary.ts'
import { type Person, type RunningTrial, startTrial } from '../support/start-trial.ts'
import { requestOf } from './doors.ts'

const unary = '/levee.v1.PatientDataService/SubmitPatientData'
let trial: RunningTrial
let person: Person
const bearer = () => ({ authorization: `Bearer ${person.token}` })
const clientOf = (running: RunningTrial) =>
  createClient(PatientDataService, createGrpcTransport({ baseUrl: `http://${running.grpc}` }))
const request = (changes: Record<string, unknown> = {}) =>
  create(SubmitPatientDataRequestSchema, requestOf(JSON.stringify(diary(person, changes))))
const submission = (changes: Record<string, unknown> = {}) => ({ submission: request(changes) })

before(async () => {
  trial = await startTrial({ asChild: true })
  person = trial.people[0]
})
after(() => trial[Symbol.asyncDispose]())

/** One gRPC message in its frame. */
const framed = (message: Uint8Array) => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** A unary call made of raw bytes: the status, the problem in its details, and the response message. */
async function rawCall(bytes: Uint8Array, headers: Record<string, string> = {}) {
  const session = http2.connect(`http://${trial.grpc}`)
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': unary,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...bearer(),
      ...headers,
    })
    stream.end(bytes)
    const [parts, trailers] = await Promise.all([
      stream.toArray() as Promise<Buffer[]>,
      once(stream, 'trailers').then(([t]) => t as Record<string, string>),
    ])
    const error = findTrailerError(new Headers(Object.entries(trailers)))
    return {
      status: error?.code,
      problem: error?.findDetails(ProblemSchema)[0],
      body: Buffer.concat(parts).subarray(5),
    }
  } finally {
    session.destroy()
  }
}

/** A request whose answers hold one item "pain" with these bytes as its google.protobuf.Value. */
function withValue(value: (writer: BinaryWriter) => unknown): Uint8Array {
  const item = new BinaryWriter()
  value(item)
  const entry = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('pain')
    .tag(2, WireType.LengthDelimited)
    .bytes(item.finish())
    .finish()
  const struct = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(entry).finish()
  const { answers: _, ...rest } = request()
  const answers = new BinaryWriter().tag(13, WireType.LengthDelimited).bytes(struct).finish()
  return Buffer.concat([toBinary(SubmitPatientDataRequestSchema, rest), answers])
}

describe('Protobuf that cannot be kept', () => {
  const infinite = withValueOf((w) => w.tag(2, WireType.Bit64).double(Number.POSITIVE_INFINITY))
  const cases: [name: string, bytes: () => Uint8Array, code: string, member?: string][] = [
    ['noise', () => framed(Buffer.from('ffffffffffff', 'hex')), 'request.malformed'],
    [
      'a message cut short',
      () => framed(toBinary(SubmitPatientDataRequestSchema, request()).subarray(0, 50)),
      'request.malformed',
    ],
    ['a frame that promises more than comes', () => Buffer.from([0, 0, 0, 1, 0, 10]), 'request.malformed'],
    ['a text that is not UTF-8', () => framed(Buffer.from([10, 2, 0xff, 0xfe])), 'request.malformed'],
    [
      'an answer that is not UTF-8',
      () => framed(withValue((w) => w.tag(3, WireType.LengthDelimited).bytes(Buffer.from([0xff])))),
      'request.malformed',
    ],
    ['an answer that is infinite', infinite, 'submission.invalid', 'answers'],
    [
      'an answer that is no number',
      withValueOf((w) => w.tag(2, WireType.Bit64).double(Number.NaN)),
      'submission.invalid',
      'answers',
    ],
    [
      'an uptime that is no number',
      () => framed(toBinary(SubmitPatientDataRequestSchema, { ...request(), uptimeMs: Number.NaN })),
      'submission.invalid',
      'uptimeMs',
    ],
    ['a frame of 4 MB', () => framed(Buffer.alloc(4_000_000)), 'body.too-large'],
    ['an empty message', () => framed(new Uint8Array(0)), 'submission.invalid', 'submissionId'],
  ]
  for (const [name, bytes, code, member] of cases) {
    test(name, async () => {
      const { status, problem } = await rawCall(bytes())
      assert.equal(problem?.code, code)
      assert.equal(problem.member, member)
      assert.equal(status, 3, 'INVALID_ARGUMENT')
    })
  }
  test('a member of the contract in extra', async () => {
    const message = create(SubmitPatientDataRequestSchema, {
      ...request(),
      extra: { occasion: '2026-01-01' },
    })
    const { problem } = await rawCall(framed(toBinary(SubmitPatientDataRequestSchema, message)))
    assert.deepEqual([problem?.code, problem?.member], ['submission.invalid', 'extra'])
  })
})

function withValueOf(value: (writer: BinaryWriter) => unknown): () => Uint8Array {
  return () => framed(withValue(value))
}

test('fields of a later contract are kept, and a retry is the same submission', async () => {
  const later = new BinaryWriter()
    .tag(900, WireType.LengthDelimited)
    .string('later')
    .tag(901, WireType.Varint)
    .int32(7)
    .finish()
  const bytes = framed(Buffer.concat([toBinary(SubmitPatientDataRequestSchema, request()), later]))
  const answers = [await rawCall(bytes), await rawCall(bytes)].map(({ body }) =>
    fromBinary(SubmitPatientDataResponseSchema, body),
  )
  assert.deepEqual(
    answers.map((a) => a.alreadyReceived),
    [false, true],
  )
  const { body } = await trial.entry(Number(answers[0]!.receipt!.position))
  const kept = JSON.parse(body.toString()) as {
    protobufUnknown: { no: number; wireType: number; data: string }[]
  }
  assert.deepEqual(kept.protobufUnknown, [
    { no: 900, wireType: 2, data: Buffer.from('\u0005later').toString('base64') },
    { no: 901, wireType: 0, data: Buffer.from([7]).toString('base64') },
  ])
})

test('one bad submission does not end a stream; every message is answered by its number', async () => {
  const sent = Array.from({ length: 300 }, (_, i) =>
    i % 10 === 3 ? submission({ patientId: 'P-99999' }) : submission(),
  )
  const answers: SubmitPatientDataStreamResponse[] = []
  for await (const answer of clientOf(trial).submitPatientDataStream(from(sent), { headers: bearer() }))
    answers.push(answer)
  assert.deepEqual(
    answers.map((a) => Number(a.sequence)).sort((a, b) => a - b),
    sent.map((_, i) => i),
  )
  for (const { sequence, submissionId, result } of answers) {
    assert.equal(submissionId, sent[Number(sequence)]!.submission.submissionId)
    assert.equal(result.case, Number(sequence) % 10 === 3 ? 'problem' : 'acknowledgement')
    if (result.case === 'problem') assert.equal(result.value.code, 'token.other-patient')
  }
})

test('an answer comes while the stream is still open', async () => {
  const more = Promise.withResolvers<void>()
  const open = async function* () {
    yield submission()
    await more.promise
  }
  const answers = clientOf(trial)
    .submitPatientDataStream(open(), { headers: bearer() })
    [Symbol.asyncIterator]()
  assert.equal((await answers.next()).value?.result.case, 'acknowledgement')
  more.resolve()
  assert.equal((await answers.next()).done, true)
})

test('a token revoked in the middle of a stream counts at once', async () => {
  const other = trial.people[1]
  const client = clientOf(trial)
  const step = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const two = async function* () {
    yield { submission: create(SubmitPatientDataRequestSchema, requestOf(JSON.stringify(diary(other!)))) }
    await step[0].promise
    yield { submission: create(SubmitPatientDataRequestSchema, requestOf(JSON.stringify(diary(other!)))) }
  }
  const results: (string | undefined)[] = []
  for await (const { result } of client.submitPatientDataStream(two(), {
    headers: { authorization: `Bearer ${other!.token}` },
  })) {
    results.push(result.case === 'problem' ? result.value.code : result.case)
    await trial.revoke(other!.patientId)
    step[0].resolve()
  }
  assert.deepEqual(results, ['acknowledgement', 'token.unknown'])
})

test('a stop of the server answers what a stream sent, ends it with "stopping", and does not wait for it', async () => {
  const local = await startTrial()
  const [someone] = local.people
  const open = async function* () {
    for (let i = 0; i < 20; i++)
      yield { submission: create(SubmitPatientDataRequestSchema, requestOf(JSON.stringify(diary(someone)))) }
    await new Promise(() => {})
  }
  let acknowledged = 0
  let stopped: PromiseLike<void> | undefined
  const began = performance.now()
  await assert.rejects(
    async () => {
      const headers = { authorization: `Bearer ${someone.token}` }
      for await (const { result } of clientOf(local).submitPatientDataStream(open(), { headers })) {
        if (result.case === 'acknowledgement') acknowledged += 1
        if (acknowledged === 20) stopped = local[Symbol.asyncDispose]()
      }
    },
    (error: { findDetails(schema: typeof ProblemSchema): { code: string }[] }) =>
      error.findDetails(ProblemSchema)[0]?.code === 'server.stopping',
  )
  await stopped
  assert.equal(acknowledged, 20)
  assert.ok(performance.now() - began < 4000)
})

describe('clients that misbehave', () => {
  const ask = async (headers: http2.OutgoingHttpHeaders) => {
    const session = http2.connect(`http://${trial.grpc}`)
    session.on('error', () => {})
    try {
      await once(session, 'remoteSettings')
      const stream = session.request(headers, { endStream: true })
      const answered = once(stream, 'response').then(([head]) => head[':status'] as number)
      return await answered.catch((error: Error) => error.message)
    } finally {
      session.destroy()
    }
  }
  test('other paths, methods and media types', async () => {
    assert.equal(await ask({ ':path': '/' }), 404)
    assert.equal(await ask({ ':path': `${unary}x`, ':method': 'POST' }), 404)
    assert.equal(await ask({ ':path': unary, ':method': 'GET', ...bearer() }), 405)
    assert.equal(
      await ask({ ':path': unary, ':method': 'POST', 'content-type': 'application/json', ...bearer() }),
      415,
    )
    assert.equal(
      await ask({ ':path': unary, ':method': 'POST', 'content-type': 'application/grpc-web', ...bearer() }),
      415,
    )
  })
  test('20 kB of headers', async () => {
    assert.match(
      String(await ask({ ':path': unary, ':method': 'POST', 'x-long': 'x'.repeat(20_000) })),
      /ENHANCE_YOUR_CALM/,
    )
  })
  test('text, HTTP/1.1 and noise on the port; calls that are reset; connections that are cut', async () => {
    const [host, port] = trial.grpc.split(':') as [string, string]
    for (const bytes of [
      'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
      'hello\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff',
    ]) {
      const socket = net.connect(Number(port), host)
      socket.on('error', () => {})
      socket.write(bytes, 'latin1')
      await Promise.race([once(socket, 'close'), sleep(300)])
      socket.destroy()
    }
    for (const code of [
      http2.constants.NGHTTP2_CANCEL,
      http2.constants.NGHTTP2_INTERNAL_ERROR,
      http2.constants.NGHTTP2_PROTOCOL_ERROR,
    ]) {
      const session = http2.connect(`http://${trial.grpc}`)
      const stream = session.request({
        ':path': unary,
        ':method': 'POST',
        'content-type': 'application/grpc',
        ...bearer(),
      })
      stream.on('error', () => {})
      stream.write(Buffer.from([0, 0, 0, 0, 9, 1]))
      await sleep(20)
      stream.close(code)
      await sleep(20)
      session.destroy()
    }
  })
  test('the server still serves, and logged none of this as its own fault', async () => {
    const answer = await clientOf(trial).submitPatientData(request(), { headers: bearer() })
    assert.equal(answer.status, 'received')
    assert.doesNotMatch(trial.log(), /internal error|"level":50/)
  })
})

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
