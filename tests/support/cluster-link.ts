// A network path that a test can cut, slow down or turn elsewhere: a TCP forwarder on the loopback interface. Between a
// node and PostgreSQL it stands for their network and for the address that leads to the primary; between clients and
// nodes it is the load balancer.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Where connections lead; the host is the loopback interface unless named. */
export type Target = { readonly port: number; readonly host?: string }

/** `there`: from whoever connected; `back`: to them. */
export type Direction = 'there' | 'back'

export type Link = AsyncDisposable & {
  readonly port: number
  /** New connections go to these in turn, passing over those that refuse; with none, connections are reset. */
  leadTo(...targets: readonly Target[]): void
  /**
   * From now on nothing passes that way, the ends of connections included; the other end hears nothing of it. New
   * connections are taken by the system, as the first byte would be, and lead nowhere while bytes cannot go `there`.
   */
  hold(...directions: readonly Direction[]): void
  /** The end of {@link hold}; what was sent meanwhile arrives now, as TCP sends it again. */
  heal(): void
  /** Every byte takes so much longer each way, in milliseconds. */
  slow(ms: number): void
  /** Resets all connections. */
  sever(): void
}

type Pair = { readonly near: Socket; far: Socket | undefined }

/** Opens a link that leads to the targets. Disposing of it resets what it carries. */
export async function openLink(...first: readonly Target[]): Promise<Link> {
  let targets = first
  let turn = 0
  let delayMs = 0
  const held = new Set<Direction>()
  const pairs = new Set<Pair>()
  let waiting: Pair[] = []

  const reach = (pair: Pair, tries: number) => {
    const target = targets[turn++ % Math.max(1, targets.length)]
    if (target === undefined || tries === 0) return void reset(pair.near)
    const far = connect({ host: '127.0.0.1', ...target, noDelay: true, allowHalfOpen: true })
    far.once('error', () => reach(pair, tries - 1))
    far.once('connect', () => {
      far.removeAllListeners('error')
      if (pair.near.destroyed) return far.destroy()
      pair.far = far
      far.once('close', () => forget(pair))
      carry(pair.near, far, 'there')
      carry(far, pair.near, 'back')
    })
  }
  const carry = (from: Socket, to: Socket, way: Direction) => {
    const later = inOrder(() => delayMs)
    from.on('data', (bytes: Buffer) => later(() => to.write(bytes)))
    from.on('end', () => later(() => to.end()))
    from.on('error', () => {
      if (!held.has(way)) reset(to)
    })
    if (held.has(way)) from.pause()
    else from.resume()
  }
  const forget = (pair: Pair) => {
    if (pair.near.destroyed && pair.far?.destroyed !== false) pairs.delete(pair)
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
    const pair: Pair = { near, far: undefined }
    pairs.add(pair)
    near.on('error', () => {})
    near.once('close', () => forget(pair))
    if (held.has('there')) waiting.push(pair)
    else reach(pair, targets.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sever = () => {
    for (const { near, far } of pairs) {
      reset(near)
      if (far !== undefined) reset(far)
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (...next) => {
      targets = next
    },
    hold(...directions) {
      for (const way of directions) held.add(way)
      for (const { near, far } of pairs) {
        if (held.has('there')) near.pause()
        if (held.has('back')) far?.pause()
      }
    },
    heal() {
      held.clear()
      for (const { near, far } of pairs) {
        if (far === undefined) continue
        near.resume()
        far.resume()
      }
      const late = waiting
      waiting = []
      for (const pair of late) reach(pair, targets.length)
    },
    slow: (ms) => {
      delayMs = ms
    },
    sever,
    async [Symbol.asyncDispose]() {
      server.close()
      sever()
    },
  }
}

/** A socket whose end is on its way cannot be reset any more, and would never be closed. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** Does things after a delay that may change, and never one before an earlier one. */
function inOrder(delayMs: () => number): (action: () => void) => void {
  const queue: (() => void)[] = []
  let lastDue = 0
  return (action) => {
    const now = performance.now()
    lastDue = Math.max(lastDue, now + delayMs())
    if (queue.length === 0 && lastDue === now) return action()
    queue.push(action)
    setTimeout(() => queue.shift()!(), lastDue - now)
  }
}
