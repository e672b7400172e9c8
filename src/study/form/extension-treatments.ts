// What the importer does with each extension of FHIR R4 core and of Structured Data Capture (SDC 3.0/4.0) on forms
// and items. Extensions that set something are read in import-extensions.ts; this table says what is said of the rest.
import type { Blocks, ReasonCode } from './import-report.ts'

export const core = 'http://hl7.org/fhir/StructureDefinition/'
export const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'

/** Ignored, or refused with what that blocks. */
export type OtherTreatment = { readonly reason: ReasonCode; readonly blocks?: Blocks }

const ignoredInCore = [
  'questionnaire-optionPrefix',
  'questionnaire-supportLink',
  'questionnaire-usageMode',
  'questionnaire-fhirType',
  'questionnaire-baseType',
  'questionnaire-signatureRequired',
  'questionnaire-referenceProfile',
  'questionnaire-referenceFilter',
  'questionnaire-studyProtocolTask',
  'designNote',
  'elementdefinition-translatable',
  'display',
  'cqf-library',
  'cqif-library',
  'cqf-questionnaire',
  'structuredefinition-wg',
  'structuredefinition-standards-status',
  'structuredefinition-fmm',
  'replaces',
  'artifact-versionAlgorithm',
]
const styledInCore = ['rendering-style', 'rendering-xhtml', 'rendering-markdown', 'rendering-styleSensitive']

const presentationInSdc = [
  'choiceColumn',
  'collapsible',
  'columnCount',
  'openLabel',
  'optionalDisplay',
  'shortText',
  'width',
  'keyboard',
  'preferredTerminologyServer',
  'rendering-criticalExpression',
]
const descriptiveInSdc = [
  'observationLinkPeriod',
  'observationExtract',
  'observation-extract-category',
  'observationExtractEntry',
  'itemExtractionContext',
  'extractAllocateId',
  'definitionExtract',
  'definitionExtractValue',
  'templateExtract',
  'isSubject',
  'performerType',
  'endpoint',
  'assemble-expectation',
  'assembledFrom',
  'assembleContext',
  'lookupQuestionnaire',
  'referencesContained',
  'contextExpression',
]
const populatingInSdc = [
  'initialExpression',
  'launchContext',
  'sourceQueries',
  'sourceStructureMap',
  'itemPopulationContext',
]
const computedOptionsInSdc = ['answerExpression', 'candidateExpression', 'answerOptionsToggleExpression']

const others = new Map<string, OtherTreatment>([
  ...ignoredInCore.map((name): [string, OtherTreatment] => [core + name, { reason: 'no-influence' }]),
  ...styledInCore.map((name): [string, OtherTreatment] => [core + name, { reason: 'styled-text' }]),
  ...presentationInSdc.map((name): [string, OtherTreatment] => [sdc + name, { reason: 'presentation-only' }]),
  ...descriptiveInSdc.map((name): [string, OtherTreatment] => [sdc + name, { reason: 'no-influence' }]),
  ...populatingInSdc.map((name): [string, OtherTreatment] => [
    sdc + name,
    { reason: 'populated-elsewhere', blocks: 'publishing' },
  ]),
  ...computedOptionsInSdc.map((name): [string, OtherTreatment] => [
    sdc + name,
    { reason: 'options-computed', blocks: 'publishing' },
  ]),
  [`${sdc}subQuestionnaire`, { reason: 'not-assembled', blocks: 'everything' }],
  [`${core}cqf-expression`, { reason: 'language-unknown', blocks: 'publishing' }],
  [`${core}cqf-calculatedValue`, { reason: 'language-unknown', blocks: 'publishing' }],
  [`${core}cqif-calculatedValue`, { reason: 'language-unknown', blocks: 'publishing' }],
])

/** The treatment of an extension that sets nothing; an unknown one may be ignored (FHIR R4, extensibility). */
export function treatmentOf(url: string): OtherTreatment {
  return others.get(url) ?? { reason: 'extension-unknown' }
}
