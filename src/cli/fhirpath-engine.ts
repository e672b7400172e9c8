// The full FHIRPath engine (npm fhirpath, by the US National Library of Medicine) for expressions beyond the device's
// subset. Loaded only where a form holds expressions: it costs more to load than the rest of the command.
import type { FullEngine } from '../study/form/expressions.ts'

/** The engine with FHIR R4's model. Evaluation throws where an expression fails or is asynchronous. */
export async function loadFhirPath(): Promise<FullEngine> {
  const [{ default: fhirpath }, { default: r4 }] = await Promise.all([
    import('fhirpath'),
    import('fhirpath/fhir-context/r4/index.js'),
  ])
  return {
    parses(expression) {
      try {
        fhirpath.parse(expression)
        return true
      } catch {
        return false
      }
    },
    evaluate(expression, focus, names) {
      const isResource = typeof focus === 'object' && focus !== null && 'resourceType' in focus
      const path = isResource ? expression : { base: 'QuestionnaireResponse.item', expression }
      // The engine marks what it is given with type information; the response must stay as it came.
      const own = structuredClone(focus)
      const found: unknown = fhirpath.evaluate(own, path, structuredClone(names), r4)
      if (!Array.isArray(found)) throw new Error('the expression needs a server')
      return found.map(plain)
    },
  }
}

/** Dates and quantities come as objects of the engine; their text is what FHIR's JSON holds. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return 'asStr' in value ? value.asStr : value
}
