import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slotOf, slots } from './slot.ts'

test('a slot is the CRC-32 of the names, so that it stays what it was and any language finds it', () => {
  // Computed with Python: zlib.crc32(text.encode()) % 256
  assert.deepEqual(
    [slotOf('MORNING-301', 'P-0001'), slotOf('MORNING-301', 'P-0002'), slotOf('研究', '患者')],
    [93, 231, 184],
  )
})

test('the boundary between study and patient counts', () => {
  assert.notEqual(slotOf('S-1', '1P'), slotOf('S-11', 'P'))
})

test('the patients of a trial spread evenly over the slots', () => {
  const counts = new Array<number>(slots).fill(0)
  for (let i = 0; i < 25_600; i++) counts[slotOf('S-1', `P-${String(i).padStart(5, '0')}`)]! += 1
  assert.ok(
    Math.min(...counts) > 50 && Math.max(...counts) < 200,
    `${Math.min(...counts)}, ${Math.max(...counts)}`,
  )
})
