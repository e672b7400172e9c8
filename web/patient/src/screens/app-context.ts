// Hands the app to its screens.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Today } from '../model.ts'
import { language } from '../words/words.ts'
import type { App } from './app-state.ts'

/** Filled by the root. */
export const AppContext = createContext<App | null>(null)

/** The app; throws outside of the root, which is a bug. */
export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('no app around this screen')
  return app
}

/** What was last known of today; null before the first contact. */
export function useToday(): Today | null {
  return useApp().sync.value?.today.value ?? null
}

/** `lang` and `dir` for a text of the study: the app's language where the study has it, else the patient's own. */
export function contentLanguage({ languages, patient }: Today): { lang: string; dir: 'auto' } {
  const wanted = language().tag.split('-')[0]
  const lang = languages.find((tag) => tag.split('-')[0] === wanted) ?? patient.language
  return { lang, dir: 'auto' }
}
