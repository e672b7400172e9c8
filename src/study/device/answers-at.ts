// Answers as a submission carries them, and how a phone reads and changes one of them, also inside a repeating group.

/** A scalar answer, a declared skip, several answers, or the repetitions of a group. */
export type RawAnswer =
  | boolean
  | number
  | string
  | { readonly skipped: string }
  | readonly (boolean | number | string)[]
  | readonly RawAnswers[]
/** Answers by linkId, as a submission carries them. */
export type RawAnswers = { readonly [linkId: string]: RawAnswer }

/** The repetitions around an item, outermost first; empty for most items. */
export type AnswerPath = readonly { readonly linkId: string; readonly index: number }[]

/** The repetitions of a group that stand in these answers. */
export function repetitionsAt(answers: RawAnswers, linkId: string): readonly RawAnswers[] {
  const list = Object.hasOwn(answers, linkId) ? answers[linkId] : undefined
  return Array.isArray(list) ? (list as readonly RawAnswers[]) : []
}

/** The answers of one repetition; those of the whole form for an empty path, none where there is no such repetition. */
export function levelAt(answers: RawAnswers, path: AnswerPath): RawAnswers {
  let level = answers
  for (const { linkId, index } of path) level = repetitionsAt(level, linkId)[index] ?? {}
  return level
}

/** The answer to an item there, or undefined. */
export function answerAt(answers: RawAnswers, path: AnswerPath, linkId: string): RawAnswer | undefined {
  const level = levelAt(answers, path)
  return Object.hasOwn(level, linkId) ? level[linkId] : undefined
}

/** The answers with one changed; undefined takes it out. Repetitions that the path lacks are made. */
export function withAnswer(
  answers: RawAnswers,
  path: AnswerPath,
  linkId: string,
  answer: RawAnswer | undefined,
): RawAnswers {
  const [first, ...rest] = path
  if (first === undefined) {
    const { [linkId]: _before, ...others } = answers
    return answer === undefined ? others : { ...answers, [linkId]: answer }
  }
  const list = [...repetitionsAt(answers, first.linkId)]
  while (list.length <= first.index) list.push({})
  list[first.index] = withAnswer(list[first.index] as RawAnswers, rest, linkId, answer)
  return { ...answers, [first.linkId]: list }
}

/** The answers with an empty repetition more, for "add another". */
export function withRepetition(answers: RawAnswers, path: AnswerPath, linkId: string): RawAnswers {
  const list = repetitionsAt(levelAt(answers, path), linkId)
  return withAnswer(answers, path, linkId, [...list, {}])
}

/** The answers without one repetition; the group is gone with its last. */
export function withoutRepetition(
  answers: RawAnswers,
  path: AnswerPath,
  linkId: string,
  index: number,
): RawAnswers {
  const list = repetitionsAt(levelAt(answers, path), linkId).filter((_, at) => at !== index)
  return withAnswer(answers, path, linkId, list.length === 0 ? undefined : list)
}
