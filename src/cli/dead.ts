// `levee dead …`: entries that processing could not apply, and conflicts: look, try again, set aside.
// Nothing is deleted; retry and set-aside need a reason and leave an audit entry.
import { Argument, type Command, InvalidArgumentError } from 'commander'
import type { Conflict } from '../records/conflict-store.ts'
import type { Held } from '../records/held-store.ts'
import { type ControlClient, controlClient } from './control-client.ts'
import { showConflict, showEntry } from './dead-show.ts'
import { codeText } from './dead-words.ts'
import { WronglyCalled } from './failures.ts'
import { timeText } from './figures.ts'
import { addClientFlags, addReasonFlag, reasonOf, wholeNumber } from './flags.ts'
import { tableText } from './tables.ts'

type Flags = { data: string; json?: true; reason?: string }
/** An entry by its journal position, or a conflict by its number. */
type Name = { readonly entry: number } | { readonly conflict: number }

export function deadCommand(program: Command): void {
  const dead = program
    .command('dead')
    .description('entries that could not be applied, and conflicts: look, retry, set aside')
    .addHelpText(
      'after',
      '\nExample:\n  levee dead retry 4711 --reason "form version 2 published"\nAn entry is named by its number, a conflict as conflict:<number>.\n',
    )
  listCommand(dead)
  showCommand(dead)
  retryCommand(dead)
  setAsideCommand(dead)
}

const nameArgument = (says: string, variadic = false) =>
  new Argument(variadic ? '<id...>' : '<id>', says).argParser((text: string, before: unknown) =>
    variadic ? [...((before as Name[] | undefined) ?? []), nameOf(text)] : nameOf(text),
  )

function nameOf(text: string): Name {
  const [, conflict, number] = /^(conflict:)?([1-9]\d{0,14})$/.exec(text) ?? []
  if (number === undefined)
    throw new InvalidArgumentError("It takes an entry's number, or conflict:<number>.")
  return conflict === undefined ? { entry: Number(number) } : { conflict: Number(number) }
}

const nameText = (name: Name): string => ('entry' in name ? String(name.entry) : `conflict:${name.conflict}`)

function listCommand(dead: Command): void {
  const command = dead
    .command('list')
    .description('what waits for a person or for a retry')
    .option('--state <state...>', 'only dead, quarantined or retrying')
    .option('--study <id>', 'only this study')
    .option('--all', 'also what was set aside')
    .option('--after <n>', 'start after this entry', wholeNumber(), 0)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 50)
  type ListFlags = Flags & { state?: string[]; study?: string; all?: true; after: number; limit: number }
  addClientFlags(command).action(async (flags: ListFlags) => {
    const states = flags.state ?? ['dead', 'quarantined', 'retrying']
    const wrong = states.find((s) => !['dead', 'quarantined', 'retrying'].includes(s))
    if (wrong !== undefined)
      throw new WronglyCalled(`--state takes dead, quarantined or retrying; not ${wrong}`)
    const asked = new URLSearchParams({
      states: states.join(','),
      after: String(flags.after),
      limit: String(flags.limit),
    })
    if (flags.study !== undefined) asked.set('studyId', flags.study)
    if (flags.all) asked.set('all', 'true')
    const list = await controlClient(flags.data).get<{ held: Held[]; conflicts: Conflict[] }>(
      `/held?${asked}`,
    )
    const conflicts = list.conflicts.filter((c) => flags.study === undefined || c.studyId === flags.study)
    if (flags.json) return console.log(JSON.stringify({ held: list.held, conflicts }))
    if (list.held.length + conflicts.length === 0) return console.log('Nothing waits for anybody.')
    if (list.held.length > 0) console.log(heldTable(list.held))
    if (list.held.length === flags.limit)
      console.log(`\nThe next ones: levee dead list --after ${list.held.at(-1)!.position}`)
    if (conflicts.length > 0) console.log(`${list.held.length > 0 ? '\n' : ''}${conflictTable(conflicts)}`)
  })
}

const aside = (at: number | undefined | null) =>
  at === undefined || at === null ? '' : `set aside ${timeText(at)}`

const heldTable = (held: readonly Held[]): string =>
  tableText(
    ['entry', 'study', 'patient', 'state', 'since', 'why', ''],
    held.map((h) => [
      h.position,
      h.studyId,
      h.patientId,
      h.state,
      timeText(h.heldAt),
      codeText(h.code),
      aside(h.setAsideAt),
    ]),
  )

const conflictTable = (conflicts: readonly Conflict[]): string =>
  tableText(
    ['conflict', 'study', 'patient', 'entry that stands', 'since', 'why', ''],
    conflicts.map((c) => [
      `conflict:${c.secondBodyId}`,
      c.studyId,
      c.patientId,
      c.position,
      timeText(c.noticedAt),
      'Other content came under a used submission id.',
      aside(c.setAsideAt),
    ]),
  )

function showCommand(dead: Command): void {
  const command = dead
    .command('show')
    .description('one entry or conflict; answers are masked unless --raw is given')
    .addArgument(nameArgument('number of an entry, or conflict:<number>'))
    .option('--raw', 'the body exactly as the device sent it, answers included (audited, needs --reason)')
  addClientFlags(addReasonFlag(command)).action(async (name: Name, flags: Flags & { raw?: true }) => {
    const client = controlClient(flags.data)
    if (flags.raw === true) await noteReading(client, name, reasonOf(flags))
    const options = { raw: flags.raw === true, json: flags.json === true }
    console.log(
      await ('entry' in name
        ? showEntry(client, name.entry, options)
        : showConflict(client, name.conflict, options)),
    )
  })
}

/** The reading of answers is on record before they are shown. */
async function noteReading(client: ControlClient, name: Name, reason: string): Promise<void> {
  const position =
    'entry' in name
      ? name.entry
      : (await client.get<{ first: { position: number } }>(`/conflicts/${name.conflict}`)).first.position
  await client.act({ do: 'note-reading', position }, reason)
}

function retryCommand(dead: Command): void {
  const command = dead
    .command('retry')
    .description('try dead or quarantined entries again from their first attempt (audited)')
    .addArgument(nameArgument('numbers of entries', true))
  addClientFlags(addReasonFlag(command)).action((names: Name[], flags: Flags) =>
    decideAll(names, flags, 'due again', async (client, name, reason) => {
      if ('conflict' in name) {
        throw new WronglyCalled(
          `${nameText(name)} cannot be retried: the first content stands. Set it aside when it is settled`,
        )
      }
      await client.act({ do: 'retry', position: name.entry }, reason)
    }),
  )
}

function setAsideCommand(dead: Command): void {
  const command = dead
    .command('set-aside')
    .description('mark entries or conflicts as dealt with; they stay on record (audited)')
    .addArgument(nameArgument('numbers of entries, or conflict:<number>', true))
  addClientFlags(addReasonFlag(command)).action((names: Name[], flags: Flags) =>
    decideAll(names, flags, 'set aside', async (client, name, reason) => {
      if ('conflict' in name)
        await client.act({ do: 'set-conflict-aside', secondBodyId: name.conflict }, reason)
      else await client.act({ do: 'set-aside', position: name.entry }, reason)
    }),
  )
}

type Decide = (client: ControlClient, name: Name, reason: string) => Promise<void>

/** One after the other; stops at the first that is refused and says which were done before. */
async function decideAll(names: readonly Name[], flags: Flags, what: string, decide: Decide): Promise<void> {
  const reason = reasonOf(flags)
  const client = controlClient(flags.data)
  const done: string[] = []
  try {
    for (const name of names) {
      await decide(client, name, reason)
      done.push(nameText(name))
      if (!flags.json) console.log(`${nameText(name)} is ${what}.`)
    }
  } finally {
    if (flags.json) console.log(JSON.stringify({ done }))
  }
}
