// The staff's part of the HTTP door. Every route stands in this list with its permission; there is no other.
import type { FastifyInstance } from 'fastify'
import type { DoorParts } from '../../parts.ts'
import { derivationRoutes } from '../derivation-routes.ts'
import { courseRoutes } from './course.ts'
import { deviceSignatureRoutes } from './device-signatures.ts'
import { handOverRoutes } from './hand-over.ts'
import { heldAndConflictRoutes } from './held.ts'
import { patientRoutes } from './patients.ts'
import { recordRoutes } from './records.ts'
import { responseRoutes } from './responses.ts'
import { addStaffRoute, type StaffRoute } from './staff-route.ts'

export const staffRoutes: readonly StaffRoute[] = [
  ...recordRoutes,
  ...responseRoutes,
  ...patientRoutes,
  ...heldAndConflictRoutes,
  ...courseRoutes,
  ...handOverRoutes,
  ...derivationRoutes,
  ...deviceSignatureRoutes,
]

export function staffDoor(app: FastifyInstance, parts: DoorParts): void {
  for (const route of staffRoutes) addStaffRoute(app, () => parts.staff, route)
}
