// Starts what reminds patients, where this installation has a way to do it: the clock that plans, the sender, and what
// the doors need of them.
import { randomUUID } from 'node:crypto'
import { readLedger } from '../api/ledger.ts'
import { reminderClock } from '../processing/reminders/reminder-clock.ts'
import { poster } from '../sending/post.ts'
import { readReceiver } from '../sending/receiver.ts'
import { type Channels, deliverReminder } from '../sending/reminders/deliver-reminder.ts'
import type { ReminderDoor } from '../sending/reminders/reminder-door.ts'
import {
  type ReminderDesk,
  type ReminderSender,
  reminderSender,
} from '../sending/reminders/reminder-sender.ts'
import { sealBy } from '../sending/reminders/seal.ts'
import { texter } from '../sending/reminders/sms.ts'
import { readSecrets } from '../sending/signature.ts'
import type { Config } from '../system/config.ts'
import { readRoles } from '../system/roles.ts'
import type { Engine, Setup } from './engine.ts'

/** While more entries wait to be taken, nobody is reminded: what they fill is not known yet. */
const mostWaiting = 2000

/** What a phone and the command line need in order to say how a patient is reached. */
export function reminderDoor(config: Config, { reminderKeys }: Engine): ReminderDoor {
  const { pushContact, pushLoopback, smtpUrl, smsUrl } = config
  return {
    pushKey: pushContact === '' ? null : reminderKeys.push.publicKey,
    ways: { push: pushContact !== '', email: smtpUrl !== '', phone: smsUrl !== '' },
    loopback: pushLoopback,
    seal: sealBy(reminderKeys.seal),
  }
}

/** Starts planning and sending, where this node has the role and at least one way is configured. */
export async function startReminders(setup: Setup, engine: Engine): Promise<ReminderSender | undefined> {
  const { config, parts, log } = setup
  const hasWay = config.pushContact !== '' || config.smtpUrl !== '' || config.smsUrl !== ''
  if (!hasWay || !readRoles(config.roles).has('sending')) return undefined
  const channels = await channelsOf(setup, engine)
  const by = { actor: 'system:reminders', reason: '' }
  const { trial, stores } = engine
  const onTrouble = (reason: string) => log.warn('reminders cannot be read or written', { reason })
  const started = reminderSender({
    desk: deskOf(engine),
    deliver: (reminder, now) => deliverReminder(channels, reminder, now),
    now: Date.now,
    random: Math.random,
    onTrouble,
  })
  parts.defer(() => started.stop())
  parts.use(
    reminderClock({
      studies: async () => stores.studies.ids(),
      plan: (study, after) => trial.act({ do: 'plan-reminders', study, after, by }),
      onTrouble,
    }),
  )
  void started.run()
  return started
}

function deskOf({ trial, stores }: Engine): ReminderDesk {
  const by = { actor: 'system:reminders', reason: '' }
  const waiting = async (now: number) => {
    const { studies } = await readLedger(stores.ledger, stores.journal, now)
    return studies.reduce((sum, study) => sum + study.waiting, 0)
  }
  // A claim belongs to one run of one node.
  const node = randomUUID()
  return {
    isDue: async (now) => (await stores.reminders.isDue(now)) && (await waiting(now)) <= mostWaiting,
    claim: async (limit) => (await trial.act({ do: 'claim-reminders', node, limit, by })).claimed,
    async settle(results) {
      await trial.act({ do: 'settle-reminders', node, results, by })
    },
    async drop(of) {
      await trial.act({ do: 'drop-push', ...of, because: 'gone', by })
    },
  }
}

/** Only who sends loads what encrypts pushes and speaks to mail servers. */
async function channelsOf({ config, parts }: Setup, { reminderKeys }: Engine): Promise<Channels> {
  const { push: key, seal, tag } = reminderKeys
  const { pushContact: subject, pushLoopback: loopback, smtpUrl, mailFrom, smsUrl } = config
  const post = parts.use(poster({ now: Date.now }))
  const push =
    subject === ''
      ? undefined
      : (await import('../sending/reminders/web-push.ts')).webPush({ post, key, subject, loopback })
  const mailer =
    smtpUrl === ''
      ? undefined
      : parts.use((await import('../sending/reminders/mail.ts')).mailer(smtpUrl, mailFrom))
  const sms = () => ({
    post,
    receiver: readReceiver(smsUrl, config.webhookPrivate, '--sms-url'),
    secrets: readSecrets(config.smsSecrets),
    now: Date.now,
  })
  return {
    push,
    mailer,
    texter: smsUrl === '' ? undefined : texter(sms()),
    origin: config.publicUrl,
    seal: sealBy(seal),
    tagKey: tag,
  }
}
