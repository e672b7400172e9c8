// Screens that are fetched when they are first shown, so that Today is there quickly.
import type { ComponentType, FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useWords } from '../words/words.ts'
import { Page } from './page.tsx'

/** A component that is loaded when first rendered. Where it cannot be, the nearest error boundary tells. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): FunctionComponent<Props> {
  let loaded: ComponentType<Props> | null = null
  return function Lazy(props: Props) {
    const [, setArrived] = useState(loaded !== null)
    const [failure, setFailure] = useState<unknown>(null)
    useEffect(() => {
      if (loaded !== null) return
      load().then((component) => {
        loaded = component
        setArrived(true)
      }, setFailure)
    }, [])
    if (failure !== null) throw failure
    const Shown = loaded
    return Shown === null ? <Waiting /> : <Shown {...props} />
  }
}

/** An empty screen for the moment until one is there; says so only to those who wait longer. */
export function Waiting() {
  return (
    <div class="page waiting" role="status">
      <p>{useWords().loading}</p>
    </div>
  )
}

/** The same with the bar, where it may take long. */
export function WaitingPage({ text }: { text: string }) {
  return <Page title={useWords().today} lead={text} />
}
