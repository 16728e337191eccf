import { X509Certificate } from 'node:crypto'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { isInTime, isIssuedBy } from '../identity/certificate-file.ts'
import { COMMAND_USAGE } from '../identity/command-usage.ts'
import type { EvidenceKey } from './evidence-file.ts'
import { type Finding, finding, unchecked } from './report.ts'
import type { Story } from './verify-signed.ts'

const OWNERS: Readonly<Record<EvidenceKey['of'], string>> = {
  chip: "the chip's key",
  system: "the system's key",
}

/** Whether the keys of the file are whose it says, by the root that the one who verifies trusts. */
export function checkCertificates(story: Story, root: X509Certificate | null): readonly Finding[] {
  const about = 'certificates'
  if (root === null)
    return [unchecked(about, 'whose the keys are: give the root of the system’s authority with --root')]
  return [
    ...story.file.keys.map((key) => checkKey(story, key, root)),
    unchecked(
      about,
      'whether a certificate was revoked at that time: the lists of that time are not in the file',
    ),
  ]
}

function checkKey({ payment, file }: Story, key: EvidenceKey, root: X509Certificate): Finding {
  const about = 'certificates'
  const name = `${OWNERS[key.of]} ${key.keyId}`
  const chain = key.certificates.flatMap((der) => certificateOf(der) ?? [])
  const [leaf, ...issuers] = chain
  if (key.certificates.length === 0 || leaf === undefined)
    return key.certificates.length > chain.length
      ? finding(about, [`${name} has a certificate that cannot be read`], '')
      : unchecked(about, `${name} has no certificate: it was registered by hand`)
  const wrong: string[] = []
  const spki = toBase64url(leaf.publicKey.export({ type: 'spki', format: 'der' }))
  if (spki !== key.spki) wrong.push(`${name} is not that of its certificate`)
  const path = [leaf, ...issuers, root]
  if (!path.slice(1).every((issuer, index) => isIssuedBy(path[index] ?? root, issuer)))
    wrong.push(`${name} is not certified by this root`)
  if (key.of === 'chip' && leaf.subject !== `CN=${payment.chipId}`) wrong.push(`${name} is of another chip`)
  if (key.of === 'system' && !leaf.keyUsage?.includes(COMMAND_USAGE)) wrong.push(`${name} may not command`)
  const inTime = [payment.claimedAtMs, file.madeAtMs].some((atMs) => isInTime(leaf, atMs))
  if (!inTime) wrong.push(`${name} was not certified at that time`)
  return finding(
    about,
    wrong,
    `${name} is certified by the root${key.of === 'chip' ? ' for exactly this chip' : ' for commands'}`,
  )
}

function certificateOf(der: string): X509Certificate | null {
  try {
    return new X509Certificate(fromBase64url(der) ?? new Uint8Array(0))
  } catch {
    return null
  }
}
