// `npm run morning [-- --contexts 50] [-- --devices 5000] [-- --minutes 5] [-- --seed 1] [-- --json]`: one morning with real
// browsers and simulated phones. Exit code 0 when everything balances and no app said "Sent" too soon, 1 when not, 2 on wrong usage.
import { parseArgs } from 'node:util'
import { runMorning } from './morning.ts'
import { isGood, morningJson, morningText } from './report.ts'

function wrong(what: string): never {
  console.error(
    `morning: ${what}\nusage: npm run morning -- [--contexts N] [--devices N] [--minutes N] [--seed N] [--json]`,
  )
  process.exit(2)
}

function number(name: string, text: string, isGood: (n: number) => boolean, wants: string): number {
  const value = Number(text)
  return text.trim() !== '' && isGood(value) ? value : wrong(`--${name} takes ${wants}, not "${text}"`)
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        contexts: { type: 'string', default: '50' },
        devices: { type: 'string', default: '5000' },
        minutes: { type: 'string', default: '5' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error))
  }
}

const flags = readFlags()
const whole = (n: number) => Number.isInteger(n) && n >= 1
const options = {
  contexts: number('contexts', flags.contexts, whole, 'a whole number from 1'),
  devices: number('devices', flags.devices, whole, 'a whole number from 1'),
  minutes: number('minutes', flags.minutes, (n) => n > 0 && n <= 240, 'minutes up to 240'),
  seed: number('seed', flags.seed, whole, 'a whole number from 1'),
}

// Ended from outside, it still ends its server and removes its data: both hang on the exit event.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const began = performance.now()
const note = (line: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`)
const morning = await runMorning({ ...options, note })
console.log(flags.json ? morningJson(morning) : morningText(morning))
if (!isGood(morning.account)) process.exitCode = 1
