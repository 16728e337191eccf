/**
 * A chip in a small world for tests: production core, real signatures, a simulated machine, virtual time, a journal
 * whose every write is a moment at which power can go, and a link that delivers only what a test lets through.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { connectBoard } from '#machine/simulated/board.ts'
import { SimulatedDriver } from '#machine/simulated/driver.ts'
import { Thing, type ThingSettings } from '#machine/simulated/thing.ts'
import { VirtualClock } from '#machine/simulated/virtual-clock.ts'
import { createWirePair, QUIET_LISTENER, type WirePair } from '#machine/simulated/wire.ts'
import {
  ChipId,
  type Command,
  CommandId,
  type Check,
  type CheckAnswer,
  currencyOf,
  type DownMessage,
  hashCode,
  type Message,
  MESSAGES,
  Nonce,
  open,
  openAs,
  parsePaymentOrigin,
  parsePaymentUrl,
  type PaymentCode,
  PaymentId,
  seal,
  type UpMessage,
} from '#protocol'
import { generateNodeKeys, nodeSigner, nodeVerifier, sha256 } from '#protocol/node-keys.ts'
import { Chip } from './chip.ts'
import { MortalJournal, PowerCut } from './mortal-journal.suite.ts'
import type { ChipLog, ChipPorts, LinkListener, Screen } from './ports.ts'
import { CHIP_TIMES, type ChipSettings } from './settings.ts'

export const CHIP = ChipId.of('00000000000000c1')
const EUR = currencyOf('EUR')
const ORIGIN = 'http://localhost:8080'
export const WALL_START_S = 1_800_000_000
const CLOCK_START_MS = 50_000
const UNITS = 3

const systemKeys = generateNodeKeys('EdDSA')
const chipKeys = generateNodeKeys('EdDSA')
const systemSigner = nodeSigner(systemKeys.privateKeyPem, { withKid: true })
const chipVerifier = nodeVerifier(chipKeys.spki)
const chipSigner = nodeSigner(chipKeys.privateKeyPem, { withKid: false })
const systemVerifiers = [nodeVerifier(systemKeys.spki)]

export interface WorldOptions {
  readonly thing?: Partial<ThingSettings>
  readonly codes?: ChipSettings['codes']
  readonly journal?: MortalJournal
  readonly random?: (lengthBytes: number) => Uint8Array
}

export class World {
  readonly clock = new VirtualClock(CLOCK_START_MS)
  readonly journal: MortalJournal
  readonly thing: Thing
  readonly said: UpMessage[] = []
  readonly screens: Screen[] = []
  readonly logs: ChipLog[] = []
  readonly codes: PaymentCode[] = []
  readonly settings: ChipSettings
  wallKnown = true
  linkUp = true
  blinking = ''
  /** How often the core told that it has left its owner, and which keys it did not know. */
  retirements = 0
  readonly unknownKids: string[] = []
  /** What a cut leaves of writes that were not synced: everything, as a killed process does, or nothing. */
  keepsUnsynced = false
  private readonly wires: WirePair
  private readonly random: (lengthBytes: number) => Uint8Array
  private listener: LinkListener | undefined
  private chip: Chip | undefined
  private boots = 0

  constructor(options: WorldOptions = {}) {
    this.journal = options.journal ?? new MortalJournal()
    this.random = options.random ?? ((lengthBytes) => new Uint8Array(randomBytes(lengthBytes)))
    const thing: ThingSettings = {
      metered: false,
      evidence: 'sensor',
      resumesByItself: false,
      display: true,
      button: true,
      lamp: true,
      engravedNumber: '',
      unitDurationMs: 1_000,
      stockUnits: null,
      coinUnits: 2,
      ...options.thing,
    }
    this.thing = new Thing(thing, { clock: this.clock, random: () => 0.5 })
    this.wires = createWirePair(this.clock, 0)
    connectBoard(this.thing, this.wires.boardEnd)
    const origin = parsePaymentOrigin(ORIGIN)
    if (!origin.ok) throw new Error('the test origin is good')
    this.settings = {
      chipId: CHIP,
      paymentOrigin: origin.value,
      codes: options.codes ?? 'displayed',
      times: CHIP_TIMES,
    }
    this.wires.unplug()
  }

  isAlive(): boolean {
    return this.chip !== undefined
  }

  /** Powers the chip up; false if power went again meanwhile. */
  boot(): boolean {
    this.boots += 1
    const boot = this.boots
    const isThisBoot = (): boolean => this.boots === boot
    return this.survive(() => {
      const chip = new Chip(this.ports(isThisBoot), this.settings)
      this.chip = chip
      chip.start()
      this.wires.plug()
      this.clock.advance(1)
    })
  }

  /** Ends this power-up as it stands. */
  kill(keepsUnsynced: boolean): void {
    this.boots += 1
    this.chip = undefined
    this.listener = undefined
    // The dead hear nothing, not even that the cable went down.
    this.wires.driverEnd.listen(QUIET_LISTENER)
    this.wires.unplug()
    this.journal.reboot(keepsUnsynced)
  }

  say(message: DownMessage): boolean {
    return this.sayBytes(seal(message, systemSigner))
  }

  sayBytes(bytes: Uint8Array): boolean {
    return this.survive(() => {
      if (this.linkUp) this.listener?.message(bytes)
    })
  }

  advance(forMs: number): boolean {
    const endMs = this.clock.monotonicMs() + forMs
    const lived = this.survive(() => this.clock.advance(forMs))
    const restMs = endMs - this.clock.monotonicMs()
    return (restMs <= 0 || this.advance(restMs)) && lived
  }

  setLink(up: boolean): boolean {
    if (this.linkUp === up) return true
    this.linkUp = up
    return this.survive(() => (up ? this.listener?.connected() : this.listener?.disconnected()))
  }

  touch(action: (thing: Thing) => void): boolean {
    return this.survive(() => {
      action(this.thing)
      this.clock.advance(1)
    })
  }

  saidOf<Name extends UpMessage['name']>(name: Name): Extract<UpMessage, { name: Name }>[] {
    return this.said.filter((message): message is Extract<UpMessage, { name: Name }> => message.name === name)
  }

  screen(): Screen {
    return this.screens.at(-1) ?? { kind: 'wait', text: '' }
  }

  /** What stands on the display, read as a phone reads it. */
  displayedCode(): { bytes: Uint8Array; code: PaymentCode } {
    const origin = parsePaymentOrigin(ORIGIN)
    const { url } = this.screen()
    if (!origin.ok || url === undefined) throw new Error(`no code on the display but ${this.screen().kind}`)
    const link = parsePaymentUrl(url, origin.value)
    if (!link.ok || link.value.kind !== 'code') throw new Error('the display shows a payment code')
    return { bytes: link.value.code, code: readCode(link.value.code) }
  }

  physicalRuns(paymentId: PaymentId) {
    return this.thing.history().filter((run) => run.runId === paymentId)
  }

  private survive(action: () => void): boolean {
    try {
      action()
      return true
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      this.kill(this.keepsUnsynced)
      return false
    }
  }

  private ports(isThisBoot: () => boolean): ChipPorts {
    const { clock } = this
    const bootClock = {
      monotonicMs: () => clock.monotonicMs(),
      wallS: () =>
        this.wallKnown ? WALL_START_S + Math.floor((clock.monotonicMs() - CLOCK_START_MS) / 1000) : undefined,
      setTimer: (delayMs: number, fire: () => void) => clock.setTimer(delayMs, () => isThisBoot() && fire()),
    }
    return {
      keys: {
        signer: chipSigner,
        systemVerifiers,
        unknownSystemKey: (kid) => this.unknownKids.push(kid),
        sha256,
        random: this.random,
      },
      clock: bootClock,
      journal: this.journal,
      link: {
        isConnected: () => this.linkUp,
        send: (bytes, settled) => {
          this.hear(bytes)
          settled(true)
        },
        listen: (listener) => {
          this.listener = listener
        },
      },
      display: {
        show: (screen) => {
          this.screens.push(screen)
          if (screen.url !== undefined) this.codes.push(this.displayedCode().code)
        },
        blink: (number) => {
          this.blinking = number
        },
      },
      machine: new SimulatedDriver({ wire: this.wires.driverEnd, clock: bootClock }),
      log: (entry) => this.logs.push(entry),
      retired: () => {
        this.retirements += 1
      },
    }
  }

  private hear(bytes: Uint8Array): void {
    const opened = open(bytes)
    if (!opened.ok) throw new Error(`the chip said ${opened.error.code}`)
    const verified = opened.value.verify([chipVerifier])
    if (!verified.ok) throw new Error(`the chip said ${verified.error.code}`)
    if (opened.value.claim.direction !== 'up') throw new Error('the chip spoke as the system')
    const message = verified.value
    if (message.name === 'issue-answer' && message.code.length > 0) this.codes.push(readCode(message.code))
    if (isUp(message)) this.said.push(message)
  }
}

function isUp(message: Message): message is UpMessage {
  return MESSAGES[message.name].direction === 'up' && message.name !== 'payment-code'
}

export function readCode(bytes: Uint8Array): PaymentCode {
  const code = openAs('payment-code', bytes, () => [chipVerifier])
  if (!code.ok) throw new Error(`the chip signed a code with ${code.error.code}`)
  return code.value
}

export function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export const paymentOf = (text: string): PaymentId => PaymentId.of(idOf(`payment ${text}`).slice(0, 32))
export const commandOf = (text: string): CommandId => CommandId.of(idOf(`command ${text}`).slice(0, 32))
export const nonceOf = (text: string): Nonce => Nonce.of(idOf(`nonce ${text}`).slice(0, 32))

export function tariffMessage(
  tariffVersion: number,
  changes: { mode?: 'hold'; validFromS?: number } = {},
): DownMessage {
  const hold = changes.mode === 'hold'
  return {
    name: 'tariff',
    chipId: CHIP,
    tariffVersion,
    currency: EUR,
    validFromS: changes.validFromS ?? 0,
    products: [
      {
        id: 1,
        name: 'Wash',
        mode: hold ? 'hold' : 'sale',
        priceMinor: 250n,
        units: UNITS,
        unit: 'piece',
        holdMinor: hold ? 750n : 0n,
        maxDurationS: 60,
      },
      {
        id: 2,
        name: 'Dry',
        mode: 'sale',
        priceMinor: 150n,
        units: 5,
        unit: 'minute',
        holdMinor: 0n,
        maxDurationS: 60,
      },
    ],
  }
}

/** The check that a system sends for a code, round 1 unless changed. */
export function checkFor(of: { bytes: Uint8Array; code: PaymentCode }, paymentId: PaymentId): Check {
  return {
    name: 'check',
    chipId: CHIP,
    paymentId,
    nonce: nonceOf(`${paymentId} 1`),
    round: 1,
    codeHash: hashCode(of.bytes, sha256),
    counter: of.code.counter,
    amountMinor: of.code.amountMinor,
    currency: of.code.currency,
    tariffVersion: of.code.tariffVersion,
    units: of.code.goods === 2 ? 5 : UNITS,
    reserveMs: 20_000,
    presence: 'words',
    presenceText: 'amber fox',
  }
}

export function commandFor(
  answer: { boot: Command['boot']; monotonicMs: number },
  paymentId: PaymentId,
): Command {
  return {
    name: 'command',
    chipId: CHIP,
    commandId: commandOf(paymentId),
    paymentId,
    boot: answer.boot,
    deadlineMs: answer.monotonicMs + 10_000,
    grant: 'paid',
    productId: 1,
    units: UNITS,
    maxDurationS: 60,
  }
}

/** Whoever buys in most tests. */
export const PAYMENT = paymentOf('a')

/** A chip that has prices and shows a code. */
export function selling(options: WorldOptions = {}): World {
  const world = new World(options)
  world.boot()
  world.say(tariffMessage(7))
  return world
}

export function answerTo(world: World, check: Check): CheckAnswer {
  world.say(check)
  const answer = world.saidOf('check-answer').at(-1)
  assert.ok(answer)
  return answer
}

/** Checked in both rounds. */
export function reserved(options: WorldOptions = {}): { world: World; answer: CheckAnswer; check: Check } {
  const world = selling(options)
  const check = checkFor(world.displayedCode(), PAYMENT)
  assert.equal(answerTo(world, check).verdict, 'ready')
  const answer = answerTo(world, { ...check, round: 2, nonce: nonceOf('second') })
  assert.equal(answer.verdict, 'ready')
  return { world, answer, check }
}

export function outcomeOf(world: World, paymentId = PAYMENT) {
  const outcome = world.saidOf('outcome').findLast((said) => said.paymentId === paymentId)
  assert.ok(outcome, 'an outcome was told')
  const { result, deliveredMin, deliveredMax, ordered, evidence } = outcome
  return { result, deliveredMin, deliveredMax, ordered, evidence }
}

export const ALL = { deliveredMin: 3, deliveredMax: 3, ordered: 3, evidence: 'sensor' } as const
