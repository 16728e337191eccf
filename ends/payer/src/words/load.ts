import type { Language, Locale } from './speak.ts'

const LOADERS: Readonly<Record<Locale, () => Promise<{ language: Language }>>> = {
  en: () => import('./language-en.ts'),
  'zh-CN': () => import('./language-zh-CN.ts'),
}

/** The words of one language, or of any other when that file does not come; null when none does. */
export async function loadLanguage(locale: Locale): Promise<Language | null> {
  const order: Locale[] = locale === 'en' ? ['en', 'zh-CN'] : ['zh-CN', 'en']
  for (const each of order) {
    const loaded = await LOADERS[each]().catch(() => null)
    if (loaded !== null) return loaded.language
  }
  return null
}
