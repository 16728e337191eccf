import { formatMoney } from '../money.ts'
import type { MoneyView } from '../payment.ts'
import { type Key, en } from './en.ts'
import { type ReasonCode, reasonEn } from './reason-en.ts'
import { reasonZhCN } from './reason-zh-CN.ts'
import { zhCN } from './zh-CN.ts'

export type Locale = 'en' | 'zh-CN'
export type Values = Readonly<Record<string, string | number | MoneyView>>

/** One thing to say: a key of the word tables, and what goes into its `{places}`. */
export interface Line {
  readonly key: Key
  readonly values?: Values
}

const WORDS: Readonly<Record<Locale, Readonly<Record<Key, string>>>> = { en, 'zh-CN': zhCN }
const REASONS: Readonly<Record<Locale, Readonly<Record<ReasonCode, string>>>> = {
  en: reasonEn,
  'zh-CN': reasonZhCN,
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
}

export function speechIn(locale: Locale): Speech {
  const money = (amount: MoneyView) => formatMoney(amount, locale)
  const say = (key: Key, values: Values = {}) =>
    WORDS[locale][key].replaceAll(/\{(\w+)\}/g, (place, name: string) => {
      const value = values[name]
      if (value === undefined) return place
      return typeof value === 'object' ? money(value) : String(value)
    })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  return {
    locale,
    say,
    line: (line) => say(line.key, line.values),
    reason: (code) => (isReasonCode(code) ? REASONS[locale][code] : null),
    money,
    clock: (atMs) => clock.format(atMs),
    date: (atMs) => date.format(atMs),
  }
}

export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(reasonEn, code)
}
