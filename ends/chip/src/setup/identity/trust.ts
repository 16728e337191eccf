import type { Verifier } from '#protocol'
import { nodeVerifier } from '#protocol/node-keys.ts'
import { COMMAND_USAGE, type ChainProblem, readCertificates, verifyChain } from './chain.ts'

interface Anchor {
  readonly rootPem: string
  /** Undefined while the chip does not know the time: then nobody commands it. */
  readonly wallS: () => number | undefined
}

interface KnownKey {
  readonly pem: string
  readonly verifier: Verifier
}

/**
 * The keys that may command this chip: those that the root itself has certified for it, in their time. An issuing
 * authority cannot make one, since its key lies with the running system.
 */
export class Trust {
  private readonly anchor: Anchor
  private keys: readonly KnownKey[] = []

  constructor(anchor: Anchor) {
    this.anchor = anchor
  }

  /**
   * Takes the place of all keys before: what is not named again is withdrawn. Returns why keys were not taken, one
   * problem for each.
   */
  replace(commandKeys: readonly string[]): readonly ChainProblem[] {
    const checked = commandKeys.map((chain) => ({
      pem: firstOf(chain),
      problem: this.problemOf(firstOf(chain)),
    }))
    // One whose time is yet to come, or that the unset clock cannot judge, is kept: it is judged each time it is used.
    const kept = checked.filter(({ problem }) => problem === undefined || problem === 'not-in-time')
    this.keys = kept.map(({ pem }) => ({ pem, verifier: verifierOf(pem) }))
    return checked.flatMap(({ problem }) => (problem === undefined ? [] : [problem]))
  }

  verifiers(): readonly Verifier[] {
    return this.keys.filter(({ pem }) => this.problemOf(pem) === undefined).map(({ verifier }) => verifier)
  }

  private problemOf(pem: string): ChainProblem | undefined {
    const { rootPem, wallS } = this.anchor
    const verified = verifyChain(pem, { rootPem, atS: wallS() ?? 0, usage: COMMAND_USAGE })
    return verified.ok ? undefined : verified.error
  }
}

/** Without what may stand behind it: nobody comes between the root and a command key. */
function firstOf(chain: string): string {
  return readCertificates(chain).at(0)?.toString() ?? ''
}

function verifierOf(pem: string): Verifier {
  const [certificate] = readCertificates(pem)
  if (certificate === undefined) throw new Error('a verified certificate can be read')
  return nodeVerifier(new Uint8Array(certificate.publicKey.export({ type: 'spki', format: 'der' })))
}
