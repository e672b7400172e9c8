// The meaning of enableWhen in FHIR R4, written as plainly as possible and without regard to speed: the reference that
// the real evaluation is held against. Works on the raw JSON, knows nothing of the form's compiled shape.

type Json = Record<string, unknown>
/** One place where an item stands or could stand; `way` leads to it from the root, `at` counts in document order. */
type Place = {
  readonly item: Json
  readonly way: readonly string[]
  readonly at: number
  readonly parent: Place | null
  readonly answers: readonly unknown[]
}

/** The places of enabled items, as text: linkIds joined by `/`, repetitions of groups and answers as `[n]`. */
export function slowVisible(questionnaire: Json, response: Json): string[] {
  const places: Place[] = []
  const lay = (
    items: readonly Json[],
    given: readonly Json[],
    way: readonly string[],
    parent: Place | null,
  ): void => {
    for (const item of items) {
      const here = given.filter((one) => one.linkId === item.linkId)
      const repeated = item.type === 'group' && item.repeats === true
      const list = here.length === 0 ? [undefined] : here
      list.forEach((one, index) => {
        const step = `${item.linkId}${repeated && one !== undefined ? `[${index}]` : ''}`
        const answers = (one?.answer ?? []) as Json[]
        const place: Place = {
          item,
          way: [...way, step],
          at: places.length,
          parent,
          answers: answers.map(valueIn),
        }
        places.push(place)
        const inside = (item.item ?? []) as Json[]
        if (item.type === 'group') lay(inside, (one?.item ?? []) as Json[], place.way, place)
        else if (answers.length === 0) lay(inside, [], place.way, place)
        else
          answers.forEach((answer, number) => {
            lay(
              inside,
              (answer.item ?? []) as Json[],
              [...place.way, item.repeats === true ? `#[${number}]` : '#'],
              place,
            )
          })
      })
    }
  }
  lay((questionnaire.item ?? []) as Json[], (response.item ?? []) as Json[], [], null)

  const enabled = (place: Place): boolean => {
    if (place.parent !== null && !enabled(place.parent)) return false
    const whens = (place.item.enableWhen ?? []) as Json[]
    if (whens.length === 0) return true
    const results = whens.map((when) => holds(when, place))
    return place.item.enableBehavior === 'any' ? results.includes(true) : !results.includes(false)
  }
  const holds = (when: Json, place: Place): boolean => {
    const question = nearest(when.question as string, place)
    const answers = question !== undefined && enabled(question) ? question.answers : []
    const wanted = Object.entries(when).find(([name]) => name.startsWith('answer'))?.[1]
    if (when.operator === 'exists') return answers.length > 0 === wanted
    if (when.operator === '!=')
      return answers.length > 0 && answers.every((one) => compare(one, wanted) !== 0)
    return answers.some((one) => {
      const order = compare(one, wanted)
      if (when.operator === '=') return order === 0
      if (when.operator === '>') return order > 0
      if (when.operator === '<') return order < 0
      return when.operator === '>=' ? order >= 0 : order <= 0
    })
  }
  /** Longest shared way first; around before beside; before in the document, nearest first; then after. */
  const nearest = (linkId: string, place: Place): Place | undefined => {
    const all = places.filter((one) => one.item.linkId === linkId)
    const around = all.find(
      (one) => one.way.length < place.way.length && one.way.every((step, i) => step === place.way[i]),
    )
    if (around !== undefined) return around
    const shared = (one: Place) => one.way.slice(0, -1).findIndex((step, i) => step !== place.way[i])
    const depth = (one: Place) => {
      const length = Math.min(shared(one) < 0 ? one.way.length - 1 : shared(one), place.way.length - 1)
      return length
    }
    const deepest = Math.max(...all.map(depth))
    const close = all.filter((one) => depth(one) === deepest)
    return close.filter((one) => one.at < place.at).at(-1) ?? close.find((one) => one.at > place.at)
  }
  return places.filter(enabled).map((place) => nameOf(place.way))
}

/** The number of an answer stands beside its question: `q/#[1]/inside` is `q[1]/inside`. */
function nameOf(way: readonly string[]): string {
  return way.join('/').replaceAll('/#', '')
}

function valueIn(answer: Json): unknown {
  return Object.entries(answer).find(([name]) => name.startsWith('value'))?.[1]
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'object') return (a as Json).code === (b as Json).code ? 0 : Number.NaN
  if (typeof a !== typeof b) return Number.NaN
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1
}
