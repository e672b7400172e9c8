// UCUM units of one kind that differ by a factor only, so that 1000 g and 1 kg compare. Not a UCUM engine: what is
// not listed is comparable with itself alone. Source of factors: UCUM 2.1 (ucum.org), exact by definition.

type Base = { readonly kind: string; readonly factor: number }

const metric = { k: 1e3, '': 1, d: 1e-1, c: 1e-2, m: 1e-3, u: 1e-6, n: 1e-9 } as const

const units = new Map<string, Base>([
  ...metricUnits('mass', 'g'),
  ...metricUnits('length', 'm'),
  ...metricUnits('volume', 'L'),
  ...metricUnits('volume', 'l'),
  ...metricUnits('amount', 'mol'),
  ['[lb_av]', { kind: 'mass', factor: 453.59237 }],
  ['[oz_av]', { kind: 'mass', factor: 28.349523125 }],
  ['[in_i]', { kind: 'length', factor: 0.0254 }],
  ['[ft_i]', { kind: 'length', factor: 0.3048 }],
  ['ms', { kind: 'time', factor: 1e-3 }],
  ['s', { kind: 'time', factor: 1 }],
  ['min', { kind: 'time', factor: 60 }],
  ['h', { kind: 'time', factor: 3600 }],
  ['d', { kind: 'time', factor: 86_400 }],
  ['wk', { kind: 'time', factor: 604_800 }],
])

function metricUnits(kind: string, unit: string): [string, Base][] {
  return Object.entries(metric).map(([prefix, factor]) => [`${prefix}${unit}`, { kind, factor }])
}

/** The value in the base unit of its kind, or null where the unit is not listed. */
export function inBaseUnit(value: number, unit: string): { kind: string; value: number } | null {
  const base = units.get(unit)
  return base === undefined ? null : { kind: base.kind, value: value * base.factor }
}
