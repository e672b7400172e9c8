// The end of the diary on this phone: study over, withdrawn, or another phone in use. What is not sent is still sent; it
// says what is left here.
import { useRestWords } from '../words/words.ts'
import { useApp } from './app-context.ts'
import { Icon } from './icons.tsx'
import { Page } from './page.tsx'

/** Why nothing more is filled in here. `refused`: the server does not know this phone any more. */
export type Over = 'withdrawn' | 'completed' | 'replaced' | 'refused'

/** The screen. */
export default function OverScreen({ why }: { why: Over }) {
  const t = useRestWords()
  const entries = useApp().sync.value?.entries.value ?? []
  const unsent = entries.filter(({ state }) => state !== 'sent').length
  const title = {
    withdrawn: t.withdrawnTitle,
    completed: t.completedTitle,
    replaced: t.replacedTitle,
    refused: t.refusedTitle,
  }[why]
  const lead = {
    withdrawn: t.overText,
    completed: t.overText,
    replaced: t.replacedText,
    refused: t.refusedText,
  }[why]
  return (
    <Page
      title={title}
      lead={lead}
      foot={
        <>
          {(why === 'refused' || why === 'replaced') && (
            <a class={why === 'refused' ? 'button primary' : 'button'} href="#/activate">
              {t.forgotGo}
            </a>
          )}
          {unsent > 0 && (
            <a class="button" href="#/sync">
              {t.onThisPhone}
            </a>
          )}
        </>
      }
    >
      {(unsent > 0 || why !== 'refused') && (
        <div class={unsent > 0 ? 'outcome saved' : 'outcome sent'} role="status">
          <Icon name={unsent > 0 ? 'saved' : 'check'} />
          <p>{unsent > 0 ? t.stillHere(unsent) : t.nothingLeft}</p>
        </div>
      )}
    </Page>
  )
}
