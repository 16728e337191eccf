import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { X509Crl } from '@peculiar/x509'
import { type Result, fail, ok } from '#protocol/result.ts'
import type { Issuer } from './issuer.ts'
import { serialKey } from './peer.ts'

/** RFC 5280 section 5.2.3. */
const CRL_NUMBER = '2.5.29.20'
const DER_INTEGER = 0x02
const NUMBER_MAX_BYTES = 20
/** Parts of a list of 1 MiB, the longest that is accepted: some eight for an entry of at least 35 bytes. */
const NODES_MAX = 300_000

interface List {
  readonly number: bigint
  readonly serials: ReadonlySet<string>
  readonly hash: string
}

/**
 * Which certificates are revoked. Of each issuer the list with the highest number counts, however late an older one
 * comes, and though its next update be overdue: what was revoked stays revoked when the system is silent.
 */
export class Revocations {
  private readonly issuers: readonly Issuer[]
  private readonly lists = new Map<Issuer, List>()

  constructor(issuers: readonly Issuer[]) {
    this.issuers = issuers
  }

  /** Takes a list in DER, if an issuer of ours signed it. */
  async hear(der: Uint8Array): Promise<Result<'newer' | 'not-newer', string>> {
    // Lists are told again and again, and a long one takes a while to read.
    const hash = createHash('sha256').update(der).digest('hex')
    if ([...this.lists.values()].some((list) => list.hash === hash)) return ok('not-newer')
    const crl = parse(der)
    if (!crl) return fail('not a revocation list')
    const number = numberOf(crl)
    if (number === null) return fail('a list without a number')
    if (crl.extensions.some(({ critical }) => critical))
      return fail('a list that is partial, or says something critical that is not understood here')
    const issuer = await this.signerOf(crl)
    if (!issuer) return fail(`a list in the name of "${crl.issuer}" that no issuer of ours signed`)
    const kept = this.lists.get(issuer)
    if (kept && kept.number >= number) return ok('not-newer')
    this.lists.set(issuer, {
      number,
      hash,
      serials: new Set(crl.entries.map(({ serialNumber }) => serialKey(serialNumber))),
    })
    return ok('newer')
  }

  /** `unheard`: no list of this issuer has come yet, so nobody knows. */
  standingOf(issuer: Issuer, serial: string): 'good' | 'revoked' | 'unheard' {
    const list = this.lists.get(issuer)
    if (!list) return 'unheard'
    return list.serials.has(serial) ? 'revoked' : 'good'
  }

  private async signerOf(crl: X509Crl): Promise<Issuer | undefined> {
    for (const issuer of this.issuers) {
      if (issuer.read.subject !== crl.issuer) continue
      if (await crl.verify({ publicKey: issuer.read }).catch(() => false)) return issuer
    }
    return undefined
  }
}

function parse(der: Uint8Array): X509Crl | null {
  try {
    return new X509Crl(new Uint8Array(der), { berOptions: { maxNodes: NODES_MAX } })
  } catch {
    return null
  }
}

function numberOf(crl: X509Crl): bigint | null {
  const value = crl.getExtension(CRL_NUMBER)?.value
  if (!value) return null
  const [tag, length, ...digits] = new Uint8Array(value)
  if (tag !== DER_INTEGER || length !== digits.length) return null
  if (length === 0 || length > NUMBER_MAX_BYTES) return null
  return BigInt(`0x${Buffer.from(digits).toString('hex')}`)
}
