import { reasonZhCN } from './reason-zh-CN.ts'
import type { Language } from './speak.ts'
import { zhCN } from './zh-CN.ts'

export const language: Language = { locale: 'zh-CN', words: zhCN, reasons: reasonZhCN }
