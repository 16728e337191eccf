import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { asPrinted } from './claim-code.ts'

/** An installer has a phone, perhaps a laptop; the one that came first goes when there are more. */
const MAX_SESSIONS = 8
const TOKEN_BYTES = 32

/** The phones that have given the label's proof. They are forgotten when set-up mode closes. */
export class Sessions {
  private readonly tokens = new Set<string>()

  open(): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const [first] = this.tokens
    if (this.tokens.size >= MAX_SESSIONS && first !== undefined) this.tokens.delete(first)
    this.tokens.add(token)
    return token
  }

  has(token: string | undefined): boolean {
    return token !== undefined && this.tokens.has(token)
  }

  forget(): void {
    this.tokens.clear()
  }
}

/**
 * `hash` is SHA-256 in hex of the label's proof: digits, or capitals and digits without hyphens. Then how it is typed
 * does not matter (`asPrinted`); of any other form exactly that is needed.
 */
export function isProof(given: string, hash: string): boolean {
  const wanted = Buffer.from(hash, 'hex')
  const matches = [given.trim(), asPrinted(given)].map((written) => {
    const found = createHash('sha256').update(written).digest()
    return found.length === wanted.length && timingSafeEqual(found, wanted)
  })
  return matches.includes(true)
}
