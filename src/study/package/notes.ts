// Notes: the Markdown files of a study's folder. They are published with a version, so that an inspector finds in it where
// each instrument comes from and what its owner allows; nothing evaluates them, and no device and no blinded role is
// given them, so that they may say what the arms are.

/** Whether a file of a study is a note. */
export const isNote = (file: string): boolean => file.endsWith('.md')

/** The files that make the study, as the blinding linter reads them. */
export const withoutNotes = (files: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...files].filter(([file]) => !isNote(file)))
