import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formatDecimal } from '#protocol/money.ts'
import { readAmounts } from '../mandate/limits-form.ts'
import type { Mandate } from '../mandate/mandate.ts'
import { listMandates, lowerMandate, revokeMandate } from '../mandate/storage.ts'
import { type Form, formOf } from '../page/form.ts'
import type { PageParts } from '../page/guard.ts'
import { html, type Markup } from '../page/html.ts'
import { dayText, ibanText, moneyText, sendPage } from '../page/layout.ts'
import { type Tongue, tongueOf } from '../page/words.ts'
import { type CustomerAccount, customerAccounts, latestMovements, type Movement } from './accounts.ts'
import { closeSession, findSession, formToken, isFormToken, type Session } from './session.ts'
import { SIGN_IN_STATUS, type SignInFault, signInForm, signOutForm, takeSignIn } from './sign-in-form.ts'

type Params = { Params: { mandateId: string } }
type Notice = 'revoked' | 'notRevoked' | 'lowered' | 'lowerFailed' | 'pageTooOld'
const GOOD: ReadonlySet<Notice> = new Set(['revoked', 'lowered'])

/** The customer's own page: balances, latest movements, and everything allowed, to be lowered or taken back. */
export function accountPages(app: FastifyInstance, parts: PageParts): void {
  const { sql, settings } = parts
  app.get('/account', { schema: { hide: true } }, (request, reply) => show(parts, { request, reply }))
  app.post('/account/sign-in', { schema: { hide: true } }, async (request, reply) => {
    const taken = await takeSignIn(parts, request, reply)
    if (!taken.ok) return show(parts, { request, reply, signInFault: taken.error })
    return reply.redirect(`/account?language=${tongueOf(request).language}`, 303)
  })
  app.post('/account/sign-out', { schema: { hide: true } }, async (request, reply) => {
    const session = await findSession(sql, request, settings.times)
    if (session !== null && isFormToken(session, formOf(request).get('formToken') ?? '')) {
      await closeSession(sql, reply, {
        token: session.token,
        secure: settings.publicUrl.startsWith('https:'),
      })
    }
    return reply.redirect('/account', 303)
  })
  const change = (path: string, act: (session: Session, mandateId: string, form: Form) => Promise<Notice>) =>
    app.post<Params>(path, { schema: { hide: true } }, async (request, reply) => {
      const session = await findSession(sql, request, settings.times)
      if (session === null) return show(parts, { request, reply })
      const form = formOf(request)
      const own = isFormToken(session, form.get('formToken') ?? '')
      const { mandateId } = request.params
      const known = /^[0-9a-f]{32}$/.test(mandateId)
      const notice = !own ? 'pageTooOld' : known ? await act(session, mandateId, form) : 'notRevoked'
      parts.onNotice()
      return show(parts, { request, reply, notice })
    })
  change('/account/mandates/:mandateId/revocation', async ({ customerId }, mandateId) =>
    (await revokeMandate(sql, { mandateId, customerId })) ? 'revoked' : 'notRevoked',
  )
  change('/account/mandates/:mandateId/limits', ({ customerId }, mandateId, form) =>
    lower(parts, { customerId, mandateId, form }),
  )
}

async function lower(
  parts: PageParts,
  wanted: { customerId: bigint; mandateId: string; form: Form },
): Promise<Notice> {
  const { mandateId, customerId, form } = wanted
  const mandate = (await listMandates(parts.sql, customerId)).find((one) => one.mandateId === mandateId)
  if (mandate === undefined || mandate.limits === null) return 'notRevoked'
  const amounts = readAmounts(form, { atMost: mandate.limits, currency: mandate.currency })
  if (amounts === null) return 'lowerFailed'
  return (await lowerMandate(parts.sql, { mandateId, customerId, ...amounts })) ? 'lowered' : 'lowerFailed'
}

interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly signInFault?: SignInFault
  readonly notice?: Notice
}

async function show(parts: PageParts, visit: Visit): Promise<FastifyReply> {
  const { request, reply } = visit
  const { sql, settings } = parts
  const tongue = tongueOf(request)
  const { words } = tongue
  const frame = { ...settings, tongue }
  const session = await findSession(sql, request, settings.times)
  if (session === null) {
    const why = words.signInAccount
    const fault = visit.signInFault ?? null
    const form = signInForm(tongue, { action: '/account/sign-in', why, fault })
    const status = fault === null ? 200 : SIGN_IN_STATUS[fault]
    return sendPage(reply, frame, {
      status,
      title: words.account,
      body: html`<h1>${words.account}</h1>${form}`,
    })
  }
  const accounts = await customerAccounts(sql, session.customerId)
  const movements = await Promise.all(accounts.map((account) => latestMovements(sql, account.accountId)))
  const mandates = await listMandates(sql, session.customerId)
  const { notice } = visit
  const body = html`<h1>${words.account}</h1><p class="quiet">${words.signedInAs} ${session.name}</p>
${notice !== undefined && html`<p class="notice${GOOD.has(notice) && ' good'}" role="status">${words[notice]}</p>`}
${accounts.map((account, index) => accountCard(account, movements[index] ?? [], { tongue, timeZone: settings.timeZone }))}
${mandatesCard(mandates, { tongue, timeZone: settings.timeZone, formToken: formToken(session), tppName: settings.tppName })}`
  const aside = signOutForm(words, formToken(session))
  return sendPage(reply, frame, { status: 200, title: words.account, body, aside })
}

interface Setting {
  readonly tongue: Tongue
  readonly timeZone: string
}

function accountCard(account: CustomerAccount, movements: Movement[], setting: Setting): Markup {
  const { tongue } = setting
  const { words } = tongue
  const { currency } = account
  const text = (amountMinor: bigint) => moneyText({ amountMinor, currency }, tongue)
  return html`<section class="card"><h2>${ibanText(account.iban)}</h2>
<p class="sum">${text(account.availableMinor)}</p><p class="quiet">${words.available}${
    account.heldMinor > 0n && html`; ${text(account.heldMinor)} ${words.held}`
  }</p>
<details><summary>${words.movements}</summary>${movements.length === 0 && html`<p>${words.noMovements}</p>`}
<ul>${movements.map(
    (movement) => html`<li><div class="row"><span>${words.kinds[movement.kind] ?? movement.kind}${
      movement.counterparty !== null && html` · ${movement.counterparty}`
    }</span><b>${text(movement.amountMinor)}</b></div>
<span class="quiet">${dayText(movement.bookedAt.getTime(), tongue, setting.timeZone)} · ${movement.bankReference}</span></li>`,
  )}</ul></details></section>`
}

function mandatesCard(
  mandates: Mandate[],
  setting: Setting & { formToken: string; tppName: string },
): Markup {
  const { words } = setting.tongue
  return html`<section class="card"><h2>${words.mandates}</h2>
${mandates.length === 0 && html`<p>${words.noMandates}</p>`}
<ul>${mandates.map((mandate) => mandateItem(mandate, setting))}</ul></section>`
}

function mandateItem(mandate: Mandate, setting: Setting & { formToken: string; tppName: string }): Markup {
  const { tongue } = setting
  const { words } = tongue
  const { currency, limits, once, mandateId } = mandate
  const text = (amountMinor: bigint) => moneyText({ amountMinor, currency }, tongue)
  const what =
    mandate.scope === 'recurring' && limits !== null
      ? words.upTo(text(limits.perPaymentMinor), text(limits.perDayMinor))
      : words.onePaymentOf(text(once?.amountMinor ?? 0n))
  const who = mandate.scope === 'recurring' ? setting.tppName : mandate.creditorName
  const until =
    limits === null
      ? null
      : html` · ${words.validUntil} ${dayText(limits.validUntilMs, tongue, setting.timeZone)}`
  const token = html`<input type="hidden" name="formToken" value="${setting.formToken}">`
  return html`<li><div class="row"><span>${who}</span><span class="tag">${words.status[mandate.status]}</span></div>
<span class="quiet">${what}${until}</span>
${
  mandate.status === 'valid' &&
  html`${limits !== null && lowerForm(mandate, { token, tongue })}
<form method="post" action="/account/mandates/${mandateId}/revocation?language=${tongue.language}">${token}
<button class="go plain small" id="revoke-${mandateId}" type="submit">${words.revoke}</button></form>`
}</li>`
}

function lowerForm(mandate: Mandate, setting: { token: Markup; tongue: Tongue }): Markup {
  const { mandateId, currency, limits } = mandate
  const { language, words } = setting.tongue
  const value = (amountMinor: bigint) => formatDecimal({ amountMinor, currency })
  return html`<details><summary>${words.lower}</summary>
<form method="post" action="/account/mandates/${mandateId}/limits?language=${language}">${setting.token}
<div class="pair"><div><label for="perPayment-${mandateId}">${words.perPayment} (${currency})</label>
<input id="perPayment-${mandateId}" name="perPayment" inputmode="decimal" maxlength="20" required value="${value(limits?.perPaymentMinor ?? 0n)}"></div>
<div><label for="perDay-${mandateId}">${words.perDay} (${currency})</label>
<input id="perDay-${mandateId}" name="perDay" inputmode="decimal" maxlength="20" required value="${value(limits?.perDayMinor ?? 0n)}"></div></div>
<button class="go second small" id="lower-${mandateId}" type="submit">${words.lower}</button></form></details>`
}
