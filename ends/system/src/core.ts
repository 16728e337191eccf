import type { Logger } from 'pino'
import type { Signer } from '#protocol/cose.ts'
import type { Bank } from './bank/port.ts'
import { ChipConversation } from './chip/conversation.ts'
import type { ChipLink } from './chip/port.ts'
import { randomHex, systemClock } from './clock.ts'
import type { Sql } from './database.ts'
import { type CommandKey, CommandKeeper } from './evidence/command-keeper.ts'
import { noteFreeStart } from './free-start/free-start.ts'
import { FreeStartWorker } from './free-start/worker.ts'
import { faultOf } from './http/failure.ts'
import { paymentLog } from './log.ts'
import { CloneWatch } from './identity/clone-watch.ts'
import { noteRetired } from './identity/retirement.ts'
import { RetirementWorker } from './identity/retirement-worker.ts'
import type { MachineRegistry } from './machine/registry.ts'
import { publishTariffs } from './machine/tariff-publisher.ts'
import { askApproval } from './payer/mandate.ts'
import { PaymentEngine } from './payment/engine.ts'
import { PostgresJournal } from './payment/journal-postgres.ts'
import type { PaymentPorts } from './payment/ports.ts'
import { PaymentService } from './payment/service.ts'
import { DueWorker } from './payment/worker.ts'
import type { Settings } from './settings.ts'

export interface CoreParts {
  readonly settings: Pick<Settings, 'times' | 'limits'>
  readonly log: Logger
  readonly sql: Sql
  readonly bank: Bank
  readonly link: ChipLink
  readonly machines: MachineRegistry
  /** The system's command key. */
  readonly signer: Signer
  readonly commandKey: CommandKey
}

export interface Core {
  readonly service: PaymentService
  readonly clones: CloneWatch
  stop(): Promise<void>
}

/** The payments' heart and its way to the chips, which need each other: facts come up, effects go down. */
export function startCore({ settings, log, sql, bank, link, machines, signer, commandKey }: CoreParts): Core {
  const { times, limits } = settings
  const warn = (message: string, details: object) => log.warn(details, message)
  const commands = new CommandKeeper(sql, commandKey, warn)
  const clones = new CloneWatch({ sql, warn })
  const chips: ChipConversation = new ChipConversation({
    link,
    machines,
    clock: systemClock,
    signer,
    onFact: (paymentId, fact, signed) => engine.apply(paymentId, fact, signed),
    onCommand: (payment, bytes) => commands.keep({ payment, bytes, atMs: systemClock.nowMs() }),
    onFreeStart: (record, message) => noteFreeStart(sql, record, { message, atMs: systemClock.nowMs() }),
    onHello: (record, hello, receivedAtMs) => void clones.hear(record, hello, receivedAtMs),
    onRetired: async (message) => {
      const freed = await noteRetired(sql, message, systemClock.nowMs())
      if (freed) log.info({ chipId: message.chipId }, 'a chip was released')
    },
    warn,
  })
  const ports: PaymentPorts = {
    journal: new PostgresJournal(sql),
    bank,
    chips,
    machines,
    askApproval: (mandateId) => askApproval(sql, bank, mandateId),
    clock: systemClock,
    random: randomHex,
    log: paymentLog(log),
  }
  const engine: PaymentEngine = new PaymentEngine(ports)
  const sendTariff = (record: Parameters<ChipConversation['sendTariff']>[0]) => {
    chips.sendTariff(record).catch((error: unknown) => warn('a tariff was not sent', faultOf(error)))
  }
  const service = new PaymentService(engine, ports, { times, limits, sendTariff })
  const worker = new DueWorker(ports, engine)
  const freeStarts = new FreeStartWorker({ sql, chips, machines, clock: systemClock, times, warn })
  const retirements = new RetirementWorker({ sql, chips, clock: systemClock, warn })
  const stopTariffs = publishTariffs({
    sql,
    machines,
    versionAt: (chipId) => chips.lastHello(chipId)?.hello.tariffVersion,
    send: (record) => chips.sendTariff(record),
    warn,
  })
  worker.start()
  freeStarts.start()
  retirements.start()
  return {
    service,
    clones,
    stop: async () => {
      stopTariffs()
      freeStarts.stop()
      retirements.stop()
      worker.stop()
      await engine.stop()
      await commands.stop()
    },
  }
}
