import { verifySignature } from '@simplewebauthn/server/helpers'
import { fromBase64url, fromHex, toBase64url, toHex } from '#protocol/bytes.ts'
import { sha256 } from '#protocol/node-keys.ts'
import { bindingOf } from '../payer/binding.ts'
import { netOrder } from './money.ts'
import type { EvidenceConfirmation } from './evidence-file.ts'
import { type Finding, differing, finding, holds, unchecked } from './report.ts'
import type { Story } from './verify-signed.ts'

/** WebAuthn section 6.1. */
const FLAGS_AT = 32
const FLAG_PRESENT = 0x01
const FLAG_VERIFIED = 0x04

/** What the payer confirmed is what the file says that they saw, and they alone could. */
export async function checkConfirmation(story: Story): Promise<readonly Finding[]> {
  const { file, payment } = story
  const about = 'confirmation'
  if (payment.confirmation === undefined) {
    return file.confirmation === null
      ? []
      : [finding(about, ['the file has one that the payment does not have'], '')]
  }
  if (file.confirmation === null) return [unchecked(about, 'what the payer confirmed was not kept')]
  const { confirmation } = file
  const binding = toHex(bindingOf(payment, confirmation.nonce))
  const method = confirmation.method.endsWith('pin') ? 'pin' : 'passkey'
  const wrong = differing('the confirmation', {
    binding: [confirmation.binding, binding],
    'binding in the events': [payment.confirmation.boundHash, binding],
    method: [payment.confirmation.method, method],
  })
  const { payee, purchase, machineId } = payment
  const what = `${purchase.amountMinor.toString()} minor units of ${purchase.currency} to ${payee.name} at machine ${machineId}`
  return [
    finding(about, wrong, `the payer confirmed exactly this: ${what}`),
    ...(await checkProof(confirmation, binding)),
  ]
}

async function checkProof(confirmation: EvidenceConfirmation, binding: string): Promise<readonly Finding[]> {
  const about = 'passkey'
  if (confirmation.method.endsWith('pin'))
    return [
      unchecked('pin', 'that it was the right PIN: a PIN signs nothing, and only the system has seen it'),
    ]
  const client = clientOf(confirmation)
  const challenge = toBase64url(fromHex(binding) ?? new Uint8Array(0))
  const type = confirmation.method === 'passkey' ? 'webauthn.get' : 'webauthn.create'
  const wrong = differing('what the phone was asked', {
    challenge: [client.challenge, challenge],
    type: [client.type, type],
  })
  const asked = finding(
    about,
    wrong,
    `the phone was asked for exactly this binding, by ${String(client.origin)}`,
  )
  if (confirmation.method === 'new-passkey')
    return [asked, unchecked(about, 'who answered: making a passkey signs nothing, as it confirms once')]
  return [asked, await checkAssertion(confirmation, String(client.origin))]
}

async function checkAssertion(confirmation: EvidenceConfirmation, origin: string): Promise<Finding> {
  const about = 'passkey'
  const { clientDataJSON, authenticatorData, signature, publicKey } = confirmation
  if (authenticatorData === null || signature === null || publicKey === null)
    return unchecked(
      about,
      'its signature: the key is the same at every merchant and would name the payer; the platform’s file has it',
    )
  const data = bytesIn(authenticatorData)
  const flags = data[FLAGS_AT] ?? 0
  const host = sha256(new TextEncoder().encode(URL.parse(origin)?.hostname ?? ''))
  const wrong: string[] = []
  if (confirmation.attestationObject !== null) wrong.push('it has what only a new passkey has')
  if ((flags & FLAG_PRESENT) === 0 || (flags & FLAG_VERIFIED) === 0) wrong.push('it did not verify its owner')
  if (toHex(data.subarray(0, FLAGS_AT)) !== toHex(host)) wrong.push('it answered for another site')
  const signed = new Uint8Array([...data, ...sha256(bytesIn(clientDataJSON))])
  const right = await isSigned({ publicKey: bytesIn(publicKey), signature: bytesIn(signature), signed })
  if (!right) wrong.push('its signature does not verify')
  return finding(about, wrong, 'it verified its owner and signed this binding')
}

async function isSigned(by: {
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
  readonly signed: Uint8Array<ArrayBuffer>
}): Promise<boolean> {
  try {
    const { publicKey: credentialPublicKey, signature, signed: data } = by
    return await verifySignature({ credentialPublicKey, signature, data })
  } catch {
    // The library throws for keys and signatures that it cannot read.
    return false
  }
}

function bytesIn(text: string | null): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromBase64url(text ?? '') ?? [])
}

function clientOf({ clientDataJSON }: EvidenceConfirmation): {
  readonly type?: unknown
  readonly challenge?: unknown
  readonly origin?: unknown
} {
  try {
    const client: unknown = JSON.parse(new TextDecoder().decode(bytesIn(clientDataJSON)))
    return typeof client === 'object' && client !== null ? client : {}
  } catch {
    return {}
  }
}

/** Of the orders: for exactly what was confirmed, and never more back than was taken. */
export function checkOrders({ payment }: Story): readonly Finding[] {
  const about = 'orders'
  if (payment.orders.length === 0) return [holds(about, 'no money was ordered')]
  const { wrong, words } = netOrder(payment)
  return [
    finding(about, wrong, words),
    unchecked(
      about,
      'what the bank did: its statement shows the references that the orders have, and its word is not signed',
    ),
  ]
}
