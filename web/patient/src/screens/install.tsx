// How to put the app on the phone's home screen, before the code is asked for (interface.md §5, iOS). Whoever came by the
// QR code needs it again inside the installed app, so it is shown to be remembered or copied.
import { codeInGroups } from '../../../../src/study/device/activation-code.ts'
import { useRestWords } from '../words/words.ts'
import { Icon } from './icons.tsx'
import { installPrompt, platform } from './install-state.ts'
import { Page } from './page.tsx'

/** `onSkip`: the patient goes on in the browser. */
export default function InstallScreen({ code, onSkip }: { code: string | null; onSkip: () => void }) {
  const t = useRestWords()
  const ios = platform() === 'ios'
  const prompt = installPrompt.value
  const steps = ios
    ? [t.installIosShare, t.installIosAdd, t.installOpen]
    : [t.installMenu, t.installMenuAdd, t.installOpen]
  return (
    <Page
      title={t.installTitle}
      lead={t.installWhy}
      foot={
        <>
          {prompt !== null && (
            <button type="button" class="primary" onClick={() => void prompt.prompt()}>
              {t.installNow}
            </button>
          )}
          <button type="button" onClick={onSkip}>
            {t.installSkip}
          </button>
        </>
      }
    >
      {prompt === null && (
        <ol class="steps">
          {steps.map((step, index) => (
            <li key={step}>
              <span>
                {step} {ios && index === 0 && <Icon name="share" />}
              </span>
            </li>
          ))}
        </ol>
      )}
      {code !== null && (
        <p class="code-to-keep">
          {t.installCode}
          <strong dir="ltr">{codeInGroups(code)}</strong>
        </p>
      )}
    </Page>
  )
}
