import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { keyId } from '../system/keys.ts'
import {
  publicKeyOf,
  type Receipt,
  type ReceiptFacts,
  receiptAgain,
  signGroup,
  verifyReceipt,
} from './receipt.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const key = { id: keyId(privateKey), privateKey }
const publicKey = publicKeyOf(privateKey)
const facts = (n: number, first = 101): ReceiptFacts[] =>
  Array.from({ length: n }, (_, i) => ({
    studyId: 'S-1',
    patientId: `P-${i}`,
    submissionId: `0198f2c4-7b1a-7c3e-9d10-${String(i).padStart(12, '0')}`,
    sha256: String(i % 10).repeat(64),
    position: first + i,
    logIndex: 50 + i,
    receivedAt: 1_795_349_667_253 + i,
  }))

test('P2: every receipt of a commit of any size verifies alone, and is rebuilt to the letter', () => {
  for (let n = 1; n <= 40; n++) {
    const all = facts(n)
    const { receipts, signature } = signGroup(all, key)
    for (const [i, text] of receipts.entries()) {
      assert.equal(verifyReceipt(all[i]!, JSON.parse(text) as Receipt, publicKey), true, `${i} of ${n}`)
      assert.equal(receiptAgain(all, 101 + i, signature, key.id), text)
    }
  }
})

test('a receipt attests its own facts only', () => {
  const all = facts(7)
  const receipt = JSON.parse(signGroup(all, key).receipts[3]!) as Receipt
  const own = all[3]!
  assert.equal(verifyReceipt(own, receipt, publicKey), true)
  const changes: [string, () => boolean][] = [
    ['patient', () => verifyReceipt({ ...own, patientId: 'P-9' }, receipt, publicKey)],
    ['study', () => verifyReceipt({ ...own, studyId: 'S-2' }, receipt, publicKey)],
    ['id', () => verifyReceipt({ ...own, submissionId: all[2]!.submissionId }, receipt, publicKey)],
    ['time', () => verifyReceipt({ ...own, receivedAt: own.receivedAt + 1 }, receipt, publicKey)],
    ['hash', () => verifyReceipt(own, { ...receipt, sha256: '0'.repeat(64) }, publicKey)],
    ['position', () => verifyReceipt(own, { ...receipt, position: receipt.position + 1 }, publicKey)],
    ['log index', () => verifyReceipt(own, { ...receipt, logIndex: 0 }, publicKey)],
    ['path', () => verifyReceipt(own, { ...receipt, path: receipt.path.slice(1) }, publicKey)],
    ['group', () => verifyReceipt(own, { ...receipt, group: [101, 8] }, publicKey)],
    ['nonsense', () => verifyReceipt(own, {} as Receipt, publicKey)],
  ]
  for (const [what, verify] of changes) assert.equal(verify(), false, what)
  const other = publicKeyOf(generateKeyPairSync('ed25519').privateKey)
  assert.equal(verifyReceipt(own, receipt, other), false, 'another key')
})
