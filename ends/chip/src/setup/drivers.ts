import type { Clock } from '#machine/machine.ts'
import { SimulatedDriver } from '#machine/simulated/driver.ts'
import { connectWire } from '#machine/simulated/wire-client.ts'
import { fail, ok } from '#protocol/result.ts'
import type { MachineDrivers } from './set-up-parts.ts'
import type { DriverView } from './setup-view.ts'

/** A machine answers at once; one that has not in this time is not wired as it was said. */
const ANSWER_TIMEOUT_MS = 5_000

const SIMULATED: DriverView = Object.freeze({
  id: 'simulated',
  name: 'Simulated machine',
  wiring: Object.freeze([Object.freeze({ id: 'wire', name: 'Wire (TCP)' })]),
})

/** The drivers that this chip has: the simulated machine's, on its wire. Trying one asks it for its state, no more. */
export function machineDrivers(
  wire: { readonly host: string; readonly port: number },
  clock: Clock,
): MachineDrivers {
  return {
    list: () => [SIMULATED],
    tryOut: ({ driver, wiring }) => {
      if (driver !== SIMULATED.id) return Promise.resolve(fail('driver-unknown'))
      if (!SIMULATED.wiring.some(({ id }) => id === wiring)) return Promise.resolve(fail('wiring-unknown'))
      const client = connectWire(wire)
      const machine = new SimulatedDriver({ wire: client, clock })
      return new Promise((resolve) => {
        const cancel = clock.setTimer(ANSWER_TIMEOUT_MS, () => {
          client.close()
          resolve(fail('machine-silent'))
        })
        machine.listen((event) => {
          if (event.kind !== 'state' || event.state === 'unpowered') return
          cancel()
          client.close()
          resolve(ok(event.state))
        })
      })
    },
  }
}
