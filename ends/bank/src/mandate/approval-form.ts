import { formatDecimal } from '#protocol/money.ts'
import type { CustomerAccount } from '../customer/accounts.ts'
import { type SignInFault, signInFields } from '../customer/sign-in-form.ts'
import type { Form } from '../page/form.ts'
import { html, type Markup } from '../page/html.ts'
import { dayValue, ibanText, moneyText } from '../page/layout.ts'
import type { Tongue } from '../page/words.ts'
import type { Settings } from '../settings.ts'
import type { Mandate } from './mandate.ts'

export type ApprovalFault = 'badLimits' | 'badDate' | 'pageTooOld'

/** What is asked, and by whom: the same before and after signing in. */
export function summary(
  mandate: Mandate,
  tongue: Tongue,
  about: { tppName: string; account?: CustomerAccount | null },
): Markup {
  const { words } = tongue
  const { once, currency } = mandate
  const { account } = about
  return html`<section class="card">
${once !== null && html`<p class="sum">${moneyText({ amountMinor: once.amountMinor, currency }, tongue)}</p>`}
<dl>${once !== null && html`<div><dt>${words.payTo}</dt><dd>${mandate.creditorName}</dd></div>`}
<div><dt>${words.askedBy}</dt><dd>${about.tppName}</dd></div>
${
  account !== undefined &&
  account !== null &&
  html`<div><dt>${words.from}</dt><dd>${ibanText(account.iban)}
<small>${moneyText({ amountMinor: account.availableMinor, currency: account.currency }, tongue)} ${words.available}</small></dd></div>`
}</dl></section>`
}

export interface ApprovalQuestion {
  readonly mandate: Mandate
  readonly tongue: Tongue
  readonly account: CustomerAccount | null
  readonly settings: Settings
  readonly formToken: string
  readonly fault: ApprovalFault | null
  /** What the customer typed, where it has to be asked again. */
  readonly given: Form | null
}

/** The choice. Nothing is chosen beforehand, and refusing is as near as approving. */
export function approvalForm(question: ApprovalQuestion): Markup {
  const { mandate, tongue, account, settings, fault } = question
  const { words } = tongue
  const { once, currency } = mandate
  const poor = once !== null && account !== null && account.availableMinor < once.amountMinor
  return html`${fault !== null && html`<p class="notice" role="alert">${words[fault]}</p>`}
${summary(mandate, tongue, { tppName: settings.tppName, account })}
${account === null && html`<p class="notice">${words.noAccount(currency)}</p>`}
${poor && html`<p class="notice">${words.notEnough}</p>`}
${account !== null && choices(question, [onceContent(question), recurringContent(question)])}
${choices(question, [refuseContent(question)])}`
}

function choices(question: ApprovalQuestion, contents: readonly (Markup | null)[]): Markup {
  return html`${contents.map((content) => content !== null && choice(question, content))}`
}

type Asked = Pick<ApprovalQuestion, 'mandate' | 'tongue' | 'settings' | 'given'>

function onceContent({ mandate, tongue }: Asked): Markup | null {
  const { words } = tongue
  const { once, currency } = mandate
  if (once === null) return null
  const amount = moneyText({ amountMinor: once.amountMinor, currency }, tongue)
  return html`<h2>${words.once}</h2><p class="quiet">${words.onceWhy(mandate.creditorName)}</p>
<button class="go" id="approve-once" name="decision" value="approve-once">${words.approveOnce(amount)}</button>`
}

function refuseContent({ tongue: { words } }: Asked): Markup {
  return html`<p class="quiet">${words.refuseWhy}</p>
<button class="go plain" id="refuse" name="decision" value="refuse">${words.refuse}</button>`
}

export interface StrangersQuestion {
  readonly mandate: Mandate
  readonly tongue: Tongue
  readonly settings: Settings
  readonly fault: SignInFault | null
}

/**
 * Signing in and deciding on one page, for whoever is not signed in. Enter presses the first button, which only signs
 * in: nothing is approved but by the button that says so.
 */
export function signInAndDecide({ mandate, tongue, settings, fault }: StrangersQuestion): Markup {
  const { words } = tongue
  const at = (what: string) => `/approve/${mandate.mandateId}/${what}?language=${tongue.language}`
  const asked = { mandate, tongue, settings, given: null }
  return html`${fault !== null && html`<p class="notice" role="alert">${words[fault]}</p>`}
<form method="post" action="${at('decision')}">
<section class="card"><p class="quiet">${words.signInWhy}</p>
${signInFields(words)}
<button class="go second" id="sign-in" formaction="${at('sign-in')}">${words.signIn}</button></section>
${[onceContent(asked), recurringContent(asked), refuseContent(asked)].map(
  (content) => content !== null && html`<section class="card">${content}</section>`,
)}</form>`
}

/** A form for each choice: Enter in a field of one must not press the button of another. */
function choice(question: ApprovalQuestion, content: Markup): Markup {
  const { mandate, tongue } = question
  return html`<form class="card" method="post" action="/approve/${mandate.mandateId}/decision?language=${tongue.language}">
<input type="hidden" name="formToken" value="${question.formToken}">
${content}</form>`
}

function recurringContent({ mandate, tongue, settings, given }: Asked): Markup | null {
  const { words } = tongue
  const { currency, offered } = mandate
  if (offered === null) return null
  const amount = (name: string, amountMinor: bigint) =>
    given?.get(name) ?? formatDecimal({ amountMinor, currency })
  const lastDay = dayValue(offered.validUntilMs, settings.timeZone)
  return html`<h2>${words.recurring}</h2>
<p class="quiet">${words.recurringWhy(settings.tppName)}</p>
<div class="pair"><div><label for="perPayment">${words.perPayment} (${currency})</label>
<input id="perPayment" name="perPayment" inputmode="decimal" autocomplete="off" maxlength="20" required value="${amount('perPayment', offered.perPaymentMinor)}"></div>
<div><label for="perDay">${words.perDay} (${currency})</label>
<input id="perDay" name="perDay" inputmode="decimal" autocomplete="off" maxlength="20" required value="${amount('perDay', offered.perDayMinor)}"></div></div>
<label for="validUntil">${words.validUntil}</label>
<input id="validUntil" name="validUntil" type="date" required max="${lastDay}" value="${given?.get('validUntil') ?? lastDay}">
<button class="go second" id="approve-mandate" name="decision" value="approve-mandate">${words.approveMandate}</button>`
}
