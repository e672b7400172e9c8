import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { drugDictionary, readDrugs, sampleFile } from '../../src/dictionary/drugs.ts'
import { startTrial } from '../support/start-trial.ts'

test('ten thousand simultaneous first requests to a dictionary that takes seconds cause one load', async () => {
  let loads = 0
  const drugs = drugDictionary(async () => {
    loads += 1
    await sleep(1500)
    return readDrugs(sampleFile)
  })
  assert.equal(drugs.findNow('ATC-A01'), 'loading')
  const found = await Promise.all(
    Array.from({ length: 10_000 }, (_, i) => drugs.find(i % 2 === 0 ? 'ATC-A01' : 'nope')),
  )
  assert.equal(loads, 1)
  assert.equal(found.filter((d) => d?.code === 'ATC-A01').length, 5000)
  assert.equal(found.filter((d) => d === undefined).length, 5000)
  await drugs.find('ATC-N02')
  assert.equal(loads, 1)
})

test('GET /drug/:code answers exactly as the article does', async () => {
  await using trial = await startTrial({ patients: 1 })
  const get = async (code: string) => {
    const answer = await fetch(`${trial.http}/drug/${code}`)
    return [answer.status, await answer.text()]
  }
  const all = await Promise.all(Array.from({ length: 500 }, () => get('ATC-N02')))
  assert.ok(
    all.every(([status, text]) => status === 200 && text === '{"code":"ATC-N02","name":"Analgesics"}'),
  )
  assert.equal((await get('ATC-A01'))[0], 200)
  assert.deepEqual(await get('XYZ'), [404, '{"error":"Code not found"}'])
  assert.deepEqual(await get('__proto__'), [404, '{"error":"Code not found"}'])
})

test('a dictionary file is read with quotes and comments, and a wrong one is refused with the place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'levee-drugs-'))
  try {
    const file = join(folder, 'drugs.csv')
    writeFileSync(file, '# licensed copy\ncode,name\nX1,"Drops, oral ""B"""\nX2,药\r\n')
    assert.deepEqual(await readDrugs(file), [
      { code: 'X1', name: 'Drops, oral "B"' },
      { code: 'X2', name: '药' },
    ])
    writeFileSync(file, 'code,name\nX1,a,b\n')
    await assert.rejects(readDrugs(file), /entry 1/)
    writeFileSync(file, 'name\nX1\n')
    await assert.rejects(readDrugs(file), /first line/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
