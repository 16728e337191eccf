import type { Problem } from './setup.ts'
import type { Key } from './words/en.ts'
import type { Line } from './words/speak.ts'

const WORDS: Readonly<Partial<Record<Problem['code'], Key>>> = {
  offline: 'problemOffline',
  busy: 'problemBusy',
  'payment-on': 'problemPayment',
  'too-many-phones': 'problemPhones',
  'radio-failed': 'networksFailed',
  'answer-unclear': 'problemUnclear',
  'body-malformed': 'problemUnclear',
  'content-type': 'problemUnclear',
  'cross-site': 'problemUnclear',
  'wrong-host': 'problemUnclear',
  'not-found': 'problemUnclear',
  method: 'problemUnclear',
}

/** These show in the chip's state as well, and turn the page into the screen that says what to do. */
const SEEN_IN_STATE: ReadonlySet<Problem['code']> = new Set(['proof-needed', 'closed'])

/** Why the chip refused, in words; null where the page says it otherwise. */
export function problemLine(problem: Problem): Line | null {
  if (SEEN_IN_STATE.has(problem.code)) return null
  return { key: WORDS[problem.code] ?? 'problemRefused' }
}
