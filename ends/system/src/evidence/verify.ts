import type { X509Certificate } from 'node:crypto'
import { Value } from 'typebox/value'
import { decodePayment } from '../payment/codec.ts'
import { type EvidenceFile, EvidenceFileSchema } from './evidence-file.ts'
import { seenBy } from './seen.ts'
import { type Finding, type Report, broken, differing, finding } from './report.ts'
import { checkCertificates } from './verify-certificates.ts'
import { checkAnchors, checkChain, checkReplay, checkSeal, eventsOf } from './verify-chain.ts'
import { checkConfirmation, checkOrders } from './verify-confirmation.ts'
import { type Story, checkAbout, openSigned } from './verify-signed.ts'

/**
 * Verifies the evidence of one payment by the file alone: no database, no network, no clock. Never throws, whatever the
 * file is. `root` is the authority's, which whoever verifies has from elsewhere; without it the keys are taken as given.
 */
export async function verifyEvidence(text: string, root: X509Certificate | null): Promise<Report> {
  const file = parse(text)
  if (file === null) return reportOf('', [broken('file', 'this is no farthing-evidence/1 file')])
  const { paymentId } = file.payment
  const findings: Finding[] = []
  try {
    findings.push(checkSeal(file), ...checkChain(file), checkReplay(file), ...checkAnchors(file))
    findings.push(...(await checkStory(storyOf(file), root)))
  } catch (error) {
    // What was tampered with need not even be a payment any more.
    const why = error instanceof Error ? error.message : String(error)
    findings.push(broken('file', `what it holds cannot be read as a payment: ${why}`))
  }
  return reportOf(paymentId, findings)
}

function parse(text: string): EvidenceFile | null {
  try {
    const file: unknown = JSON.parse(text)
    return Value.Check(EvidenceFileSchema, file) ? file : null
  } catch {
    return null
  }
}

function storyOf(file: EvidenceFile): Story {
  return { file, payment: decodePayment(JSON.stringify(file.payment)), events: eventsOf(file) }
}

async function checkStory(story: Story, root: X509Certificate | null): Promise<readonly Finding[]> {
  const opened = openSigned(story)
  return [
    checkSeen(story),
    opened.finding,
    ...checkAbout(story, opened.messages),
    ...(await checkConfirmation(story)),
    ...checkOrders(story),
    ...checkCertificates(story, root),
  ]
}

function checkSeen({ file, payment }: Story): Finding {
  const { payee, ...seen } = file.seen
  const { payee: paid, ...bought } = seenBy(payment)
  const wrong = differing('what the payer saw', {
    ...(file.for === 'merchant' ? { payer: [file.payer, payment.payerId ?? null] } : {}),
    machine: [seen.machineId, bought.machineId],
    goods: [seen.goods, bought.goods],
    amount: [seen.amountMinor, bought.amountMinor],
    currency: [seen.currency, bought.currency],
    payee: [payee.merchantId, paid.merchantId],
    name: [payee.name, paid.name],
    account: [payee.iban, paid.iban],
  })
  return finding('seen', wrong, 'what the payer saw is what the payment is for')
}

function reportOf(paymentId: string, findings: readonly Finding[]): Report {
  return { paymentId, findings, holds: findings.every(({ verdict }) => verdict !== 'broken') }
}
