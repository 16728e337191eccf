import type { CancelTimer, MachineEvent } from '#machine/machine.ts'
import { BootId, type DownMessage, type Message, open } from '#protocol'
import { Checking } from './checking.ts'
import { Front } from './front.ts'
import { Greeting } from './greeting.ts'
import { Issuing } from './issuing.ts'
import { Memory } from './memory.ts'
import { Outcomes } from './outcome.ts'
import type { ChipPorts } from './ports.ts'
import { Presence } from './presence.ts'
import { Reservation } from './reservation.ts'
import { Retirement } from './retirement.ts'
import { Running } from './running.ts'
import type { ChipSettings } from './settings.ts'
import { Speaking } from './speaking.ts'
import { Tariffs } from './tariff.ts'

const MS_PER_S = 1000
/** A tariff that comes into force later than this is looked at again then. */
const MAX_TARIFF_WAIT_S = 3600
/** Without a wall clock, or a tariff to come: when to look again. */
const TARIFF_LOOK_AGAIN_S = 60

/**
 * The payment chip. Deterministic: everything it does follows from its journal and from what its ports tell it, in the
 * order in which they tell it. One object is one power-up; make a new one for the next.
 *
 * Example: `const chip = new Chip(ports, settings); chip.start()`
 */
export class Chip {
  private readonly ports: ChipPorts
  private readonly settings: ChipSettings
  private readonly memory: Memory
  private readonly tariffs: Tariffs
  private readonly reservation: Reservation
  private readonly outcomes: Outcomes
  private readonly running: Running
  private readonly presence: Presence
  private readonly checking: Checking
  private readonly greeting: Greeting
  private readonly front: Front
  private readonly retirement: Retirement
  private cancelTariffTimer: CancelTimer = () => {}

  /** Reads the journal; throws where that is damaged in a way that no power cut explains. Does nothing else yet. */
  constructor(ports: ChipPorts, settings: ChipSettings) {
    this.ports = ports
    this.settings = settings
    const memory = new Memory(ports.journal)
    const changed = (): void => this.changed()
    const speaking = new Speaking(ports)
    const tariffs = new Tariffs(ports, memory)
    const issuing = new Issuing(ports, { settings, memory, tariffs })
    const reservation = new Reservation(ports, changed)
    const outcomes = new Outcomes(ports, { settings, memory, speaking })
    const presence = new Presence(ports, { settings, speaking, reservation })
    const running = new Running(ports, {
      settings,
      memory,
      tariffs,
      reservation,
      outcomes,
      speaking,
      changed,
    })
    const rooms = { settings, memory, tariffs, issuing, reservation, outcomes, presence, running, speaking }
    this.checking = new Checking(ports, rooms)
    const machineState = (): ReturnType<Checking['machineState']> => this.checking.machineState()
    this.greeting = new Greeting(ports, { settings, memory, tariffs, speaking, machineState })
    this.front = new Front(ports, rooms)
    this.retirement = new Retirement(ports, { ...rooms, changed })
    this.memory = memory
    this.tariffs = tariffs
    this.reservation = reservation
    this.outcomes = outcomes
    this.presence = presence
    this.running = running
  }

  /** Begins a boot, asks the machine about a run left open by the last one, and connects the ports. */
  start(): void {
    const { keys, link, machine } = this.ports
    this.memory.keep({ kind: 'boot', boot: BootId.fromBytes(keys.random(BootId.lengthBytes)) })
    machine.listen((event) => this.hearMachine(event))
    link.listen({
      connected: () => this.connected(),
      disconnected: () => this.changed(),
      message: (bytes) => this.hear(bytes),
    })
    this.running.recover()
    this.awaitTariff()
    if (link.isConnected()) this.connected()
    else this.changed()
  }

  /** A payment has the machine: it is reserved, or runs. */
  hasPayment(): boolean {
    return this.reservation.current() !== undefined || this.running.isActive()
  }

  /** Cancels every timer; the object is of no use afterwards. */
  stop(): void {
    this.cancelTariffTimer()
    this.front.stop()
    this.greeting.stop()
    this.outcomes.stop()
    this.reservation.stop()
    this.presence.stop()
    this.retirement.stop()
  }

  private connected(): void {
    this.greeting.greet()
    this.outcomes.connected()
    this.presence.sayPressed()
    this.changed()
  }

  private changed(): void {
    if (this.reservation.current() === undefined) this.presence.end()
    this.front.refresh()
    this.retirement.look()
  }

  /** Everything that comes down is signed by the system for this chip, or is not heard at all. */
  private hear(bytes: Uint8Array): void {
    const opened = open(bytes)
    if (!opened.ok) return this.refuse(opened.error.code)
    const { claim } = opened.value
    if (claim.direction !== 'down' || claim.chipId !== this.settings.chipId)
      return this.refuse('not for this chip')
    const { systemVerifiers, unknownSystemKey } = this.ports.keys
    const { kid } = claim
    if (kid !== null && !systemVerifiers.some((verifier) => verifier.kid === kid)) unknownSystemKey?.(kid)
    const verified = opened.value.verify(systemVerifiers)
    if (!verified.ok) return this.refuse(verified.error.code)
    if (isDown(verified.value)) this.obey(verified.value, bytes)
  }

  private obey(message: DownMessage, bytes: Uint8Array): void {
    switch (message.name) {
      case 'tariff':
        if (!this.tariffs.take(message, bytes)) return
        this.awaitTariff()
        this.changed()
        // Only for a new one: a chip that does not know the time yet would get the same one again for each hello.
        return this.greeting.greet()
      case 'issue-request':
        return this.checking.issue(message)
      case 'check':
        return this.checking.answer(message)
      case 'release':
        return this.reservation.release(message.paymentId)
      case 'command':
        return this.running.command(message)
      case 'stop':
        return this.running.stop(message)
      case 'query':
        return this.running.query(message)
      case 'outcome-ack':
        this.outcomes.acknowledge(message)
        return this.retirement.look()
      case 'retire':
        return this.retirement.retire(message)
    }
  }

  private hearMachine(event: MachineEvent): void {
    switch (event.kind) {
      case 'described':
        this.presence.showAgain()
        return this.front.showAgain()
      case 'state':
        return this.changed()
      case 'progress':
        return this.running.progress(event.runId, event.deliveredUnits)
      case 'finished':
        return this.running.finished(event)
      case 'button':
        return this.presence.buttonPressed()
      case 'selected':
        return this.front.select(event.productId)
    }
  }

  /** Looks again when the next tariff comes into force. */
  private awaitTariff(): void {
    this.cancelTariffTimer()
    const before = this.tariffs.inForce()?.tariffVersion
    const nextS = this.tariffs.nextChangeS()
    const wallS = this.ports.clock.wallS()
    const waitS = nextS === undefined || wallS === undefined ? TARIFF_LOOK_AGAIN_S : nextS - wallS
    const delayMs = Math.max(1, Math.min(waitS, MAX_TARIFF_WAIT_S)) * MS_PER_S
    this.cancelTariffTimer = this.ports.clock.setTimer(delayMs, () => {
      if (this.tariffs.inForce()?.tariffVersion !== before) {
        this.greeting.greet()
        this.changed()
      }
      this.awaitTariff()
    })
  }

  private refuse(error: string): void {
    this.ports.log({ msg: 'message refused', what: { error } })
  }
}

function isDown(message: Message): message is DownMessage {
  return DOWN[message.name]
}

const DOWN: Readonly<Record<Message['name'], boolean>> = {
  'payment-code': false,
  tariff: true,
  'issue-request': true,
  'issue-answer': false,
  check: true,
  'check-answer': false,
  presence: false,
  release: true,
  command: true,
  stop: true,
  query: true,
  started: false,
  progress: false,
  outcome: false,
  'outcome-ack': true,
  hello: false,
  retire: true,
  retired: false,
}
