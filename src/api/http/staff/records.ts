// Alerts, queries and data-change requests: lists, one with its history, and their transitions.

import type Type from 'typebox'
import type { StaffMember } from '../../../identity/staff-store.ts'
import type { Stores } from '../../../processing/stores.ts'
import type { Alert } from '../../../records/alert-store.ts'
import type { ChangeRequest, WantedAnswers } from '../../../records/change-store.ts'
import type { Permission } from '../../../records/permissions.ts'
import type { Query } from '../../../records/query-store.ts'
import { machines, type Transition } from '../../../records/workflow.ts'
import type { Case, CaseFilter } from '../../../records/workflow-store.ts'
import { filterOf, historyView, ListQuery, pageOf, timeOf } from './listing.ts'
import { numberIn, ofSite, type StaffAnswer, type StaffRoute, workBy } from './staff-route.ts'
import {
  AlertSchema,
  ChangeBody,
  ChangeSchema,
  NoteBody,
  pageSchema,
  QuerySchema,
  QuestionBody,
} from './staff-schemas.ts'

/** Takes the columns that are for us alone out of an alert. */
export const alertView = ({
  studyId: _,
  lookAt: __,
  raisedAt,
  acknowledgeBy,
  completedAt,
  receivedAt,
  ...rest
}: Alert) => ({
  ...rest,
  completedAt: completedAt === null ? null : timeOf(completedAt),
  receivedAt: receivedAt === null ? null : timeOf(receivedAt),
  raisedAt: timeOf(raisedAt),
  acknowledgeBy: timeOf(acknowledgeBy),
})
const queryView = ({ studyId: _, openedAt, ...rest }: Query) => ({ ...rest, openedAt: timeOf(openedAt) })
const changeView = ({ studyId: _, draftedAt, ...rest }: ChangeRequest) => ({
  ...rest,
  draftedAt: timeOf(draftedAt),
})

type Kind<T extends Case> = {
  /** Name of the machine and of the record in the audit log. */
  readonly machine: 'alert' | 'query' | 'change'
  readonly path: string
  readonly permission: Permission
  readonly schema: Type.TSchema
  readonly store: (stores: Stores) => {
    one(studyId: string, id: number): Promise<T | undefined>
    list(studyId: string, filter: CaseFilter): Promise<T[]>
  }
  readonly view: (record: T) => object
  readonly plural: string
}

const alerts: Kind<Alert> = {
  machine: 'alert',
  path: '/alerts',
  permission: 'alerts.read',
  schema: AlertSchema,
  store: (stores) => stores.alerts,
  view: alertView,
  plural: 'Alerts',
}
const queries: Kind<Query> = {
  machine: 'query',
  path: '/queries',
  permission: 'queries.read',
  schema: QuerySchema,
  store: (stores) => stores.queries,
  view: queryView,
  plural: 'Queries',
}
const changes: Kind<ChangeRequest> = {
  machine: 'change',
  path: '/change-requests',
  permission: 'changes.read',
  schema: ChangeSchema,
  store: (stores) => stores.changes,
  view: changeView,
  plural: 'ChangeRequests',
}

/** One record with its history, as the caller may see it. */
async function shown<T extends Case>(
  kind: Kind<T>,
  stores: Stores,
  caller: StaffMember,
  id: number,
  status: 200 | 201 = 200,
): Promise<StaffAnswer> {
  const name = `${kind.machine} ${id}`
  const record = ofSite(caller, await kind.store(stores).one(caller.studyId, id), name)
  const history = await stores.transitions.of(caller.studyId, `${kind.machine}:${id}`)
  return {
    body: { ...kind.view(record), history: historyView(history) },
    revision: record.revision,
    status,
  }
}

/** List, one, and each transition that staff may make, straight from the machine. */
function routesOf<T extends Case>(kind: Kind<T>): StaffRoute[] {
  const { machine, path, permission, schema, plural } = kind
  const transitions = Object.entries(machines[machine] as Readonly<Record<string, Transition>>)
  return [
    {
      method: 'GET',
      url: path,
      permission,
      id: `list${plural}`,
      summary: `The ${machine === 'change' ? 'data-change requests' : plural.toLowerCase()} of the caller's sites`,
      query: ListQuery,
      answer: pageSchema(schema),
      handler: async ({ caller, query }, { stores }) => {
        const filter = filterOf(caller, query)
        const found = await kind.store(stores).list(caller.studyId, filter)
        return { body: pageOf(found, filter.limit, kind.view, (record) => record.id) }
      },
    },
    {
      method: 'GET',
      url: `${path}/:id`,
      permission,
      id: `${machine}ById`,
      summary: `One ${machine} with its history`,
      answer: schema,
      handler: ({ caller, params }, { stores }) => shown(kind, stores, caller, numberIn(params, 'id')),
    },
    ...transitions
      .filter(([, { from, by }]) => from !== null && by !== 'system')
      .map(
        ([transition, { by, needs }]): StaffRoute => ({
          method: 'POST',
          url: `${path}/:id/${transition}`,
          permission: by as Permission,
          id: `${machine}-${transition}`,
          summary: `${transition}: a transition of the ${machine}`,
          ...(needs === 'note' ? { body: NoteBody } : {}),
          answer: schema,
          conditional: true,
          handler: async (call, parts) => {
            const { caller, params } = call
            const id = numberIn(params, 'id')
            const record = ofSite(
              caller,
              await kind.store(parts.stores).one(caller.studyId, id),
              `${machine} ${id}`,
            )
            const said = (call.body as { note: string } | undefined)?.note
            await workBy(parts, caller, record.patientId, {
              on: machine,
              transition,
              id,
              revision: call.revision(),
              ...(said === undefined ? {} : { said }),
            })
            return shown(kind, parts.stores, caller, id)
          },
        }),
      ),
  ]
}

const askRoute: StaffRoute = {
  method: 'POST',
  url: '/queries',
  permission: 'queries.open',
  id: 'ask',
  summary: 'Ask the site about a patient, a response or an item of it',
  body: QuestionBody,
  answer: QuerySchema,
  handler: async ({ caller, body }, parts) => {
    const { patientId, position, item, note } = body as {
      patientId: string
      position?: number
      item?: string
      note: string
    }
    const done = await workBy(parts, caller, patientId, {
      on: 'query',
      transition: 'ask',
      position: position ?? null,
      item: item ?? null,
      said: note,
    })
    return shown(queries, parts.stores, caller, done.id, 201)
  },
}

const draftRoute: StaffRoute = {
  method: 'POST',
  url: '/change-requests',
  permission: 'changes.draft',
  id: 'draftChange',
  summary: 'Draft a request for other answers in a response',
  body: ChangeBody,
  answer: ChangeSchema,
  handler: async ({ caller, body }, parts) => {
    const { position, answers, source, reason } = body as {
      position: number
      answers: WantedAnswers
      source: string
      reason: string
    }
    const name = `response ${position}`
    const response = ofSite(caller, await parts.stores.changes.response(caller.studyId, position), name)
    const done = await workBy(parts, caller, response.patientId, {
      on: 'change',
      transition: 'draft',
      position,
      answers,
      source,
      said: reason,
    })
    return shown(changes, parts.stores, caller, done.id, 201)
  },
}

export const recordRoutes: readonly StaffRoute[] = [
  ...routesOf(alerts),
  ...routesOf(queries),
  askRoute,
  ...routesOf(changes),
  draftRoute,
]
