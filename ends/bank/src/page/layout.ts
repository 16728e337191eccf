import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { formatDecimal, type Money } from '#protocol/money.ts'
import { html, Markup } from './html.ts'
import { STYLE } from './style.ts'
import type { Tongue } from './words.ts'

const STYLE_SHA256 = createHash('sha256').update(STYLE).digest('base64')

const PEBBLES = new Markup(
  '<svg viewBox="0 0 32 24" aria-hidden="true"><ellipse cx="11" cy="17" rx="10" ry="6" fill="#9fc9c4"/>' +
    '<ellipse cx="22" cy="16" rx="9" ry="6.5" fill="#e8d9b8"/><ellipse cx="16" cy="8" rx="8" ry="5.5" fill="#fff"/></svg>',
)

export interface Page {
  readonly status: number
  readonly title: string
  readonly body: Markup
  /** What stands at the right of the head: signing out, say. */
  readonly aside?: Markup | null
  /** Where a form of this page may end up, beside the bank itself: browsers hold redirects to it too. */
  readonly leadsTo?: string
}

export interface PageFrame {
  readonly bankName: string
  readonly frameAncestors: readonly string[]
  readonly tongue: Tongue
}

/** Sends a whole page. Nothing in it is fetched from elsewhere, and nothing in it can run. */
export function sendPage(reply: FastifyReply, frame: PageFrame, page: Page): FastifyReply {
  const ancestors = frame.frameAncestors.length === 0 ? "'none'" : frame.frameAncestors.join(' ')
  const leadsTo = page.leadsTo === undefined ? '' : ` ${page.leadsTo}`
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_SHA256}'`,
    `form-action 'self'${leadsTo}`,
    `frame-ancestors ${ancestors}`,
    "base-uri 'none'",
  ].join('; ')
  const document = html`<!doctype html>
<html lang="${frame.tongue.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title} – ${frame.bankName}</title><style>${new Markup(STYLE)}</style></head>
<body><header><div>${PEBBLES}<span>${frame.bankName}</span>${page.aside ?? null}</div></header>
<main>${page.body}</main></body></html>`
  return reply
    .code(page.status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
      // Not `no-referrer`: browsers would then send forms with `Origin: null`.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    .send(document.text)
}

/** Money as people of that language write it, with the currency's own decimals. */
export function moneyText(money: Money, tongue: Tongue): string {
  const { currency } = money
  const decimal = formatDecimal(money)
  const format = new Intl.NumberFormat(tongue.language, { style: 'currency', currency })
  // A decimal string is formatted exactly; a number would not be.
  return isDecimal(decimal) ? format.format(decimal) : `${decimal} ${currency}`
}

export function dayText(ms: number, tongue: Tongue, timeZone: string): string {
  return new Intl.DateTimeFormat(tongue.language, { dateStyle: 'long', timeZone }).format(ms)
}

function isDecimal(text: string): text is `${number}` {
  return /^-?\d+(\.\d+)?$/.test(text)
}

/** `YYYY-MM-DD`, for a date field. */
export function dayValue(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms)
}

/** An IBAN in groups of four. */
export function ibanText(iban: string): string {
  return iban.replace(/(.{4})(?=.)/g, '$1 ')
}
