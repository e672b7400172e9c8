// Which screen is shown: read from the address's hash, so that the phone's back button works and no server learns
// where the patient is. Forms keep their own steps in the history under the same hash.
import { type ReadonlySignal, signal } from '@preact/signals'

/** A screen and what it is of. `form` takes a draft's or an occasion's key; `event` begins a new form of an event. */
export type Route =
  | { readonly at: 'today' | 'practice' | 'calendar' | 'settings' | 'help' | 'sync' | 'clinic' }
  /** `forgot`: the code is wanted in the PIN's stead, see `forgetPin`. */
  | { readonly at: 'activate'; readonly code: string | null; readonly forgot: boolean }
  | { readonly at: 'setup'; readonly step: string }
  | { readonly at: 'form'; readonly key: string }
  | { readonly at: 'sent'; readonly key: string }
  | { readonly at: 'event'; readonly form: string }
  | { readonly at: 'reminder'; readonly id: string }

const plain = ['practice', 'calendar', 'settings', 'help', 'sync', 'clinic'] as const

/** The route a hash names; what is not known leads to Today. */
export function routeOf(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const slash = path.indexOf('/')
  const head = slash < 0 ? path : path.slice(0, slash)
  const rest = slash < 0 ? '' : decoded(path.slice(slash + 1))
  const known = plain.find((name) => name === head)
  if (known !== undefined) return { at: known }
  if (head === 'activate') {
    const named = new URLSearchParams(search)
    return { at: 'activate', code: named.get('code'), forgot: named.has('forgot') }
  }
  if (head === 'setup') return { at: 'setup', step: rest }
  if ((head === 'form' || head === 'sent') && rest !== '') return { at: head, key: rest }
  if (head === 'event' && rest !== '') return { at: 'event', form: rest }
  if (head === 'reminder' && rest !== '') return { at: 'reminder', id: rest }
  return { at: 'today' }
}

/** The hash of a form's screen: `#/form/<key>`, the key's own slash escaped. */
export const formHash = (key: string): string => `#/form/${encodeURIComponent(key)}`

/** The hash of an event's form; one that was begun is gone on with. */
export const eventHash = (form: string): string => `#/event/${encodeURIComponent(form)}`

/** The hash of the page after a form was finished. */
export const sentHash = (key: string): string => `#/sent/${encodeURIComponent(key)}`

const current = signal<Route>({ at: 'today' })

/** The screen that is shown now. */
export const route: ReadonlySignal<Route> = current

/** Follows the address from now on. */
export function followAddress(): void {
  const read = (): void => {
    current.value = routeOf(location.hash)
  }
  addEventListener('hashchange', read)
  read()
}

/** Goes to a hash as a new step of the history. */
export function go(hash: string): void {
  location.hash = hash
}

/** Goes to a hash in place of the present step, so that Back does not return to it. */
export function goInstead(hash: string): void {
  history.replaceState(null, '', hash)
  current.value = routeOf(hash)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
