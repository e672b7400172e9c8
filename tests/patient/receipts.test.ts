// The phone's check of receipts against the server's own signing: every receipt of every commit verifies on the phone,
// and nothing that was changed in it, or in what the phone knows it sent, does.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Receipt, type ReceiptFacts, signGroup } from '../../src/intake/receipt.ts'
import { type Acknowledgement, checkReceipt, type Sent } from '../../web/patient/src/sync/receipt.ts'
import { checkByLibrary, checkEd25519 } from '../../web/patient/src/sync/receipt-library.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const spki = publicKey.export({ type: 'spki', format: 'der' })
const id = createHash('sha256').update(spki).digest('hex').slice(0, 8)
const keys = [{ id, spki: spki.toString('base64') }]

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A commit of `size` entries that begins at `first`, and what its phones know and got. */
function commit(first: number, size: number): { sent: Sent; answer: Acknowledgement }[] {
  const facts: ReceiptFacts[] = Array.from({ length: size }, (_, i) => ({
    studyId: 'MORNING-301',
    patientId: `P-${i}`,
    submissionId: `0198f2c4-7b1a-7c3e-9d10-${String(i).padStart(12, '0')}`,
    sha256: sha256(`body ${first} ${i}`),
    position: first + i,
    logIndex: first + i - 1,
    receivedAt: 1_795_000_000_000 + i,
  }))
  return signGroup(facts, { id, privateKey }).receipts.map((text, i) => {
    const { studyId, patientId, submissionId, sha256: hash, receivedAt } = facts[i]!
    return {
      sent: { studyId, patientId, submissionId, hashes: [sha256('an earlier attempt'), hash] },
      answer: {
        submissionId,
        receivedAt: new Date(receivedAt).toISOString(),
        receipt: JSON.parse(text) as Receipt,
      },
    }
  })
}

test('P1 every receipt of a commit of any size verifies on the phone', async () => {
  const sizes = fc.integer({ min: 1, max: 40 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 40 }), sizes, async (first, size) => {
      for (const { sent, answer } of commit(first, size))
        assert.equal(await checkReceipt(sent, answer, keys, checkEd25519), 'valid')
    }),
    { numRuns: 25 },
  )
})

test('control: a receipt with anything changed does not verify, nor one for what this phone did not send', async () => {
  const [{ sent, answer }] = commit(7, 5) as [{ sent: Sent; answer: Acknowledgement }]
  const { receipt } = answer
  const changed = (members: Partial<Receipt>): Acknowledgement => ({
    ...answer,
    receipt: { ...receipt, ...members },
  })
  const bad: [Sent, Acknowledgement][] = [
    [{ ...sent, patientId: 'P-2' }, answer],
    [{ ...sent, studyId: 'OTHER' }, answer],
    [{ ...sent, hashes: [sha256('other bytes')] }, answer],
    [{ ...sent, hashes: [] }, answer],
    [{ ...sent, submissionId: sent.submissionId.replace(/0$/, '1') }, answer],
    [sent, { ...answer, receivedAt: '2026-11-22T00:00:00.000Z' }],
    [sent, changed({ position: 8 })],
    [sent, changed({ position: 6 })],
    [sent, changed({ logIndex: 99 })],
    [sent, changed({ group: [7, 4] })],
    [sent, changed({ group: [6, 5] })],
    [sent, changed({ path: receipt.path.slice(1) })],
    [sent, changed({ path: [...receipt.path, receipt.path[0]!] })],
    [sent, changed({ path: [...receipt.path].reverse() })],
    [
      sent,
      changed({ signature: `${receipt.signature.startsWith('A') ? 'B' : 'A'}${receipt.signature.slice(1)}` }),
    ],
    [sent, changed({ signature: '§' })],
    [sent, {} as Acknowledgement],
    [sent, null as unknown as Acknowledgement],
  ]
  for (const [i, [what, got]] of bad.entries())
    assert.equal(await checkReceipt(what, got, keys, checkEd25519), 'invalid', `case ${i}`)
  assert.equal(await checkReceipt(sent, changed({ key: '00000000' }), keys, checkEd25519), 'unknown-key')
})

test('without Ed25519 in the browser the library gives the same verdicts', async () => {
  for (const { sent, answer } of commit(3, 3)) {
    assert.equal(await checkReceipt(sent, answer, keys, checkByLibrary), 'valid')
    const other = { ...answer, receivedAt: '2026-11-22T00:00:00.000Z' }
    assert.equal(await checkReceipt(sent, other, keys, checkByLibrary), 'invalid')
  }
  assert.notEqual(checkEd25519, checkByLibrary)
})
