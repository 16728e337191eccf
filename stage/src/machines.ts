import { machineUrl, parsePaymentOrigin } from '#protocol'
import type { RunningHouse } from '#hosting/house.ts'
import type { RunningMachine } from '#hosting/house-machine.ts'
import { Boxes, type BoxSight } from './box.ts'

/** A machine as somebody standing before it sees it, for the page. */
export interface MachineSight {
  readonly key: string
  readonly state: string
  readonly powered: boolean
  readonly screen: { readonly kind: string; readonly text: string }
  readonly blinking: string
  /** The address in the code that is on it now; empty when its display shows none. */
  readonly code: string
  /** The key of the machine whose code was pasted over this one's; null for its own. */
  readonly pastedFrom: string | null
  readonly networkCut: boolean
  readonly chipRuns: boolean
  readonly stock: number | null
  readonly run: RunSight | null
  /** Null for a machine whose chip was fitted from the beginning. */
  readonly box: BoxSight | null
}

export interface RunSight {
  readonly source: 'chip' | 'coins'
  readonly ordered: number
  readonly delivered: number
  readonly end: string
}

export interface Machines {
  sights(): MachineSight[]
  onChange(listener: () => void): () => void
  act(key: string, act: string, product: number): Promise<ActAnswer>
  stop(): void
}

/** What the person sees happen, as a word for the page; or why it could not be done. */
export type ActAnswer =
  | { readonly ok: true; readonly value: 'done' | 'coin-taken' | 'coin-returned' }
  | { readonly ok: false; readonly error: 'unknown-machine' | 'unknown-act' }

/** A share of what was ordered, where the person wants only a part delivered. */
const PART_DIVISOR = 3
/** When nothing runs, it jams after a moment of the next run, so that there is something to see. */
const JAM_AFTER_UNITS = 2

interface Sticker {
  readonly from: string
  readonly url: string
}

/** The hands of the person before the machines: everything acts from outside, on things, plugs and cables. */
export function watchMachines(house: RunningHouse): Machines {
  const stickers = new Map<string, Sticker>()
  const boxes = new Boxes(house)
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const forget = [...house.machines.values()].flatMap(({ thing }) => [
    thing.listen(changed),
    thing.panel.watch(changed),
  ])
  const acts = { ...actsOf(house, stickers), ...boxActs(boxes) }
  return {
    sights: () => [...house.machines.values()].map((machine) => sight(house, machine, { stickers, boxes })),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    act: async (key, act, product) => {
      const machine = house.machines.get(key)
      if (!machine) return { ok: false, error: 'unknown-machine' }
      const perform = Object.hasOwn(acts, act) ? acts[act] : undefined
      if (!perform) return { ok: false, error: 'unknown-act' }
      const value = (await perform(machine, product)) ?? 'done'
      changed()
      return { ok: true, value }
    },
    stop: () => {
      for (const one of forget) one()
    },
  }
}

type Perform = (
  machine: RunningMachine,
  product: number,
) => Promise<void> | void | 'coin-taken' | 'coin-returned'

function actsOf(house: RunningHouse, stickers: Map<string, Sticker>): Readonly<Record<string, Perform>> {
  return {
    jam: ({ thing }) => {
      thing.jam(running(thing.history()) ? 0 : JAM_AFTER_UNITS)
    },
    part: ({ thing, plan }) => {
      const run = running(thing.history())
      const ordered = run?.orderedUnits ?? Math.max(...plan.products.map(({ units }) => units))
      thing.deliverOnly(Math.max(run?.deliveredUnits ?? 0, Math.ceil(ordered / PART_DIVISOR)))
    },
    repair: ({ thing }) => {
      thing.repair()
    },
    refill: ({ thing, plan }) => {
      thing.setStock(plan.thing.stockUnits)
    },
    'run-out': ({ thing }) => {
      if (thing.stock() !== null) thing.setStock(0)
    },
    unplug: (machine) => machine.pullPlug(),
    plug: (machine) => machine.putBackPlug(),
    'cut-network': ({ link }) => {
      link.cut()
    },
    'restore-network': ({ link }) => {
      link.restore()
    },
    coin: ({ thing }) => (thing.insertCoin() ? 'coin-taken' : 'coin-returned'),
    button: ({ thing }) => {
      thing.pressButton()
    },
    select: ({ thing }, product) => {
      thing.selectProduct(product)
    },
    paste: (machine) => {
      const other = [...house.machines.values()].find(
        ({ plan }) => plan.codes === 'printed' && plan.key !== machine.plan.key,
      )
      if (other) stickers.set(machine.plan.key, { from: other.plan.key, url: ownCode(house, other) })
    },
    peel: (machine) => {
      stickers.delete(machine.plan.key)
    },
  }
}

/** What an installer does with a chip that came in a box. */
function boxActs(boxes: Boxes): Readonly<Record<string, Perform>> {
  return {
    'open-box': (machine) => machine.putBackPlug(),
    'join-hotspot': (machine) => boxes.join(machine),
    claim: (machine) => boxes.claim(machine),
    release: (machine) => boxes.release(machine),
  }
}

function running<Run extends { readonly end: string }>(history: readonly Run[]): Run | undefined {
  const last = history.at(-1)
  return last?.end === 'running' ? last : undefined
}

function ownCode(house: RunningHouse, machine: RunningMachine): string {
  if (machine.plan.codes === 'displayed') return machine.thing.panel.view().screen.url ?? ''
  const origin = parsePaymentOrigin(house.systemUrl)
  return origin.ok ? machineUrl(origin.value, machine.chipId) : ''
}

function sight(
  house: RunningHouse,
  machine: RunningMachine,
  { stickers, boxes }: { stickers: Map<string, Sticker>; boxes: Boxes },
): MachineSight {
  const { plan, thing, link, chip } = machine
  const { screen, blinking } = thing.panel.view()
  const sticker = stickers.get(plan.key)
  const last = thing.history().at(-1)
  return {
    key: plan.key,
    state: thing.state(),
    powered: thing.isPowered(),
    screen: { kind: screen.kind, text: screen.text },
    blinking,
    code: sticker?.url ?? ownCode(house, machine),
    pastedFrom: sticker?.from ?? null,
    networkCut: link.condition().kind === 'cut',
    chipRuns: chip.isRunning(),
    stock: thing.stock(),
    run: last
      ? { source: last.source, ordered: last.orderedUnits, delivered: last.deliveredUnits, end: last.end }
      : null,
    box: boxes.sight(machine),
  }
}
