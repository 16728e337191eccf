/**
 * What this page remembers on the phone: which payment it is at, and which code became which payment, so that
 * a reload or a second scan never claims twice. Nothing here is a secret: the claim secret is a cookie that
 * scripts cannot read.
 */
const NOW = 'farthing.now'
const LATEST = 'farthing.latest'
const CLAIMS = 'farthing.claims'
const CLAIMS_MAX = 20
/** A printed code may be claimed again; a claim without an answer is taken up again within this time. */
const UNANSWERED_CLAIM_MS = 120_000
/** Every payment is final, or a case, by then. */
const LATEST_MAX_MS = 24 * 3_600_000

export interface Claim {
  /** Which code: the end of its signature, or the printed chip and product. */
  readonly mark: string
  readonly idempotencyKey: string
  readonly paymentId?: string
  readonly atMs: number
}

/** A browser may forbid storage (private mode, frames): then the page only lives as long as it is open. */
function read<Value>(store: () => Storage, name: string): Partial<Value> | null {
  try {
    return JSON.parse(store().getItem(name) ?? 'null')
  } catch {
    return null
  }
}

function write(store: () => Storage, name: string, value: unknown): void {
  try {
    if (value === null) store().removeItem(name)
    else store().setItem(name, JSON.stringify(value))
  } catch {
    // Nothing to do: what cannot be kept is asked of the system again.
  }
}

const session = () => sessionStorage
const local = () => localStorage

export function rememberPayment(paymentId: string): void {
  write(session, NOW, { paymentId })
  write(local, LATEST, { paymentId, atMs: Date.now() })
}

export function forgetPayment(): void {
  write(session, NOW, null)
  write(local, LATEST, null)
}

/** The payment of this tab, or the phone's latest, when it is not long ago. */
export function rememberedPayment(): string | null {
  const now = read<{ paymentId: string }>(session, NOW)?.paymentId
  if (now !== undefined) return now
  const latest = read<{ paymentId: string; atMs: number }>(local, LATEST)
  if (latest?.paymentId === undefined || latest.atMs === undefined) return null
  return Date.now() - latest.atMs < LATEST_MAX_MS ? latest.paymentId : null
}

function claims(): Claim[] {
  return read<{ claims: Claim[] }>(local, CLAIMS)?.claims ?? []
}

/** The claim of this code that was begun before, or a new one, stored before it is sent. */
export function beginClaim(mark: string): Claim {
  const known = claims().find((claim) => claim.mark === mark)
  const usable = known?.paymentId !== undefined || Date.now() - (known?.atMs ?? 0) < UNANSWERED_CLAIM_MS
  if (known !== undefined && usable) return known
  const claim: Claim = { mark, idempotencyKey: freshKey(), atMs: Date.now() }
  keepClaim(claim)
  return claim
}

export function keepClaim(claim: Claim): void {
  const others = claims().filter((other) => other.mark !== claim.mark)
  write(local, CLAIMS, { claims: [claim, ...others].slice(0, CLAIMS_MAX) })
}

export function dropClaim(mark: string): void {
  write(local, CLAIMS, { claims: claims().filter((claim) => claim.mark !== mark) })
}

/** The system knows nothing of that payment for this phone: its code may be claimed anew. */
export function dropClaimOf(paymentId: string): void {
  write(local, CLAIMS, { claims: claims().filter((claim) => claim.paymentId !== paymentId) })
}

/** 128 random bits in hex; `crypto.randomUUID` is missing on plain http. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
