// Looks into FHIR R4 JSON of unknown origin: typed reading of members, extensions and translated texts.
export type Json = Readonly<Record<string, unknown>>

/** The value as an object, or undefined. */
export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** The objects of a list; anything else is an empty list. */
export function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asObject).filter((one) => one !== undefined) : []
}

const core = 'http://hl7.org/fhir/StructureDefinition/'
/** Extensions this product reads; `skippable` is our own (no FHIR element says that an item may be declined). */
export const extensionUrls = {
  translation: `${core}translation`,
  minValue: `${core}minValue`,
  maxValue: `${core}maxValue`,
  maxDecimalPlaces: `${core}maxDecimalPlaces`,
  ordinalValue: `${core}ordinalValue`,
  unit: `${core}questionnaire-unit`,
  skippable: 'https://levee.example/fhir/StructureDefinition/skippable',
} as const

/** The extension with that url, or undefined. */
export function extensionOf(element: Json | undefined, url: string): Json | undefined {
  return objectsOf(element?.extension).find((one) => one.url === url)
}

/** The extension's number, whichever of FHIR's number types it has. */
export function numberExtension(element: Json | undefined, url: string): number | undefined {
  const extension = extensionOf(element, url)
  const value = extension?.valueInteger ?? extension?.valueDecimal
  return typeof value === 'number' ? value : undefined
}
