import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type CustomerAccount, customerAccounts } from '../customer/accounts.ts'
import { findSession, formToken, isFormToken, type Session } from '../customer/session.ts'
import { SIGN_IN_STATUS, type SignInFault, signOutForm, takeSignIn } from '../customer/sign-in-form.ts'
import { type Form, formOf } from '../page/form.ts'
import { guardPages, type PageParts, sendForeignForm } from '../page/guard.ts'
import { html } from '../page/html.ts'
import { sendPage } from '../page/layout.ts'
import { type Tongue, tongueOf } from '../page/words.ts'
import { type ApprovalFault, approvalForm, signInAndDecide, summary } from './approval-form.ts'
import { readLimits } from './limits-form.ts'
import type { Mandate } from './mandate.ts'
import { type Decision, decideMandate, findMandate } from './storage.ts'

type Params = { Params: { mandateId: string } }

/** The page on which a customer answers a TPP's request: one payment, a mandate within limits, or no. */
export function approvalPages(app: FastifyInstance, parts: PageParts): void {
  guardPages(app, parts)
  app.get<Params>('/approve/:mandateId', { schema: { hide: true } }, (request, reply) =>
    show(parts, { request, reply, mandateId: request.params.mandateId }),
  )
  app.post<Params>('/approve/:mandateId/sign-in', { schema: { hide: true } }, async (request, reply) => {
    const { mandateId } = request.params
    const taken = await takeSignIn(parts, request, reply)
    if (!taken.ok) return show(parts, { request, reply, mandateId, signInFault: taken.error })
    return reply.redirect(`/approve/${encodeURIComponent(mandateId)}${languageQuery(request)}`, 303)
  })
  app.post<Params>('/approve/:mandateId/decision', { schema: { hide: true } }, (request, reply) =>
    decide(parts, { request, reply, mandateId: request.params.mandateId }),
  )
}

interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly mandateId: string
  readonly signInFault?: SignInFault
  readonly fault?: ApprovalFault
  /** Where this very request signed in: its cookie is on the way to the browser only now. */
  readonly session?: Session
}

function languageQuery(request: FastifyRequest): string {
  return `?language=${tongueOf(request).language}`
}

async function openRequest(parts: PageParts, mandateId: string): Promise<Mandate | null> {
  return /^[0-9a-f]{32}$/.test(mandateId) ? findMandate(parts.sql, mandateId) : null
}

async function show(parts: PageParts, visit: Visit): Promise<FastifyReply> {
  const { request, reply } = visit
  const tongue = tongueOf(request)
  const frame = { ...parts.settings, tongue }
  const { words } = tongue
  const mandate = await openRequest(parts, visit.mandateId)
  if (mandate === null) {
    const body = html`<h1>${words.unknownTitle}</h1><p class="card">${words.unknown}</p>`
    return sendPage(reply, frame, { status: 404, title: words.unknownTitle, body })
  }
  if (mandate.status !== 'received') {
    const body = html`<h1>${words.closedTitle}</h1><div class="card"><p>${words.closed}</p>
<p><a id="back" href="${returnUrl(mandate)}">${words.backToPayee}</a></p></div>`
    return sendPage(reply, frame, { status: 410, title: words.closedTitle, body })
  }
  const session = visit.session ?? (await findSession(parts.sql, request, parts.settings.times))
  const title = mandate.once === null ? words.requestTitleRecurring : words.requestTitle
  const leadsTo = new URL(mandate.redirectUri).origin
  const head = html`<h1>${title}</h1>`
  if (session === null) {
    const form = signInAndDecide({
      mandate,
      tongue,
      settings: parts.settings,
      fault: visit.signInFault ?? null,
    })
    const status = visit.signInFault === undefined ? 200 : SIGN_IN_STATUS[visit.signInFault]
    const body = html`${head}${summary(mandate, tongue, { tppName: parts.settings.tppName })}${form}`
    return sendPage(reply, frame, { status, title, body, leadsTo })
  }
  const account = await payingAccount(parts, session, mandate)
  const form = approvalForm({
    mandate,
    tongue,
    account,
    settings: parts.settings,
    formToken: formToken(session),
    fault: visit.fault ?? null,
    given: visit.fault === undefined ? null : formOf(request),
  })
  const aside = signOutForm(words, formToken(session))
  const status = visit.fault === undefined ? 200 : 422
  return sendPage(reply, frame, { status, title, body: html`${head}${form}`, aside, leadsTo })
}

async function payingAccount(
  parts: PageParts,
  session: Session,
  mandate: Mandate,
): Promise<CustomerAccount | null> {
  const accounts = await customerAccounts(parts.sql, session.customerId)
  return accounts.find((account) => account.currency === mandate.currency) ?? null
}

async function decide(parts: PageParts, visit: Visit): Promise<FastifyReply> {
  const { request, reply } = visit
  const form = formOf(request)
  const known = await findSession(parts.sql, request, parts.settings.times)
  const mandate = await openRequest(parts, visit.mandateId)
  // Whoever pressed "sign in" a moment ago may have a session by now that this page does not know of.
  const isSigningIn = form.has('password')
  if (mandate === null || (known === null && !isSigningIn) || mandate.status !== 'received') {
    return reply.redirect(`/approve/${encodeURIComponent(visit.mandateId)}${languageQuery(request)}`, 303)
  }
  if (!isSigningIn && known !== null && !isFormToken(known, form.get('formToken') ?? ''))
    return show(parts, { ...visit, fault: 'pageTooOld' })
  const taken =
    isSigningIn || known === null
      ? await takeSignIn(parts, request, reply)
      : { ok: true as const, value: known }
  if (!taken.ok) return show(parts, { ...visit, signInFault: taken.error })
  const session = taken.value
  const account = await payingAccount(parts, session, mandate)
  // Who has no account in this currency is told so, and can still refuse.
  if (isSigningIn && account === null) return show(parts, { ...visit, session })
  const decision = readDecision(form, { mandate, account, tongue: tongueOf(request), parts })
  if (decision === null) return sendForeignForm(reply, parts, tongueOf(request))
  if (typeof decision === 'string') return show(parts, { ...visit, session, fault: decision })
  const decided = await decideMandate(parts.sql, mandate.mandateId, decision)
  if (!decided) return show(parts, { ...visit, session })
  parts.onNotice()
  return reply.redirect(returnUrl(mandate), 303)
}

function readDecision(
  form: Form,
  about: { mandate: Mandate; account: CustomerAccount | null; tongue: Tongue; parts: PageParts },
): Decision | ApprovalFault | null {
  const { mandate, account } = about
  const { settings } = about.parts
  const wanted = form.get('decision')
  if (wanted === 'refuse') return { kind: 'refuse' }
  if (account === null) return null
  if (wanted === 'approve-once' && mandate.once !== null) {
    return { kind: 'approve-once', accountId: account.accountId, validS: settings.times.onePaymentValidS }
  }
  if (wanted !== 'approve-mandate' || mandate.offered === null) return null
  const limits = readLimits(form, { atMost: mandate.offered, currency: mandate.currency, settings })
  if (typeof limits === 'string') return limits
  return { kind: 'approve-mandate', accountId: account.accountId, limits }
}

/** Back to where the TPP asked for, with the mandate's id; the TPP then asks what was decided. */
function returnUrl(mandate: Mandate): string {
  const url = new URL(mandate.redirectUri)
  url.searchParams.set('approval', mandate.mandateId)
  return url.href
}
