// Prometheus metrics, read from counters that the parts keep anyway: scraping costs, counting does not.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { type LagCounts, lagBoundsMs } from './lag-histogram.ts'

/** What is exposed: gauges by name with a help text and a reader, and histograms of milliseconds. */
export type MetricSources = {
  readonly gauges: Record<string, { help: string; read: () => number | Promise<number> }>
  readonly labelled: Record<
    string,
    {
      help: string
      label: string
      read: () => Iterable<readonly [string, number]> | Promise<Iterable<readonly [string, number]>>
    }
  >
  readonly histograms: Record<string, { help: string; read: () => LagCounts }>
}

/** Returns a function that renders all metrics as Prometheus text. */
export function metricsPage(sources: MetricSources): () => Promise<string> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const [name, { help, read }] of Object.entries(sources.gauges)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async (): Promise<void> => gauge.set(await read()),
    })
  }
  for (const [name, { help, label, read }] of Object.entries(sources.labelled)) {
    const gauge: Gauge<string> = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        for (const [value, n] of await read()) gauge.set({ [label]: value }, n)
      },
    })
  }
  return async () => {
    const histograms = Object.entries(sources.histograms).map(([name, { help, read }]) =>
      histogramText(name, help, read()),
    )
    return (await registry.metrics()) + histograms.join('')
  }
}

/** One histogram in seconds, as Prometheus wants its units. */
function histogramText(name: string, help: string, counts: LagCounts): string {
  let seen = 0
  const lines = lagBoundsMs.map((bound, i) => {
    seen += counts.buckets[i] ?? 0
    return `${name}_bucket{le="${bound / 1000}"} ${seen}`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join('\n')}\n${name}_bucket{le="+Inf"} ${counts.count}\n${name}_sum ${counts.sumMs / 1000}\n${name}_count ${counts.count}\n`
}
