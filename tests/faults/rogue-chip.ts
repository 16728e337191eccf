import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { openAuthority } from '#hosting/certificate.ts'
import { connect, type MqttClient } from 'mqtt'
import {
  BootId,
  ChipId,
  currencyOf,
  hashCode,
  type Check,
  type CheckAnswer,
  type Command,
  type DownMessage,
  type IssueRequest,
  openVerified,
  type Outcome,
  type PaymentCode,
  seal,
  type Signer,
  topicOf,
  type UpMessage,
} from '#protocol'
import { nodeSigner, nodeVerifier, sha256, spkiOfPem } from '#protocol/node-keys.ts'
import type { Hall } from './hall.ts'

const TLS_1_3_ALONE = { minVersion: 'TLSv1.3' } as const

/** What it says to each message from the system; what is not given is answered as an honest chip would. */
export interface Manners {
  readonly onIssueRequest?: (request: IssueRequest, honest: UpMessage) => readonly UpMessage[]
  readonly onCheck?: (check: Check, honest: CheckAnswer) => readonly UpMessage[]
  readonly onCommand?: (command: Command, honest: Outcome) => readonly UpMessage[]
}

/** A chip with a good certificate and a good key that does as it likes: it stands in for the machine's own chip. */
export class RogueChip {
  readonly chipId: ChipId
  manners: Manners = {}
  readonly #client: MqttClient
  readonly #signer: Signer
  readonly #boot = BootId.fromBytes(new Uint8Array(randomBytes(BootId.lengthBytes)))
  #counter = 1_000_000
  #sequence = 0

  private constructor(chipId: ChipId, client: MqttClient, signer: Signer) {
    this.chipId = chipId
    this.#client = client
    this.#signer = signer
  }

  /** Takes the place of this machine's chip, whose process is killed. */
  static async instead(hall: Hall, key: string): Promise<RogueChip> {
    const { house } = hall
    await house.machine(key).chip.kill()
    const own = house.provisioned.chips.get(key)
    if (!own) throw new RangeError(`${key} has a chip`)
    const read = (file: string) => readFile(file, 'utf8')
    // One that no revocation list will name: what it says still comes through when its chip is revoked, so that the
    // system has to judge it. That the broker hangs up on those that are named is tried beside the broker.
    const authority = await openAuthority(house.provisioned.identityFolder)
    const tls = await authority.client(own.chipId, { file: `${own.chipId}-unlisted` })
    const client = connect(`mqtts://localhost:${String(house.wiring.brokerPort)}`, {
      ca: await read(house.provisioned.caFile),
      cert: await read(tls.certificateFile),
      key: await read(tls.keyFile),
      ...TLS_1_3_ALONE,
      clientId: own.chipId,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
    })
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => {
        resolve()
      })
      client.once('error', reject)
    })
    // What it is told once it is connected: a broker that has enough of it hangs up, and it goes on without it.
    client.on('error', () => {})
    const rogue = new RogueChip(own.chipId, client, nodeSigner(await read(own.keyFile), { withKid: false }))
    const system = nodeVerifier(spkiOfPem(await read(house.provisioned.commandPublicKeyFile)))
    client.on('message', (_topic, bytes) => {
      const opened = openVerified(new Uint8Array(bytes), () => [system])
      if (opened.ok) void rogue.#answer(opened.value as DownMessage)
    })
    await client.subscribeAsync(topicOf(own.chipId, 'down'), { qos: 1 })
    return rogue
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true)
  }

  async say(message: UpMessage): Promise<void> {
    await this.sayBytes(seal(message, this.#signer))
  }

  /** Resolves when the broker has it, or has hung up. */
  async sayBytes(bytes: Uint8Array): Promise<void> {
    if (!this.#client.connected) return
    const published = this.#client.publishAsync(topicOf(this.chipId, 'up'), Buffer.from(bytes), { qos: 1 })
    const hungUp = new Promise<void>((resolve) => {
      this.#client.once('close', () => {
        resolve()
      })
    })
    await Promise.race([published.catch(() => undefined), hungUp])
  }

  /** A signed code for one purchase, at the price that the fleet has, or another. */
  code(changes: Partial<PaymentCode> = {}): Uint8Array {
    this.#counter += 1
    return seal(
      {
        name: 'payment-code',
        chipId: this.chipId,
        boot: this.#boot,
        counter: this.#counter,
        goods: 1,
        tariffVersion: 1,
        amountMinor: 300n,
        currency: currencyOf('EUR'),
        issuedAtS: Math.floor(Date.now() / 1000),
        lifetimeS: 120,
        ...changes,
      },
      this.#signer,
    )
  }

  hash(code: Uint8Array): Check['codeHash'] {
    return hashCode(code, sha256)
  }

  async #answer(message: DownMessage): Promise<void> {
    for (const answer of this.#answersTo(message)) await this.say(answer)
  }

  #answersTo(message: DownMessage): readonly UpMessage[] {
    switch (message.name) {
      case 'issue-request': {
        const { chipId, requestId } = message
        const honest = {
          name: 'issue-answer',
          chipId,
          requestId,
          refusal: 'none',
          code: this.code(),
        } as const
        return this.manners.onIssueRequest?.(message, honest) ?? [honest]
      }
      case 'check': {
        const honest = this.#ready(message)
        return this.manners.onCheck?.(message, honest) ?? [honest]
      }
      case 'command': {
        const { chipId, commandId, paymentId } = message
        const monotonicMs = performance.now()
        const started = { name: 'started', chipId, commandId, paymentId, boot: this.#boot } as const
        const honest = this.#delivered(message)
        const rest = this.manners.onCommand?.(message, honest) ?? [honest]
        return [{ ...started, monotonicMs: Math.floor(monotonicMs) }, ...rest]
      }
      default:
        return []
    }
  }

  #ready(check: Check): CheckAnswer {
    const { chipId, paymentId, nonce, round, codeHash } = check
    return {
      name: 'check-answer',
      chipId,
      paymentId,
      nonce,
      round,
      codeHash,
      amountMinor: check.amountMinor,
      currency: check.currency,
      tariffVersion: check.tariffVersion,
      verdict: 'ready',
      boot: this.#boot,
      monotonicMs: Math.floor(performance.now()),
      wallS: Math.floor(Date.now() / 1000),
      machineState: 'reserved',
    }
  }

  #delivered({ chipId, commandId, paymentId, units }: Command): Outcome {
    this.#sequence += 1
    return {
      name: 'outcome',
      chipId,
      commandId,
      paymentId,
      result: 'delivered',
      deliveredMin: units,
      deliveredMax: units,
      ordered: units,
      evidence: 'acknowledged',
      reason: '',
      sequence: this.#sequence,
    }
  }
}
