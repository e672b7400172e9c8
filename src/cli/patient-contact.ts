// `levee patient contact`: how a patient is reminded where no push reaches the phone. The address is sealed by the server
// and never shown again, not to whoever entered it either.
import type { Command } from 'commander'
import type { ContactView, SetContact } from '../api/control/reminders.ts'
import { controlClient } from './control-client.ts'
import { WronglyCalled } from './failures.ts'
import { addClientFlags, addReasonFlag, addStudyFlag, reasonOf } from './flags.ts'
import { studyOf } from './study-choice.ts'

type Flags = {
  data: string
  json?: true
  study?: string
  reason?: string
  email?: string
  phone?: string
  remove?: true
}

/** Adds the command. */
export function contactCommand(patient: Command): void {
  const command = patient
    .command('contact <id>')
    .description('where a patient is reminded if no push arrives; without flags, what is known (audited)')
    .option('--email <address>', 'an e-mail address')
    .option('--phone <number>', 'a number for SMS, such as +49301234567')
    .option('--remove', 'forget the address and the number')
  addClientFlags(addReasonFlag(addStudyFlag(command)))
    .addHelpText(
      'after',
      `
Addresses are kept sealed and are not shown again. The audit log says that they changed, not to what.

Example:
  levee patient contact P-00001 --email anna@example.org --reason "asked for e-mail"`,
    )
    .action(act)
}

async function act(id: string, flags: Flags): Promise<void> {
  const { email, phone, remove } = flags
  const wanted: [SetContact['kind'], string | null][] = []
  if (email !== undefined) wanted.push(['email', email])
  if (phone !== undefined) wanted.push(['phone', phone])
  if (remove && wanted.length > 0)
    throw new WronglyCalled('--remove forgets both; give it alone, or the new address or number alone')
  if (remove) wanted.push(['email', null], ['phone', null])
  const reason = wanted.length === 0 ? '' : reasonOf(flags)
  const client = controlClient(flags.data)
  const studyId = await studyOf(client, flags.study)
  const path = `/contacts/${encodeURIComponent(studyId)}/${encodeURIComponent(id)}`
  for (const [kind, value] of wanted) await client.contact({ studyId, patientId: id, kind, value }, reason)
  const known = await client.get<ContactView>(path)
  if (flags.json) return console.log(JSON.stringify({ studyId, patientId: id, ...known }))
  const { phones, kinds, ways } = known
  const wayOf = [
    { is: phones > 0, on: ways.push, name: 'push', flag: '--push-contact' },
    { is: kinds.includes('email'), on: ways.email, name: 'e-mail', flag: '--smtp-url' },
    { is: kinds.includes('phone'), on: ways.phone, name: 'SMS', flag: '--sms-url' },
  ].filter(({ is }) => is)
  if (wayOf.length === 0)
    return console.log(
      `${id} of ${studyId} cannot be reminded: no phone takes pushes, and there is no e-mail address or number.`,
    )
  console.log(`${id} of ${studyId} can be reached by ${wayOf.map(({ name }) => name).join(', else by ')}.`)
  for (const { name, flag } of wayOf.filter(({ on }) => !on))
    console.log(`This server sends nothing by ${name}: start it with ${flag}.`)
}
