// The report of a simulation as one HTML file that asks nothing of the outside: no script, no font, no picture from
// elsewhere. A study team files it as test evidence, so it says what was run, what it shows and what it does not.
import { textIn } from '../../text.ts'
import type { SimulationSummary } from '../summary.ts'
import { offsetText, zoneClocks } from '../zone-clock.ts'
import { adoptionPlot, loadPlot, type Morning, weekPlot, windowPlot } from './figures.ts'
import { findingsSection, notesSection } from './findings.ts'
import { type Markup, markup, nothing } from './markup.ts'
import { pageStyle } from './page-style.ts'
import { checksSection, countsTable, factsTable } from './run-tables.ts'
import { samplesSection } from './samples.ts'
import { type ReportLanguage, type Say, sayIn } from './words.ts'

/** The whole page; `language` is `zh` or anything else for English. Pure: one summary, one text. */
export function simulationReport(summary: SimulationSummary, language: string): string {
  const tag: ReportLanguage = language.startsWith('zh') ? 'zh' : 'en'
  const say = sayIn(tag)
  const { study } = summary
  const body = [
    markup`<header><h1>${say('title')}: ${study.id}</h1><p class="lead">${textIn(study.title, tag)}<br>${say('subtitle')}</p></header>\n`,
    verdict(summary, say),
    section(say('whatRan'), [factsTable(summary, say), countsTable(summary, say)]),
    section(say('checks'), [checksSection(summary, tag, say)]),
    markup`<section><h2>${say('shows')}</h2><p>${say('showsText')}</p><h3>${say('showsNot')}</h3><p>${say('showsNotText')}</p></section>\n`,
    section(say('anomalies'), [findingsSection(summary, tag, say)]),
    section(say('windows'), windowFiguresOf(summary, say)),
    section(say('load'), loadFigures(summary, say)),
    section(say('weeks'), weekFigures(summary, say)),
    adoption(summary, say),
    section(say('notes'), [notesSection(summary, tag, say)]),
    section(say('samples'), [samplesSection(summary, say)]),
    signature(say),
  ]
  const page = markup`<!doctype html>
<html lang="${tag === 'zh' ? 'zh-CN' : 'en'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${say('title')}: ${study.id} ${study.version}</title>
<style>${{ html: pageStyle }}</style></head>
<body><main>
${body}</main></body>
</html>
`
  return page.html
}

const section = (title: string, inner: readonly Markup[]): Markup =>
  markup`<section><h2>${title}</h2>\n${inner}</section>\n`

function verdict({ passed, anomalies, spans, neverDue }: SimulationSummary, say: Say): Markup {
  const numbers = spans.map(
    ({ span, counts }) =>
      markup`<p>${span.from} ${say('to')} ${span.to}: ${count(counts.due)} ${say('due').toLowerCase()}, ${count(counts.entries)} ${say('entries').toLowerCase()}</p>`,
  )
  const unseen = neverDue.length === 0 ? '' : markup`<p>${say('neverDue')} ${neverDue.join(', ')}</p>`
  const words = passed
    ? say('verdictGood')
    : `${say('verdictBadLead')}${count(anomalies)} ${say('verdictBad')}`
  return markup`<div class="${passed ? 'verdict' : 'verdict bad'}">${words}${numbers}${unseen}</div>\n`
}

const count = (n: number): string => n.toLocaleString('en-US')

function windowFiguresOf({ windows }: SimulationSummary, say: Say): Markup[] {
  const figures = windows.map((one) => {
    const opens = `${say('opens')} ${one.opens} (${say('onDueDate')})`
    const later = one.closesDaysLater === 0 ? say('onDueDate') : `${one.closesDaysLater} ${say('daysLater')}`
    const forms = `${one.forms.join(', ')} (${say('version').toLowerCase()} ${one.versions.join(', ')})`
    return markup`<figure>${windowPlot(one, say)}<figcaption>${forms}: ${say('wallClock')} ${opens}, ${say('closes')} ${one.closes} (${later})</figcaption></figure>\n`
  })
  return [markup`<p>${say('windowsText')}</p>\n`, ...figures]
}

function loadFigures({ spans, sites }: SimulationSummary, say: Say): Markup[] {
  const zones = [...new Set(sites.map(({ zone }) => zone))]
  const figures = spans.map(({ span, load }) => {
    const list = mornings(zones, span.from)
    const legend = list.map(
      ({ zones: there }, i) => markup`<span class="key">${i + 1} ${there.join(', ')}</span> `,
    )
    const at = markup`<span class="nowrap">${load.peak.at.slice(0, 16).replace('T', ' ')} UTC</span>`
    return markup`<h3>${span.from} ${say('to')} ${span.to}</h3><figure>${loadPlot(load, list, say)}<figcaption>${legend}<br>${say('tomorrow')} ${at}: ${load.peak.entries} ${say('entriesUnit')}.</figcaption></figure>\n`
  })
  return [markup`<p>${say('loadText')}</p>\n`, ...figures]
}

/** Where it is 08:00 at which minute of the UTC day, on a date. */
function mornings(zones: readonly string[], date: string): Morning[] {
  const atMs = Date.parse(date)
  const clocks = zoneClocks(atMs, atMs + 1)
  const byMinute = new Map<number, string[]>()
  for (const zone of zones) {
    const offset = clocks(zone).offsetMs(atMs)
    const minute = (((480 - offset / 60_000) % 1440) + 1440) % 1440
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), `${zone} (${offsetText(offset)})`])
  }
  return [...byMinute].sort(([a], [b]) => a - b).map(([minute, there]) => ({ minute, zones: there }))
}

function weekFigures({ spans }: SimulationSummary, say: Say): Markup[] {
  const figures = spans.map(
    ({ span, weeks }) =>
      markup`<figure>${weekPlot(weeks, say)}<figcaption>${span.from} ${say('to')} ${span.to}</figcaption></figure>\n`,
  )
  return [markup`<p>${say('weeksText')}</p>\n`, ...figures]
}

function adoption({ amendment, study, spans }: SimulationSummary, say: Say): Markup {
  if (amendment === null) return nothing
  const versions = [`${say('version')} ${study.version}`, `${say('version')} ${amendment.version}`] as const
  const figures = spans.map(
    ({ span }) =>
      markup`<figure>${adoptionPlot(amendment.adoptedOn, [versions[0], versions[1]], span, say)}</figure>\n`,
  )
  return section(say('adoption'), [markup`<p>${say('adoptionText')}</p>\n`, ...figures])
}

function signature(say: Say): Markup {
  const lines = (['name', 'date', 'sign'] as const).map((word) => markup`<div>${say(word)}</div>`)
  const column = (title: string) => markup`<div><strong>${title}</strong>${lines}</div>`
  return section(say('signature'), [
    markup`<div class="sign">${column(say('performedBy'))}${column(say('reviewedBy'))}</div>`,
  ])
}
