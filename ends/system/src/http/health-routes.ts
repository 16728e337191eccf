import { ERRORS, isErrorCode } from '../error/table.ts'
import { ENROLMENT_ROWS } from '../identity/enrolment-error.ts'
import type { HttpContext } from './context.ts'
import { pageFile, sendFile } from './page.ts'
import type { Server } from './type-provider.ts'

/** Whether this process lives, whether it can serve, the interface's description, and what errors mean. */
export function healthRoutes(app: Server, { isReady }: HttpContext): void {
  const hidden = { schema: { hide: true } }
  app.get('/health', hidden, () => ({ status: 'ok' }))
  app.get('/ready', hidden, async (_request, reply) => {
    const ready = await isReady().catch(() => false)
    return await reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'not ready' })
  })
  app.get('/openapi.json', hidden, () => app.swagger())
  const errors = pageFile(Buffer.from(errorPage()), 'text/html; charset=utf-8')
  app.get('/errors', hidden, (request, reply) => sendFile(request, reply, errors))
}

/** Where the `type` of problem details leads (RFC 9457 section 3.1.1). */
function errorPage(): string {
  const enrolment = Object.entries(ENROLMENT_ROWS).filter(([code]) => !isErrorCode(code))
  const rows = [
    ...Object.entries(ERRORS),
    ...enrolment.map(([code, row]) => [code, { ...row, charged: 'no' }] as const),
  ].map(
    ([code, row]) =>
      `<tr id="${code}"><td><code>${code}</code><td>${String(row.status)}<td>${escape(row.title)}<td>${escape(row.detail)}<td>${row.retryable ? 'yes' : 'no'}<td>${row.charged}`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title><h1>Errors</h1><table><tr><th>code<th>status<th>title<th>in words<th>again<th>charged${rows.join('')}</table></html>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
