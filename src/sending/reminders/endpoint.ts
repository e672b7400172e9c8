// The address at which a phone takes pushes, as the phone gives it: it may lead nowhere but to a public push service.
import { type Receiver, readReceiver } from '../receiver.ts'

/** Characters of an endpoint's address; those of push services have a few hundred. */
export const mostEndpointLength = 1024

/**
 * Checks the address of a push service. Throws, repeating nothing of it, where it is not https on the standard port of
 * a public address; with `loopback` http on this machine is one too.
 */
export function readEndpoint(text: string, loopback: boolean): Receiver {
  if (text.length > mostEndpointLength) throw new Error('endpoint is too long')
  const receiver = readReceiver(text, false, 'endpoint')
  if (receiver.reach === 'loopback' && !loopback) throw new Error('endpoint leads to this machine')
  if (receiver.reach !== 'loopback' && receiver.url.port !== '')
    throw new Error('endpoint must be on the standard port')
  return receiver
}
