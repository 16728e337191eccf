import type { Logger } from 'pino'
import type { MqttLink } from '../chip/mqtt-link.ts'
import type { Sql } from '../database.ts'
import { faultOf } from '../http/failure.ts'
import type { MachineRegistry } from '../machine/registry.ts'
import type { Settings } from '../settings.ts'
import { openAuthority } from './authority.ts'
import type { CloneWatch } from './clone-watch.ts'
import { createEstServer } from './est-server.ts'
import { publishRevocations } from './revocation-publisher.ts'

export interface IdentityParts {
  readonly settings: Settings
  readonly log: Logger
  readonly sql: Sql
  readonly link: MqttLink
  readonly machines: MachineRegistry
  readonly clones: CloneWatch
  readonly commandCertificates: readonly string[]
}

export interface RunningIdentity {
  stop(): Promise<void>
}

/** Issuing, enrolment and revocation, as far as the settings ask for them. Throws a SettingsError. */
export async function startIdentity(parts: IdentityParts): Promise<RunningIdentity> {
  const { settings, log, sql, link, machines, clones } = parts
  const { identity, est } = settings
  if (!identity) return { stop: () => Promise.resolve() }
  const nowMs = Date.now
  const authority = await openAuthority(identity, { rootFile: settings.broker.caFile, nowMs: nowMs() })
  const warn = (message: string, details: object) => log.warn(details, message)
  link.onTakeover((payload) => {
    clones
      .hearTakeover(payload, nowMs())
      .catch((error: unknown) => warn('a takeover was lost', faultOf(error)))
  })
  const stopRevocations = publishRevocations({ sql, authority, machines, link, nowMs, warn })
  if (!est) {
    return {
      stop: () => {
        stopRevocations()
        return Promise.resolve()
      },
    }
  }
  const { brokerUrl } = est
  const { commandCertificates } = parts
  const app = createEstServer({
    settings: { publicOrigin: settings.publicOrigin, est },
    brokerUrl,
    authority,
    commandCertificates,
    sql,
    log,
    nowMs,
  })
  await app.listen({ host: est.listen.host, port: est.listen.port })
  log.info({ address: est.publicAddress, issuer: authority.issuing.serial }, 'chips can enrol')
  return {
    stop: async () => {
      stopRevocations()
      await app.close()
    },
  }
}
