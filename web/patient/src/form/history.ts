// One entry in the phone's history for each screen of a form, so that the phone's own back button shows the screen before
// as last seen (U4). The address does not change within a form. A form that is resumed in the middle gets the entries
// of the screens before it, so that back leads through them and not out of the form.
import { before } from './form-entries.ts'
import type { FormContext, FormState } from './form-state.ts'

type Mark = { readonly key: string; readonly at: string; readonly depth: number }

/** The form's mark on the present entry of the history, if it is one of a form. */
export function markNow(): Mark | null {
  const { form } = (history.state ?? {}) as { form?: Mark }
  return form ?? null
}

const marked = (form: Mark): object => ({ ...(history.state as object | null), form })

/** Marks the present entry, or, where the form was left in the middle, makes one for each screen before it. */
export function enterHistory(context: FormContext, key: string, state: FormState): void {
  const now = markNow()
  if (now?.key === key && now.at === state.draft.at) return
  const screens = [state.draft.at!]
  let at = before(context, state)
  while (at !== null && !screens.includes(at)) {
    screens.unshift(at)
    at = before(context, { ...state, draft: { ...state.draft, at } })
  }
  screens.forEach((screen, depth) => {
    const mark = marked({ key, at: screen, depth })
    if (depth === 0) history.replaceState(mark, '')
    else history.pushState(mark, '')
  })
}

/** A new screen of the form. */
export function pushHistory(key: string, at: string): void {
  history.pushState(marked({ key, at, depth: (markNow()?.depth ?? 0) + 1 }), '')
}

/** One screen back; `leave` where there is none in the form. */
export function backInHistory(leave: () => void): void {
  if ((markNow()?.depth ?? 0) > 0) history.back()
  else leave()
}

/** Tells which screen of this form the history has gone to. Returns what ends it. */
export function followHistory(key: string, onScreen: (at: string) => void): () => void {
  const follow = (): void => {
    const mark = markNow()
    if (mark?.key === key) onScreen(mark.at)
  }
  addEventListener('popstate', follow)
  return () => removeEventListener('popstate', follow)
}
