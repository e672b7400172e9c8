// How derived values came about, read from the records and the published study files (P11). What comes out is what
// blinded staff may see: restricted rules, prescriptions by arm and arms themselves are never read here (P10).
import { hash } from 'node:crypto'
import type { Later } from '../storage/later.ts'
import type { AdherenceReport } from '../study/adherence/report.ts'
import type { Compliance, ComplianceFigure } from '../study/compliance.ts'
import {
  type AdherenceQuestion,
  adherenceDerivation,
  patientAdherence,
} from '../study/derivation/adherence-derivation.ts'
import { complianceDerivation } from '../study/derivation/compliance-derivation.ts'
import { type Derivation, inputsText, type StoredResponse } from '../study/derivation/derivation.ts'
import {
  type CompliancePatient,
  complianceOf,
  dueByVersions,
  type JudgedOccasion,
  judgeOccasions,
  occasionKey,
} from '../study/derivation/patient-compliance.ts'
import { type Period, type PeriodQuestion, periodsOf, valueIn } from '../study/derivation/period-summaries.ts'
import { responseDerivations } from '../study/derivation/response-derivations.ts'
import type { DosePlan } from '../study/dose-plan.ts'
import type { StudyVersions } from '../study/study-versions.ts'
import { Problem } from '../system/problem.ts'
import type { DerivationStore, VisibleRow } from './derivation-store.ts'
import type { Patient, PatientStore } from './patient-store.ts'
import { compiled, studyBooks } from './study-books.ts'
import type { StudyStore } from './study-store.ts'

/** A derivation with the SHA-256 (hex) of its inputs: two that agree in it were made of the same. */
export type Derived = Derivation & { readonly inputsSha256: string }

/** One patient's diary compliance at an instant. */
export type PatientCompliance = {
  readonly patientId: string
  readonly siteId: string
  /** UTC ISO 8601. */
  readonly at: string
  readonly overall: ComplianceFigure
  readonly byForm: Readonly<Record<string, ComplianceFigure>>
  readonly byPhase: Readonly<Record<string, ComplianceFigure>>
}

/** What is read; the same on both engines. */
export type DerivationSources = {
  readonly studies: StudyStore
  readonly patients: PatientStore
  readonly derivations: DerivationStore
  /** When a patient's first device was given a token, in ms since the epoch; null where none was. */
  readonly deviceSince: (studyId: string, patientId: string) => Later<number | null>
}

export type Derivations = ReturnType<typeof derivationsOf>

/** All throw Problem `record.not-found` for what is not there. `atMs` is in ms since the epoch. */
export function derivationsOf(sources: DerivationSources) {
  const books = studyBooks(sources.studies)
  const patientOf = (studyId: string, patientId: string) => findPatient(sources, studyId, patientId)
  const occasionsOf = async (studyId: string, patient: Patient, atMs: number) => {
    const { versions, published } = await books.of(studyId)
    const asked = await compliancePatient(sources, patient)
    const judged = await readOccasions(sources.derivations, versions, studyId, asked, atMs)
    return { judged, published, versions }
  }
  const questionOf = async (studyId: string, patient: Patient, doseId: string, atMs: number) => {
    const { versions, published } = await books.of(studyId)
    const plan = versions.at(patient.siteId, new Date(atMs).toISOString().slice(0, 10))
    const dose = plan.doses.find(({ id }) => id === doseId)
    if (dose === undefined) throw notFound(`dose ${doseId} of study ${studyId}`)
    const responses = await doseResponses(sources, versions, studyId, patient, dose, atMs)
    const question: AdherenceQuestion = {
      plan,
      dose,
      patientId: patient.patientId,
      patient,
      responses,
      nowMs: atMs,
    }
    return { question, study: published(plan.version) }
  }
  return {
    /** Every derivation of a response: its scores, doses, findings, alerts and messages. */
    async ofResponse(studyId: string, position: number): Promise<Derived[]> {
      const row = (await sources.derivations.responses([position])).get(position)
      if (row === undefined || row.studyId !== studyId) throw notFound(`response ${position}`)
      const response = responseOf(row)
      const files = await books.files(studyId, response.record.studyVersion)
      const plan = compiled(files)
      const identity = { id: studyId, version: files.version, sha256: files.sha256 }
      const { facts } = (await patientOf(studyId, row.patientId)).course
      const earlier = await lookedAt(sources.derivations, response)
      return responseDerivations(plan, files.files, response, identity, { facts, earlier }).map(withHash)
    },
    /** The figures of a patient's diary compliance. */
    async compliance(studyId: string, patientId: string, atMs: number): Promise<PatientCompliance> {
      const patient = await patientOf(studyId, patientId)
      const { judged } = await occasionsOf(studyId, patient, atMs)
      return complianceView(patient, complianceOf(judged, atMs), atMs)
    },
    /** The same for a patient already read, with the occasions that were judged. */
    async occasions(studyId: string, patient: Patient, atMs: number): Promise<readonly JudgedOccasion[]> {
      return (await occasionsOf(studyId, patient, atMs)).judged
    },
    /** A patient's values of a diary item or a score, summarised by periods of days counted from enrolment. */
    async periods(
      studyId: string,
      patientId: string,
      asked: PeriodQuestion,
      atMs: number,
    ): Promise<Period[]> {
      const patient = await patientOf(studyId, patientId)
      const { judged } = await occasionsOf(studyId, patient, atMs)
      const ofForm = judged.filter(({ form, due }) => form === asked.form && due.visit === null)
      if (ofForm.length === 0) throw notFound(`due day of form ${asked.form} for ${patientId}`)
      const positions = ofForm.flatMap(({ position }) => (position === null ? [] : [position]))
      const rows = await sources.derivations.responses(positions)
      const days = ofForm.map(({ due, position, closesAt, notEvaluable }) => {
        const row = position === null ? undefined : rows.get(position)
        const value = row === undefined || notEvaluable !== null ? null : valueIn(responseOf(row), asked.of)
        return { date: due.dueDate, position, value, isOpen: closesAt > atMs }
      })
      return periodsOf(days, patient.enrolledOn, asked.rule)
    },
    /** How the compliance of a patient came about: overall, then by form, then by phase. */
    async complianceDerivations(studyId: string, patientId: string, atMs: number): Promise<Derived[]> {
      const patient = await patientOf(studyId, patientId)
      const { judged, published, versions } = await occasionsOf(studyId, patient, atMs)
      const { overall, byForm, byPhase } = complianceOf(judged, atMs)
      const date = new Date(atMs).toISOString().slice(0, 10)
      const study = published(versions.at(patient.siteId, date).version)
      const derive = (id: string, figure: ComplianceFigure, list: readonly JudgedOccasion[]) =>
        withHash(complianceDerivation(id, figure, list, atMs, study))
      return [
        derive('overall', overall, judged),
        ...[...byForm].map(([id, figure]) =>
          derive(
            `form/${id}`,
            figure,
            judged.filter((one) => one.form === id),
          ),
        ),
        ...[...byPhase].map(([id, figure]) =>
          derive(
            `phase/${id}`,
            figure,
            judged.filter((one) => (one.phase ?? '') === id),
          ),
        ),
      ]
    },
    /** Every measure of a patient's adherence to a dose; null where nothing has been prescribed yet. */
    async adherence(
      studyId: string,
      patientId: string,
      doseId: string,
      atMs: number,
    ): Promise<AdherenceReport | null> {
      const patient = await patientOf(studyId, patientId)
      return patientAdherence((await questionOf(studyId, patient, doseId, atMs)).question)
    },
    /** How each measure of it came about. */
    async adherenceDerivations(
      studyId: string,
      patientId: string,
      doseId: string,
      atMs: number,
    ): Promise<Derived[]> {
      const patient = await patientOf(studyId, patientId)
      const { question, study } = await questionOf(studyId, patient, doseId, atMs)
      const report = patientAdherence(question)
      if (report === null) return []
      return Object.keys(report.measures).flatMap((measure) => {
        const derivation = adherenceDerivation(question, report, measure, study)
        return derivation === null ? [] : [withHash(derivation)]
      })
    },
    /** The doses that a study prescribes at a patient's site now. */
    async doses(studyId: string, patientId: string, atMs: number): Promise<readonly DosePlan[]> {
      const patient = await patientOf(studyId, patientId)
      const { versions } = await books.of(studyId)
      return versions.at(patient.siteId, new Date(atMs).toISOString().slice(0, 10)).doses
    },
    /** The response that raised an alert, and its rule. */
    async alert(studyId: string, alertId: number): Promise<{ rule: string; position: number }> {
      const alert = await sources.derivations.alert(alertId)
      if (alert === undefined || alert.studyId !== studyId) throw notFound(`alert ${alertId}`)
      return alert
    },
  }
}

/** Figures as plain objects. */
export function complianceView(
  { patientId, siteId }: Pick<Patient, 'patientId' | 'siteId'>,
  { overall, byForm, byPhase }: Compliance,
  atMs: number,
): PatientCompliance {
  return {
    patientId,
    siteId,
    at: new Date(atMs).toISOString(),
    overall,
    byForm: Object.fromEntries(byForm),
    byPhase: Object.fromEntries(byPhase),
  }
}

const notFound = (record: string) => new Problem('record.not-found', { record })

const withHash = (derivation: Derivation): Derived => ({
  ...derivation,
  inputsSha256: hash('sha256', inputsText(derivation), 'hex'),
})

const responseOf = ({ position, effect }: VisibleRow): StoredResponse => ({
  position,
  record: JSON.parse(effect) as StoredResponse['record'],
})

/** The responses that the rules of a response looked back on, as they stand. */
async function lookedAt(
  store: DerivationStore,
  { record: { looked } }: StoredResponse,
): Promise<Map<number, StoredResponse>> {
  if (looked === undefined) return new Map()
  const filled = Object.values(looked.filled).filter((position) => position !== null)
  const rows = await store.responses([...filled, ...(looked.events ?? [])])
  return new Map([...rows].map(([position, row]) => [position, responseOf(row)]))
}

async function findPatient(
  { patients }: DerivationSources,
  studyId: string,
  patientId: string,
): Promise<Patient> {
  const patient = await patients.find(studyId, patientId)
  if (patient === undefined) throw notFound(`patient ${patientId} in ${studyId}`)
  return patient
}

async function compliancePatient(
  { deviceSince }: DerivationSources,
  { studyId, patientId, siteId, zone, enrolledOn, withdrawnAt, course }: Patient,
): Promise<CompliancePatient> {
  const since = await deviceSince(studyId, patientId)
  return {
    patientId,
    siteId,
    zone,
    enrolledOn,
    withdrawnAt: withdrawnAt ?? null,
    course,
    deviceSince: since === null ? null : new Date(since).toISOString(),
  }
}

/** What was due and what became of it. The time of completion is read only where it decides: of late entries. */
async function readOccasions(
  store: DerivationStore,
  versions: StudyVersions,
  studyId: string,
  patient: CompliancePatient,
  atMs: number,
): Promise<JudgedOccasion[]> {
  const dues = dueByVersions(versions, patient, atMs)
  // What took effect later was not known at that time.
  const all = await store.filled(studyId, patient.patientId, dues)
  const rows = all.filter(({ recordedAt }) => recordedAt <= atMs)
  const late = rows.filter(({ status }) => status === 'late').map(({ position }) => position)
  const records = await store.responses(late)
  const filled = new Map(
    rows.map(({ form, occasion, position, status, standing }) => {
      const record = records.get(position)
      const completed = record === undefined ? null : responseOf(record).record.device.completedAt
      return [
        occasionKey(form, occasion),
        {
          position,
          status: standing === 'void' ? 'void' : status,
          completedAt:
            completed === null
              ? null
              : Temporal.Instant.from(completed).toString({ smallestUnit: 'millisecond' }),
        },
      ]
    }),
  )
  return judgeOccasions(dues, filled, versions, patient)
}

/** The responses that report a dose: those that fill its form's occasions, or all of a form that has no schedule. */
async function doseResponses(
  { derivations: store, deviceSince }: DerivationSources,
  versions: StudyVersions,
  studyId: string,
  patient: Patient,
  dose: DosePlan,
  atMs: number,
): Promise<StoredResponse[]> {
  const asked = await compliancePatient({ deviceSince } as DerivationSources, patient)
  const dues = dueByVersions(versions, asked, atMs).filter(({ form }) => form === dose.formId)
  const positions =
    dues.length === 0
      ? await store.eventsOf(studyId, patient.patientId, dose.formId)
      : (await store.filled(studyId, patient.patientId, dues))
          .filter(({ standing }) => standing !== 'void')
          .map(({ position }) => position)
  const rows = await store.responses(positions)
  return [...rows.values()]
    .map(responseOf)
    .filter(({ record }) => Date.parse(record.receivedAt) <= atMs)
    .sort((a, b) => compare(a.record.occasion, b.record.occasion) || a.position - b.position)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
