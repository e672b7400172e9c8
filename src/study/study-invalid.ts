// What is wrong with the files of a study: each place with what to do about it.
// Thrown only while a study is compiled, never while a patient's data is evaluated.

/** One fault in a study file. `line` counts from 1; `message` says what to do. */
export type StudyFault = { readonly file: string; readonly line?: number; readonly message: string }

/** The study cannot be published as it is; `faults` is never empty and is ordered by file and line. */
export class StudyInvalid extends Error {
  readonly faults: readonly StudyFault[]

  constructor(faults: readonly StudyFault[]) {
    const ordered = [...faults].sort(
      (a, b) => a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0) || 0,
    )
    super(`The study files need ${ordered.length} correction(s):\n${ordered.map(faultLine).join('\n')}`)
    this.name = 'StudyInvalid'
    this.faults = ordered
  }
}

/** `file:line: message`, as editors and terminals link it. */
export function faultLine(fault: StudyFault): string {
  return `${fault.file}${fault.line === undefined ? '' : `:${fault.line}`}: ${fault.message}`
}

/** Collects faults, so that one run of the compiler names them all. */
export type Faults = { add(file: string, line: number | undefined, message: string): void }
