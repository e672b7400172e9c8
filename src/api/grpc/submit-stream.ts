// SubmitPatientDataStream: many diaries over one call, each with its own answer as soon as it is durable.
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { retryAfter } from '../../intake/accept.ts'
import { Problem } from '../../system/problem.ts'
import { refuseWhenBehind } from '../admission.ts'
import type { DoorParts } from '../parts.ts'
import { answerAsDone } from './answer-as-done.ts'
import { callLanguage, callOf } from './caller.ts'
import {
  SubmitPatientDataRequestSchema,
  type SubmitPatientDataStreamRequest,
  type SubmitPatientDataStreamResponse,
  SubmitPatientDataStreamResponseSchema,
} from './generated/levee/v1/patient_data_pb.ts'
import { problemMessage, problemOf, refusal } from './problems.ts'
import { receive } from './submit.ts'

/** Submissions of one stream that are read and not answered; the contract names the number. */
const mostUnanswered = 64

/** A refused submission gets its problem as an answer; the stream goes on. It ends when the server stops. */
export function submitStream(parts: DoorParts) {
  return async function* (requests: AsyncIterable<SubmitPatientDataStreamRequest>, context: HandlerContext) {
    const answer = (request: SubmitPatientDataStreamRequest, index: number) =>
      answerOne(request, index, context, parts)
    yield* answerAsDone(requests, answer, mostUnanswered, context.signal)
    if (!context.signal.aborted) return
    const stopping = new Problem('server.stopping', {}, { retryAfterSeconds: retryAfter(5) })
    throw refusal(stopping, callLanguage(context), parts)
  }
}

async function answerOne(
  { submission = create(SubmitPatientDataRequestSchema) }: SubmitPatientDataStreamRequest,
  index: number,
  context: HandlerContext,
  parts: DoorParts,
): Promise<SubmitPatientDataStreamResponse> {
  const answered = { sequence: BigInt(index), submissionId: submission.submissionId.toLowerCase() }
  try {
    refuseWhenBehind(parts.journal)
    const value = await receive(submission, callOf(context, parts), parts)
    return create(SubmitPatientDataStreamResponseSchema, {
      ...answered,
      result: { case: 'acknowledgement', value },
    })
  } catch (error) {
    const value = problemMessage(problemOf(error, parts), callLanguage(context))
    return create(SubmitPatientDataStreamResponseSchema, { ...answered, result: { case: 'problem', value } })
  }
}
