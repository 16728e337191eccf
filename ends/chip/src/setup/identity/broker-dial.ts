import type { DialBroker } from '../../link.ts'
import type { Place, Via } from '../radio/via.ts'
import { dial, type TlsIdentity } from './dial.ts'
import type { WallClock } from './wall-clock.ts'

/** IANA: secure-mqtt. */
const MQTTS_PORT = 8883

export interface BrokerWay {
  readonly rootPem: string
  readonly clock: WallClock
  readonly timeoutMs: number
  /** Asked for each connection: what changed meanwhile counts from the next one on. */
  readonly now: () => {
    readonly brokerUrl: string
    readonly identity: TlsIdentity
    readonly via: Via | undefined
  }
}

/** Ways to the broker, whom the root alone vouches for. */
export function brokerDial({ rootPem, clock, timeoutMs, now }: BrokerWay): DialBroker {
  return () => {
    const { brokerUrl, identity, via } = now()
    return dial({ place: placeOf(brokerUrl), via, rootPem, clock, identity, timeoutMs })
  }
}

/** `mqtts://HOST[:PORT]`, as it was checked when it was taken. */
function placeOf(brokerUrl: string): Place {
  const { hostname, port } = new URL(brokerUrl)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { host, port: port === '' ? MQTTS_PORT : Number(port) }
}
