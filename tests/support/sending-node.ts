// One sending node as a process of its own, so that a test can kill it. Its task comes as JSON in the first argument.
// With `settleFirst` it breaks the promise on purpose: it calls a message sent before it has sent it.
import type { Claims, Settled } from '../../src/sending/claim-store.ts'
import { postgresClaims } from '../../src/sending/claims.postgres.ts'
import { readReceiver } from '../../src/sending/receiver.ts'
import { sender } from '../../src/sending/sender.ts'
import { webhook } from '../../src/sending/webhook.ts'
import { openPostgres } from '../../src/storage/postgres.ts'

export type SendingTask = {
  database: string
  node: string
  url: string
  secret: string
  settleFirst: boolean
}

const { database, node, url, secret, settleFirst } = JSON.parse(process.argv[2]!) as SendingTask
const db = await openPostgres(database, { copies: 'one', name: node, connections: 2 })
const claims = postgresClaims(db, node)
const lying: Claims = {
  async claim(now, limit) {
    const messages = await claims.claim(now, limit)
    const results = messages.map(
      ({ messageId, claimedUntil }): Settled => ({
        messageId,
        claimedUntil,
        firstAttemptAt: now,
        outcome: '204',
        state: 'sent',
        at: now,
      }),
    )
    await claims.settle(results)
    return messages
  },
  settle: () => {},
}
const hook = webhook({
  receiver: readReceiver(url, false),
  secrets: [Buffer.from(secret.slice(6), 'base64')],
  now: Date.now,
})
const running = sender({
  claims: settleFirst ? lying : claims,
  deliver: (message) => hook.deliver(message),
  now: Date.now,
  random: Math.random,
  onTrouble: (reason) => process.stderr.write(`${reason}\n`),
}).run()
process.stdout.write('running\n')
await running
