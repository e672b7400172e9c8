// A patient's medication adherence from the records, and how each measure of it came about.

import type { Figure, NoFigureReason } from '../adherence/figure.ts'
import { addDays } from '../adherence/local-time.ts'
import { type AdherenceReport, adherenceReport } from '../adherence/report.ts'
import { regimenOn } from '../adherence/schedule.ts'
import { reportedTaken } from '../adherence.ts'
import { emptyCourse } from '../course.ts'
import { doseEvents } from '../dose-events.ts'
import type { DosePatient, DosePlan, DoseTimeline } from '../dose-plan.ts'
import { localDateAt, prescriptionOf } from '../dose-prescription.ts'
import type { StudyPlan } from '../plan.ts'
import type { ProductText } from '../text.ts'
import type {
  Derivation,
  DerivationExclusion,
  DerivationInput,
  StoredResponse,
  StudyIdentity,
} from './derivation.ts'

/** What the report is made of: days up to the patient's yesterday at `now`, because today's doses may still come. */
export type AdherenceQuestion = {
  readonly plan: StudyPlan
  readonly dose: DosePlan
  readonly patientId: string
  readonly patient: DosePatient
  /** The responses of the dose's form that fill its occasions. */
  readonly responses: readonly StoredResponse[]
  readonly nowMs: number
  /** For unblinded readers alone: the timeline of the patient's arm. */
  readonly timeline?: DoseTimeline
}

/** All measures, or null where nothing has been prescribed up to yesterday. */
export function patientAdherence(question: AdherenceQuestion): AdherenceReport | null {
  const { plan, dose, patient, patientId, responses, nowMs, timeline } = question
  const to = addDays(localDateAt(patient, new Date(nowMs).toISOString()), -1)
  const prescription = prescriptionOf(dose, patient, timeline, { to, endsOn: endsOn(plan, patient) })
  if (prescription === null || (prescription.period.from ?? to) > to) return null
  return adherenceReport(prescription, doseEvents(dose, responses, prescription), patientId)
}

/** The date from which nothing is prescribed: an anchor that ends the study, or the day after a withdrawal. */
export function endsOn(plan: StudyPlan, patient: DosePatient): string | null {
  const { anchors } = patient.course ?? emptyCourse
  const ends = [...plan.anchors.values()].flatMap(({ id, ends: isEnd }) => (isEnd ? (anchors[id] ?? []) : []))
  const { withdrawnAt } = patient
  if (withdrawnAt !== undefined && withdrawnAt !== null) ends.push(localDateAt(patient, withdrawnAt))
  return ends.sort()[0] ?? null
}

const formulas: Readonly<Record<string, string>> = {
  taking: '已服剂次数 / 处方剂次数',
  'correct-dosing': '服药次数与处方完全一致的天数 / 有处方的天数',
  timing: '间隔在处方间隔允许范围内的次数 / 间隔总数',
  window: '在给药时间窗内服用的剂次数 / 应服剂次数',
  'drug-holidays': '未服药达到规定时长的时段数 / 所考察的时段数',
  'pill-count': '按清点计算的已服数量 / 两次清点之间应服数量',
  'pill-count-simple': '（发放 − 归还）/ 期间处方数量',
  mpr: '期间发放药量可用天数 / 期间天数',
  pdc: '手中有药的天数 / 期间天数',
}

const noFigureWords = {
  'nothing-prescribed': { en: 'nothing was prescribed', zh: '无处方' },
  'no-dose-reports': { en: 'no doses were reported', zh: '未报告服药情况' },
  'no-window': { en: 'the study gives no window for this dose', zh: '研究未规定该药的给药时间窗' },
  'no-dose-times': { en: 'no times of doses are known', zh: '服药时间未知' },
  'no-counts': { en: 'no counts were recorded', zh: '无药物清点记录' },
  'nothing-dispensed': { en: 'nothing was dispensed', zh: '无发药记录' },
  'unreturned-packs': { en: 'packs were not returned', zh: '有药盒未归还' },
  'holiday-hours-too-short': { en: 'the prescription itself has such gaps', zh: '处方本身即有此间隔' },
  'quantity-unknown': { en: 'a quantity is unknown', zh: '数量未知' },
} as const satisfies Record<NoFigureReason, ProductText>

/** The derivation of one measure, or null where there is no such measure. */
export function adherenceDerivation(
  question: AdherenceQuestion,
  report: AdherenceReport,
  measure: string,
  study: StudyIdentity,
): Derivation | null {
  const figure = report.measures[measure]
  if (figure === undefined) return null
  const { dose } = question
  const { numerator, denominator, percent } = figure
  return {
    kind: 'adherence',
    id: `${dose.id}/${measure}`,
    title: dose.title,
    value: percent ?? (figure.reason === null ? numerator : null),
    unit: percent === null ? null : '%',
    reason: figure.reason === null ? null : noFigureWords[figure.reason],
    meaning: null,
    formula: { en: figure.formula, zh: formulas[measure] ?? figure.formula },
    calculation: percent === null ? null : `${numerator} / ${denominator} × 100 = ${percent}`,
    inputs: inputsOf(question, report, figure),
    exclusions: exclusionsOf(figure),
    missing:
      dose.unrecorded === 'unknown'
        ? {
            en: 'a day without a report is unknown: it is in the denominator, and the bounds show both ends',
            zh: '未报告的日子视为未知：计入分母，并以上下界表示',
          }
        : { en: 'a day without a report counts as not taken', zh: '未报告的日子计为未服用' },
    rounding: { en: 'rounded for display only', zh: '仅在显示时取整' },
    rule: { id: measure, version: figure.ruleVersion, source: 'docs/adherence.md' },
    study,
    form: { id: dose.formId, version: '' },
    details: {
      numerator,
      denominator,
      unknown: figure.unknown,
      bounds: figure.bounds,
      period: report.period,
      dose: { id: dose.id, version: dose.version, unit: dose.unit },
      levels: question.patient.course?.doseLevels.filter((one) => one.dose === dose.id) ?? [],
      holds: question.patient.course?.holds.filter((one) => one.dose === dose.id) ?? [],
      ...figure.details,
    },
  }
}

/** Every answer that reports the dose, and what the prescription had for its day. */
function inputsOf(question: AdherenceQuestion, report: AdherenceReport, figure: Figure): DerivationInput[] {
  const { plan, dose, patient, responses, timeline } = question
  const prescription = prescriptionOf(dose, patient, timeline)
  const days = new Map(report.days.map((day) => [day.date, day]))
  const left = new Map(figure.exclusions.map(({ line, reason }) => [line, exclusionReason(reason)]))
  return responses.flatMap(({ position, record }) =>
    dose.reports.flatMap((one) => {
      const form = plan.forms.get(`${record.form}@${record.formVersion}`)
      const items = [one.taken, one.count, one.amount, one.time].filter((item) => item !== null)
      const day = days.get(record.occasion)
      const isTaken = reportedTaken(one, record.answers)
      const amount = prescription === null ? null : (regimenOn(prescription, record.occasion)?.amount ?? null)
      const note = left.get(position) ?? (day === undefined ? null : dayWords(day, amount, dose.unit))
      const counts = isTaken !== null && !left.has(position)
      return items.map(
        (item, i): DerivationInput => ({
          position,
          occasion: record.occasion,
          item,
          label: form?.itemById.get(item)?.text ?? null,
          raw: record.answers[item] ?? null,
          shown: null,
          used: i === 0 && counts ? (isTaken ? 1 : 0) : null,
          weight: null,
          note: i === 0 ? note : null,
        }),
      )
    }),
  )
}

/** What was due on a day. */
function dayWords(
  { due, held }: AdherenceReport['days'][number],
  amount: number | null,
  unit: string,
): ProductText {
  const each = amount === null || due === 0 ? null : `${amount} ${unit}`
  return {
    en: `${due} due that day${each === null ? '' : `, ${each} each`}${held > 0 ? ', held' : ''}`,
    zh: `当日应服 ${due} 剂${each === null ? '' : `，每剂 ${each}`}${held > 0 ? '，暂停' : ''}`,
  }
}

function exclusionsOf({ exclusions }: Figure): DerivationExclusion[] {
  return exclusions.map(({ date, reason, count, line }) => ({
    what: line === undefined ? date : `${date} (entry ${line})`,
    count,
    reason: exclusionReason(reason),
  }))
}

function exclusionReason(reason: string): ProductText {
  const known: Readonly<Record<string, ProductText>> = {
    'taken-while-held': { en: 'taken while the dose was held', zh: '在暂停用药期间服用' },
    'not-evaluable': { en: 'on a day that cannot be judged', zh: '该日不可评估' },
    'outside-period': { en: 'outside the prescribed period', zh: '在处方期间之外' },
    'spans-hold': { en: 'the interval spans a hold', zh: '间隔跨越暂停期' },
    'dose-of-unknown-time-between': {
      en: 'a dose of unknown time lies between',
      zh: '其间有服药时间未知的剂次',
    },
    'no-prescribed-interval': { en: 'no interval is prescribed there', zh: '该处无处方间隔' },
  }
  const held = /^held: (.*)$/.exec(reason)?.[1]
  if (held !== undefined) return { en: `dose held: ${held}`, zh: `暂停用药：${held}` }
  return known[reason] ?? { en: reason.replaceAll('-', ' '), zh: reason }
}
