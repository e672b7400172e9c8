// Reminders by e-mail, over SMTP. One line of text and a link; no study, no form, nothing to track.
import { createTransport } from 'nodemailer'
import { isLoopback } from '../../system/config.ts'
import type { Outcome } from '../settlement.ts'

/** One e-mail. */
export type Mail = {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Disposing of it closes its connections. */
export type Mailer = Disposable & {
  /** Makes one attempt. Never rejects. */
  mail(mail: Mail): Promise<Outcome>
}

const connectMs = 10_000
/** Connections at the same time, and messages a second over all of them: servers refuse who comes in a crowd. */
const atOnce = { connections: 3, messagesPerSecond: 20 }

/**
 * A mailer over the server of an SMTP URL (`smtps://user:password@host` or `smtp://…`), from an address. TLS is a must
 * but on loopback. Throws, repeating nothing of the URL, where it is none.
 */
export function mailer(smtpUrl: string, from: string): Mailer {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : undefined
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Error('--smtp-url takes a URL such as smtps://user:password@mail.example')
  const secure = url.protocol === 'smtps:'
  const transport = createTransport({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && !isLoopback(url.hostname),
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    pool: true,
    maxConnections: atOnce.connections,
    rateDelta: 1000,
    rateLimit: atOnce.messagesPerSecond,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: connectMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async mail({ id, to, subject, text }) {
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@levee>`,
          // RFC 3834: no out-of-office answer comes back.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { state: 'sent', code: '250' }
      } catch (error) {
        const { responseCode, code } = error as { responseCode?: number; code?: string }
        if (responseCode === undefined) return { state: 'again', code: String(code ?? 'failed') }
        return { state: responseCode >= 500 ? 'given-up' : 'again', code: String(responseCode) }
      }
    },
    [Symbol.dispose]: () => transport.close(),
  }
}
