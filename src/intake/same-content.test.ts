import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameContent } from './same-content.ts'

const same = (a: string, b: string) => sameContent(Buffer.from(a), Buffer.from(b))

test('P2: spelling, order and the time of sending do not make other content', () => {
  assert.equal(same('{"a":1,"b":[1,2]}', ' { "b" : [1, 2], "a" : 1.0 } '), true)
  assert.equal(same('{"a":"\\u00e9"}', '{"a":"é"}'), true)
  assert.equal(same('{"a":1,"sentAt":"x"}', '{"a":1,"sentAt":"y"}'), true)
  assert.equal(same('{"a":1}', '{"a":1,"sentAt":"y"}'), true)
})

test('P2: anything else does', () => {
  assert.equal(same('{"a":1}', '{"a":2}'), false)
  assert.equal(same('{"a":1}', '{"a":1,"b":null}'), false)
  assert.equal(same('{"a":[1,2]}', '{"a":[2,1]}'), false)
  assert.equal(same('{"a":1}', '{"a":"1"}'), false)
  assert.equal(same('{"answers":{"sentAt":1}}', '{"answers":{"sentAt":2}}'), false)
  assert.equal(same('{"a":1}', '{"a":1'), false)
  assert.equal(same('{"__proto__":{"a":1}}', '{}'), false)
})
