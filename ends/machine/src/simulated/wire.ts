import type { Clock } from '../machine.ts'

/**
 * One end of the cable between the driver and the machine's board. Messages are JSON objects; what arrives is checked
 * by the receiver (`wire-message.ts`). What is sent while the wire is down is lost.
 */
export interface WireEnd {
  isUp(): boolean
  send(message: object): void
  /** One listener; a later one replaces it. If the wire is up already, `up` is not called. */
  listen(listener: WireListener): void
}

export interface WireListener {
  up(): void
  down(): void
  message(message: unknown): void
}

/** The board's end: a board without power neither answers nor can be reached. */
export interface BoardEnd extends WireEnd {
  setPowered(powered: boolean): void
}

export interface WirePair {
  readonly driverEnd: WireEnd
  readonly boardEnd: BoardEnd
  plug(): void
  unplug(): void
}

export const QUIET_LISTENER: WireListener = { up() {}, down() {}, message() {} }

/** Both ends of a cable in memory, for simulations and tests: each message takes `latencyMs` of the given clock. */
export function createWirePair(clock: Clock, latencyMs: number): WirePair {
  const listeners = { driver: QUIET_LISTENER, board: QUIET_LISTENER }
  let plugged = true
  let powered = true
  /** Grows with each cut: what was on the way then never arrives. */
  let connection = 0

  const isUp = (): boolean => plugged && powered
  const setUp = (change: () => void): void => {
    const before = isUp()
    change()
    if (before === isUp()) return
    connection += 1
    const happening = isUp() ? 'up' : 'down'
    for (const side of ['board', 'driver'] as const) listeners[side][happening]()
  }
  const sendTo = (side: 'driver' | 'board', message: object): void => {
    if (!isUp()) return
    const line = JSON.stringify(message)
    const sentOn = connection
    clock.setTimer(latencyMs, () => {
      if (isUp() && sentOn === connection) listeners[side].message(JSON.parse(line))
    })
  }
  return {
    driverEnd: {
      isUp,
      send: (message) => sendTo('board', message),
      listen: (listener) => {
        listeners.driver = listener
      },
    },
    boardEnd: {
      isUp,
      send: (message) => sendTo('driver', message),
      listen: (listener) => {
        listeners.board = listener
      },
      setPowered: (on) =>
        setUp(() => {
          powered = on
        }),
    },
    plug: () =>
      setUp(() => {
        plugged = true
      }),
    unplug: () =>
      setUp(() => {
        plugged = false
      }),
  }
}
