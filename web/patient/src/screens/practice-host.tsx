// The practice form, from the setting-up or from Settings; afterwards it is not offered any more.
import type { PracticeScreenProps } from '../form/practice-screen.tsx'
import { useApp, useToday } from './app-context.ts'
import { lazy } from './lazy.tsx'
import { goInstead } from './route.ts'

type PracticeProps = Omit<PracticeScreenProps, 'formIn'>

const PracticeScreen = lazy<PracticeProps>(async () => {
  const [{ PracticeScreen: Screen }, { practiceForm }] = await Promise.all([
    import('../form/entry.ts'),
    import('./rest.ts'),
  ])
  return (props) => <Screen formIn={practiceForm} {...props} />
})

/** Nothing of it is kept but that it was done. */
export function PracticeHost() {
  const app = useApp()
  const today = useToday()
  const done = (): void => {
    void app.change({ practised: true }).catch(() => undefined)
    goInstead('#/')
  }
  return <PracticeScreen today={today} onDone={done} onLeave={() => goInstead('#/')} />
}
