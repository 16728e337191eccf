import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { approvalRoutes } from './approval-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { chipRoutes } from './chip-routes.ts'
import { evidenceRoutes } from './evidence-routes.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { managedMachineRoutes } from './machine-routes.ts'
import { merchantRoutes } from './merchant-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { managedPaymentRoutes } from './payment-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { siteRoutes } from './site-routes.ts'
import { staffRoutes } from './staff-routes.ts'
import { tariffRoutes } from './tariff-routes.ts'

/** S13 and S14: management information asked for and changed. `guardManagement` comes before. */
export function manageRoutes(app: Server, context: HttpContext): void {
  signInRoutes(app, context)
  sessionRoutes(app, context)
  passkeyRoutes(app, context)
  merchantRoutes(app, context)
  siteRoutes(app, context)
  managedMachineRoutes(app, context)
  chipRoutes(app, context)
  tariffRoutes(app, context)
  managedPaymentRoutes(app, context)
  evidenceRoutes(app, context)
  staffRoutes(app, context)
  invitationRoutes(app, context)
  keyRoutes(app, context)
  approvalRoutes(app, context)
  auditRoutes(app, context)
}
