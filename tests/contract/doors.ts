// The four ways in, each as a function that sends one submission and tells the answer in the same words.

import type { MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import {
  PatientDataService,
  type Problem,
  ProblemSchema,
  type SubmitPatientDataRequestSchema,
  type SubmitPatientDataResponse,
} from '../../src/api/grpc/generated/levee/v1/patient_data_pb.ts'
import type { Receipt } from '../../src/intake/receipt.ts'
import { Submission } from '../../src/intake/submission-schema.ts'

export type DoorName = 'http' | 'http-batch' | 'grpc' | 'grpc-stream'
/** What a caller learns, whichever door was used. */
export type Answer =
  | {
      readonly kind: 'received'
      readonly already: boolean
      readonly message: string
      readonly submissionId: string
      readonly receivedAt: string
      readonly receipt: Receipt
    }
  | {
      readonly kind: 'problem'
      readonly code: string
      readonly member: string | undefined
      readonly status: number
      readonly detail: string
      readonly retryAfter: number | undefined
    }
/** `authorization` is the whole header; `body` is JSON text or bytes, or for Protobuf the parsed value. */
export type Send = (
  authorization: string | undefined,
  body: string | Buffer,
  language?: string,
) => Promise<Answer>

type Document = {
  code: string
  member?: string
  status: number
  detail: string
  retryAfter?: number
  message: string
  submissionId: string
  receivedAt: string
  receipt: Receipt
}

/** The doors of a running server. */
export function doorsOf(http: string, grpc: string): Record<DoorName, Send> {
  const client = createClient(PatientDataService, createGrpcTransport({ baseUrl: `http://${grpc}` }))
  const headers = (
    authorization: string | undefined,
    language: string | undefined,
  ): Record<string, string> => ({
    ...(authorization === undefined ? {} : { authorization }),
    ...(language === undefined ? {} : { 'accept-language': language }),
  })
  return {
    async http(authorization, body, language) {
      const type = { 'content-type': 'application/json' }
      const response = await fetch(`${http}/v1/submissions`, {
        method: 'POST',
        headers: { ...type, ...headers(authorization, language) },
        body,
      })
      const document = (await response.json()) as Document
      return told(document, response.status, response.headers.get('retry-after'))
    },
    async 'http-batch'(authorization, body, language) {
      const asLines = !body.includes('\n')
      const type = { 'content-type': asLines ? 'application/x-ndjson' : 'application/json' }
      const text = asLines ? body : Buffer.concat([Buffer.from('['), Buffer.from(body), Buffer.from(']')])
      const response = await fetch(`${http}/v1/submissions/batch`, {
        method: 'POST',
        headers: { ...type, ...headers(authorization, language) },
        body: text,
      })
      const answer = await response.json()
      if (response.status !== 200)
        return told(answer as Document, response.status, response.headers.get('retry-after'))
      const document = (asLines ? answer : (answer as Document[])[0]) as Document
      return told(document, document.status, null)
    },
    grpc: (authorization, body, language) =>
      client
        .submitPatientData(requestOf(body), { headers: headers(authorization, language) })
        .then(acknowledged, refused),
    async 'grpc-stream'(authorization, body, language) {
      const one = async function* () {
        yield { submission: requestOf(body) }
      }
      try {
        for await (const { result } of client.submitPatientDataStream(one(), {
          headers: headers(authorization, language),
        })) {
          return result.case === 'problem'
            ? problemAnswer(result.value)
            : acknowledged(result.value as SubmitPatientDataResponse)
        }
      } catch (error) {
        return refused(error)
      }
      throw new Error('the stream ended without an answer')
    },
  }
}

function told(document: Document, status: number, retryAfter: string | null): Answer {
  if (status !== 200 && status !== 202) {
    const { code, member, detail } = document
    return {
      kind: 'problem',
      code,
      member,
      status,
      detail,
      retryAfter: retryAfter === null ? document.retryAfter : Number(retryAfter),
    }
  }
  const { message, submissionId, receivedAt, receipt } = document
  return { kind: 'received', already: status === 200, message, submissionId, receivedAt, receipt }
}

function acknowledged({
  message,
  submissionId,
  receivedAt,
  receipt,
  alreadyReceived: already,
}: SubmitPatientDataResponse): Answer {
  const { $typeName: _, $unknown: __, ...texts } = receipt!
  const [first, size] = texts.group.map(Number) as [number, number]
  const numbers = {
    position: Number(texts.position),
    logIndex: Number(texts.logIndex),
    group: [first, size] as const,
  }
  return { kind: 'received', already, message, submissionId, receivedAt, receipt: { ...texts, ...numbers } }
}

/** Throws whatever is no status with a problem in its details: such an answer breaks the contract. */
function refused(error: unknown): Answer {
  if (!(error instanceof ConnectError)) throw error
  const [problem, ...more] = error.findDetails(ProblemSchema)
  if (problem === undefined || more.length > 0) throw error
  if (problem.grpcCode !== error.code)
    throw new Error(`status ${Code[error.code]} with a problem of code ${problem.grpcCode}`)
  if (error.metadata.get('retry-after') !== (problem.retryAfterSeconds?.toString() ?? null))
    throw new Error('retry-after differs')
  return problemAnswer(problem)
}

const problemAnswer = ({
  code,
  member,
  httpStatus: status,
  detail,
  retryAfterSeconds: retryAfter,
}: Problem): Answer => {
  return { kind: 'problem', code, member, status, detail, retryAfter }
}

/** A JSON submission as its Protobuf message: what has no field travels in `extra`. */
export function requestOf(body: string | Buffer): MessageInitShape<typeof SubmitPatientDataRequestSchema> {
  const value = JSON.parse(body.toString()) as Record<string, unknown>
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(Submission.properties, name))
  const extra = Object.entries(value).filter(([name]) => !Object.hasOwn(Submission.properties, name))
  return {
    ...Object.fromEntries(known),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) as never }),
  }
}
