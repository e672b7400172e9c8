// How times are said on the screens: language, midnight, now. The present is a signal that moves by itself, so that a
// card changes group on time while Today is open.
import { signal } from '@preact/signals'
import { language, useWords } from '../words/words.ts'
import type { Saying } from './when.ts'

const tick = signal(Date.now())
const everyMs = 10_000

/** Lets the present move; to be called once, at start. */
export function followClock(): void {
  const read = (): void => {
    tick.value = Date.now()
  }
  setInterval(read, everyMs)
  document.addEventListener('visibilitychange', read)
}

/** Milliseconds since the epoch; the component follows. */
export function useNow(): number {
  return tick.value
}

/** For the functions of when.ts. */
export function useSaying(): Saying {
  const { languages } = navigator
  return { language: language().tag, own: languages, nowMs: tick.value, midnight: useWords().midnight }
}
