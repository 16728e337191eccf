import { fromBase64url } from '#protocol/bytes.ts'
import { hashCode, openAs } from '#protocol/envelope.ts'
import type { CheckAnswer } from '#protocol/message/check-answer.ts'
import type { PaymentCode } from '#protocol/message/payment-code.ts'
import { sha256 } from '#protocol/node-keys.ts'
import type { Payment } from '#system/payment/state.ts'
import type { Observed } from '../observed.ts'
import { replays } from '../replay.ts'
import { Findings, type Violation } from './violation.ts'

/**
 * I5: nobody is asked to confirm unless the chip signed exactly this payment, at the tariff in force, and the system's
 * fresh nonce, in time.
 */
export function chipAskedFirst(observed: Observed): readonly Violation[] {
  const findings = new Findings('I5')
  const answers = Map.groupBy<string, Answered>(
    observed.ups.flatMap((said) =>
      said.message.name === 'check-answer' ? [{ ...said, message: said.message }] : [],
    ),
    ({ message }) => message.nonce,
  )
  const nonces = new Map<string, string>()
  for (const [paymentId, { steps }] of replays(observed)) {
    for (const { after, before } of steps) {
      const { check } = after
      if (check && check.nonce !== before?.check?.nonce) {
        findings.expect(!nonces.has(check.nonce), paymentId, 'a nonce was used twice')
        nonces.set(check.nonce, paymentId)
      }
      const asked = after.state === 'confirming' && before?.state !== 'confirming'
      const ordered = after.state === 'paying' && before?.state !== 'paying'
      if (!before || (!asked && !ordered)) continue
      const nonce = asked ? (steps[0]?.after.check?.nonce ?? firstNonce(steps)) : after.check?.nonce
      const answer = answers.get(nonce ?? '')?.find(({ message }) => message.verdict === 'ready')
      findings.expect(answer !== undefined, paymentId, `${after.state} without the chip's yes to this nonce`)
      if (!answer) continue
      const askedAtMs = checkedAtMs(steps, nonce)
      findings.expect(
        answer.chipId === after.chipId && exactly(answer.message, after),
        paymentId,
        'the chip said yes to something else',
      )
      findings.expect(
        askedAtMs !== undefined && answer.atMs <= askedAtMs + after.times.chipAnswerMs,
        paymentId,
        'the chip said yes too late',
      )
      if (asked) signedCode(observed, after, findings)
    }
  }
  return findings.found
}

interface Answered {
  readonly atMs: number
  readonly chipId: string
  readonly message: CheckAnswer
}

type Steps = readonly { readonly after: Payment }[]

function firstNonce(steps: Steps): string | undefined {
  return steps.find(({ after }) => after.check !== undefined)?.after.check?.nonce
}

function checkedAtMs(steps: Steps, nonce: string | undefined): number | undefined {
  return steps.find(({ after }) => after.check?.nonce === nonce)?.after.check?.askedAtMs
}

function exactly(
  answer: {
    codeHash: string
    amountMinor: bigint
    currency: string
    tariffVersion: number
    paymentId: string
  },
  { paymentId, code, purchase }: Payment,
): boolean {
  return (
    answer.paymentId === paymentId &&
    answer.codeHash === code?.codeHash &&
    answer.amountMinor === purchase.amountMinor &&
    answer.currency === purchase.currency &&
    answer.tariffVersion === purchase.tariffVersion
  )
}

function signedCode(observed: Observed, payment: Payment, findings: Findings): void {
  const { paymentId, chipId, purchase } = payment
  const changes = observed.registry.get(chipId) ?? []
  const keys = changes[0]?.record.chipKeys ?? []
  const bytes = fromBase64url(payment.code?.codeBase64 ?? '') ?? new Uint8Array(0)
  const opened = openAs('payment-code', bytes, () => keys)
  findings.expect(opened.ok, paymentId, 'the code is not signed by this chip')
  if (!opened.ok) return
  const code: PaymentCode = opened.value
  findings.expect(
    hashCode(bytes, sha256) === payment.code?.codeHash &&
      code.chipId === chipId &&
      code.amountMinor === purchase.amountMinor &&
      code.currency === purchase.currency &&
      code.tariffVersion === purchase.tariffVersion,
    paymentId,
    'the code was signed over something else',
  )
  const tariff = changes.find(({ record }) => record.tariff?.tariffVersion === purchase.tariffVersion)?.record
    .tariff
  const product = tariff?.products.find(({ id }) => id === purchase.productId)
  const priceMinor = product?.mode === 'hold' ? product.holdMinor : product?.priceMinor
  findings.expect(priceMinor === purchase.amountMinor, paymentId, 'the amount is not the one of its tariff')
}
