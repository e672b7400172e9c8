// The report's appendix: what single virtual patients lived through.
import type { SimulationSummary } from '../summary.ts'
import type { Sample, TimelineRow } from '../tally.ts'
import { breakable, type Markup, markup, table, unbroken } from './markup.ts'
import { type Say, sayCode } from './words.ts'

/** The sample patients of the first span, and from others those kinds that it lacks. */
export function samplesSection({ spans }: SimulationSummary, say: Say): Markup {
  const samples = new Map<string, Sample>()
  for (const span of spans)
    for (const sample of span.samples) if (!samples.has(sample.label)) samples.set(sample.label, sample)
  const parts = [...samples.values()].map((sample) => samplePart(sample, say))
  return markup`<p>${say('samplesText')}</p>${parts}`
}

function samplePart(sample: Sample, say: Say): Markup {
  const label = sample.label === 'withdrawn' ? say('withdrew') : sayCode(say, sample.label)
  const title = `${sample.patientId}: ${label}`
  const facts = `${say('site')} ${sample.siteId}, ${say('enrolledOn')} ${sample.enrolledOn}, ${sample.zones.join(', ')}`
  const columns = [
    { head: say('where') },
    { head: say('zone') },
    { head: say('window') },
    { head: say('completed') },
    { head: say('received') },
    { head: say('outcome') },
  ]
  const rows = sample.rows.map((row) => timelineRow(row, say))
  return markup`<h3>${title}</h3><p class="lead">${facts}</p><div class="dense">${table(title, columns, rows)}</div>`
}

function timelineRow(row: TimelineRow, say: Say): (string | Markup)[] {
  return [
    markup`${row.form} ${unbroken(row.occasion)}`,
    breakable(row.zone),
    markup`${unbroken(localText(row.opensAt))} ${unbroken(localText(row.closesAt))}`,
    row.completedAt === null ? '–' : unbroken(localText(row.completedAt)),
    row.receivedAt === null ? '–' : unbroken(row.receivedAt.slice(0, 16).replace('T', ' ')),
    sayCode(say, row.outcome).toLowerCase(),
  ]
}

/** `2026-03-29 08:12 +02:00` of an RFC 9557 text. */
const localText = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} ${time.slice(19, 25)}`
