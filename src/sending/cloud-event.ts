// A message as it goes out: CloudEvents 1.0 in JSON, structured mode. Ids only: what is not on the list below stays
// inside, whatever a payload holds (P10).
import type { ClaimedMessage } from './claim-store.ts'

/** The media type of structured mode (CloudEvents JSON event format 1.0). */
export const eventMediaType = 'application/cloudevents+json; charset=utf-8'

/** The members of a payload that may leave: whom, by which rule, how urgent, when. Never an answer, never the arm. */
const mayLeave = ['patientId', 'rule', 'severity', 'completedAt', 'receivedAt'] as const

/** The body: the same text for every delivery of a message. Throws if the payload is not JSON. */
export function cloudEvent(
  message: Pick<ClaimedMessage, 'messageId' | 'studyId' | 'kind' | 'record' | 'payload' | 'createdAt'>,
): string {
  const { messageId, studyId, kind, record, createdAt } = message
  const payload = Object(JSON.parse(message.payload)) as Record<string, unknown>
  const data: Record<string, string> = { studyId }
  for (const member of mayLeave) {
    const value = payload[member]
    if (typeof value === 'string') data[member] = value
  }
  return JSON.stringify({
    specversion: '1.0',
    id: messageId,
    source: `/studies/${encodeURIComponent(studyId)}`,
    type: `org.levee.${kind}`,
    subject: record,
    time: new Date(createdAt).toISOString(),
    datacontenttype: 'application/json',
    data,
  })
}
