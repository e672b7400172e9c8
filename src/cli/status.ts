// `levee status`: the live view. On a terminal it is redrawn each second until q or Ctrl-C; otherwise, with --once
// or with --json it looks twice, a second apart, prints and ends.
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { ServerStatus } from '../api/control/server.ts'
import { type ControlClient, controlClient, NotRunning } from './control-client.ts'
import { BadNews } from './failures.ts'
import { addClientFlags } from './flags.ts'
import { figuresOf, statusText } from './status-view.ts'
import { type StatusWords, wordsForLocale } from './status-words.ts'

const everyMs = 1000
/** Eleven readings a second apart span ten seconds. */
const mostReadings = 11

export function statusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('rates, latencies, queues and the ledger of a running server, live')
    .option('--once', 'print once and end')
  addClientFlags(command)
    .addHelpText(
      'after',
      '\nExample:\n  levee status --once\nExit code 1 when no server answers or a ledger is not balanced.\n',
    )
    .action(async (flags: { data: string; once?: true; json?: true }) => {
      const client = controlClient(flags.data)
      const live = process.stdout.isTTY && process.stdin.isTTY && !flags.once && !flags.json
      if (live) await watch(client, wordsForLocale())
      else await showOnce(client, flags.json === true)
    })
}

async function showOnce(client: ControlClient, json: boolean): Promise<void> {
  const first = await client.status()
  await sleep(everyMs)
  const readings = [first, await client.status()]
  const now = readings.at(-1)!
  if (json) {
    const { acknowledged: _, ...rest } = now
    console.log(JSON.stringify({ ...rest, figures: figuresOf(readings) }))
  } else console.log(statusText(readings, wordsForLocale(), mark))
  if (!now.ledger.balanced) throw new BadNews()
}

/** Redraws in the terminal's second screen, so that what was there comes back at the end. */
async function watch(client: ControlClient, words: StatusWords): Promise<void> {
  let readings: ServerStatus[] = [await client.status()]
  const quit = new AbortController()
  const { stdin, stdout } = process
  const onKey = (key: Buffer) => {
    if (['q', 'Q', '\u0003', '\u0004'].includes(key.toString())) quit.abort()
  }
  stdin.setRawMode(true)
  stdin.on('data', onKey)
  stdout.write('\u001b[?1049h\u001b[?25l')
  try {
    while (!quit.signal.aborted) {
      draw(`${readings.length === 0 ? words.away : statusText(readings, words, mark)}\n\n${words.leave}`)
      await sleep(everyMs, undefined, { signal: quit.signal }).catch(() => {})
      readings = await nextReadings(client, readings)
    }
  } finally {
    stdout.write('\u001b[?25h\u001b[?1049l')
    stdin.off('data', onKey)
    stdin.setRawMode(false)
    stdin.pause()
  }
}

/** Adds a reading; starts over where another process answers, and is empty while none does. */
async function nextReadings(client: ControlClient, readings: ServerStatus[]): Promise<ServerStatus[]> {
  try {
    const next = await client.status()
    const same = readings.at(-1)?.startedAt === next.startedAt
    return same ? [...readings, next].slice(-mostReadings) : [next]
  } catch (error) {
    if (error instanceof NotRunning) return []
    throw error
  }
}

/** Overwrites line by line, because clearing first would flicker. */
function draw(text: string): void {
  const lines = text.split('\n').map((line) => `${line}\u001b[K`)
  process.stdout.write(`\u001b[H${lines.join('\r\n')}\u001b[J`)
}

const mark = (good: boolean, text: string): string =>
  styleText(good ? 'green' : ['red', 'bold'], text, { stream: process.stdout })
