import { createPublicKey, randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { Signer } from '#protocol/cose.ts'
import { anchorChains } from './audit/anchor.ts'
import { type HttpBank, openHttpBank } from './bank/http-bank.ts'
import { type MqttLink, openMqttLink } from './chip/mqtt-link.ts'
import { startCore } from './core.ts'
import { type Sql, connectDatabase, learnArrayTypes } from './database.ts'
import type { CommandKey } from './evidence/command-keeper.ts'
import type { HttpContext } from './http/context.ts'
import { faultOf } from './http/failure.ts'
import { forgetOldKeys } from './http/idempotency.ts'
import { createServer } from './http/server.ts'
import { readCertificates } from './identity/certificate-file.ts'
import { readCommandKeys } from './identity/command-key.ts'
import { startIdentity } from './identity/identity.ts'
import { type MachineRegistry, openMachineRegistry } from './machine/registry.ts'
import { migrate } from './migrations.ts'
import { type Notifications, openNotifications } from './notifications.ts'
import { forgetUnusedDevices } from './payer/device.ts'
import { type Settings, SettingsError, readSecret } from './settings.ts'
import { forgetOldChallenges } from './staff-member/challenge.ts'

const HOUSEKEEPING_MS = 60_000
const STOP_DATABASE_S = 5

export interface RunningSystem {
  readonly url: string
  stop(): Promise<void>
}

interface Parts {
  readonly settings: Settings
  readonly log: Logger
  readonly sql: Sql
  readonly bank: HttpBank
  readonly link: MqttLink
  readonly machines: MachineRegistry
  readonly notifications: Notifications
  readonly signer: Signer
  readonly commandKey: CommandKey
}

/** One node: from the outside in, everything is made here and handed to whoever needs it. */
export async function startSystem(settings: Settings, log: Logger): Promise<RunningSystem> {
  const { signer, certificates, commandKey } = readCommandKeys(settings, Date.now())
  const bankPublicKeyPem = readPublicKey(settings.bank.publicKeyFile)
  const pseudonymSecret = readSecret('pseudonymSecretFile', settings.pseudonymSecretFile)
  const token = readSecret('bank.tokenFile', settings.bank.tokenFile)
  const sql = connectDatabase(settings.database)
  const applied = await migrate(sql)
  await learnArrayTypes(sql)
  if (applied.length > 0) log.info({ applied }, 'migrations applied')
  const notifications = await openNotifications(() =>
    connectDatabase({ ...settings.database, connectionsMax: 1 }),
  )
  const machines = await openMachineRegistry(sql, notifications, Date.now)
  const bank = openHttpBank(
    { url: settings.bank.url, token, requestMs: settings.times.bankRequestMs },
    (message, details) => log.warn(details, message),
  )
  const link = openMqttLink(
    {
      ...settings.broker,
      nodeName: randomBytes(4).toString('hex'),
      takeovers: settings.identity !== undefined,
    },
    (state) => log.info({ state }, 'chip link'),
  )
  const parts: Parts = { settings, log, sql, bank, link, machines, notifications, signer, commandKey }
  const core = startCore(parts)
  const identity = await startIdentity({ ...parts, clones: core.clones, commandCertificates: certificates })
  const { publicOrigin } = settings
  const context: HttpContext = {
    ...parts,
    service: core.service,
    bankPublicKeyPem,
    pseudonymSecret,
    issuerCertificates: readIssuers(settings),
    verifying: {
      sql,
      relyingParty: {
        rpId: new URL(publicOrigin).hostname,
        origin: publicOrigin,
        frameOrigins: settings.frameOrigins,
      },
      nowMs: Date.now,
    },
    nowMs: Date.now,
    isReady: async () => (await sql`SELECT 1`).length === 1 && link.connected(),
  }
  const app = await createServer(context)
  await app.listen({ host: settings.listen.host, port: settings.listen.port })
  const housekeeping = keepHouse(parts)
  return {
    url: publicOrigin,
    stop: async () => {
      clearInterval(housekeeping)
      await app.close()
      await identity.stop()
      await core.stop()
      await link.close()
      await bank.close()
      machines.close()
      await notifications.close()
      await sql.end({ timeout: STOP_DATABASE_S })
    },
  }
}

/** Now and then: chains are anchored together; old idempotency keys and unused devices are forgotten. */
function keepHouse({ sql, log }: Parts): ReturnType<typeof setInterval> {
  const round = async () => {
    await anchorChains(sql, Date.now())
    await forgetOldKeys(sql)
    await forgetUnusedDevices(sql)
    await forgetOldChallenges(sql)
  }
  return setInterval(() => {
    round().catch((error: unknown) => log.warn(faultOf(error), 'housekeeping has to wait'))
  }, HOUSEKEEPING_MS)
}

function readIssuers({ identity }: Settings): readonly Uint8Array[] {
  const issuers = identity?.issuers ?? []
  return issuers.map(({ certificateFile }, index) => {
    const [certificate] = readCertificates(
      `identity.issuers.${String(index)}.certificateFile`,
      certificateFile,
    )
    return new Uint8Array(certificate.raw)
  })
}

function readPublicKey(file: string): string {
  const pem = readSecret('bank.publicKeyFile', file)
  try {
    if (createPublicKey(pem).asymmetricKeyType === 'ed25519') return pem
  } catch {
    // Said below, in the same words as for a key of another kind.
  }
  throw new SettingsError(`bank.publicKeyFile names ${file}, which holds no Ed25519 public key in PEM.`)
}
