import { en } from './en.ts'
import { reasonEn } from './reason-en.ts'
import type { Language } from './speak.ts'

export const language: Language = { locale: 'en', words: en, reasons: reasonEn }
