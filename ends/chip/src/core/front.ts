import type { CancelTimer } from '#machine/machine.ts'
import { formatDecimal } from '#protocol'
import type { Issuing, IssuedCode } from './issuing.ts'
import { WORDS_OF_STATE } from './machine-state.ts'
import type { Memory } from './memory.ts'
import type { ChipPorts, Screen } from './ports.ts'
import type { Presence } from './presence.ts'
import type { Reservation } from './reservation.ts'
import type { Running } from './running.ts'
import type { ChipSettings } from './settings.ts'
import type { Tariffs } from './tariff.ts'

export interface FrontParts {
  readonly settings: ChipSettings
  readonly memory: Memory
  readonly tariffs: Tariffs
  readonly issuing: Issuing
  readonly reservation: Reservation
  readonly presence: Presence
  readonly running: Running
}

/** What people standing before a machine with a display see: always computed from what is, never stepped. */
export class Front {
  private readonly ports: ChipPorts
  private readonly parts: FrontParts
  private code: IssuedCode | undefined
  private selectedProductId: number | undefined
  private shown: Screen | undefined
  private cancelRefresh: CancelTimer = () => {}

  constructor(ports: ChipPorts, parts: FrontParts) {
    this.ports = ports
    this.parts = parts
  }

  /** Somebody chose a product at the machine: its code is shown from now on. */
  select(productId: number): void {
    if (this.parts.tariffs.product(productId) === undefined) return
    this.selectedProductId = productId
    this.refresh()
  }

  /** The display was dark meanwhile: shows everything again. */
  showAgain(): void {
    this.shown = undefined
    this.refresh()
  }

  refresh(): void {
    if (this.parts.settings.codes !== 'displayed') return
    this.cancelRefresh()
    this.cancelRefresh = () => {}
    const screen = this.screen()
    const { shown } = this
    if (shown?.kind === screen.kind && shown.text === screen.text && shown.url === screen.url) return
    this.shown = screen
    this.ports.display.show(screen)
  }

  stop(): void {
    this.cancelRefresh()
  }

  private screen(): Screen {
    const { running, reservation, presence } = this.parts
    const run = running.active()
    if (run !== undefined) {
      const { productId, units } = run.started
      const unit = this.parts.tariffs.product(productId)?.unit ?? ''
      return { kind: 'running', text: `${String(running.delivered())} / ${String(units)} ${unit}`.trimEnd() }
    }
    const held = reservation.current()
    if (held !== undefined) {
      const words = presence.words(held.paymentId)
      return words === undefined ? { kind: 'wait', text: 'Reserved' } : { kind: 'words', text: words }
    }
    return this.endScreen() ?? this.obstacle() ?? this.codeScreen()
  }

  private endScreen(): Screen | undefined {
    const last = this.parts.running.lastRun()
    if (last === undefined) return undefined
    const leftMs = last.endedAtMs + this.parts.settings.times.endScreenMs - this.ports.clock.monotonicMs()
    if (leftMs <= 0) return undefined
    this.refreshAfter(leftMs)
    return last.result === 'delivered'
      ? { kind: 'done', text: 'Done' }
      : { kind: 'failed', text: 'Not delivered. You get back what you did not receive.' }
  }

  private obstacle(): Screen | undefined {
    if (this.parts.memory.retirement() !== undefined)
      return { kind: 'out-of-service', text: 'Out of service' }
    const state = this.ports.machine.state()
    if (state !== 'ready') return { kind: 'out-of-service', text: WORDS_OF_STATE[state] }
    if (!this.ports.link.isConnected()) return { kind: 'wait', text: 'No connection' }
    return undefined
  }

  private codeScreen(): Screen {
    const { codeRenewBeforeMs } = this.parts.settings.times
    const productId = this.productId()
    if (productId === undefined) return { kind: 'wait', text: 'No prices yet' }
    const code = this.isGood(productId) ? this.code : this.issue(productId)
    if (code === undefined) return { kind: 'wait', text: 'One moment' }
    this.refreshAfter(code.expiresAtMs - codeRenewBeforeMs - this.ports.clock.monotonicMs())
    const price = `${formatDecimal(code)} ${code.currency}`
    return { kind: 'code', text: `${code.product.name}, ${price}`, url: code.url }
  }

  private productId(): number | undefined {
    const products = this.parts.tariffs.inForce()?.products
    const selected = products?.find(({ id }) => id === this.selectedProductId)
    return (selected ?? products?.[0])?.id
  }

  /** A displayed code serves for one sale, and is replaced before it is too old to be claimed. */
  private isGood(productId: number): boolean {
    const code = this.code
    if (code === undefined || code.usedBy !== undefined || code.product.id !== productId) return false
    if (code.tariffVersion !== this.parts.tariffs.inForce()?.tariffVersion) return false
    const renewAtMs = code.expiresAtMs - this.parts.settings.times.codeRenewBeforeMs
    return this.ports.clock.monotonicMs() < renewAtMs
  }

  private issue(productId: number): IssuedCode | undefined {
    const issued = this.parts.issuing.issue(productId)
    this.code = issued.ok ? issued.value : undefined
    return this.code
  }

  private refreshAfter(delayMs: number): void {
    this.cancelRefresh = this.ports.clock.setTimer(Math.max(1, delayMs), () => this.refresh())
  }
}
