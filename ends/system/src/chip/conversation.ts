import { openVerified, seal } from '#protocol/envelope.ts'
import type { Signer } from '#protocol/cose.ts'
import type { ChipId } from '#protocol/identifier.ts'
import type { Hello } from '#protocol/message/hello.ts'
import type { DownMessage, UpMessage } from '#protocol/message/registry.ts'
import type { Clock } from '../clock.ts'
import { type MachineRecord, isDistrusted } from '../machine/record.ts'
import { type SignedWord, signedWord } from '../evidence/signed.ts'
import type { Fact } from '../payment/event.ts'
import type { PaymentPorts } from '../payment/ports.ts'
import type { Payment } from '../payment/state.ts'
import { factOf } from './incoming.ts'
import { type ChipEffect, acknowledgement, messageOf, tariffMessage } from './outgoing.ts'
import type { ChipLink } from './port.ts'

/** Chips remembered by their last word; more, and the longest silent are forgotten. */
const HEARD_MAX = 50_000

/** What a chip last said of itself, and when. */
export interface LastHello {
  readonly hello: Hello
  readonly receivedAtMs: number
}

export interface ConversationPorts {
  readonly link: ChipLink
  readonly machines: PaymentPorts['machines']
  readonly clock: Clock
  /** The system's command key. */
  readonly signer: Signer
  /** Takes the fact to the payment; undefined when there is no such payment. */
  readonly onFact: (
    paymentId: Payment['paymentId'],
    fact: Fact,
    signed?: SignedWord,
  ) => Promise<Payment | undefined>
  /** A payment's command, as it went out. */
  readonly onCommand?: (payment: Payment, bytes: Uint8Array) => void
  /** Outcomes and starts that belong to no payment: free starts. True when it was known there. */
  readonly onFreeStart: (
    record: MachineRecord,
    message: Extract<UpMessage, { name: 'started' | 'outcome' }>,
  ) => Promise<boolean>
  /** Looks at the chip's word on itself for whatever else it means; nothing waits for it. */
  readonly onHello?: (record: MachineRecord, hello: Hello, receivedAtMs: number) => void
  /** The chip has left, as it was told to. */
  readonly onRetired?: (message: Extract<UpMessage, { name: 'retired' }>) => Promise<void>
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** Everything between the system and its chips: seals what goes down, verifies what comes up. */
export class ChipConversation {
  readonly #ports: ConversationPorts
  readonly #heard = new Map<ChipId, LastHello>()

  constructor(ports: ConversationPorts) {
    this.#ports = ports
    ports.link.onMessage((chipId, bytes) => {
      this.#receive(chipId, bytes).catch((error: unknown) => {
        // The chip says it again until it is acknowledged; the payment asks again when it is due.
        const why = error instanceof Error ? error.message : String(error)
        ports.warn('a chip message could not be taken', { chipId, why })
      })
    })
  }

  lastHello(chipId: ChipId): LastHello | undefined {
    return this.#heard.get(chipId)
  }

  async carryOut(payment: Payment, effect: ChipEffect): Promise<void> {
    const message = messageOf(payment, effect)
    if (!message) return
    const bytes = seal(message, this.#ports.signer)
    await this.#ports.link.send(message.chipId, bytes)
    if (message.name === 'command') this.#ports.onCommand?.(payment, bytes)
  }

  async send(message: DownMessage): Promise<void> {
    await this.#ports.link.send(message.chipId, seal(message, this.#ports.signer))
  }

  /** Publishes the tariff in force, signed; the chip keeps the newest. */
  async sendTariff(record: MachineRecord): Promise<void> {
    if (record.tariff) await this.send(tariffMessage(record.chipId, record.tariff))
  }

  async #receive(chipId: ChipId, bytes: Uint8Array): Promise<void> {
    const { clock, machines, warn } = this.#ports
    const atMs = clock.nowMs()
    const record = await machines.machineByChip(chipId)
    if (!record) return warn('a message from a chip that nobody registered', { chipId })
    const opened = openVerified(bytes, (claim) => (claim.chipId === chipId ? record.chipKeys : []))
    if (!opened.ok) return warn('a chip message was refused', { chipId, code: opened.error.code })
    const message = opened.value
    if (!isUp(message)) return warn('a chip message was refused', { chipId, code: 'wrong-kind' })
    // A distrusted chip causes nothing; its signed outcomes are kept as evidence (I13).
    if (isDistrusted(record) && message.name !== 'outcome')
      return warn('a chip that is not trusted spoke', { chipId, message: message.name })
    if (message.name === 'hello') return this.#greet(record, message, atMs)
    if (message.name === 'retired') return this.#ports.onRetired?.(message)
    const about = factOf(record, message, atMs)
    if (!about) return
    const signed = signedWord(message.name, bytes, atMs) ?? undefined
    const payment = await this.#ports.onFact(about.paymentId, about.fact, signed)
    if (!payment) await this.#withoutPayment(record, message)
    else if (sellsAtAnotherTariff(record, about.fact)) await this.sendTariff(record)
  }

  async #greet(record: MachineRecord, hello: Hello, receivedAtMs: number): Promise<void> {
    this.#heard.delete(record.chipId)
    this.#heard.set(record.chipId, { hello, receivedAtMs })
    this.#ports.onHello?.(record, hello, receivedAtMs)
    if (this.#heard.size > HEARD_MAX) {
      const [longest] = this.#heard.keys()
      if (longest !== undefined) this.#heard.delete(longest)
    }
    if (record.tariff && hello.tariffVersion !== record.tariff.tariffVersion) await this.sendTariff(record)
  }

  async #withoutPayment(record: MachineRecord, message: UpMessage): Promise<void> {
    if (message.name !== 'started' && message.name !== 'outcome') return
    const known = await this.#ports.onFreeStart(record, message)
    if (!known)
      return this.#ports.warn('an outcome of nothing we know', {
        chipId: record.chipId,
        commandId: message.commandId,
      })
    if (message.name === 'outcome')
      await this.send(acknowledgement(record.chipId, message.commandId, message.sequence))
  }
}

/** Then it gets the present one again: whatever reason it had to miss it, the next payer is not to meet it too. */
function sellsAtAnotherTariff(record: MachineRecord, fact: Fact): boolean {
  switch (fact.kind) {
    case 'code-issued':
      return fact.tariffVersion !== record.tariff?.tariffVersion
    case 'issue-refused':
      return fact.reason === 'tariff-differs'
    case 'check-answered':
      return fact.verdict === 'tariff-differs'
    default:
      return false
  }
}

const UP: Readonly<Record<UpMessage['name'], true>> = {
  'issue-answer': true,
  'check-answer': true,
  presence: true,
  started: true,
  progress: true,
  outcome: true,
  hello: true,
  retired: true,
}

function isUp(message: { readonly name: string }): message is UpMessage {
  return Object.hasOwn(UP, message.name)
}
