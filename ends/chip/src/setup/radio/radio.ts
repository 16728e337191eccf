/**
 * The chip's radio, as set-up needs it. `radio.suite.ts` says what every implementation must keep.
 *
 * | from      | on                                  | hotspot                  | network           |
 * | --------- | ----------------------------------- | ------------------------ | ----------------- |
 * | any       | openHotspot                         | up                       | !holdsBoth: none  |
 * | any       | closeHotspot                        | down                     | as it was         |
 * | any       | join begins                         | !holdsBoth: down         | trying            |
 * | trying    | joined, has an address              | as it is                 | joined            |
 * | trying    | anything else                       | up again if it was       | none              |
 * | joined    | the network is gone                 | as it is                 | joins by itself once it is back |
 * | any       | leave                               | as it is                 | none              |
 * | any       | close                               | down                     | as it was         |
 */
import type { Result } from '#protocol/result.ts'
import type { Via } from './via.ts'

export interface SeenNetwork {
  readonly ssid: string
  readonly strengthPercent: number
  readonly security: 'open' | 'wpa-personal' | 'wpa-enterprise' | 'wep'
}

export interface HotspotPlan {
  readonly ssid: string
  readonly passphrase: string
}

export interface WifiPlan {
  readonly ssid: string
  readonly hidden: boolean
  /** Left out for an open network. */
  readonly passphrase?: string
}

export type JoinFailure =
  | 'wrong-password'
  | 'network-gone'
  | 'no-address'
  | 'unsupported-security'
  | 'radio-failed'

/** `portal`: a sign-in page stands in the way. `limited`: a network, but no way out of it that could be seen. */
export type Connectivity = 'full' | 'portal' | 'limited' | 'none'

export interface Radio {
  /** The radio can keep the hotspot while it joins a network. */
  readonly holdsBoth: boolean
  /** The way its traffic takes where that is not the host's own routes (a simulated radio). */
  readonly via?: Via
  /** What is in reach now: each name once, with its greatest strength, strongest first, without hidden ones. */
  scan(): Promise<Result<readonly SeenNetwork[], 'radio-failed'>>
  /** A WPA2 hotspot. Open with this plan already: stays, with whoever is in it; with another plan: replaced. */
  openHotspot(plan: HotspotPlan): Promise<Result<{ readonly address: string }, 'radio-failed'>>
  closeHotspot(): Promise<void>
  /** Where !holdsBoth the hotspot goes while it tries; after a failure it is up again if it was. */
  join(plan: WifiPlan): Promise<Result<{ readonly address: string }, JoinFailure>>
  leave(): Promise<void>
  connectivity(): Promise<Connectivity>
  /** True while a cable carries a link. */
  ethernet(): Promise<boolean>
  /** The hotspot goes; a joined network stays as it is. Every later call fails or does nothing. */
  close(): Promise<void>
}
