// An approved change takes effect: the entry is evaluated again with the answers wanted, by the version of the study it
// was evaluated by, and becomes a new version of the response. The entry and the earlier versions stay as they are.
import { marksOf } from '../../intake/head.ts'
import type { ChangeRequest, StandingResponse, WantedAnswers } from '../../records/change-store.ts'
import { commitment, newSalt } from '../../records/commitment.ts'
import { findForm } from '../../study/plan.ts'
import type { StudyVersions } from '../../study/study-versions.ts'
import { isoTime } from '../../system/iso-time.ts'
import { Problem } from '../../system/problem.ts'
import { contextOf } from '../context-of-entry.ts'
import { type Effect, effectText, evaluate, restrictedText } from '../effect.ts'
import { answersFor, type ReadEntry, readEntry } from '../read-entry.ts'
import { lookingBack } from './look-back.ts'
import { move, type WorkScene } from './move.ts'
import { fillWith, movingResponse } from './on-responses.ts'
import { breakSignatures } from './on-signatures.ts'

/** Throws `change.not-applicable` with the code for which the changed entry would be quarantined. */
export async function applyChange(scene: WorkScene, change: ChangeRequest): Promise<void> {
  const { tx, stores, now } = scene
  const { studyId, position } = change
  const response = (await stores.changes.response(studyId, position))!
  const effect = await evaluateChanged(scene, change, response)
  const moving = await movingResponse(scene, response)
  const salt = newSalt()
  const text = effectText(effect, effect.findings)
  const restricted = restrictedText(effect)
  const done = await move(scene, moving, 'supersede', 'system:processing', {
    because: `change:${change.id}`,
    before: commitment(response.salt, response.effect, response.restricted),
    after: commitment(salt, text, restricted),
  })
  await stores.changes.addVersion(tx, {
    position,
    version: response.version + 1,
    changeId: change.id,
    recordedAt: now,
    leafIndex: done.leafIndex,
    salt,
    effect: text,
    restricted,
  })
  await fillWith(scene, { ...response, effect: text }, done.state)
  await keepWhatFollows(scene, response, effect)
  await breakSignatures(scene, studyId, position)
}

/** The effect of the entry with all changes so far and this one. */
async function evaluateChanged(
  scene: WorkScene,
  change: ChangeRequest,
  response: StandingResponse,
): Promise<Effect> {
  const { stores } = scene
  const { studyId, patientId, position } = change
  const entry = await stores.journal.entryAt(position)
  const patient = await stores.patients.find(studyId, patientId)
  const versions = await scene.versions(studyId)
  if (entry === undefined || patient === undefined || versions === undefined)
    throw new Problem('record.not-found', { record: `response ${position}` })
  const read = readEntry({ body: entry.body.toString(), studyId, patientId })
  const { studyVersion } = JSON.parse(response.effect) as { studyVersion: string }
  const submission = withAnswers(read, versions, studyVersion, [
    ...(await stores.changes.appliedTo(position)),
    change.answers,
  ])
  const { receivedAt } = entry
  const outcome = await lookingBack(stores.earlier, { studyId, patientId, position }, (history) => {
    // It was applied: that the patient has withdrawn since does not keep an error in the records.
    const then = { ...patient, status: 'active', withdrawnAt: undefined } as const
    const context = contextOf(versions, {
      patient: then,
      receivedAt,
      submission,
      marks: marksOf(entry.head),
      history,
    })
    return evaluate({ ...context, plan: versions.of(studyVersion) ?? context.plan })
  })
  if (outcome.kind === 'quarantine') throw new Problem('change.not-applicable', { code: outcome.code })
  // Answers do not decide where an entry belongs; if it goes elsewhere today, a person must look at why.
  if (outcome.effect.occasion !== response.occasion)
    throw new Problem('change.not-applicable', { code: 'other-occasion' })
  return outcome.effect
}

/** The submission as the device would have sent it, had it had these answers. */
export function withAnswers(
  read: ReadEntry,
  versions: StudyVersions,
  studyVersion: string,
  changes: readonly WantedAnswers[],
): ReadEntry {
  const plan = versions.of(studyVersion)
  const form = plan === undefined ? undefined : findForm(plan, read.form, read.formVersion)
  const sent = form === undefined ? null : answersFor(form, read)
  const answers: Record<string, unknown> = { ...(sent?.submission ?? read).answers }
  for (const wanted of changes) {
    for (const [item, answer] of Object.entries(wanted)) {
      if (answer === null) delete answers[item]
      else answers[item] = answer
    }
  }
  // Without what marks a FHIR response: its answers are here already.
  const plain = JSON.parse(JSON.stringify(read)) as ReadEntry
  return { ...plain, answers: answers as ReadEntry['answers'] }
}

/** Scores follow the newest version; alerts and deviations come, and never go by themselves. */
async function keepWhatFollows(
  { tx, stores, now }: WorkScene,
  { studyId, patientId, position }: StandingResponse,
  effect: Effect,
): Promise<void> {
  for (const score of effect.scores)
    await stores.changes.setScore(tx, position, score.id, score.value, score.band)
  for (const { rule } of effect.deviations)
    await stores.changes.addDeviation(tx, { studyId, patientId, rule, position, raisedAt: now })
  for (const alert of effect.alerts) {
    const { rule, severity } = alert
    const isNew = await stores.changes.raise(tx, {
      studyId,
      patientId,
      rule,
      day: effect.localDate,
      position,
      severity,
      audience: alert.audience.join(' '),
      raisedAt: now,
      acknowledgeBy: now + alert.acknowledgeWithinHours * 3_600_000,
      completedAt: effect.completedAt,
      receivedAt: effect.receivedAt,
    })
    if (!isNew) continue
    await stores.outbox.add(
      tx,
      {
        messageId: `${studyId}:${position}:${rule}`,
        studyId,
        kind: 'alert.raised',
        record: `response:${position}`,
        payload: JSON.stringify({
          patientId,
          rule,
          severity,
          completedAt: isoTime(effect.completedAt),
          receivedAt: isoTime(effect.receivedAt),
        }),
      },
      now,
    )
  }
}
