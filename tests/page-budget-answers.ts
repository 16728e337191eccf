import type { Page, Route } from 'playwright-core'
import type { Screen } from './page-budget-screens.ts'

/** Answers what one screen asks the system for; the page's own files still come from the system. */
export async function answerFor(page: Page, screen: Screen): Promise<void> {
  await page.route('**/v1/**', async (route) => {
    const path = new URL(route.request().url()).pathname
    if (screen.isSilent === true && path === '/v1/payments') return
    await answer(route, path, screen)
  })
}

async function answer(route: Route, path: string, screen: Screen): Promise<void> {
  const { view, options, machine, history, refusal } = screen
  if (path.endsWith('/events')) return stream(route, view)
  if (path.endsWith('/confirmation-options') && options !== undefined) return json(route, 200, options)
  if (path === '/v1/payer/payments') return json(route, 200, { payments: history ?? [] })
  if (path.startsWith('/v1/machines/') && machine !== undefined) return json(route, 200, machine)
  if (path === '/v1/payments' && refusal !== undefined) {
    const { status, code, charged } = refusal
    return json(route, status, {
      type: `/errors#${code}`,
      title: code,
      status,
      code,
      charged,
      retryable: false,
    })
  }
  if (path.startsWith('/v1/payments') && view !== undefined) return json(route, 201, view)
  return json(route, 404, { code: 'route-unknown', charged: 'no', retryable: false })
}

function json(route: Route, status: number, body: object): Promise<void> {
  const contentType = status < 400 ? 'application/json' : 'application/problem+json'
  return route.fulfill({ status, contentType, body: JSON.stringify(body) })
}

function stream(route: Route, view: Screen['view']): Promise<void> {
  const body =
    view === undefined ? '' : `id: ${String(view.version)}\nevent: payment\ndata: ${JSON.stringify(view)}\n\n`
  return route.fulfill({ status: 200, contentType: 'text/event-stream', body })
}
