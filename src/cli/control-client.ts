// The command line's way to a running server: its control socket in the data folder.
import { request } from 'node:http'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import type { Action, ActionResults } from '../processing/staff-actions.ts'

/** No server answers on the data folder's socket. */
export class NotRunning extends Error {
  constructor(folder: string) {
    super(`no Levee is running on ${folder}. Start one with "levee serve --data ${folder}" (or npm start), or name another folder with --data`)
  }
}
/** The server refused; the message says why and what to do. */
export class Refused extends Error {}

export type ControlClient = {
  get<T>(path: string): Promise<T>
  act<A extends Omit<Action, 'by'>>(action: A, reason: string): Promise<ActionResults[Action['do']]>
}

/** Talks to the server of a data folder. Rejects with NotRunning or Refused. */
export function controlClient(folder: string): ControlClient {
  const socketPath = join(folder, 'levee.sock')
  const call = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const outgoing = request({ socketPath, method, path, headers }, (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.on('end', () => {
          const answer = JSON.parse(Buffer.concat(parts).toString() || 'null')
          if (incoming.statusCode === 200) resolve(answer as T)
          else reject(new Refused((answer as { detail?: string })?.detail ?? `the server answered ${incoming.statusCode}`))
        })
      })
      outgoing.on('error', () => reject(new NotRunning(folder)))
      outgoing.end(text)
    })
  return {
    get: (path) => call('GET', path),
    act: (action, reason) => call('POST', '/actions', { ...action, by: { actor: `staff:${userInfo().username}`, reason } }),
  }
}
