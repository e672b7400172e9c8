// The app's files as they are served: types, caching, compression, the guards on every answer, and nothing outside.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastify from 'fastify'
import { openLog } from '../../system/log.ts'
import { DoorFigures } from '../door-figures.ts'
import { appFiles, appPolicy } from './app-files.ts'
import { answerProblems } from './problems.ts'

const home = mkdtempSync(join(tmpdir(), 'levee-app-'))
after(() => rmSync(home, { recursive: true }))
const script = 'export const words = "the same words again and again, the same words again and again"\n'
for (const folder of ['dist/assets', 'dist/.vite', 'dist/icons'])
  mkdirSync(join(home, folder), { recursive: true })
for (const [name, text] of [
  ['secret.js', 'outside'],
  ['dist/index.html', '<!doctype html><title>App</title>'],
  ['dist/sw.js', script],
  ['dist/assets/index-Cb9nYpA_.js', script],
  ['dist/assets/en-B2xGNjjH.js', script],
  ['dist/assets/form-zh-CfwaElZd.js', script],
  ['dist/manifest.webmanifest', '{}'],
  ['dist/icons/192.png', 'png'],
  ['dist/.sources-sha256', 'hidden'],
  ['dist/.vite/manifest.json', 'hidden'],
  ['dist/unknown.exe', 'no type'],
])
  writeFileSync(join(home, name as string), text as string)

/** A door with these routes alone. */
async function door(folder: string) {
  const app = fastify({ logger: false, exposeHeadRoutes: false })
  answerProblems(app, { figures: new DoorFigures(), log: openLog('silent') })
  appFiles(app, folder)
  await app.ready()
  return app
}

const app = await door(join(home, 'dist/'))
const get = (url: string, headers = {}) => app.inject({ method: 'GET', url, headers })
after(() => app.close())

test('the page names the words of the browser’s language, so that they come beside the code', async () => {
  const hint = async (language: string | undefined) => {
    const { headers } = await get('/app/', language === undefined ? {} : { 'accept-language': language })
    assert.equal(headers.vary, 'accept-encoding, accept-language')
    return headers.link
  }
  const english = '</app/assets/en-B2xGNjjH.js>; rel=modulepreload'
  for (const language of [undefined, 'en-GB,en;q=0.9', 'fr', 'zhx'])
    assert.equal(await hint(language), english)
  assert.equal(await hint('zh-CN,zh;q=0.9'), '</app/assets/form-zh-CfwaElZd.js>; rel=modulepreload')
  assert.equal(await hint('ar-EG'), undefined)
  assert.equal((await get('/app/sw.js', { 'accept-language': 'en' })).headers.link, undefined)
})

test('each file has its type and its rule for caching', async () => {
  const told = async (url: string) => {
    const { statusCode, headers } = await get(url)
    return [statusCode, headers['content-type'], headers['cache-control']]
  }
  const html = 'text/html; charset=utf-8'
  const js = 'text/javascript; charset=utf-8'
  assert.deepEqual(await told('/app/'), [200, html, 'no-cache'])
  assert.deepEqual(await told('/app/index.html'), [200, html, 'no-cache'])
  assert.deepEqual(await told('/app/sw.js'), [200, js, 'no-cache'])
  assert.deepEqual(await told('/app/assets/index-Cb9nYpA_.js'), [
    200,
    js,
    'public, max-age=31536000, immutable',
  ])
  assert.deepEqual((await told('/app/manifest.webmanifest'))[1], 'application/manifest+json; charset=utf-8')
  assert.deepEqual((await told('/app/icons/192.png'))[1], 'image/png')
})

test('bytes come in the best encoding that is taken, each with a tag of its own', async () => {
  const plain = await get('/app/sw.js')
  const br = await get('/app/sw.js', { 'accept-encoding': 'gzip, deflate, br' })
  const gzip = await get('/app/sw.js', { 'accept-encoding': 'br;q=0, gzip' })
  assert.equal(plain.body, script)
  assert.equal(brotliDecompressSync(br.rawPayload).toString(), script)
  assert.equal(gunzipSync(gzip.rawPayload).toString(), script)
  assert.deepEqual(
    [plain, br, gzip].map(({ headers }) => headers['content-encoding']),
    [undefined, 'br', 'gzip'],
  )
  assert.equal(new Set([plain, br, gzip].map(({ headers }) => headers.etag)).size, 3)
  assert.equal(br.headers.vary, 'accept-encoding')
  const picture = await get('/app/icons/192.png', { 'accept-encoding': 'br' })
  assert.deepEqual([picture.headers['content-encoding'], picture.headers.vary], [undefined, undefined])
})

test('what the browser has is not sent again', async () => {
  const { headers } = await get('/app/')
  const again = await get('/app/', { 'if-none-match': `"other", ${headers.etag}` })
  assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', headers.etag])
  assert.equal((await get('/app/', { 'if-none-match': '"other"' })).statusCode, 200)
  const head = await app.inject({ method: 'HEAD', url: '/app/' })
  assert.deepEqual([head.statusCode, head.body], [200, ''])
  assert.equal(Number(head.headers['content-length']), (await get('/app/')).rawPayload.length)
})

test('P12: the guards are on every answer, problems and redirects included', async () => {
  for (const url of ['/app', '/app/', '/app/sw.js', '/app/nothing.js']) {
    const { headers } = await get(url)
    assert.equal(headers['content-security-policy'], appPolicy, url)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    assert.match(String(headers['permissions-policy']), /camera=\(self\)/)
    assert.equal(headers['access-control-allow-origin'], undefined)
  }
  assert.match(appPolicy, /default-src 'none'; script-src 'self'; style-src 'self'; /)
  assert.doesNotMatch(appPolicy, /unsafe|\*|https?:/)
  const redirect = await get('/app')
  assert.deepEqual([redirect.statusCode, redirect.headers.location], [308, '/app/'])
})

test('P12: no path leads out of the folder, nor to what is hidden in it', async () => {
  const { port } = await app
    .listen({ port: 0, host: '127.0.0.1' })
    .then(() => app.server.address() as AddressInfo)
  // Sent as they are: a client that tidies paths up would hide the fault.
  const status = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, path }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
  for (const path of [
    '/app/../secret.js',
    '/app/..%2fsecret.js',
    '/app/%2e%2e/secret.js',
    '/app/assets/../../secret.js',
    '/app/..\\secret.js',
    '/app//etc/passwd',
    '/app/.sources-sha256',
    '/app/.vite/manifest.json',
    '/app/unknown.exe',
    '/app/assets/',
    '/app/__proto__',
    '/app/sw.js%00.html',
  ])
    assert.equal(await status(path), 404, path)
  assert.equal(await status('/app/sw.js'), 200, 'control')
})

test('without a build the remedy is named, and the bare address still answers', async () => {
  const bare = await door(join(home, 'nowhere/'))
  const missing = await bare.inject({ method: 'GET', url: '/app/' })
  assert.deepEqual([missing.statusCode, missing.json().code], [404, 'app.not-built'])
  assert.match(missing.json().detail, /npm run build/)
  const front = await bare.inject({ method: 'GET', url: '/' })
  assert.equal(front.statusCode, 200)
  assert.match(front.body, /href="\/app\/"[\s\S]*href="\/docs"/)
  await bare.close()
})
