// Where messages may go. The address of a webhook must not lead into networks that only we can reach (ASVS 5.0, 1.3.6),
// so the URL is checked at the start and every address that its name stands for at each connection.
import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { isLoopback } from '../system/config.ts'

/**
 * How far a webhook may reach. `public`: global unicast addresses. `private`: private networks as well. `loopback`:
 * this machine and nothing else.
 */
export type Reach = 'public' | 'private' | 'loopback'

/** A URL that was checked, and which addresses it may lead to. */
export type Receiver = { readonly url: URL; readonly reach: Reach }

/** The host of a URL as an address or a name; the brackets of IPv6 go. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * Reads the URL of a webhook, given by `flag`. https, or http if it names loopback. Throws, with the reason in words, for other schemes,
 * for a user or password in it, for a fragment, and for an address out of reach. The words repeat nothing of the URL,
 * which may hold a secret.
 */
export function readReceiver(text: string, allowPrivate: boolean, flag = '--webhook-url'): Receiver {
  if (!URL.canParse(text)) throw new Error(`${flag} is not a URL`)
  const url = new URL(text)
  const host = hostOf(url)
  const reach = isLoopback(host) ? 'loopback' : allowPrivate ? 'private' : 'public'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && reach === 'loopback'))
    throw new Error(`${flag} must be https; http is for loopback only`)
  if (url.username !== '' || url.password !== '')
    throw new Error(`${flag} must not hold a user or password; requests are signed instead`)
  if (url.hash !== '') throw new Error(`${flag} must not have a fragment`)
  if (isIP(host) !== 0 && !mayReach(host, reach))
    throw new Error(`${flag} leads into a private or special network; --webhook-private allows private ones`)
  return { url, reach }
}

/** An address that may not be reached; `code` is what the outbox remembers. */
export class AddressRefused extends Error {
  readonly code = 'address-refused'

  constructor() {
    super('the name of the webhook stands for an address that may not be reached')
    this.name = 'AddressRefused'
  }
}

/**
 * A lookup for connections: fails with {@link AddressRefused} if any of the addresses may not be reached. The
 * connection goes to the very addresses that were checked, so a name that changes its mind gains nothing.
 */
export function guardedLookup(reach: Reach, lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const all = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
      const [first] = all
      if (first === undefined || !all.every(({ address }) => mayReach(address, reach)))
        return callback(new AddressRefused(), [])
      if (options.all) callback(null, all)
      else callback(null, first.address, first.family)
    })
  }
}

/** Whether a connection to an IP address is within reach. */
export function mayReach(address: string, reach: Reach): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0) return false
  if (reach === 'loopback') return loopback.check(address, family)
  if (reach === 'private' && privateNetworks.check(address, family)) return true
  if (special.check(address, family)) return false
  return family === 'ipv4' || globalUnicast.check(address, family)
}

function networks(...list: string[]): BlockList {
  const all = new BlockList()
  for (const network of list) {
    const [address = '', bits] = network.split('/')
    all.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return all
}

const loopback = networks('127.0.0.0/8', '::1/128')
/** RFC 1918, RFC 6598 (shared by carriers), RFC 4193. */
const ownNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']
const privateNetworks = networks(...ownNetworks)
/** IANA's registries of special-purpose addresses (RFC 6890), multicast and reserved; in IPv6 those in 2000::/3. */
const special = networks(
  ...ownNetworks,
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
)
/** Everything else in IPv6 is local, mapped, translated or unassigned. */
const globalUnicast = networks('2000::/3')
