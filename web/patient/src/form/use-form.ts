// Joins the state machine with the phone: its clocks, its memory, its history. Every change is written at once (U14);
// a move forward waits until the write is on disk, and does not happen where it failed.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { AnswerPath } from '../../../../src/study/device/answers-at.ts'
import type { Draft, RawAnswer } from '../model.ts'
import { deviceNow, stopwatch } from '../store/clock.ts'
import type { AnswerManner } from '../widgets/widget.ts'
import { placeName } from './answers.ts'
import { withoutEmptyEntries } from './form-entries.ts'
import {
  answer,
  type FormContext,
  type FormState,
  type Moment,
  openForm,
  settle,
  show,
} from './form-state.ts'
import { backInHistory, enterHistory, followHistory, pushHistory } from './history.ts'
import { presentedNow } from './presented.ts'
import { createSaver } from './saver.ts'

/** What went wrong, for the screen: an answer was not written, or the form was not sealed. */
export type Trouble = 'not-saved' | 'not-sent' | null

export type OpenForm = {
  readonly context: FormContext
  readonly state: FormState
  readonly trouble: Trouble
  /** A write is being waited for. */
  readonly isBusy: boolean
  /** A change on this screen, shown at once and written behind it. */
  readonly change: (by: (state: FormState, moment: Moment) => FormState) => void
  /** A step on, taken only after everything is on disk. */
  readonly move: (by: (state: FormState, moment: Moment) => FormState) => Promise<void>
  readonly setAnswer: (
    path: AnswerPath,
    item: { linkId: string; widget: string },
    value: RawAnswer | undefined,
    manner?: AnswerManner,
  ) => void
  readonly settleTyping: () => void
  readonly back: () => void
  readonly leave: () => void
}

type Given = {
  readonly context: FormContext
  readonly draft: Draft
  readonly save: (draft: Draft) => Promise<void>
  /** Takes the finished form; rejects where it could not be sealed. */
  readonly finish: (draft: Draft, moment: Moment) => Promise<void>
  readonly onLeave: () => void
}

/** The form while it is open. What is given must stay the same; another form is another component. */
export function useForm({ context, draft, save, finish, onLeave }: Given): OpenForm {
  const [state, setState] = useState(() => openForm(context, draft))
  const [trouble, setTrouble] = useState<Trouble>(null)
  const [isBusy, setBusy] = useState(false)
  const live = useRef({ state, isBusy: false, saver: createSaver(save), watch: stopwatch() }).current

  const moment = (): Moment => ({ at: deviceNow(), elapsedMs: draft.elapsedMs + live.watch() })
  const keep = (next: FormState): FormState => {
    const timed = { ...next, draft: { ...next.draft, elapsedMs: moment().elapsedMs } }
    if (next.draft !== live.state.draft) live.saver.save(timed.draft)
    return timed
  }
  const put = (next: FormState): void => {
    if (next.draft.at !== live.state.draft.at) pushHistory(draft.key, next.draft.at!)
    live.state = next
    setState(next)
  }
  const change: OpenForm['change'] = (by) => {
    if (live.isBusy) return
    put(keep(by(live.state, moment())))
    live.saver.settled().then(
      () => setTrouble((now) => (now === 'not-saved' ? null : now)),
      () => setTrouble('not-saved'),
    )
  }
  const move: OpenForm['move'] = async (by) => {
    if (live.isBusy) return
    live.isBusy = true
    setBusy(true)
    try {
      const next = keep(withoutEmptyEntries(context, by(live.state, moment())))
      await live.saver.settled()
      setTrouble(null)
      put(next)
      if (next.ready) await seal(next)
    } catch {
      setTrouble('not-saved')
    } finally {
      live.isBusy = false
      setBusy(false)
    }
  }
  const seal = async (next: FormState): Promise<void> => {
    live.saver.close()
    try {
      await finish(next.draft, moment())
    } catch {
      live.saver = createSaver(save)
      put({ ...next, ready: false })
      setTrouble('not-sent')
    }
  }

  useEffect(() => {
    enterHistory(context, draft.key, live.state)
    return followHistory(draft.key, (at) => {
      const shown = show(context, settle(live.state), at)
      if (shown === null) return backInHistory(onLeave)
      live.state = keep(withoutEmptyEntries(context, shown))
      setState(live.state)
    })
  }, [])

  const leave = (): void => {
    live.saver.save({ ...live.state.draft, elapsedMs: moment().elapsedMs })
    live.saver.settled().then(onLeave, () => setTrouble('not-saved'))
  }
  return {
    context,
    state,
    trouble,
    isBusy,
    change,
    move,
    setAnswer: (path, item, value, manner = {}) =>
      change((now, at) => {
        const place = placeName(path, item.linkId)
        const presented = presentedNow(manner.widget ?? item.widget, manner.lengthPx)
        const next = answer(now, path, item.linkId, value, at, manner.typed === true)
        return {
          ...next,
          draft: { ...next.draft, presentation: { ...next.draft.presentation, [place]: presented } },
        }
      }),
    settleTyping: () => change(settle),
    back: () => backInHistory(leave),
    leave,
  }
}
