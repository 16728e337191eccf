import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '#protocol/result.ts'
import type { RadioSettings } from '../factory-settings.ts'
import { openNetworkManagerRadio } from './radio/network-manager-radio.ts'
import type { Radio } from './radio/radio.ts'
import { connectSimulatedRadio, type SimulatedRadioOptions } from './radio/simulated-radio.ts'

/** A radio that is not there yet is awaited, with growing pauses. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/** The radio that the factory has put in; waits for one that is slow to come up, until `signal` says not to. */
export async function openRadio(
  settings: RadioSettings,
  page: SimulatedRadioOptions['page'],
  signal: AbortSignal,
): Promise<Radio | undefined> {
  if (settings.kind === 'none') return NO_RADIO
  if (settings.kind === 'network-manager') {
    const { kind: _kind, ...interfaces } = settings
    return openNetworkManagerRadio(interfaces)
  }
  const { host, port } = settings
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const connected = await connectSimulatedRadio({ host, port, page })
    if (connected.ok) return connected.value
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
  return undefined
}

/** A chip on a cable: what its host reaches, it reaches. */
const NO_RADIO: Radio = Object.freeze<Radio>({
  holdsBoth: true,
  scan: async () => fail('radio-failed'),
  openHotspot: async () => fail('radio-failed'),
  closeHotspot: async () => {},
  join: async () => fail('radio-failed'),
  leave: async () => {},
  connectivity: async () => 'full',
  ethernet: async () => true,
  close: async () => {},
})
