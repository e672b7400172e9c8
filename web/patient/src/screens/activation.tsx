// The way to a code: install help first where the app is not installed on a phone, then the code.
import { useState } from 'preact/hooks'
import { lockAtStart, locked } from '../crypto/lock.ts'
import { forgetPin } from '../crypto/pin-change.ts'
import type { Device } from '../model.ts'
import { useRestWords } from '../words/words.ts'
import { ActivateScreen } from './activate.tsx'
import { useApp } from './app-context.ts'
import Install from './install.tsx'
import { isInstalled, platform } from './install-state.ts'
import { goInstead } from './route.ts'

/**
 * `code`: one that came with the address. `forgot`: it replaces the PIN; otherwise lock and drafts stay, as whoever opens
 * a code while the app happens to be locked may well know the PIN.
 */
export default function Activation({ code, forgot = false }: { code: string | null; forgot?: boolean }) {
  const t = useRestWords()
  const app = useApp()
  const [skipped, setSkipped] = useState(false)
  const begin = async (device: Device): Promise<void> => {
    // Of another patient the lock went with the drafts.
    await (forgot && locked.peek() ? forgetPin : lockAtStart)().catch(() => undefined)
    // A phone that held another patient's settings has lost them, its language too.
    await app.change({}).catch(() => undefined)
    app.begin(device)
    goInstead(device.kind === 'clinic' ? '#/clinic' : locked.peek() ? '#/' : '#/setup/pin')
  }
  const first = app.device.value === null && platform() !== 'other' && !isInstalled()
  if (first && !skipped) return <Install code={code} onSkip={() => setSkipped(true)} />
  const back = app.device.value === null ? {} : { back: '#/' }
  return (
    <ActivateScreen
      title={t.activateTitle}
      lead={t.activateText}
      code={code}
      {...back}
      onActivated={(device) => void begin(device)}
    />
  )
}
