import type { Key } from './words/en.ts'
import type { ReasonCode } from './words/reason-en.ts'
import { isReasonCode } from './words/speak.ts'

type Advice = Extract<Key, `advice${string}`>

/** What a person does about it, by code. A code without advice does not compile. */
const ADVICE: Readonly<Record<ReasonCode, Advice>> = {
  'code-malformed': 'adviceNewCode',
  'code-foreign': 'adviceSticker',
  'code-signature-invalid': 'adviceSticker',
  'code-expired': 'adviceNewCode',
  'code-used': 'adviceNewCode',
  'chip-revoked': 'adviceOther',
  'machine-disabled': 'adviceOther',
  'merchant-disabled': 'adviceContact',
  'system-disabled': 'adviceWait',
  'tariff-old': 'adviceWait',
  'product-unknown': 'adviceNewCode',
  'machine-claimed': 'adviceWait',
  'too-many-claims': 'adviceWait',
  'chip-silent': 'adviceOther',
  'chip-not-issued': 'adviceSticker',
  'chip-answer-differs': 'adviceSticker',
  'chip-clock-unset': 'adviceWait',
  'chip-rebooted': 'adviceNewCode',
  'code-expired-at-chip': 'adviceNewCode',
  'code-used-at-chip': 'adviceNewCode',
  'tariff-differs': 'adviceNewCode',
  'machine-busy': 'adviceOther',
  'machine-fault': 'adviceOther',
  'machine-in-use': 'adviceWait',
  'machine-empty': 'adviceOther',
  'reservation-lost': 'adviceNewCode',
  'presence-timeout': 'adviceNewCode',
  'presence-wrong': 'adviceNewCode',
  'confirmation-timeout': 'adviceNewCode',
  'verification-failed': 'adviceNewCode',
  'approval-refused': 'adviceNewCode',
  cancelled: 'adviceNone',
  disabled: 'adviceOther',
  'bank-no-money': 'adviceBank',
  'bank-limit': 'adviceBank',
  'bank-mandate-invalid': 'adviceNewCode',
  'bank-refused': 'adviceBank',
  'bank-never-received': 'adviceNewCode',
  'bank-reversed': 'adviceBank',
  'hold-released': 'adviceOther',
  'not-started': 'adviceOther',
  'machine-failed': 'adviceOther',
  'partly-delivered': 'adviceNone',
  interrupted: 'adviceNone',
  'settled-too-late': 'adviceNewCode',
  'not-ready-after-payment': 'adviceOther',
  'disabled-after-payment': 'adviceOther',
  silence: 'adviceOther',
  'did-not-run': 'adviceNone',
  'bank-unknown': 'adviceNone',
  'bank-amount-differs': 'adviceNone',
  'refund-refused': 'adviceNone',
  'capture-refused': 'adviceNone',
  'reversed-after-delivery': 'adviceNone',
  complaint: 'adviceNone',
  'revoked-chip-outcome': 'adviceNone',
  offline: 'adviceAgain',
  'answer-unclear': 'adviceAgain',
}

/** For a code that this page does not know, the safe thing to do. */
export function adviceFor(code: string): Advice {
  return isReasonCode(code) ? ADVICE[code] : 'adviceContact'
}
