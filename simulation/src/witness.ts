import type { Verifier } from '#protocol/cose.ts'
import { open } from '#protocol/envelope.ts'
import type { ChipId } from '#protocol/identifier.ts'
import { keyIdOfSpki } from '#protocol/node-keys.ts'
import type { DownMessage, Message, UpMessage } from '#protocol/message/registry.ts'
import { EPOCH_MS } from './registry.ts'
import type { VirtualTime } from './time.ts'

/** What was said on the link, as its sender gave it away, before the network did anything to it; epoch ms. */
export interface Said<Kind extends Message> {
  readonly atMs: number
  readonly chipId: ChipId
  readonly message: Kind
}

/** Words that mean nothing to any invariant. */
const UNHEARD: ReadonlySet<Message['name']> = new Set(['hello', 'progress', 'tariff', 'release', 'presence'])

/** Stands beside the link and writes down what is said; what it writes down is what the invariants are held against. */
export class Witness {
  readonly ups: Said<UpMessage>[] = []
  readonly downs: Said<DownMessage>[] = []
  readonly #time: VirtualTime

  constructor(time: VirtualTime) {
    this.#time = time
  }

  up(chipId: ChipId, bytes: Uint8Array): void {
    const message = read(bytes)
    if (message && !UNHEARD.has(message.name))
      this.ups.push({ atMs: EPOCH_MS + this.#time.nowMs(), chipId, message: message as UpMessage })
  }

  down(chipId: ChipId, bytes: Uint8Array): void {
    const message = read(bytes)
    if (message && !UNHEARD.has(message.name))
      this.downs.push({ atMs: EPOCH_MS + this.#time.nowMs(), chipId, message: message as DownMessage })
  }
}

/** The sender is known to the witness: it reads without asking for keys. */
function read(bytes: Uint8Array): Message | undefined {
  const opened = open(bytes)
  if (!opened.ok || UNHEARD.has(opened.value.claim.name)) return undefined
  const { alg, kid } = opened.value.claim
  const trusting: Verifier = { alg, kid: kid ?? NO_KEY, verify: () => true }
  const message = opened.value.verify([trusting])
  return message.ok ? message.value : undefined
}

const NO_KEY = keyIdOfSpki(new Uint8Array(0))
