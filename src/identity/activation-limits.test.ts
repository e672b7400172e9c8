// Limits of activation: how many refusals, for whom, how long; and that nobody is refused for others being judged.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activationLimits, limits, networkOf, type Try } from './activation-limits.ts'

const start = () => {
  const clock = { now: 0 }
  const limit = activationLimits(() => clock.now)
  /** A try that is refused where it is let in; resolves with the seconds to wait. */
  const fail = async (tried: Try) => {
    const wait = await limit.take(tried)
    if (wait === undefined) limit.settle(tried, true)
    return wait
  }
  return { clock, limit, fail }
}

test('a code has five tries, whoever makes them; then it is to be waited', async () => {
  const { clock, fail } = start()
  for (let i = 0; i < limits.ofCode; i++)
    assert.equal(await fail({ codeHmac: 'c', address: `10.0.0.${i}` }), undefined)
  clock.now = 60_000
  assert.equal(await fail({ codeHmac: 'c', address: '10.0.0.9' }), limits.windowMs / 1000 - 60)
  assert.equal(await fail({ codeHmac: 'd', address: '10.0.0.9' }), undefined)
  clock.now = limits.windowMs
  assert.equal(await fail({ codeHmac: 'c', address: '10.0.0.9' }), undefined)
})

test('an address has ten tries, also of what is no code', async () => {
  const { fail } = start()
  for (let i = 0; i < limits.ofAddress; i++)
    assert.equal(
      await fail({ codeHmac: i % 2 ? undefined : `c${i}`, address: `2001:db8:0:1::${i}` }),
      undefined,
    )
  assert.ok(await fail({ codeHmac: 'new', address: '2001:db8:0:1:ffff::' }))
  assert.equal(await fail({ codeHmac: 'new', address: '2001:db8:0:2::' }), undefined)
})

test('a try that was not refused does not count, however many there are at once behind one address', async () => {
  const { limit } = start()
  let most = 0
  let judged = 0
  const one = async (i: number) => {
    const tried = { codeHmac: `c${i}`, address: '10.0.0.1' }
    assert.equal(await limit.take(tried), undefined)
    most = Math.max(most, ++judged)
    await new Promise((resolve) => setImmediate(resolve))
    judged -= 1
    limit.settle(tried, false)
  }
  await Promise.all(Array.from({ length: 300 }, (_, i) => one(i)))
  assert.equal(most, limits.ofAddress)
})

test('of many at once that are refused, no more than ten are let in', async () => {
  const { limit } = start()
  let letIn = 0
  const one = async (i: number) => {
    const tried = { codeHmac: `c${i}`, address: '10.0.0.1' }
    if ((await limit.take(tried)) !== undefined) return
    letIn += 1
    await new Promise((resolve) => setImmediate(resolve))
    limit.settle(tried, true)
  }
  await Promise.all(Array.from({ length: 300 }, (_, i) => one(i)))
  assert.equal(letIn, limits.ofAddress)
})

test('who waits for others is bounded', async () => {
  const { limit } = start()
  const take = (i: number) => limit.take({ codeHmac: `c${i}`, address: '10.0.0.1' })
  for (let i = 0; i < limits.ofAddress; i++) await take(i)
  for (let i = 0; i < limits.waiting; i++) void take(100 + i)
  assert.equal(await take(9999), 1)
})

test('all together have their limit too, and what is too much is not counted', async () => {
  const { clock, fail } = start()
  for (let i = 0; i < limits.ofAll; i++)
    assert.equal(await fail({ codeHmac: `c${i}`, address: `a${i}` }), undefined)
  for (let i = 0; i < 100; i++) assert.ok(await fail({ codeHmac: 'x', address: 'y' }))
  clock.now = limits.windowMs
  assert.equal(await fail({ codeHmac: 'x', address: 'y' }), undefined)
})

test('IPv6 counts by the /64, IPv4 in IPv6 as IPv4', () => {
  assert.equal(networkOf('::ffff:10.1.2.3'), '10.1.2.3')
  assert.equal(networkOf('10.1.2.3'), '10.1.2.3')
  assert.equal(networkOf('2001:db8:0:1:aaaa:bbbb:cccc:dddd'), '2001:db8:0:1::/64')
  assert.equal(networkOf('2001:DB8:0:1::1'), '2001:db8:0:1::/64')
  assert.equal(networkOf('2001:0db8::1'), '2001:db8:0:0::/64')
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
})
