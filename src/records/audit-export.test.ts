// What an export is named and when it is refused; its content is judged by the verifiers in tests/audit.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Problem } from '../system/problem.ts'
import { type AuditSource, tilePath, writeAuditBundle } from './audit-export.ts'

test('tiles are named as c2sp.org/tlog-tiles says', () => {
  assert.equal(tilePath(0, 1_234_067), 'tile/0/x001/x234/067')
  assert.equal(tilePath(0, 0), 'tile/0/000')
  assert.equal(tilePath(1, 999), 'tile/1/999')
  assert.equal(tilePath(2, 1000, 17), 'tile/2/x001/000.p/17')
})

const source: AuditSource = {
  study: 'MORNING-301',
  origin: 'levee.example/MORNING-301',
  verifierKey: 'key',
  createdAt: '2026-11-23T09:00:00Z',
  leaves: () => [],
  checkpoints: () => [],
}
const notAllowed = (error: unknown) => error instanceof Problem && error.code === 'state.not-allowed'

test('a folder that holds files is refused and left alone', async (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  await assert.rejects(writeAuditBundle(folder, source), notAllowed)
  assert.deepEqual(readdirSync(folder), ['notes.txt'])
})

test('a log without any checkpoint is not exported', async (t) => {
  await assert.rejects(writeAuditBundle(newFolder(t), source), notAllowed)
})

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'levee-export-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
