// The first thing a patient sees: the languages, each named in itself.
import { appLanguages, useWords } from '../words/words.ts'
import { useApp } from './app-context.ts'
import { Page } from './page.tsx'

/** Choosing is the step: a tap speaks the language and goes on. */
export function LanguageScreen() {
  const t = useWords()
  const app = useApp()
  return (
    <Page title={t.languageTitle} class="language">
      <div class="stack">
        {appLanguages.map(({ tag, name, dir }) => (
          <button
            key={tag}
            type="button"
            class="choice"
            lang={tag}
            dir={dir}
            onClick={() => void app.change({ language: tag }).catch(() => undefined)}
          >
            {name}
          </button>
        ))}
      </div>
    </Page>
  )
}
