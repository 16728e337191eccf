/** What a chip signed and the system accepted: the bytes as they came, to be kept with the fact that they stand for. */
export interface SignedWord {
  readonly kind: 'check-answer' | 'started' | 'outcome'
  readonly bytes: Uint8Array
  /** Epoch milliseconds at which we had it. */
  readonly atMs: number
}

const KINDS: Readonly<Record<SignedWord['kind'], true>> = {
  'check-answer': true,
  started: true,
  outcome: true,
}

/** Null for messages that are no evidence. An issue answer is none either: the code within it is in the journal. */
export function signedWord(name: string, bytes: Uint8Array, atMs: number): SignedWord | null {
  return Object.hasOwn(KINDS, name) ? { kind: name as SignedWord['kind'], bytes, atMs } : null
}
