// Signatures: made by an investigator over responses as they stand, broken by any later change of one of them in the
// same transaction, and replaced by the next signature over it (21 CFR 11.70; FDA 2013 eSource III.B.2).
import type { StaffMember } from '../../identity/staff-store.ts'
import type { StandingResponse } from '../../records/change-store.ts'
import { signatureHash } from '../../records/signature.ts'
import type { Signature } from '../../records/signature-store.ts'
import { Problem } from '../../system/problem.ts'
import { allowed, type Moving, move, type WorkScene } from './move.ts'
import { movingResponse } from './on-responses.ts'
import type { StaffWork, WorkDone } from './work.ts'

/** Responses one signature may be about. */
export const mostSigned = 1000

/** Signs. Every position must be a response of the patient that counts. Throws Problems. */
export async function sign(
  scene: WorkScene,
  { studyId, patientId }: StaffWork,
  member: StaffMember,
  work: { readonly positions: readonly number[]; readonly said: string },
): Promise<WorkDone> {
  const { tx, stores, audit, now } = scene
  const moving: Moving = {
    machine: 'signature',
    studyId,
    patientId,
    record: 'signature:new',
    state: null,
    revision: 0,
  }
  allowed(moving, 'sign', member)
  if (work.said.trim() === '') throw new Problem('reason.missing', { member: 'meaning' })
  const positions = [...new Set(work.positions)].sort((a, b) => a - b)
  if (positions.length === 0 || positions.length > mostSigned)
    throw new Problem('request.invalid', {
      member: 'positions',
      expected: `1 to ${mostSigned} positions of responses`,
    })
  // One after the other: they share a connection.
  const responses: StandingResponse[] = []
  for (const position of positions)
    responses.push(await countingResponse(scene, studyId, patientId, position))
  const signed = {
    studyId,
    patientId,
    staffId: member.staffId,
    name: member.name,
    meaning: work.said,
    signedAt: now,
    audit: await audit.head(studyId),
    responses,
  }
  const sha256 = signatureHash(signed)
  const { audit: head, responses: _, ...row } = signed
  const id = await stores.signatures.add(
    tx,
    { ...row, auditSize: head.size, auditRoot: head.root, sha256, positions },
    'signed',
  )
  for (const broken of await stores.signatures.about(studyId, positions, 'broken'))
    await moveSignature(scene, broken, 'replace', `by signature:${id}`)
  const done = await move(scene, { ...moving, record: `signature:${id}` }, 'sign', member, {
    said: work.said,
    after: sha256,
  })
  return { id, state: done.state, revision: done.revision }
}

async function countingResponse(
  scene: WorkScene,
  studyId: string,
  patientId: string,
  position: number,
): Promise<StandingResponse> {
  const response = await scene.stores.changes.response(studyId, position)
  if (response === undefined || response.patientId !== patientId)
    throw new Problem('record.not-found', { record: `response ${position}` })
  const { state } = await movingResponse(scene, response)
  if (state !== 'submitted' && state !== 'superseded')
    throw new Problem('state.not-allowed', { state, action: 'sign' })
  return response
}

/** A response has changed: whatever signature is about it is broken, and somebody is told to sign again. */
export async function breakSignatures(scene: WorkScene, studyId: string, position: number): Promise<void> {
  const { tx, stores, now } = scene
  for (const signature of await stores.signatures.about(studyId, [position], 'signed')) {
    await moveSignature(scene, signature, 'break', `response:${position} changed`)
    const { id, patientId } = signature
    await stores.outbox.add(
      tx,
      {
        messageId: `${studyId}:signature:${id}:broken`,
        studyId,
        kind: 'signature.broken',
        record: `signature:${id}`,
        payload: JSON.stringify({ patientId }),
      },
      now,
    )
  }
}

async function moveSignature(
  scene: WorkScene,
  signature: Signature,
  transition: 'break' | 'replace',
  because: string,
): Promise<void> {
  const { id, studyId, patientId, state, revision } = signature
  const moving: Moving = {
    machine: 'signature',
    studyId,
    patientId,
    record: `signature:${id}`,
    state,
    revision,
  }
  const done = await move(scene, moving, transition, 'system:processing', { because })
  await scene.stores.signatures.move(scene.tx, signature, done.state, done.revision)
}
