// SubmitPatientData: one diary in, one receipt out.
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { acceptSubmission, type Call, receivedMessage } from '../../intake/accept.ts'
import type { Receipt } from '../../intake/receipt.ts'
import type { DoorParts } from '../parts.ts'
import { callLanguage, callOf } from './caller.ts'
import {
  type SubmitPatientDataRequest,
  type SubmitPatientDataResponse,
  SubmitPatientDataResponseSchema,
} from './generated/levee/v1/patient_data_pb.ts'
import { refusal } from './problems.ts'
import { submissionJson } from './submission-json.ts'

/** Answers once the submission is durable (P1); a repeated one with its first receipt (P2). */
export function submit(parts: DoorParts) {
  return async (
    request: SubmitPatientDataRequest,
    context: HandlerContext,
  ): Promise<SubmitPatientDataResponse> => {
    try {
      return await receive(request, callOf(context, parts), parts)
    } catch (error) {
      throw refusal(error, callLanguage(context), parts)
    }
  }
}

/** Keeps one submission and makes its acknowledgement. Throws Problems. */
export async function receive(
  request: SubmitPatientDataRequest,
  call: Call,
  parts: DoorParts,
): Promise<SubmitPatientDataResponse> {
  const began = performance.now()
  const ack = await acceptSubmission(parts.journal, call, submissionJson(request), Date.now())
  parts.figures.acknowledge(ack.first, performance.now() - began)
  const { position, logIndex, group, path, ...texts } = JSON.parse(ack.receipt) as Receipt
  return create(SubmitPatientDataResponseSchema, {
    status: 'received',
    message: receivedMessage[call.language],
    submissionId: ack.submissionId,
    receivedAt: new Date(ack.receivedAt).toISOString(),
    receipt: {
      ...texts,
      position: BigInt(position),
      logIndex: BigInt(logIndex),
      group: group.map(BigInt),
      path: [...path],
    },
    alreadyReceived: !ack.first,
  })
}
