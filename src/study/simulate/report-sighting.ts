// Writes what the checks see of one patient into the logs of the run.
import { type AnomalyCode, addSighting, type NoteCode, type SightingLog } from './anomaly.ts'
import type { VirtualPatient } from './virtual-patient.ts'

/** Where something was seen. */
export type Where = { readonly form: string; readonly occasion: string; readonly zone: string }
/** Instants by name, in ms since 1970 (UTC). */
export type Instants = Readonly<Record<string, number>>

/** Adds sightings of one patient; `en` and `zh` say why, with the numbers. */
export type Report = {
  anomaly(code: AnomalyCode, where: Where, instants: Instants, en: string, zh: string): void
  note(code: NoteCode, where: Where, instants: Instants, en: string, zh: string): void
}

/** A report into these logs. */
export function reportOn(
  patient: Pick<VirtualPatient, 'patientId' | 'siteId'>,
  anomalies: SightingLog<AnomalyCode>,
  notes: SightingLog<NoteCode>,
): Report {
  const write =
    <Code extends string>(log: SightingLog<Code>) =>
    (code: Code, { form, occasion, zone }: Where, instants: Instants, en: string, zh: string): void =>
      addSighting(log, {
        code,
        patient: patient.patientId,
        site: patient.siteId,
        form,
        occasion,
        zone,
        instants: Object.fromEntries(
          Object.entries(instants).map(([name, ms]) => [name, new Date(ms).toISOString()]),
        ),
        why: { en, zh },
      })
  return { anomaly: write(anomalies), note: write(notes) }
}
