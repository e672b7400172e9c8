// Keeps what a device says it holds, with an audit entry where that is not what it said before.
import { hash } from 'node:crypto'
import type { Transaction } from '../storage/transaction.ts'
import type { AuditLog } from './audit-log.ts'
import { type DeclaredEntry, type DeclaredStore, saidText, saysTheSame } from './declared-store.ts'

/** The whole of what a device holds now; it replaces what the device said before. */
export type DeclareHeld = {
  readonly studyId: string
  readonly patientId: string
  readonly deviceId: number
  readonly entries: readonly Omit<DeclaredEntry, 'since'>[]
}

/** Returns whether it is another list than before. The audit entry says how many entries, and the list's SHA-256. */
export async function declareHeld(
  {
    tx,
    store,
    audit,
    now,
  }: {
    readonly tx: Transaction
    readonly store: DeclaredStore
    readonly audit: AuditLog
    readonly now: number
  },
  { studyId, patientId, deviceId, entries }: DeclareHeld,
): Promise<{ changed: boolean }> {
  const before = await store.of(deviceId)
  const changed = !saysTheSame(before?.entries ?? [], entries)
  const since = new Map((before?.entries ?? []).map((entry) => [entry.submissionId, entry.since]))
  await store.put(tx, {
    deviceId,
    studyId,
    patientId,
    entries: entries.map((entry) => ({ ...entry, since: since.get(entry.submissionId) ?? now })),
    changedAt: changed ? now : (before?.changedAt ?? now),
    contactAt: now,
  })
  if (changed)
    await audit.append(tx, {
      at: new Date(now).toISOString(),
      actor: `device:${deviceId}`,
      action: 'device.declared',
      study: studyId,
      patient: patientId,
      record: `device:${deviceId}`,
      after: JSON.stringify({ held: entries.length, sha256: hash('sha256', saidText(entries), 'hex') }),
    })
  return { changed }
}
