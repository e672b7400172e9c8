// What is shown when a screen fails. Answers are written at every tap, so nothing is lost by opening the app again (U14).
import { Component, type ComponentChildren } from 'preact'
import { spokenLanguage } from '../words/words.ts'

type State = { readonly failed: boolean }

/** Catches what a screen throws. A class, because Preact catches errors in no other way. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, State> {
  override state: State = { failed: false }

  override componentDidCatch(): void {
    this.setState({ failed: true })
  }

  override render() {
    return this.state.failed ? <Failed /> : this.props.children
  }
}

/** In the language spoken; in English where none could be loaded. */
function Failed() {
  const t = spokenLanguage.value?.shell
  return (
    <div class="page">
      <main>
        <h1>{t?.errorTitle ?? 'Something went wrong'}</h1>
        <p class="lead" role="alert">
          {t?.errorText ?? 'Your answers are saved on this phone.'}
        </p>
        <div class="foot">
          <button type="button" class="primary" onClick={() => location.replace('./')}>
            {t?.errorAgain ?? 'Open again'}
          </button>
        </div>
      </main>
    </div>
  )
}
