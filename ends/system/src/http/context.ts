import type { Logger } from 'pino'
import type { Signer } from '#protocol/cose.ts'
import type { Bank } from '../bank/port.ts'
import type { Sql } from '../database.ts'
import type { CommandKey } from '../evidence/command-keeper.ts'
import type { MachineRegistry } from '../machine/registry.ts'
import type { Notifications } from '../notifications.ts'
import type { Verifying } from '../payer/verification.ts'
import type { PaymentService } from '../payment/service.ts'
import type { Settings } from '../settings.ts'

/** Everything that routes stand on. */
export interface HttpContext {
  readonly settings: Pick<
    Settings,
    'publicOrigin' | 'frameOrigins' | 'trustedProxies' | 'limits' | 'payerPageFolder'
  >
  readonly sql: Sql
  readonly notifications: Notifications
  readonly service: PaymentService
  readonly machines: Pick<MachineRegistry, 'machineByChip'>
  readonly bank: Bank
  /** The bank's Ed25519 key, SubjectPublicKeyInfo in PEM. */
  readonly bankPublicKeyPem: string
  /** Makes first devices and pseudonyms; never leaves this process. */
  readonly pseudonymSecret: string
  readonly verifying: Verifying
  /** What evidence is sealed with: the command key. */
  readonly signer: Signer
  readonly commandKey: CommandKey
  /** Of those who issue, or once issued, chips' certificates; DER. */
  readonly issuerCertificates: readonly Uint8Array[]
  readonly log: Logger
  readonly nowMs: () => number
  /** False where this node can serve nobody: its database or its link to the chips is away. */
  readonly isReady: () => Promise<boolean>
}
