import type { Signer } from '#protocol/cose.ts'
import type { ChipId } from '#protocol/identifier.ts'
import type { Bank } from '#system/bank/port.ts'
import { ChipConversation } from '#system/chip/conversation.ts'
import type { ChipLink } from '#system/chip/port.ts'
import type { Clock } from '#system/clock.ts'
import { PaymentEngine } from '#system/payment/engine.ts'
import type { MemoryJournal } from '#system/payment/journal-memory.ts'
import type { PaymentPorts } from '#system/payment/ports.ts'
import { PaymentService } from '#system/payment/service.ts'
import { DEFAULT_TIMES } from '#system/payment/times.ts'
import { DueWorker } from '#system/payment/worker.ts'
import type { Network } from './network.ts'
import { EPOCH_MS, type Registry } from './registry.ts'
import { type JournalWorld, connectJournal } from './system-journal.ts'
import type { Witness } from './witness.ts'

/** What a node remembers of the registry may be that old. */
export const REGISTRY_LAG_MS = 200
const LOOK_UP_MAX_MS = 3

export const LIMITS = Object.freeze({
  claimsPerMinutePerNetwork: 30,
  claimsPerHourPerPayer: 60,
  claimsPerMinutePerChip: 12,
  complaintsPerDayPerPayer: 3,
  complaintsPerDayPerMachine: 10,
})

export interface NodeWorld extends JournalWorld {
  readonly network: Network
  readonly witness: Witness
  readonly registry: Registry
  readonly journal: MemoryJournal
  readonly signer: Signer
  readonly bankOf: (isAlive: () => boolean) => Bank
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** One process of the system: production code over ports of this world, until it is killed. */
export class SystemNode {
  readonly service: PaymentService
  readonly conversation: ChipConversation
  readonly bank: Bank
  readonly #worker: DueWorker
  #alive = true
  #stopListening: () => void = () => {}

  constructor(world: NodeWorld) {
    const { registry, random, journal } = world
    const isAlive = (): boolean => this.#alive
    const clock = clockOf(world, isAlive)
    this.bank = world.bankOf(isAlive)
    const machines: PaymentPorts['machines'] = {
      machineByChip: async (chipId) => registry.at(chipId, EPOCH_MS + world.time.nowMs() - REGISTRY_LAG_MS),
      isEnabledNow: (chipId) =>
        new Promise((resolve) => {
          clock.after(random.between(1, LOOK_UP_MAX_MS), () => resolve(registry.isEnabledNow(chipId)))
        }),
    }
    const log: PaymentPorts['log'] = { step: () => {}, warn: world.warn }
    const conversationPorts = { link: this.#link(world), machines, clock, signer: world.signer }
    const ports: PaymentPorts = {
      journal: connectJournal(journal, isAlive, world),
      bank: this.bank,
      chips: { carryOut: (payment, effect) => this.conversation.carryOut(payment, effect) },
      machines,
      askApproval: async (mandateId) =>
        APPROVAL[(await this.bank.mandateStatus(mandateId))?.status ?? 'received'],
      clock,
      random: (bytes) => random.hex(bytes),
      log,
    }
    const engine = new PaymentEngine(ports)
    this.conversation = new ChipConversation({
      ...conversationPorts,
      onFact: (paymentId, fact) => engine.apply(paymentId, fact),
      onFreeStart: async () => false,
      warn: world.warn,
    })
    this.service = new PaymentService(engine, ports, {
      times: DEFAULT_TIMES,
      limits: LIMITS,
      sendTariff: (record) => void this.conversation.sendTariff(record),
    })
    this.#worker = new DueWorker(
      { journal: ports.journal, clock: lookingClockOf(world, isAlive), log },
      engine,
    )
    this.#worker.start()
  }

  isAlive(): boolean {
    return this.#alive
  }

  /** SIGKILL: nothing of it goes on, and whatever it waited for never comes back. */
  kill(): void {
    this.#alive = false
    this.#stopListening()
    this.#worker.stop()
  }

  #link({ network, witness }: NodeWorld): ChipLink {
    return {
      send: async (chipId: ChipId, bytes: Uint8Array) => {
        if (!this.#alive) return
        witness.down(chipId, bytes)
        network.down(chipId, bytes)
      },
      onMessage: (receive) => {
        this.#stopListening = network.listen(receive)
      },
    }
  }
}

const APPROVAL = {
  received: undefined,
  valid: true,
  rejected: false,
  revokedByPsu: false,
  expired: false,
  terminatedByTpp: false,
} as const

function clockOf({ time }: NodeWorld, isAlive: () => boolean): Clock {
  return {
    nowMs: () => EPOCH_MS + time.nowMs(),
    after: (delayMs, run) =>
      time.after(delayMs, () => {
        if (isAlive()) run()
      }),
  }
}

/**
 * The worker's clock: it looks ten times a second of a whole day, and where the journal has nothing due its look could
 * not do anything. Those looks, nine of ten, are left out.
 */
function lookingClockOf(world: NodeWorld, isAlive: () => boolean): Clock {
  const clock = clockOf(world, isAlive)
  return {
    ...clock,
    after: (delayMs, run) =>
      world.time.afterOnceNeeded(delayMs, () => isAlive() && world.journal.mayBeDue(clock.nowMs()), run),
  }
}
