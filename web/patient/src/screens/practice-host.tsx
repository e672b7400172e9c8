// The practice form, from the setting-up or from Settings; afterwards it is not offered any more.
import type { PracticeScreenProps } from '../form/practice-screen.tsx'
import { useApp, useToday } from './app-context.ts'
import { lazy } from './lazy.tsx'
import { goInstead } from './route.ts'

const PracticeScreen = lazy<PracticeScreenProps>(
  async () => (await import('../form/practice-screen.tsx')).PracticeScreen,
)

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
