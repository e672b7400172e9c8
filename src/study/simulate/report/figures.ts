// The report's plots as inline SVG, drawn by hand: no library, no script, readable in grey and by screen readers.
import type { LoadFigure, SiteClockChange } from '../summary.ts'
import type { WeekCount } from '../tally.ts'
import type { WindowFigure } from '../window-figures.ts'
import { type Markup, markup, nothing } from './markup.ts'
import type { Say } from './words.ts'

const width = 720
const left = 46
const right = 26
const plot = width - left - right
const minutesPerDay = 1440
/** Minutes of one step of the load plot. */
const step = 5

/** Tick distance that gives at most `most` ticks up to `highest`: 1, 2 or 5 times a power of ten. */
export function tickStep(highest: number, most: number): number {
  const raw = Math.max(highest, 1e-9) / most
  const power = 10 ** Math.floor(Math.log10(raw))
  const unit = [1, 2, 5, 10].find((n) => n * power >= raw) ?? 10
  return Math.max(unit * power, Number.MIN_VALUE)
}

const figure = (height: number, label: string, inner: readonly Markup[]): Markup =>
  markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${inner}</svg>\n`

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', kind = ''): Markup =>
  markup`<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${kind === '' ? nothing : markup` class="${kind}"`}>${words}</text>`

const round = (value: number): number => Math.round(value * 10) / 10

/** Where it is 08:00 in a zone, as minute of the UTC day. */
export type Morning = { readonly minute: number; readonly zones: readonly string[] }

/** Load by minute of the UTC day: mean as an area, the highest day as a line, the fullest minute marked. */
export function loadPlot({ mean, most, peak }: LoadFigure, mornings: readonly Morning[], say: Say): Markup {
  const [top, bottom, height] = [56, 216, 258]
  const highest = Math.max(1, ...most)
  const x = (minute: number) => left + (plot * minute) / minutesPerDay
  const y = (entries: number) => bottom - ((bottom - top) * entries) / highest
  const bins = Array.from({ length: minutesPerDay / step }, (_, i) => i * step)
  const line = (values: readonly number[], of: (list: readonly number[]) => number) =>
    bins
      .map((minute) => `${round(x(minute + step / 2))},${round(y(of(values.slice(minute, minute + step))))}`)
      .join(' ')
  const average = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length
  const ticks = tickStep(highest, 4)
  const lines: Markup[] = []
  for (let value = 0; value <= highest; value += ticks)
    lines.push(
      markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${round(y(value))}" y2="${round(y(value))}"/>`,
      text(left - 6, y(value) + 4, String(value), 'end'),
    )
  for (let hour = 0; hour <= 24; hour += 3)
    lines.push(text(x(hour * 60), bottom + 16, `${String(hour).padStart(2, '0')}:00`, 'middle'))
  const peakMinute = Number(peak.at.slice(11, 13)) * 60 + Number(peak.at.slice(14, 16))
  const anchor = peakMinute > 1000 ? 'end' : 'start'
  return figure(height, say('load'), [
    ...lines,
    markup`<polygon class="area" points="${left},${bottom} ${line(mean, average)} ${width - right},${bottom}"/>`,
    markup`<polyline class="line" points="${line(most, (list) => Math.max(...list))}"/>`,
    ...mornings.flatMap(({ minute }, i) => [
      markup`<path class="mark" d="M${round(x(minute) - 4)} ${bottom + 30}h8l-4 -7z"/>`,
      text(x(minute), bottom + 41, String(i + 1), 'middle', 'small'),
    ]),
    markup`<circle class="peak" cx="${round(x(peakMinute))}" cy="${round(y(peak.entries))}" r="4"/>`,
    text(
      x(peakMinute) + (anchor === 'end' ? -8 : 8),
      y(peak.entries) - 8,
      `${say('peak')}: ${peak.at.slice(0, 16).replace('T', ' ')} · ${peak.entries}`,
      anchor,
      'strong',
    ),
    markup`<rect class="area" x="${width - 250}" y="4" width="14" height="10"/>`,
    text(width - 231, 13, say('mean'), 'start', 'small'),
    text(left - 30, 13, say('perMinute'), 'start', 'small'),
    markup`<line class="line" x1="${width - 150}" x2="${width - 134}" y1="9" y2="9"/>`,
    text(width - 129, 13, say('most'), 'start', 'small'),
  ])
}

/** Windows of one shape in each zone, one bar for each period with the same UTC times. */
export function windowPlot({ zones }: WindowFigure, say: Say): Markup {
  const rows = zones.flatMap(({ zone, bars }) => bars.map((bar, i) => ({ zone, bar, isFirst: i === 0 })))
  const rowHeight = 17
  const [labels, top] = [288, 24]
  const height = top + rows.length * rowHeight + 12
  const low = Math.floor(Math.min(0, ...rows.map(({ bar }) => bar.opensHour)) / 6) * 6
  const high = Math.ceil(Math.max(24, ...rows.map(({ bar }) => bar.closesHour)) / 6) * 6
  const x = (hour: number) => labels + ((width - labels - right) * (hour - low)) / (high - low)
  const hours = [6, 12, 24, 48].find((n) => (high - low) / n <= 12) ?? 96
  const inner: Markup[] = []
  for (let hour = Math.ceil(low / hours) * hours; hour <= high; hour += hours)
    inner.push(
      markup`<line class="grid" x1="${round(x(hour))}" x2="${round(x(hour))}" y1="${top - 4}" y2="${height - 10}"/>`,
      text(x(hour), 13, `${hour > 0 ? '+' : hour < 0 ? '−' : ''}${Math.abs(hour)} h`, 'middle', 'small'),
    )
  for (const [i, { zone, bar, isFirst }] of rows.entries()) {
    const y = top + i * rowHeight
    const ordinary = zones.find((one) => one.zone === zone)?.bars[0]
    const isOdd =
      ordinary !== undefined && bar.closesHour - bar.opensHour !== ordinary.closesHour - ordinary.opensHour
    if (isFirst && i > 0)
      inner.push(markup`<line class="rule" x1="0" x2="${width - right}" y1="${y - 1}" y2="${y - 1}"/>`)
    if (isFirst) inner.push(text(0, y + 12, zone, 'start'))
    inner.push(
      text(
        labels - 8,
        y + 12,
        bar.from === bar.to ? bar.from : `${bar.from} – ${bar.to.slice(5)}`,
        'end',
        'small',
      ),
      markup`<rect class="${isOdd ? 'bar odd' : 'bar'}" x="${round(x(bar.opensHour))}" y="${y + 3}" width="${round(x(bar.closesHour) - x(bar.opensHour))}" height="${rowHeight - 6}"><title>${bar.opensHour} h – ${bar.closesHour} h</title></rect>`,
    )
    if (isOdd) {
      const length = Math.round((bar.closesHour - bar.opensHour) * 100) / 100
      inner.push(text((x(bar.opensHour) + x(bar.closesHour)) / 2, y + 12, `${length} h`, 'middle', 'on-bar'))
    }
  }
  return figure(height, say('windows'), inner)
}

/** Compliance of each week as a stacked column: on time, late, missed. */
export function weekPlot(weeks: readonly WeekCount[], say: Say): Markup {
  const [top, bottom, height] = [26, 150, 172]
  const shown = weeks.map((week, i) => ({ week, nth: i + 1 })).filter(({ week }) => week.due > 0)
  const slot = plot / Math.max(1, shown.length)
  const y = (share: number) => bottom - (bottom - top) * share
  const inner: Markup[] = []
  for (const share of [0, 0.25, 0.5, 0.75, 1])
    inner.push(
      markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${round(y(share))}" y2="${round(y(share))}"/>`,
      text(left - 6, y(share) + 4, `${share * 100} %`, 'end'),
    )
  for (const [i, { week, nth }] of shown.entries()) {
    const x = left + i * slot + slot * 0.15
    let base = 0
    for (const [kind, count] of [
      ['bar', week.onTime],
      ['bar late', week.late],
      ['bar missed', week.missed],
    ] as const) {
      const share = count / week.due
      inner.push(
        markup`<rect class="${kind}" x="${round(x)}" y="${round(y(base + share))}" width="${round(slot * 0.7)}" height="${round(y(base) - y(base + share))}"/>`,
      )
      base += share
    }
    if (slot > 26)
      inner.push(
        text(
          x + slot * 0.35,
          y(week.onTime / week.due) + 14,
          `${Math.round((100 * week.onTime) / week.due)}`,
          'middle',
          'on-bar',
        ),
      )
    if (slot > 14 || nth % 4 === 1) inner.push(text(x + slot * 0.35, bottom + 16, String(nth), 'middle'))
  }
  for (const [i, [kind, word]] of (
    [
      ['bar', 'onTime'],
      ['bar late', 'late'],
      ['bar missed', 'missed'],
    ] as const
  ).entries())
    inner.push(
      markup`<rect class="${kind}" x="${left + i * 110}" y="4" width="14" height="10"/>`,
      text(left + i * 110 + 19, 13, say(word), 'start', 'small'),
    )
  return figure(height, say('weeks'), inner)
}

/** From when each site works by the amended version. */
export function adoptionPlot(
  adoptedOn: readonly { readonly siteId: string; readonly from: string }[],
  versions: readonly [string, string],
  span: { readonly from: string; readonly to: string },
  say: Say,
): Markup {
  const rowHeight = 22
  const top = 8
  const labels = 110
  const height = top + adoptedOn.length * rowHeight + 24
  const [fromMs, toMs] = [Date.parse(span.from), Date.parse(span.to) + 86_400_000]
  const x = (date: string) =>
    labels +
    ((width - labels - right) * (Math.min(Math.max(Date.parse(date), fromMs), toMs) - fromMs)) /
      (toMs - fromMs)
  const end = width - right
  const inner = adoptedOn.flatMap(({ siteId, from }, i) => {
    const y = top + i * rowHeight
    const at = x(from)
    return [
      text(labels - 8, y + 14, `${say('site')} ${siteId}`, 'end'),
      markup`<rect class="bar old" x="${labels}" y="${y + 3}" width="${round(at - labels)}" height="${rowHeight - 7}"/>`,
      markup`<rect class="bar" x="${round(at)}" y="${y + 3}" width="${round(end - at)}" height="${rowHeight - 7}"/>`,
      ...(at - labels > 70 ? [text(labels + 6, y + 14, versions[0], 'start', 'on-old')] : []),
      ...(end - at > 110 ? [text(at + 6, y + 14, `${versions[1]} · ${from}`, 'start', 'on-bar')] : []),
    ]
  })
  return figure(height, say('adoption'), [
    ...inner,
    text(labels, height - 6, span.from, 'start', 'small'),
    text(end, height - 6, span.to, 'end', 'small'),
  ])
}

/** A change of clocks in words, such as `Europe/Berlin 2026-03-29: 60 min forward`; the date is the local one. */
export const clockChangeText = ({ zone, localDate, byMinutes }: SiteClockChange, say: Say): string =>
  `${zone} ${localDate}: ${Math.abs(byMinutes)} ${say('minutes')} ${byMinutes > 0 ? say('forward') : say('back')}`
