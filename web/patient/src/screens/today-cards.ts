// Which cards Today shows, from what the server planned and what this phone holds. Every due form is in exactly one
// place at any time and none vanishes (U18):
//
//   later  → before the window opens
//   now    → in the window; or begun before it closed and still within the grace
//   missed → the window has closed; where the study locks later, it can be filled in late until then
//   done   → finished here or known to the server; what this phone holds counts before what the server knew
//
// Windows are instants the server has resolved; nothing here computes with days, so no change of clocks can shift one.
import type { Draft, DueOccasion, OutboxEntry, Today } from '../model.ts'

/** A due form as Today shows it. `lateUntil`: missed, and the instant (ISO) until which it may still be filled in. */
export type Card =
  | { readonly in: 'later'; readonly due: DueOccasion }
  | {
      readonly in: 'now'
      readonly due: DueOccasion
      readonly begun: boolean
      readonly until: string
      readonly grace: boolean
    }
  | {
      readonly in: 'missed'
      readonly due: DueOccasion
      readonly needed: boolean
      readonly lateUntil: string | null
    }
  | {
      readonly in: 'done'
      readonly due: DueOccasion
      readonly at: string | null
      readonly entry: OutboxEntry | null
    }

/** The cards of each group, in the order of the screen. */
export type TodayCards = {
  /** What closes first is first. */
  readonly now: readonly Extract<Card, { in: 'now' }>[]
  /** What opens first is first. */
  readonly later: readonly Extract<Card, { in: 'later' }>[]
  /** Last finished first. */
  readonly done: readonly Extract<Card, { in: 'done' }>[]
  /** Last closed first. */
  readonly missed: readonly Extract<Card, { in: 'missed' }>[]
  /** Forms of events that were begun and not finished. */
  readonly begunEvents: readonly { readonly draft: Draft; readonly title: string }[]
}

/** What the phone holds itself. */
export type Held = {
  readonly drafts: readonly Draft[]
  readonly entries: readonly OutboxEntry[]
  readonly sentKeys: ReadonlySet<string>
}

/** Sorts what is due at an instant (milliseconds since the epoch) by the phone's clock. */
export function todayCards(today: Today, held: Held, nowMs: number): TodayCards {
  const drafts = new Map(held.drafts.map((draft) => [draft.key, draft]))
  const entries = new Map(held.entries.map((entry) => [entry.key, entry]))
  const cards = today.due.map((due): Card => {
    const entry = entries.get(due.key) ?? null
    if (entry !== null || held.sentKeys.has(due.key) || due.state === 'submitted') {
      return { in: 'done', due, at: entry?.completedAt ?? due.submittedAt, entry }
    }
    return cardOf(due, drafts.get(due.key), nowMs)
  })
  const planned = new Set(today.due.map((due) => due.key))
  return {
    now: cards.filter((card) => card.in === 'now').sort(by((card) => card.until)),
    later: cards.filter((card) => card.in === 'later').sort(by((card) => card.due.opensAt)),
    done: cards
      .filter((card) => card.in === 'done')
      .sort(by((card) => card.at ?? card.due.closesAt))
      .reverse(),
    missed: cards
      .filter((card) => card.in === 'missed')
      .sort(by((card) => card.due.closesAt))
      .reverse(),
    begunEvents: held.drafts
      .filter((draft) => draft.occasion === null && !planned.has(draft.key) && !held.sentKeys.has(draft.key))
      .map((draft) => ({
        draft,
        title: today.events.find(({ form }) => form === draft.form)?.title ?? draft.form,
      })),
  }
}

function cardOf(due: DueOccasion, draft: Draft | undefined, nowMs: number): Card {
  if (nowMs < Date.parse(due.opensAt)) return { in: 'later', due }
  if (due.state === 'not-evaluable') return { in: 'missed', due, needed: false, lateUntil: null }
  const begun = draft !== undefined
  if (nowMs < Date.parse(due.closesAt)) return { in: 'now', due, begun, until: due.closesAt, grace: false }
  const inTime = begun && instantMs(draft.startedAt) < Date.parse(due.closesAt)
  if (inTime && nowMs < Date.parse(due.graceUntil)) {
    return { in: 'now', due, begun, until: due.graceUntil, grace: true }
  }
  const lateUntil = due.locksAt !== null && nowMs < Date.parse(due.locksAt) ? due.locksAt : null
  return { in: 'missed', due, needed: true, lateUntil }
}

/** Milliseconds since the epoch of an RFC 9557 or RFC 3339 text; `Date` does not know the zone in brackets. */
export const instantMs = (text: string): number => Date.parse(text.replace(/\[.*$/, ''))

/** The next instant, in milliseconds since the epoch, at which {@link todayCards} changes by itself; null for never. */
export function nextChangeMs(today: Today, nowMs: number): number | null {
  const bounds = today.due.flatMap((due) => [
    due.opensAt,
    due.closesAt,
    due.graceUntil,
    due.locksAt ?? due.closesAt,
  ])
  const ahead = bounds.map((text) => Date.parse(text)).filter((ms) => ms > nowMs)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

/** The next form to fill in, after what is done: what is open now, or what opens first. */
export function nextDue(cards: TodayCards): Card | null {
  return cards.now[0] ?? cards.later[0] ?? null
}

const by =
  <T>(time: (card: T) => string) =>
  (a: T, b: T): number =>
    instantMs(time(a)) - instantMs(time(b))
