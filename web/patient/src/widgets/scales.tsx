// Numbers on a scale: a row of equal targets with words at its ends (U7), and a line of fixed length to be marked
// anywhere (U8). In right-to-left languages both run from right to left, as the language is read: the lower end comes
// first. Neither has colours that mean something, and the line shows no numbers.
import { useEffect, useRef, useState } from 'preact/hooks'
import { nrsLayout } from '../form/nrs-layout.ts'
import { textPercent } from '../form/presented.ts'
import { Own } from '../form/surroundings.tsx'
import { lineLengthPx, pointAfterKey, pointAt, pointOfValue, valueOfPoint } from '../form/vas.ts'
import { useFormWords } from '../words/words.ts'
import type { WidgetProps } from './widget.ts'

/** Numbers in a row, or below one another where a row has no room. */
export function NumericRating({ item, value, id, onAnswer }: WidgetProps) {
  const { min = 0, max = 10, lower, upper } = item
  const numbers = Array.from({ length: max - min + 1 }, (_, at) => min + at)
  const layout = useLayout(numbers.length)
  const row = useRef<HTMLDivElement>(null)
  const choose = (number: number): void => {
    const lengthPx = Math.round(row.current?.getBoundingClientRect().width ?? 0)
    onAnswer(number, { widget: `nrs-${layout}`, lengthPx })
  }
  const attributes = (number: number, at: number) => ({
    type: 'radio' as const,
    name: id,
    id: at === 0 ? id : `${id}-${at}`,
    checked: value === number,
    'aria-label': nameOf(number, min, max, lower, upper),
    onChange: () => choose(number),
  })
  if (layout === 'list')
    return (
      <div class="f-choices f-nrs-list" ref={row}>
        {numbers.map((number, at) => (
          <label class="f-choice" key={number}>
            <input {...attributes(number, at)} />
            <span class="f-choice-text">
              <b>{number}</b>
              {number === min && lower !== undefined && <span class="f-end">{lower}</span>}
              {number === max && upper !== undefined && <span class="f-end">{upper}</span>}
            </span>
          </label>
        ))}
      </div>
    )
  return (
    <div class="f-nrs">
      <div class="f-nrs-row" ref={row}>
        {numbers.map((number, at) => (
          <label key={number} class="f-nrs-number">
            <input {...attributes(number, at)} />
            <span>{number}</span>
          </label>
        ))}
      </div>
      {(lower ?? upper) !== undefined && (
        <div class="f-ends" aria-hidden="true">
          <span>{lower}</span>
          <span>{upper}</span>
        </div>
      )}
    </div>
  )
}

function nameOf(number: number, min: number, max: number, lower?: string, upper?: string): string {
  if (number === min && lower !== undefined) return `${number}, ${lower}`
  return number === max && upper !== undefined ? `${number}, ${upper}` : String(number)
}

function useLayout(points: number) {
  const measure = () => nrsLayout(window.innerWidth, textPercent(), points)
  const [layout, setLayout] = useState(measure)
  useEffect(() => {
    const follow = (): void => setLayout(measure)
    follow()
    window.addEventListener('resize', follow)
    return () => window.removeEventListener('resize', follow)
  })
  return layout
}

/** A line to be marked. The mark is placed when the finger is lifted; dragging and the buttons are for adjusting. */
export function MarkedLine({ item, value, id, labelledBy, describedBy, onAnswer }: WidgetProps) {
  const words = useFormWords()
  const { min = 0, max = 100, lower = '', upper = '' } = item
  const isUpright = item.orientation === 'vertical'
  const kept = pointOfValue(value, min, max)
  const line = useRef<HTMLDivElement>(null)
  const mark = (to: number): void =>
    onAnswer(valueOfPoint(to, min, max), { widget: 'vas', lengthPx: lineLengthPx })
  const along = (event: PointerEvent): number => {
    const box = line.current!.getBoundingClientRect()
    if (isUpright) return box.bottom - event.clientY
    return isMirrored(line.current!) ? box.right - event.clientX : event.clientX - box.left
  }
  const { dragged, handlers } = useFinger(along, mark)
  const point = dragged ?? kept
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = pointAfterKey(event.key, kept, !isUpright && isMirrored(line.current!))
    if (to === null) return
    event.preventDefault()
    mark(to)
  }
  return (
    <div class={isUpright ? 'f-vas f-vas-upright' : 'f-vas'}>
      <p class="f-hint">
        <Own>{words.vasHow}</Own>
      </p>
      {isUpright ? <End text={upper} /> : <Ends lower={lower} upper={upper} />}
      <div
        class="f-vas-touch"
        id={id}
        role="slider"
        tabIndex={0}
        aria-labelledby={labelledBy}
        aria-describedby={describedBy}
        aria-orientation={isUpright ? 'vertical' : 'horizontal'}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={point ?? 50}
        aria-valuetext={point === null ? words.vasUnmarked : words.vasMarked(point)}
        onKeyDown={onKeyDown}
        {...handlers}
      >
        <div class="f-vas-line" ref={line}>
          {point !== null && <div class="f-vas-mark" style={markedAt(point, isUpright)} />}
        </div>
      </div>
      {isUpright && <End text={lower} />}
      <Nudges kept={kept} lower={lower} upper={upper} onMark={mark} />
    </div>
  )
}

const markedAt = (point: number, isUpright: boolean) => ({
  [isUpright ? 'bottom' : 'insetInlineStart']: `${(point / 100) * lineLengthPx}px`,
})

/** How far a finger moves before a tap is a drag, px. */
const dragFrom = 6

/** Taps and drags on the line; one that the page takes over to scroll marks nothing. */
function useFinger(along: (event: PointerEvent) => number, mark: (point: number) => void) {
  const [dragged, setDragged] = useState<number | null>(null)
  const from = useRef<number | null>(null)
  const end = (): void => {
    from.current = null
    setDragged(null)
  }
  const handlers = {
    onPointerDown(event: PointerEvent) {
      from.current = along(event)
    },
    onPointerMove(event: PointerEvent) {
      if (from.current === null) return
      if (event.buttons === 0) return end()
      const at = along(event)
      if (dragged === null && Math.abs(at - from.current) < dragFrom) return
      ;(event.currentTarget as Element).setPointerCapture(event.pointerId)
      setDragged(pointAt(at))
    },
    onPointerUp(event: PointerEvent) {
      if (from.current !== null) mark(pointAt(along(event)))
      end()
    },
    onPointerCancel: end,
  }
  return { dragged, handlers }
}

/** A point towards either end for each tap; only once the line is marked. */
function Nudges(props: {
  readonly kept: number | null
  readonly lower: string
  readonly upper: string
  readonly onMark: (point: number) => void
}) {
  const words = useFormWords()
  const { kept, lower, upper, onMark } = props
  const button = (key: 'ArrowUp' | 'ArrowDown', sign: string, end: string) => (
    <button
      type="button"
      class="f-nudge"
      aria-label={words.vasTowards(end)}
      disabled={kept === null}
      onClick={() => onMark(pointAfterKey(key, kept, false)!)}
    >
      {sign}
    </button>
  )
  return (
    <div class="f-vas-nudges">
      {button('ArrowDown', '−', lower)}
      {button('ArrowUp', '+', upper)}
    </div>
  )
}

const Ends = ({ lower, upper }: { readonly lower: string; readonly upper: string }) => (
  <div class="f-vas-ends" aria-hidden="true">
    <span>{lower}</span>
    <span>{upper}</span>
  </div>
)

const End = ({ text }: { readonly text: string }) => (
  <p class="f-vas-end" aria-hidden="true">
    {text}
  </p>
)

const isMirrored = (element: Element): boolean => getComputedStyle(element).direction === 'rtl'
