// Checks of the audit logs (P6): each against its kept checkpoint, then recomputed from the first leaf, with every
// signed checkpoint on the way and the commitment of every response. Streams; safe beside a running server.
import { auditOrigin } from '../../records/audit-log.ts'
import { auditReader } from '../../records/audit-store.sqlite.ts'
import type { AuditHead } from '../../records/audit-store.ts'
import { auditGate, studiesWithCheckpoints } from '../../records/checkpoint-files.ts'
import { commitment } from '../../records/commitment.ts'
import type { DataFolder } from '../../storage/folder.ts'
import { type Database, inSnapshot, inSnapshotAsync } from '../../storage/sqlite.ts'
import { Frontier, leafHash } from '../../system/merkle.ts'
import { importVerifier, openNote, parseCheckpoint, type Verifier } from '../../system/signed-note.ts'
import { countText } from '../figures.ts'
import { type Check, Faults, fail, ok } from './check.ts'
import { type AuditWalk, auditWalk } from './doctor-store.sqlite.ts'

const remedy =
  'stop the server, keep the data folder as it is, and find the entry: levee audit export, then levee audit verify'
const piece = 1000

/** Quick: every log reaches its last kept checkpoint and agrees with it. */
export async function gateChecks(folder: DataFolder, trial: Database, verifierKey: string): Promise<Check[]> {
  const reader = auditReader(trial)
  const checks: Check[] = []
  for (const studyId of studiesWithCheckpoints(folder.checkpoints)) {
    let reason: string | undefined
    try {
      reason = await inSnapshotAsync(trial, () => auditGate(reader, folder.checkpoints, studyId, verifierKey))
    } catch (error) {
      reason = (error as Error).message
    }
    const name = `audit gate ${studyId}`
    checks.push(
      reason === undefined
        ? ok(name, 'reaches its last kept checkpoint and agrees with it')
        : fail(name, reason, remedy),
    )
  }
  return checks
}

/** Full: recomputes every log. `tell` hears how far it is. */
export function logChecks(
  { journal, trial }: { journal: Database; trial: Database },
  verifierKey: string,
  tell: (done: number, total: number) => void,
): Check[] {
  const walk = auditWalk(journal, trial)
  const verifier = importVerifier(verifierKey)
  const heads = [...auditReader(trial).heads()]
  const total = heads.reduce((sum, [, head]) => sum + head.size, 0)
  let before = 0
  return heads.map(([studyId, head]) => {
    const check = checkLog(walk, studyId, head, verifier, (done) => tell(before + done, total))
    before += head.size
    return check
  })
}

function checkLog(
  walk: AuditWalk,
  studyId: string,
  head: AuditHead,
  verifier: Verifier,
  tell: (done: number) => void,
): Check {
  const faults = new Faults()
  const checkpoints = checkpointChecker(walk, studyId, verifier, faults)
  const frontier = new Frontier()
  let applied = 0
  while (frontier.size < head.size) {
    const leaves = walk.leaves(studyId, frontier.size, Math.min(head.size, frontier.size + piece))
    if (leaves.length === 0) break
    for (const { i, leaf } of leaves) {
      if (i !== frontier.size)
        return fail(`audit log ${studyId}`, `entry ${frontier.size} is missing`, remedy)
      frontier.append(leafHash(Buffer.from(leaf)))
      checkpoints.at(frontier)
      if (checkApplied(walk, i, leaf, faults)) applied += 1
    }
    tell(frontier.size)
  }
  if (frontier.size < head.size) faults.add(`entries ${frontier.size} to ${head.size - 1} are missing`)
  else if (!frontier.toBytes().equals(head.frontier)) faults.add('the recomputed root differs from the head')
  const responses = walk.responses(studyId, head.size)
  if (responses !== applied)
    faults.add(`${countText(responses)} responses, but ${countText(applied)} entries say "applied"`)
  const name = `audit log ${studyId}`
  if (faults.count > 0) return fail(name, faults.toString(), remedy)
  return ok(
    name,
    `root recomputed over ${countText(head.size)} entries, ${countText(checkpoints.seen())} checkpoints, ${countText(applied)} commitments`,
  )
}

/**
 * Compares each stored checkpoint with the tree when it has just that size. After the first other root all later
 * ones differ too, so only the first is told: it narrows down where the log was altered.
 */
function checkpointChecker(walk: AuditWalk, studyId: string, verifier: Verifier, faults: Faults) {
  let next = walk.checkpointsAfter(studyId, 0)
  let seen = 0
  let sound = 0
  let altered = false
  return {
    seen: () => seen,
    at(frontier: Frontier): void {
      const due = next[0]
      if (due === undefined || due.size !== frontier.size) return
      seen += 1
      const stated = rootStated(due.note, studyId, due.size, verifier)
      if (typeof stated === 'string') faults.add(`the checkpoint of ${due.size} entries ${stated}`)
      else if (stated.equals(frontier.root())) sound = due.size
      else if (!altered) {
        altered = true
        faults.add(`one of the entries ${sound} to ${due.size - 1} was altered: the signed root is another`)
      }
      next = next.length > 1 ? next.slice(1) : walk.checkpointsAfter(studyId, due.size)
    },
  }
}

/** The root a checkpoint states, or in words why it states none. */
function rootStated(note: string, studyId: string, wanted: number, verifier: Verifier): Buffer | string {
  try {
    const { origin, size, root } = parseCheckpoint(openNote(note, [verifier]).text)
    return origin === auditOrigin(studyId) && size === wanted ? root : 'belongs to another log or size'
  } catch (error) {
    return `is not sound: ${(error as Error).message}`
  }
}

type AppliedLeaf = { action: string; after: string; entry: { position: number; sha256: string } }

/** Checks the response an "applied" leaf commits to; false for other leaves. */
function checkApplied(walk: AuditWalk, index: number, leaf: string, faults: Faults): boolean {
  if (!leaf.includes('"action":"submission.applied"')) return false
  const { action, after, entry } = JSON.parse(leaf) as AppliedLeaf
  if (action !== 'submission.applied') return false
  const response = walk.response(entry.position)
  const which = `entry ${entry.position} (audit index ${index})`
  if (response === undefined) faults.add(`${which} was applied, and its response is missing`)
  else if (response.leafIndex !== index) faults.add(`${which} stands as applied more than once`)
  else if (commitment(response.salt, response.effect, response.restricted) !== after)
    faults.add(`the response of ${which} was altered`)
  if (walk.sha256(entry.position) !== entry.sha256) faults.add(`the journal holds other bytes for ${which}`)
  return true
}
