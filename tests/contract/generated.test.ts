// What is committed is what the code says today: contract, code for the contract, pages. If this fails, run
// `npm run contract` and look at the difference.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { problems } from '../../src/system/problems.ts'
import { generatedFiles } from '../../tools/generate.ts'

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const files = await generatedFiles()

for (const [name, text] of files) {
  test(`${name} is up to date`, () => assert.equal(readFileSync(file(name), 'utf8'), text))
}

test('there is no generated code that nothing generates', () => {
  const folder = 'src/api/grpc/generated'
  const found = readdirSync(file(folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  assert.deepEqual(
    found.map((name) => `${folder}/${name}`).sort(),
    [...files.keys()].filter((name) => name.startsWith(folder)),
  )
})

test('docs/problems.md has each code once and no other', () => {
  const headings = [...files.get('docs/problems.md')!.matchAll(/^## (.+)$/gm)].map((m) => m[1])
  assert.deepEqual(headings, Object.keys(problems))
  assert.doesNotMatch(files.get('docs/problems.md')!, /undefined|\[object/)
})

test('the API description is OpenAPI 3.1 and every reference in it leads somewhere', () => {
  const text = files.get('contract/openapi.yaml')!
  const description = parse(text) as {
    openapi: string
    paths: Record<string, Record<string, { operationId?: string }>>
  }
  assert.equal(description.openapi, '3.1.0')
  const ids = Object.values(description.paths).flatMap((methods) =>
    Object.values(methods).map((o) => o.operationId),
  )
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(ids.every((id) => id !== undefined))
  assert.doesNotMatch(text, /Default Response/, 'every answer is described')
  for (const [, pointer = ''] of text.matchAll(/\$ref: "?#\/([^"\n]+)/g)) {
    let target: unknown = description
    for (const step of pointer.split('/')) target = (target as Record<string, unknown> | undefined)?.[step]
    assert.ok(target !== undefined, pointer)
  }
})
