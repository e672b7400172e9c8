// A push service and a phone for tests: takes pushes over http on loopback, checks the sender's token (RFC 8292), decrypts
// the message as the phone would (RFC 8291, RFC 8188), and answers as the test says. It shares no code with the sender.
import {
  createDecipheriv,
  createECDH,
  createHmac,
  createPublicKey,
  type ECDH,
  randomBytes,
  verify,
} from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One push that came, whatever was answered. */
export type Pushed = {
  readonly phone: string
  readonly headers: IncomingMessage['headers']
  /** The bytes as they came. */
  readonly body: Buffer
  /** The message as the phone reads it. */
  readonly text: string
  /** What is wrong with the sender's token; empty if nothing is. */
  readonly faults: readonly string[]
  readonly subject: string
  readonly at: number
}

/** A phone's subscription as a browser's `toJSON` gives it. */
export type PhoneSubscription = { readonly endpoint: string; readonly keys: { p256dh: string; auth: string } }

export type PushService = AsyncDisposable & {
  readonly pushed: Pushed[]
  /** A new phone; `answer` gives the status of each push to it, standard 201. */
  subscribe(phone: string, answer?: () => number): PhoneSubscription
  until(holds: () => boolean, withinMs?: number): Promise<void>
}

type Phone = { readonly keys: ECDH; readonly auth: Buffer; readonly answer: () => number }

/** Listens on a free port of loopback. `key` is the public key that phones subscribe for, base64url. */
export async function startPushService(key: () => string): Promise<PushService> {
  const pushed: Pushed[] = []
  const phones = new Map<string, Phone>()
  let origin = ''
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const name = decodeURIComponent(String(request.url).slice('/push/'.length))
    const phone = phones.get(name)
    if (phone === undefined) return response.writeHead(404).end()
    const token = readToken(request.headers.authorization, origin, key())
    const text = decrypt(body, phone.keys, phone.auth)
    pushed.push({ phone: name, headers: request.headers, body, text, ...token, at: Date.now() })
    response.writeHead(phone.answer()).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    pushed,
    subscribe(phone, answer = () => 201) {
      const keys = createECDH('prime256v1')
      keys.generateKeys()
      const auth = randomBytes(16)
      phones.set(phone, { keys, auth, answer })
      const said = { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') }
      return { endpoint: `${origin}/push/${encodeURIComponent(phone)}`, keys: said }
    },
    async until(holds, withinMs = 15_000) {
      const last = Date.now() + withinMs
      while (!holds()) {
        if (Date.now() > last) throw new Error(`not within ${withinMs} ms; ${pushed.length} pushes came`)
        await sleep(20)
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const hmac = (key: Buffer, ...parts: (Buffer | string)[]): Buffer => {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** Decrypts one record of aes128gcm with the phone's key pair and its secret. Throws where anything was altered. */
export function decrypt(body: Buffer, phone: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16)
  const idLength = body[20]!
  const sender = body.subarray(21, 21 + idLength)
  const sealed = body.subarray(21 + idLength)
  const one = Buffer.from([1])
  const secret = hmac(auth, phone.computeSecret(sender))
  const input = hmac(secret, 'WebPush: info\0', phone.getPublicKey(), sender, one)
  const material = hmac(salt, input)
  const key = hmac(material, 'Content-Encoding: aes128gcm\0', one).subarray(0, 16)
  const nonce = hmac(material, 'Content-Encoding: nonce\0', one).subarray(0, 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16))
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  return padded.subarray(0, padded.lastIndexOf(2)).toString('utf8')
}

/** Checks `Authorization: vapid t=…, k=…`. */
function readToken(
  header: string | undefined,
  origin: string,
  key: string,
): { readonly faults: readonly string[]; readonly subject: string } {
  const [, token = '', sent = ''] = /^vapid t=([^,]+), ?k=([\w-]+)$/.exec(header ?? '') ?? []
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(sent, 'base64url')
  const faults: string[] = []
  if (sent !== key) faults.push('not the key the phone subscribed for')
  if (point.length !== 65) return { faults: [...faults, 'no key'], subject: '' }
  const jwk = {
    ...{ kty: 'EC', crv: 'P-256' },
    ...{ x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') },
  }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const signed = Buffer.from(`${head}.${claims}`)
  const isSigned = verify(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!isSigned) faults.push('the signature is wrong')
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as Record<string, unknown>
  if (said.aud !== origin) faults.push('for another push service')
  const left = Number(said.exp) - Date.now() / 1000
  if (!(left > 0 && left <= 86_400)) faults.push('valid for no time or too long')
  return { faults, subject: String(said.sub) }
}
