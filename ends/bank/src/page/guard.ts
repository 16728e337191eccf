import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Sql } from '../database/connect.ts'
import { faultOf, type Logger } from '../log.ts'
import type { Settings } from '../settings.ts'
import { isOwnOrigin } from './form.ts'
import { html } from './html.ts'
import { sendPage } from './layout.ts'
import { type Tongue, tongueOf } from './words.ts'

export interface PageParts {
  readonly settings: Settings
  readonly sql: Sql
  readonly log: Logger
  readonly onNotice: () => void
}

/** Every form of these pages must come from these pages; faults are told as pages, with nothing internal in them. */
export function guardPages(app: FastifyInstance, parts: PageParts): void {
  app.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'POST' || isOwnOrigin(request, parts.settings.publicUrl)) return undefined
    return sendForeignForm(reply, parts, tongueOf(request))
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const tongue = tongueOf(request)
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 503
    if (status === 503) parts.log.error({ ...faultOf(error), route: request.routeOptions.url }, 'page failed')
    const body = html`<h1>${tongue.words.failedTitle}</h1><p class="card">${tongue.words.failed}</p>`
    return sendPage(reply, { ...parts.settings, tongue }, { status, title: tongue.words.failedTitle, body })
  })
}

export function sendForeignForm(reply: FastifyReply, parts: PageParts, tongue: Tongue): FastifyReply {
  const title = tongue.words.failedTitle
  const body = html`<h1>${title}</h1><p class="card">${tongue.words.foreignForm}</p>`
  return sendPage(reply, { ...parts.settings, tongue }, { status: 403, title, body })
}
