// How the judgement of a day's dose came about: the items that reported it and the window it was held against.
import type { DoseJudgement, DoseOutcome } from '../adherence.ts'
import type { DosePlan } from '../dose-plan.ts'
import type { FormPlan } from '../plan.ts'
import type { ProductText, Text } from '../text.ts'
import type { Derivation, DerivationInput, StoredResponse, StudyIdentity } from './derivation.ts'

/** Every outcome in words. */
export const doseOutcomeWords = {
  'taken-in-window': { en: 'taken in its window', zh: '在时间窗内服用' },
  'taken-outside-window': { en: 'taken outside its window', zh: '在时间窗外服用' },
  'taken-time-unknown': { en: 'taken, at an unknown time', zh: '已服用，时间未知' },
  'partly-taken': { en: 'some of several doses taken', zh: '仅服用部分剂次' },
  'not-taken': { en: 'not taken', zh: '未服用' },
  'not-reported': { en: 'not reported', zh: '未报告' },
  held: { en: 'held by the investigator, not taken', zh: '研究者已暂停用药，未服用' },
  'taken-while-held': { en: 'taken while held by the investigator', zh: '在研究者暂停用药期间服用' },
} as const satisfies Record<DoseOutcome, ProductText>

/** The derivation of one judgement of a response. */
export function doseDerivation(
  dose: DosePlan,
  judgement: DoseJudgement,
  form: FormPlan,
  { position, record }: StoredResponse,
  study: StudyIdentity,
): Derivation {
  const items = dose.reports.flatMap(({ taken, count, amount, time }) => [taken, count, amount, time])
  const inputs = items
    .filter((item) => item !== null)
    .map((item): DerivationInput => {
      const raw = record.answers[item] ?? null
      const label: Text | null = form.itemById.get(item)?.text ?? null
      const used = typeof raw === 'object' ? null : String(raw)
      return {
        position,
        occasion: record.occasion,
        item,
        label,
        raw,
        shown: null,
        used,
        weight: null,
        note: null,
      }
    })
  return {
    kind: 'dose',
    id: dose.id,
    title: dose.title,
    value: judgement.outcome,
    unit: null,
    reason: null,
    meaning: doseOutcomeWords[judgement.outcome],
    formula: {
      en: `taken or not as reported; in the window ${windowText(dose)}, both ends included, wall-clock time of the patient`,
      zh: `按报告判断是否服用；时间窗 ${windowText(dose)}（含两端），以患者当地时间计`,
    },
    calculation: null,
    inputs,
    exclusions: [],
    missing: {
      en: 'without an answer the dose is not reported; without a time it is taken at an unknown time',
      zh: '未作答则为未报告；无时间则为服药时间未知',
    },
    rounding: null,
    rule: { id: dose.id, version: judgement.version, source: 'study.yaml' },
    study,
    form: { id: form.id, version: form.version },
    details: { prescribedDate: judgement.prescribedDate },
  }
}

function windowText({ window }: DosePlan): string {
  if (window === null) return '00:00–24:00'
  if (window.kind === 'clock') return `${clock(window.opens)}–${clock(window.closes)}`
  return `−${window.before}…+${window.after} min`
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
