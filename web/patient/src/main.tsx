// Starts the patient app: the phone's memory, the patient's language, then the screens.
import { render } from 'preact'
import { App } from './app.tsx'
import { openApp } from './screens/app-state.ts'
import { followAddress } from './screens/route.ts'
import { speak, spokenLanguage } from './words/words.ts'
import './style/tokens.css'
import './style/shell.css'
import './style/cards.css'
import './style/fields.css'
import './style/panels.css'
import './style/form.css'

const root = document.getElementById('app')!

// Not awaited at the top: the chunks loaded here import this one, and would wait for it.
void start()

async function start(): Promise<void> {
  try {
    followAddress()
    render(<App app={await openApp()} />, root)
  } catch {
    // A browser that is too old for the phone's memory or keys, or a window that is not allowed any.
    await speak(navigator.language).catch(() => undefined)
    const t = spokenLanguage.value?.shell
    const old = !('indexedDB' in globalThis) || globalThis.crypto?.subtle === undefined
    render(
      <div class="page">
        <main>
          <h1>{(old ? t?.tooOldTitle : t?.storageTitle) ?? 'This browser cannot open the diary'}</h1>
          <p class="lead">{(old ? t?.tooOldText : t?.storageText) ?? 'Please ask your study team.'}</p>
        </main>
      </div>,
      root,
    )
  }
}
