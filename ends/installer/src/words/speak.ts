import type { SetupFailure } from '../setup.ts'
import { en, type Key } from './en.ts'
import { failureEn, type FailureWords } from './failure-en.ts'
import { failureZhCN } from './failure-zh-CN.ts'
import { machinesZhCN, zhCN } from './zh-CN.ts'

export type Locale = 'en' | 'zh-CN'
export type Values = Readonly<Record<string, string | number>>

/** One thing to say: a key of the word tables, and what goes into its `{places}`. */
export interface Line {
  readonly key: Key
  readonly values?: Values
}

/** All the words of one language. */
export interface Language {
  readonly locale: Locale
  readonly words: Readonly<Record<Key, string>>
  readonly failures: Readonly<Record<SetupFailure, FailureWords>>
  /** Drivers, and wirings as `driver.wiring`, that this language has words of its own for. */
  readonly machines: Readonly<Record<string, string>>
}

/** Both come with the page: once it stands, the hotspot may go, and nothing has to be fetched any more. */
export const LANGUAGES: Readonly<Record<Locale, Language>> = {
  en: { locale: 'en', words: en, failures: failureEn, machines: {} },
  'zh-CN': { locale: 'zh-CN', words: zhCN, failures: failureZhCN, machines: machinesZhCN },
}

/** The first language of the installer's phone that we speak; English when there is none. */
export function chooseLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    if (/^zh\b/i.test(language)) return 'zh-CN'
    if (/^en\b/i.test(language)) return 'en'
  }
  return 'en'
}

export interface Speech {
  readonly locale: Locale
  /** The words for a key, `{places}` filled. What is filled in is text, whatever it looks like. */
  say(key: Key, values?: Values): string
  line(line: Line): string
  failure(code: SetupFailure, values: Values): FailureWords
  /** A driver or a wiring by its id, as the chip calls it where there are no other words. */
  machine(id: string, name: string): string
}

export function speechIn({ locale, words, failures, machines }: Language): Speech {
  const say = (key: Key, values: Values = {}) => filled(words[key], values)
  return {
    locale,
    say,
    machine: (id, name) => (Object.hasOwn(machines, id) ? machines[id] : undefined) ?? name,
    line: (line) => say(line.key, line.values),
    failure(code, values) {
      const { what, todo } = failures[code]
      return { what: filled(what, values), todo: filled(todo, values) }
    },
  }
}

/** In one pass: what was filled in is not looked at again. */
function filled(text: string, values: Values): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}
