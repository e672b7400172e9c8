// How a submission writes times and moments, and how FHIR does: seconds are never left out, a zone has no name.

/**
 * A submission's time or moment as FHIR writes it: `07:45` becomes `07:45:00`,
 * `2026-11-22T08:12+08:00[Asia/Shanghai]` becomes `2026-11-22T08:12:00+08:00`. Dates stay as they are.
 */
export function answerMoment(text: string): string {
  const bracket = text.indexOf('[')
  const plain = bracket < 0 ? text : text.slice(0, bracket)
  return plain.replace(/(^|[Tt ])(\d\d:\d\d)(?=$|[Zz+-])/, '$1$2:00').replace(/^(\d{4}-\d\d-\d\d)[t ]/, '$1T')
}
