// The command line's way to a running server: its control socket in the data folder.

import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { NewActivation } from '../api/activation-desk.ts'
import type { SetContact } from '../api/control/reminders.ts'
import type { IssueCodes, ServerStatus } from '../api/control/server.ts'
import { socketPath } from '../api/control/socket-path.ts'
import type { Action, ActionResults } from '../processing/staff-actions.ts'

/** No server answers on the data folder's socket. */
export class NotRunning extends Error {
  constructor(folder: string) {
    super(
      `no Levee is running on ${folder}. Start one with "levee serve --data ${folder}" (or npm start), or name another folder with --data`,
    )
  }
}
/** The server refused; the message says why and what to do. */
export class Refused extends Error {}

/** An action without who does it, which the client adds. Spelled so that each kind keeps its own members. */
export type StaffAction = Action extends infer A ? (A extends Action ? Omit<A, 'by'> : never) : never

export type ControlClient = {
  get<T>(path: string): Promise<T>
  /** JSON lines, as they arrive. */
  lines<T>(path: string): AsyncGenerator<T>
  status(): Promise<ServerStatus>
  /** Says how a patient is reached, in the name of this user of the machine (audited, without the address). */
  contact(contact: Omit<SetContact, 'by'>, reason: string): Promise<void>
  /** A one-time code for each patient (audited); they are shown only now. */
  codes(wanted: Omit<IssueCodes, 'by'>, reason: string): Promise<NewActivation[]>
  /** Carries out an audited action in the name of this user of the machine. */
  act<A extends StaffAction>(action: A, reason: string): Promise<ActionResults[A['do']]>
}

/** Talks to the server of a data folder. Every method rejects with NotRunning or Refused. */
export function controlClient(folder: string): ControlClient {
  const by = (reason: string) => ({ actor: `staff:${userInfo().username}`, reason })
  const get = async <T>(path: string) => (await readJson(await call(folder, 'GET', path))) as T
  return {
    get,
    lines: (path) => readLines(folder, path),
    status: () => get<ServerStatus>('/status'),
    codes: async (wanted, reason) =>
      (await readJson(
        await call(folder, 'POST', '/activation-codes', { ...wanted, by: by(reason) }),
      )) as never,
    contact: async (contact, reason) => {
      await readJson(await call(folder, 'POST', '/contacts', { ...contact, by: by(reason) }))
    },
    act: async (action, reason) => {
      return (await readJson(await call(folder, 'POST', '/actions', { ...action, by: by(reason) }))) as never
    },
  }
}

/** Resolves with the head of a successful answer. */
function call(folder: string, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers =
    text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: socketPath(join(folder, 'levee.sock')),
      method,
      path,
      headers,
      agent: false,
    }
    const outgoing = request(options, (incoming) => {
      if (incoming.statusCode === 200) return resolve(incoming)
      readJson(incoming).then(
        (answer) =>
          reject(
            new Refused(
              (answer as { detail?: string } | null)?.detail ?? `the server answered ${incoming.statusCode}`,
            ),
          ),
        reject,
      )
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(connectionFailure(error, folder)))
    outgoing.end(text)
  })
}

function connectionFailure(error: NodeJS.ErrnoException, folder: string): Error {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new Error(
      `${join(folder, 'levee.sock')} may be used by its owner only. Run this as the user that runs the server`,
    )
  }
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new Error(
      'the server closed the connection before it answered. See its log, then "levee status" and try again',
    )
  }
  return new NotRunning(folder)
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString() || 'null')
}

async function* readLines<T>(folder: string, path: string): AsyncGenerator<T> {
  const incoming = (await call(folder, 'GET', path)).setEncoding('utf8')
  let rest = ''
  for await (const part of incoming) {
    const lines = (rest + part).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield JSON.parse(line) as T
  }
  if (rest !== '') throw new Error('the server closed the connection in the middle of its answer')
}
