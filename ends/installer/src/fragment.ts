import { tidyAddress, tidyClaimCode } from './typed.ts'

/** What the console's QR code brings along behind `#`; a GET never carries it to anyone. */
export interface ClaimLink {
  readonly address: string
  readonly claimCode: string
}

/** `#s=<host:port>&c=<claim code>`; null for anything else, and for a link of which half is missing. */
export function readClaimLink(hash: string): ClaimLink | null {
  const parts = new URLSearchParams(hash.replace(/^#/, ''))
  const [address, claimCode] = [parts.get('s'), parts.get('c')]
  if (address === null || claimCode === null) return null
  const link = { address: tidyAddress(address), claimCode: tidyClaimCode(claimCode) }
  return link.address === '' || link.claimCode === '' ? null : link
}

/** The whole link, pasted into a field that wants only a part of it. */
export function claimLinkIn(text: string): ClaimLink | null {
  const at = text.indexOf('#')
  return at < 0 ? null : readClaimLink(text.slice(at).trim())
}
