// Which screen is shown. In this order: the lock, the language, a code where there is none yet, a clinic's tablet, the
// end of the diary, and then whatever the address names.
import type { ComponentChildren } from 'preact'
import { locked } from './crypto/lock.ts'
import type { OutboxEntry, Today } from './model.ts'
import { AppContext, useApp, useToday } from './screens/app-context.ts'
import type { App as AppState } from './screens/app-state.ts'
import { ErrorBoundary } from './screens/error-boundary.tsx'
import { FormHost } from './screens/form-host.tsx'
import { HelpText } from './screens/help.tsx'
import { LanguageScreen } from './screens/language.tsx'
import { lazy } from './screens/lazy.tsx'
import { LockedScreen } from './screens/locked.tsx'
import type { Over } from './screens/over.tsx'
import { Page } from './screens/page.tsx'
import { PracticeHost } from './screens/practice-host.tsx'
import { ReminderScreen } from './screens/reminder.tsx'
import { goInstead, type Route, route, sentHash } from './screens/route.ts'
import { noteFinished, SentScreen, tellAfterwards } from './screens/sent.tsx'
import { TodayScreen } from './screens/today.tsx'
import type { Sync } from './sync/sync.ts'
import { speakRest, useWords } from './words/words.ts'

const loadRest = async () => {
  const [screens] = await Promise.all([import('./screens/rest.ts'), speakRest()])
  await screens.dressed
  return screens
}
const Activation = lazy(async () => (await loadRest()).Activation)
const Calendar = lazy(async () => (await loadRest()).Calendar)
const Clinic = lazy(async () => (await loadRest()).Clinic)
const OverScreen = lazy(async () => (await loadRest()).OverScreen)
const Settings = lazy(async () => (await loadRest()).Settings)
const Setup = lazy(async () => (await loadRest()).Setup)
const SyncDetails = lazy(async () => (await loadRest()).SyncDetails)

/** The whole app. */
export function App({ app }: { app: AppState }) {
  return (
    <AppContext.Provider value={app}>
      <Boundary>
        <Screen />
      </Boundary>
    </AppContext.Provider>
  )
}

/** A new one for each screen, so that a failed screen does not stay when the patient goes elsewhere. */
function Boundary({ children }: { children: ComponentChildren }) {
  return <ErrorBoundary key={JSON.stringify(route.value)}>{children}</ErrorBoundary>
}

function Screen() {
  const { device, settings, sync } = useApp()
  const at = route.value
  if (settings.value.language === '') return <LanguageScreen />
  if (at.at === 'activate') return <Activation key="activate" code={at.code} forgot={at.forgot} />
  if (locked.value) return <LockedScreen />
  if (at.at === 'clinic' || device.value?.kind === 'clinic') return <Clinic />
  if (device.value === null || sync.value === null) return <Activation key="activate" code={null} />
  return <OfPatient at={at} sync={sync.value} />
}

function OfPatient({ at, sync }: { at: Route; sync: Sync }) {
  const app = useApp()
  const today = useToday()
  const over = overOf(today, sync)
  if (at.at === 'help') return <HelpScreen />
  if (at.at === 'sync') return <SyncDetails />
  if (over !== null) return <OverScreen why={over} />
  switch (at.at) {
    case 'setup':
      return <Setup step={at.step} />
    case 'practice':
      return <PracticeHost />
    case 'calendar':
      return <Calendar />
    case 'settings':
      return <Settings />
    case 'reminder':
      return <ReminderScreen id={at.id} />
    case 'sent':
      return <SentScreen entryKey={at.key} />
    case 'form':
    case 'event': {
      const of = at.at === 'event' ? { event: at.form } : { key: at.key }
      const done = (entry: OutboxEntry, messages: readonly { readonly text: string }[]): void => {
        void app.look().catch(() => undefined)
        noteFinished(entry)
        tellAfterwards(entry.key, messages)
        goInstead(sentHash(entry.key))
      }
      return <FormHost key={JSON.stringify(of)} of={of} onDone={done} onLeave={() => goInstead('#/')} />
    }
    default:
      return <TodayScreen today={today} />
  }
}

function overOf(today: Today | null, sync: Sync): Over | null {
  const standing = sync.standing.value
  if (standing !== 'good') return standing
  const status = today?.patient.status ?? 'active'
  return status === 'active' ? null : status
}

function HelpScreen() {
  return (
    <Page title={useWords().help} back="#/" class="help-page">
      <HelpText />
    </Page>
  )
}
