import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Draft, DueOccasion, OutboxEntry, Today } from '../model.ts'
import { type Held, nextDue, todayCards } from './today-cards.ts'

const hour = 3_600_000
const noon = Date.parse('2026-11-22T12:00:00Z')
const iso = (ms: number): string => new Date(ms).toISOString()

function due(key: string, opens: number, closes: number, more: Partial<DueOccasion> = {}): DueOccasion {
  const [form = '', occasion = ''] = key.split('/')
  return {
    key,
    form,
    formVersion: '1',
    title: form,
    occasion,
    dueDate: iso(opens).slice(0, 10),
    zone: 'Etc/UTC',
    opensAt: iso(opens),
    closesAt: iso(closes),
    graceUntil: iso(closes + hour / 2),
    justifyAt: null,
    locksAt: null,
    reminderAt: null,
    state: 'planned',
    submittedAt: null,
    ...more,
  }
}

const today = (...all: DueOccasion[]): Today => ({
  serverTime: iso(noon),
  study: { id: 'S', title: 'S' },
  patient: { id: 'P-1', zone: 'Etc/UTC', language: 'en', status: 'active' },
  languages: ['en'],
  site: { name: 'Site', phone: null },
  help: null,
  due: all,
  events: [{ form: 'attack', formVersion: '1', title: 'Pain attack' }],
  forms: [],
  lateReasons: [],
  proxy: false,
  receiptKeys: [],
  reminders: { pushKey: null, quiet: { from: '22:00', to: '07:00' } },
})

const draft = (key: string, startedAt: string, occasion: string | null = '1'): Draft => ({
  key,
  form: key.split('/')[0]!,
  formVersion: '1',
  planSha256: '',
  occasion,
  language: 'en',
  originator: { kind: 'patient' },
  startedAt,
  elapsedMs: 0,
  answers: {},
  at: null,
  changing: false,
  trail: [],
  presentation: {},
  prompts: [],
  lateReason: null,
})

const entry = (key: string, state: OutboxEntry['state'] = 'waiting'): OutboxEntry => ({
  submissionId: key,
  key,
  form: key.split('/')[0]!,
  title: key,
  occasion: '1',
  completedAt: '2026-11-22T12:30:00+01:00[Europe/Berlin]',
  sequence: 1,
  state,
  attempts: 0,
  nextAttemptAt: 0,
  lastProblem: null,
  receivedAt: null,
})

const nothing: Held = { drafts: [], entries: [], sentKeys: new Set() }
const keys = (cards: readonly { due: DueOccasion }[]): string[] => cards.map((card) => card.due.key)

test('U18: a window is half-open: it opens at its first instant and is missed at its end', () => {
  const plan = today(due('diary/1', noon, noon + hour))
  const at = (ms: number) => todayCards(plan, nothing, ms)
  assert.deepEqual(keys(at(noon - 1).later), ['diary/1'])
  assert.deepEqual(keys(at(noon).now), ['diary/1'])
  assert.deepEqual(keys(at(noon + hour - 1).now), ['diary/1'])
  assert.deepEqual(keys(at(noon + hour).now), [])
  assert.deepEqual(keys(at(noon + hour).missed), ['diary/1'])
})

test('U18: what was begun before the window closed may be finished within the grace, what was begun after may not', () => {
  const plan = today(due('diary/1', noon, noon + hour))
  const begun = (minute: number): Held => ({
    ...nothing,
    drafts: [
      draft(
        'diary/1',
        `2026-11-22T${13 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}:00+01:00[Europe/Berlin]`,
      ),
    ],
  })
  const inGrace = todayCards(plan, begun(59), noon + hour + 10 * 60_000).now
  assert.equal(inGrace[0]?.grace, true)
  assert.equal(inGrace[0]?.until, iso(noon + 1.5 * hour))
  assert.equal(inGrace[0]?.begun, true)
  assert.deepEqual(keys(todayCards(plan, begun(59), noon + 1.5 * hour).missed), ['diary/1'])
  assert.deepEqual(keys(todayCards(plan, begun(61), noon + hour + 10 * 60_000).missed), ['diary/1'])
})

test('a missed form can be filled in late until the study locks it, and not where it never locks', () => {
  const locks = today(due('diary/1', noon, noon + hour, { locksAt: iso(noon + 3 * hour) }))
  assert.equal(todayCards(locks, nothing, noon + 2 * hour).missed[0]?.lateUntil, iso(noon + 3 * hour))
  assert.equal(todayCards(locks, nothing, noon + 3 * hour).missed[0]?.lateUntil, null)
  const open = today(due('diary/1', noon, noon + hour))
  assert.equal(todayCards(open, nothing, noon + 2 * hour).missed[0]?.lateUntil, null)
})

test('what this phone holds counts before what the server knew; a key once sent stays done without its copy', () => {
  const plan = today(due('diary/1', noon, noon + hour, { state: 'missed' }))
  const held = todayCards(plan, { ...nothing, entries: [entry('diary/1')] }, noon + 5 * hour)
  assert.equal(held.done[0]?.entry?.state, 'waiting')
  assert.deepEqual(keys(held.missed), [])
  const gone = todayCards(plan, { ...nothing, sentKeys: new Set(['diary/1']) }, noon + 5 * hour)
  assert.equal(gone.done[0]?.entry, null)
  const known = today(due('diary/1', noon, noon + hour, { state: 'submitted', submittedAt: iso(noon) }))
  assert.equal(todayCards(known, nothing, noon).done[0]?.at, iso(noon))
})

test('days the study set aside are neither due nor missed', () => {
  const plan = today(due('diary/1', noon, noon + hour, { state: 'not-evaluable' }))
  assert.equal(todayCards(plan, nothing, noon + 10).missed[0]?.needed, false)
  assert.deepEqual(keys(todayCards(plan, nothing, noon + 10).now), [])
})

test('now is sorted by what closes first, later by what opens first, missed by what closed last', () => {
  const plan = today(
    due('a/1', noon - hour, noon + 5 * hour),
    due('b/1', noon - hour, noon + hour),
    due('c/1', noon + 9 * hour, noon + 10 * hour),
    due('d/1', noon + 2 * hour, noon + 20 * hour),
    due('e/1', noon - 9 * hour, noon - 8 * hour),
    due('f/1', noon - 9 * hour, noon - 2 * hour),
  )
  const cards = todayCards(plan, nothing, noon)
  assert.deepEqual(keys(cards.now), ['b/1', 'a/1'])
  assert.deepEqual(keys(cards.later), ['d/1', 'c/1'])
  assert.deepEqual(keys(cards.missed), ['f/1', 'e/1'])
  assert.equal(nextDue(cards)?.due.key, 'b/1')
})

test('an event that was begun is shown with its title until it is sent', () => {
  const held = { ...nothing, drafts: [draft('attack/x', '2026-11-22T12:00:00Z', null)] }
  assert.equal(todayCards(today(), held, noon).begunEvents[0]?.title, 'Pain attack')
  assert.deepEqual(todayCards(today(), { ...held, sentKeys: new Set(['attack/x']) }, noon).begunEvents, [])
})

test('U18, for any plan and any moment: every due form is in exactly one place', () => {
  const anyDue = fc.record({
    opens: fc.integer({ min: -40, max: 40 }),
    lasts: fc.integer({ min: 0, max: 30 }),
    locks: fc.option(fc.integer({ min: 0, max: 40 })),
    state: fc.constantFrom('planned', 'open', 'submitted', 'missed', 'not-evaluable' as const),
    drafted: fc.boolean(),
    held: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(anyDue, { maxLength: 12 }), fc.integer({ min: -60, max: 80 }), (all, at) => {
      const plan = today(
        ...all.map(({ opens, lasts, locks, state }, place) => {
          const closes = noon + (opens + lasts) * hour
          const locksAt = locks === null ? null : iso(closes + locks * hour)
          return due(`f/${place}`, noon + opens * hour, closes, {
            locksAt,
            state: state as DueOccasion['state'],
          })
        }),
      )
      const held = {
        drafts: all.flatMap(({ drafted, opens }, place) =>
          drafted ? [draft(`f/${place}`, iso(noon + opens * hour))] : [],
        ),
        entries: all.flatMap((one, place) => (one.held ? [entry(`f/${place}`)] : [])),
        sentKeys: new Set<string>(),
      }
      const { now, later, done, missed } = todayCards(plan, held, noon + at * hour)
      const shown = [...now, ...later, ...done, ...missed].map((card) => card.due.key).sort()
      assert.deepEqual(shown, keys(plan.due.map((one) => ({ due: one }))).sort())
    }),
    { numRuns: 200 },
  )
})
