import { fromBase64url } from '#protocol/bytes.ts'
import { HEADER_KID, parseSign1, verifySign1 } from '#protocol/cose.ts'
import { KeyId } from '#protocol/identifier.ts'
import { keyIdOfSpki, nodeVerifier } from '#protocol/node-keys.ts'
import { anchorHash } from '../audit/anchor.ts'
import { CHAIN_START, type Plain, canonicalJson } from '../audit/canonical.ts'
import { chainHash } from '../payment/chain.ts'
import { decodeEvent, decodePayment, encodePayment } from '../payment/codec.ts'
import type { Event } from '../payment/event.ts'
import type { Payment } from '../payment/state.ts'
import { transition } from '../payment/transition.ts'
import { type EvidenceFile, sealedText } from './evidence-file.ts'
import { type Finding, broken, finding, holds, unchecked } from './report.ts'

const SEAL_BYTES_MAX = 512

/** The system's signature over the whole file. */
export function checkSeal(file: EvidenceFile): Finding {
  const about = 'seal'
  const sign1 = parseSign1(fromBase64url(file.seal) ?? new Uint8Array(0), SEAL_BYTES_MAX)
  if (!sign1.ok) return broken(about, 'the seal is no signature')
  const kid = sign1.value.protectedHeader.get(HEADER_KID)
  const keyId = kid instanceof Uint8Array && kid.length === KeyId.lengthBytes ? KeyId.fromBytes(kid) : ''
  const key = file.keys.find((known) => known.of === 'system' && known.keyId === keyId)
  const spki = fromBase64url(key?.spki ?? '')
  if (key === undefined || spki === null || keyIdOfSpki(spki) !== keyId)
    return broken(about, 'the seal names a key of the system that the file does not have')
  const same = Buffer.from(sealedText(file)).equals(Buffer.from(sign1.value.payload))
  if (!same) return broken(about, 'the file is not as it was when it was sealed')
  return verifySign1(sign1.value, nodeVerifier(spki))
    ? holds(about, `the file is as the system sealed it, with key ${keyId}`)
    : broken(about, 'the seal was not signed by the key that it names')
}

/** What alone may be replaced: ids of the payer, in a merchant's file. */
const REPLACEABLE = /"(deviceId|payerId|mandateId)":"[0-9a-f]{32}"/

/** Link by link; a link whose text has pseudonyms can only be held to its neighbours. */
export function checkChain({ events, for: audience }: EvidenceFile): readonly Finding[] {
  const about = 'chain'
  const wrong: string[] = []
  let previous = CHAIN_START
  for (const [index, { version, previousHash, hash, text, replaced }] of events.entries()) {
    if (version !== index + 1) wrong.push(`event ${String(index + 1)} is missing`)
    else if (previousHash !== previous) wrong.push(`event ${String(version)} does not follow the one before`)
    else if (!replaced && chainHash(previous, version, text) !== hash)
      wrong.push(`event ${String(version)} was changed`)
    if (replaced && (audience === 'platform' || !REPLACEABLE.test(text)))
      wrong.push(`event ${String(version)} has nothing that may be replaced`)
    previous = hash
  }
  const veiled = events.filter(({ replaced }) => replaced).map(({ version }) => version)
  const links = `${String(events.length)} events, each bound to the one before`
  return [
    finding(about, wrong, links),
    ...(veiled.length === 0
      ? []
      : [
          unchecked(
            about,
            `the hashes of events ${veiled.join(', ')}, where pseudonyms stand for the payer's ids: the seal vouches for their text; the platform's file of this payment has them as they were hashed`,
          ),
        ]),
  ]
}

/** From the first event through the very function that decides payments, to the state that the file gives. */
export function checkReplay({ events, payment }: EvidenceFile): Finding {
  const about = 'state'
  let now: Payment | null = null
  for (const { version, hash, text } of events) {
    if (now === null) {
      const first = JSON.parse(text) as { kind?: unknown; payment?: unknown }
      if (first.kind !== 'claimed') return broken(about, 'the first event is no claim')
      now = { ...decodePayment(JSON.stringify(first.payment)), chainHash: hash }
    } else {
      const step = transition(now, decodeEvent(text))
      now = { ...step.payment, version, chainHash: hash }
    }
  }
  if (now === null) return broken(about, 'there are no events')
  const same = canonicalJson(JSON.parse(encodePayment(now)) as Plain) === canonicalJson(payment)
  return same
    ? holds(about, `the events lead to exactly the state that is given: ${now.state}`)
    : broken(about, 'the events do not lead to the state that is given')
}

export function checkAnchors({ anchors, events, payment }: EvidenceFile): readonly Finding[] {
  const about = 'anchors'
  const last = events.at(-1)?.version ?? 0
  const wrong: string[] = []
  for (const anchor of anchors) {
    const name = `anchor ${anchor.sequence}`
    if (events[anchor.version - 1]?.hash !== anchor.eventHash)
      wrong.push(`${name} binds another event ${String(anchor.version)}`)
    if (anchor.heads === null) continue
    const own = anchor.heads.find(({ paymentId }) => paymentId === payment.paymentId)
    const { sequence, atMs, previousHash: prev_hash, heads } = anchor
    if (own?.hash !== anchor.eventHash || own.version !== anchor.version)
      wrong.push(`${name} does not bind this payment so`)
    if (anchorHash({ sequence, at_ms: String(atMs), prev_hash, heads }) !== anchor.hash)
      wrong.push(`${name} was changed`)
  }
  const bound = anchors.at(-1)?.version ?? 0
  const words = `event ${String(bound)} and all before it were bound together with other payments by ${String(anchors.length)} anchors`
  return [
    ...(anchors.length === 0 ? [] : [finding(about, wrong, words)]),
    ...(bound < last
      ? [unchecked(about, `events after ${String(bound)}: no anchor had bound them when the file was made`)]
      : []),
    ...(anchors.some(({ heads }) => heads === null)
      ? [unchecked(about, "the anchors' own hashes: they bind payments of other merchants, too")]
      : []),
  ]
}

export function eventsOf({ events }: EvidenceFile): readonly Event[] {
  return events.slice(1).map(({ text }) => decodeEvent(text))
}
