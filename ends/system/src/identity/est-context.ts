import type { Server as HttpsServer } from 'node:https'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Sql } from '../database.ts'
import type { Settings } from '../settings.ts'
import type { Authority } from './authority.ts'

export type EstServer = FastifyInstance<HttpsServer>

/** Everything that the enrolment service stands on. */
export interface EstContext {
  readonly settings: Pick<Settings, 'publicOrigin'> & { readonly est: NonNullable<Settings['est']> }
  readonly brokerUrl: string
  readonly authority: Authority
  /** PEM texts, the newest first. */
  readonly commandCertificates: readonly string[]
  readonly sql: Sql
  readonly log: Logger
  readonly nowMs: () => number
}
