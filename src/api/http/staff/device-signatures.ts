// Entries whose device signature does not verify, for people to look at. What was applied stays as it is (P11).
import Type from 'typebox'
import type { SignatureCheck } from '../../../records/signature-check-store.ts'
import { limitOf, PageQuery, pageOf, sitesOf, timeOf } from './listing.ts'
import type { StaffRoute } from './staff-route.ts'
import { pageSchema } from './staff-schemas.ts'

const code = Type.Union(
  [
    ...['no-key', 'malformed', 'mismatch', 'missing', 'unreadable'].map((one) => Type.Literal(one)),
    Type.Null(),
  ],
  { description: 'Why it does not verify; `missing`: the device has a key and did not sign.' },
)

/** As a response shows it. */
export const signatureOfDevice = (check: SignatureCheck | undefined) =>
  check === undefined ? null : { state: check.state, code: check.code, device: check.deviceId }

const FailedSchema = Type.Object(
  {
    position: Type.Integer({ description: 'Journal position; of a response, or of an entry that is held.' }),
    patientId: Type.String(),
    siteId: Type.String(),
    device: Type.Integer(),
    code,
    checkedAt: Type.String({ description: 'ISO 8601, UTC.' }),
  },
  { description: 'A signature that does not verify.' },
)

const failed: StaffRoute = {
  method: 'GET',
  url: '/device-signatures/failed',
  permission: 'submissions.read',
  id: 'listFailedDeviceSignatures',
  summary: "Entries of the caller's sites whose device signature does not verify",
  query: PageQuery,
  answer: pageSchema(FailedSchema),
  handler: async ({ caller, query }, { stores }) => {
    const limit = limitOf(query)
    const found = await stores.signatureChecks.failed(caller.studyId, {
      sites: sitesOf(caller, query),
      after: Number(query.after ?? 0),
      limit,
    })
    const view = (one: (typeof found)[number]) => ({
      position: one.position,
      patientId: one.patientId,
      siteId: one.siteId,
      device: one.deviceId,
      code: one.code,
      checkedAt: timeOf(one.checkedAt ?? 0),
    })
    return { body: pageOf(found, limit, view, (one) => one.position) }
  },
}

export const deviceSignatureRoutes: readonly StaffRoute[] = [failed]
