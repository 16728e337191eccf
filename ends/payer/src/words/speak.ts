import { formatMoney } from '../money.ts'
import type { MoneyView } from '../payment.ts'
import type { Key } from './en.ts'
import type { ReasonCode } from './reason-en.ts'

export type Locale = 'en' | 'zh-CN'
type Values = Readonly<Record<string, string | number | MoneyView>>

/** One thing to say: a key of the word tables, and what goes into its `{places}`. */
export interface Line {
  readonly key: Key
  readonly values?: Values
}

/** All the words of one language; each is a file of its own, and the phone loads only its own. */
export interface Language {
  readonly locale: Locale
  readonly words: Readonly<Record<Key, string>>
  readonly reasons: Readonly<Record<ReasonCode, string>>
}

/** The first language of the payer's that we speak; English when there is none. */
export function chooseLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    if (/^zh\b/i.test(language)) return 'zh-CN'
    if (/^en\b/i.test(language)) return 'en'
  }
  return 'en'
}

export interface Speech {
  readonly locale: Locale
  /** The words for a key, `{places}` filled; money by the currency's own rules. */
  say(key: Key, values?: Values): string
  line(line: Line): string
  /** Why, by code; null for a code that this page has no words for. */
  reason(code: string): string | null
  money(money: MoneyView): string
  /** Hours and minutes. */
  clock(atMs: number): string
  date(atMs: number): string
  /** Day and time, short, for lists. */
  day(atMs: number): string
}

/** Before the words have come; nothing is painted with it. */
export const SILENT: Speech = {
  locale: 'en',
  say: () => '',
  line: () => '',
  reason: () => null,
  money: () => '',
  clock: () => '',
  date: () => '',
  day: () => '',
}

export function speechIn({ locale, words, reasons }: Language): Speech {
  const money = (amount: MoneyView) => formatMoney(amount, locale)
  const quantityOf = ({ of, unit }: Values): string => {
    const count = Number(of)
    return (
      countedIn(locale, count, typeof unit === 'string' ? unit : '') ??
      say(count === 1 ? 'pieceOne' : 'pieceMany', { count })
    )
  }
  const say = (key: Key, values: Values = {}): string =>
    words[key].replaceAll(/\{(\w+)\}/g, (place, name: string) => {
      if (name === 'quantity') return quantityOf(values)
      const value = values[name]
      if (value === undefined) return place
      return typeof value === 'object' ? money(value) : String(value)
    })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  })
  return {
    locale,
    say,
    line: (line) => say(line.key, line.values),
    reason: (code) => (isReasonCode(code, reasons) ? reasons[code] : null),
    money,
    clock: (atMs) => clock.format(atMs),
    date: (atMs) => date.format(atMs),
    day: (atMs) => day.format(atMs),
  }
}

/** A tariff's unit by the language's own rules (`12 minutes`, `12分钟`); null for pieces, which have words here. */
function countedIn(locale: Locale, count: number, unit: string): string | null {
  if (unit === 'piece') return null
  try {
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
  } catch {
    // Not one of the units of ECMA-402 section 6.6.2: it stands as the operator wrote it.
    return `${String(count)}\u00a0${unit}`
  }
}

function isReasonCode(code: string, reasons: Language['reasons']): code is ReasonCode {
  return Object.hasOwn(reasons, code)
}
