// Checks of the audit logs (P6): each against its kept checkpoint, then recomputed from the first leaf, with every
// signed checkpoint on the way and the commitment of every response. Streams; safe beside a running server.
import { auditOrigin } from '../../records/audit-log.ts'
import type { AuditHead, AuditReader } from '../../records/audit-store.ts'
import { auditGate, studiesWithCheckpoints } from '../../records/checkpoint-files.ts'
import { commitment } from '../../records/commitment.ts'
import { Frontier, leafHash } from '../../system/merkle.ts'
import { importVerifier, openNote, parseCheckpoint, type Verifier } from '../../system/signed-note.ts'
import { countText } from '../figures.ts'
import type { AuditWalk } from './audit-walk.ts'
import { type Check, Faults, fail, ok } from './check.ts'

const remedy =
  'stop the server, keep the data as they are, and find the entry: levee audit export, then levee audit verify'
const piece = 1000

/** Runs reads of a log that belong to one moment. */
export type InOneMoment = <T>(read: (reader: AuditReader) => Promise<T>) => Promise<T>

/** Quick: every log reaches the last checkpoint that `folder` keeps of it, and agrees with it. */
export async function gateChecks(
  folder: string,
  verifierKey: string,
  inOneMoment: InOneMoment,
): Promise<Check[]> {
  const checks: Check[] = []
  for (const studyId of studiesWithCheckpoints(folder)) {
    let reason: string | undefined
    try {
      reason = await inOneMoment((reader) => auditGate(reader, folder, studyId, verifierKey))
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

/** Full: recomputes every log up to its head. `tell` hears how far it is. */
export async function logChecks(
  walk: AuditWalk,
  heads: ReadonlyMap<string, AuditHead>,
  verifierKey: string,
  tell: (done: number, total: number) => void,
): Promise<Check[]> {
  const verifier = importVerifier(verifierKey)
  const total = [...heads.values()].reduce((sum, head) => sum + head.size, 0)
  const checks: Check[] = []
  let before = 0
  for (const [studyId, head] of heads) {
    checks.push(await checkLog(walk, studyId, head, verifier, (done) => tell(before + done, total)))
    before += head.size
  }
  return checks
}

async function checkLog(
  walk: AuditWalk,
  studyId: string,
  head: AuditHead,
  verifier: Verifier,
  tell: (done: number) => void,
): Promise<Check> {
  const faults = new Faults()
  const signed = new SignedRoots(studyId, verifier, faults)
  const frontier = new Frontier()
  let applied = 0
  while (frontier.size < head.size) {
    const from = frontier.size
    const leaves = await walk.leaves(studyId, from, Math.min(head.size, from + piece))
    if (leaves.length === 0) break
    const checkpoints = await walk.checkpoints(studyId, from, from + leaves.length)
    let due = 0
    for (const { i, leaf } of leaves) {
      if (i !== frontier.size)
        return fail(`audit log ${studyId}`, `entry ${frontier.size} is missing`, remedy)
      frontier.append(leafHash(Buffer.from(leaf)))
      if (checkpoints[due]?.size === frontier.size) signed.compare(checkpoints[due++]!, frontier)
    }
    applied += await checkApplied(walk, leaves, faults)
    tell(frontier.size)
  }
  if (frontier.size < head.size) faults.add(`entries ${frontier.size} to ${head.size - 1} are missing`)
  else if (!frontier.toBytes().equals(head.frontier)) faults.add('the recomputed root differs from the head')
  const responses = await walk.responseCount(studyId, head.size)
  if (responses !== applied)
    faults.add(`${countText(responses)} responses, but ${countText(applied)} entries say "applied"`)
  const name = `audit log ${studyId}`
  if (faults.count > 0) return fail(name, faults.toString(), remedy)
  return ok(
    name,
    `root recomputed over ${countText(head.size)} entries, ${countText(signed.seen)} checkpoints, ${countText(applied)} commitments`,
  )
}

/**
 * Holds each stored checkpoint against the tree of just its size. After the first other root all later ones differ
 * too, so only the first is told: it narrows down where the log was altered.
 */
class SignedRoots {
  seen = 0
  #sound = 0
  #altered = false
  readonly #studyId: string
  readonly #verifier: Verifier
  readonly #faults: Faults

  constructor(studyId: string, verifier: Verifier, faults: Faults) {
    this.#studyId = studyId
    this.#verifier = verifier
    this.#faults = faults
  }

  compare({ size, note }: { size: number; note: string }, frontier: Frontier): void {
    this.seen += 1
    const stated = rootStated(note, this.#studyId, size, this.#verifier)
    if (typeof stated === 'string') this.#faults.add(`the checkpoint of ${size} entries ${stated}`)
    else if (stated.equals(frontier.root())) this.#sound = size
    else if (!this.#altered) {
      this.#altered = true
      this.#faults.add(
        `one of the entries ${this.#sound} to ${size - 1} was altered: the signed root is another`,
      )
    }
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

/** Checks the responses that "applied" leaves commit to; returns how many such leaves there are. */
async function checkApplied(
  walk: AuditWalk,
  leaves: readonly { i: number; leaf: string }[],
  faults: Faults,
): Promise<number> {
  const applied = leaves.flatMap(({ i, leaf }) => {
    if (!leaf.includes('"action":"submission.applied"')) return []
    const { action, after, entry } = JSON.parse(leaf) as AppliedLeaf
    return action === 'submission.applied' ? [{ index: i, after, entry }] : []
  })
  if (applied.length === 0) return 0
  const positions = applied.map((a) => a.entry.position)
  const responses = await walk.responses(positions)
  const hashes = await walk.hashes(positions)
  for (const { index, after, entry } of applied) {
    const response = responses.get(entry.position)
    const which = `entry ${entry.position} (audit index ${index})`
    if (response === undefined) faults.add(`${which} was applied, and its response is missing`)
    else if (response.leafIndex !== index) faults.add(`${which} stands as applied more than once`)
    else if (commitment(response.salt, response.effect, response.restricted) !== after)
      faults.add(`the response of ${which} was altered`)
    if (hashes.get(entry.position) !== entry.sha256) faults.add(`the journal holds other bytes for ${which}`)
  }
  return applied.length
}
