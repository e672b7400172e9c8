// `levee demo` on data that another release made: the demo study stands published with other content, which stays in
// force, because a published version never changes; the user is told, and the demo goes on.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
// Not the system's folder for temporary files: that may lie on tmpfs, which the server refuses for good reason.
mkdirSync(join(root, 'data'), { recursive: true })
const home = mkdtempSync(join(root, 'data', 'old-demo-'))
const data = join(home, 'data')
const start = (...args: string[]) =>
  spawn(join(root, 'bin/levee'), [...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
const server = start('serve', '--port', '0', '--grpc-port', '0', '--log', 'info')

before(async () => {
  const ended = once(server, 'exit').then(([code]) => assert.fail(`the server ended with ${code}`))
  ended.catch(() => {})
  await Promise.race([Promise.race([once(server.stdout, 'data'), once(server.stderr, 'data')]), ended])
})
after(() => {
  server.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

async function levee(...args: string[]): Promise<{ code: number; out: string }> {
  const child = start(...args)
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (out += text))
  const [code] = await once(child, 'close')
  return { code, out }
}

test('the demo goes on with the study as it stands, and says so (control: cli.test.ts)', async () => {
  const older = join(home, 'older')
  cpSync(join(root, 'studies/morning-301'), older, { recursive: true })
  const text = readFileSync(join(older, 'study.yaml'), 'utf8')
  writeFileSync(
    join(older, 'study.yaml'),
    text.replace('clock-tolerance-minutes: 10', 'clock-tolerance-minutes: 9'),
  )
  const published = await levee('study', 'publish', older, '--reason', 'an older release')
  assert.equal(published.code, 0, published.out)
  const sha256 = async () => JSON.parse((await levee('study', 'show', 'MORNING-301', '--json')).out).sha256
  const before = await sha256()
  const demo = await levee('demo', '--patients', '6')
  assert.equal(demo.code, 0, demo.out)
  assert.match(
    demo.out,
    /Note: these data hold the demo study as another release published it; that stays in force/,
  )
  assert.match(demo.out, /with 6 patients/)
  assert.equal(await sha256(), before)
  const again = JSON.parse((await levee('demo', '--patients', '6', '--json')).out)
  assert.match(again.note, /another release/)
})
